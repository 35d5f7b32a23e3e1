/* Single reports and the intake log, from the store's rows. */
#include "insight/reports.h"

#include "reported.h"
#include "scope.h"
#include "store/days.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- ids -------------------------------------------------------------------------------- */

struct sceau_slice
insight_report_name(struct sceau_arena *arena, int64_t id)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "%016" PRIx64, (uint64_t)id);
    return text_done(&t);
}

bool
insight_report_read(struct sceau_slice name, int64_t *id)
{
    uint64_t value = 0;
    if (name.len != 16)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!ascii_is_digit(c) && !(c >= 'a' && c <= 'f'))
            return false;
        value = value << 4 | (uint64_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    *id = (int64_t)value;
    return value <= INT64_MAX;
}

static bool
failed(struct insight *in)
{
    in->error = database_error(in->db);
    return false;
}

/* ---- the list ------------------------------------------------------------------------------ */

static const char *
format_word(int64_t format)
{
    static const char *const words[] = {N_("aggregate"), N_("TLS"), N_("failure")};
    return format >= 0 && format < 3 ? words[format] : "?";
}

static const char *
authenticated_word(int64_t authenticated)
{
    static const char *const words[] = {N_("by hand"), N_("proven"), N_("not proven")};
    return authenticated >= 0 && authenticated < 3 ? words[authenticated] : "?";
}

static const struct table_column list_columns[] = {
    {"report",         TABLE_TEXT,   N_("Report"),         17},
    {"day",            TABLE_DAY,    N_("Day"),            10},
    {"reporter",       TABLE_TEXT,   N_("Reporter"),       14},
    {"domain",         TABLE_TEXT,   N_("Domain"),         14},
    {"kind",           TABLE_WORD,   N_("Kind"),           0 },
    {"messages",       TABLE_NUMBER, N_("Messages"),       8 },
    {"fails",          TABLE_NUMBER, N_("Failed"),         7 },
    {"repairs",        TABLE_NUMBER, N_("Repairs"),        0 },
    {"contradictions", TABLE_NUMBER, N_("Contradictions"), 0 },
    {"sender",         TABLE_WORD,   N_("Sender"),         0 },
    {"counted",        TABLE_FLAG,   N_("Counts"),         0 },
    {"received",       TABLE_TIME,   N_("Received"),       0 },
};

/* What is listed: of all domains, of one, or of one that is reported under another's policy.
 * Each goes along an index by day; a report is about DAYS_SPREAD days at most. */
enum list_kind {
    LIST_ALL,
    LIST_DOMAIN,
    LIST_SUBDOMAIN,
};
#define LIST(columns, domain, reporter, order)                             \
 "SELECT " columns " FROM report WHERE day > ?1 - 31 AND day + days > ?1 " \
 "AND day <= ?2" domain reporter order
#define LISTS(columns, reporter, order)                                  \
 {                                                                       \
  LIST(columns, "", reporter, order),                                    \
      LIST(columns, " AND policy_domain = ?3", reporter, order),         \
      LIST(columns,                                                      \
           " AND (policy_domain = ?3 OR (policy_domain = ?5 AND EXISTS " \
           "(SELECT 1 FROM report_pack AS w WHERE w.report = report.id " \
           "AND w.authors LIKE ?8 ESCAPE '!')))",                        \
           reporter, order),                                             \
 }
#define LIST_COLUMNS                                                                                                      \
 "id, day, CASE WHEN org_name <> '' THEN org_name ELSE reporter END, policy_domain, format, messages, neither, repairs, " \
 "contradictions, authenticated, counted, received"
/* The column of the table: PostgreSQL names the CASE above "reporter" as well. */
#define LIST_ORDER \
 " ORDER BY day DESC, received DESC, report.reporter, id LIMIT ?6 OFFSET ?7"
#define LIST_REPORTER " AND org_name = ?4"
_Static_assert(DAYS_SPREAD == 31, "the lists' WHERE says so too");

/* [of one reporter][kind] */
static const char *const list_rows[2][3] = {
    LISTS(LIST_COLUMNS, "", LIST_ORDER),
    LISTS(LIST_COLUMNS, LIST_REPORTER, LIST_ORDER),
};
static const char *const list_counts[2][3] = {
    LISTS("count(*)", "", ""),
    LISTS("count(*)", LIST_REPORTER, ""),
};

/* What was removed meanwhile, or typed by hand: no empty page behind the last one. */
void
insight_part_of(struct insight_part *part, uint64_t total)
{
    part->total = total;
    if (part->from > 0 && part->from >= part->total)
        part->from = part->total > 0 ? (part->total - 1) / part->most * part->most : 0;
}

/* "%\nauthor\n%": a line of report_pack.authors, as LIKE has it. NULL without memory: no such
 * line. */
static struct sceau_slice
author_line(const struct scope *scope)
{
    struct text t = text_new(scope->in->arena, SIZE_MAX);
    text_string(&t, "%\n");
    scope_like(&t, scope->f->domain);
    text_string(&t, "\n%");
    return text_done(&t);
}

static struct statement *
prepare_list(const struct scope *scope, const char *const sql[2][3])
{
    const struct filter *f = scope->f;
    bool of_one = f->reporter.len > 0;
    bool is_below = scope->author.len > 0 && scope->policy_domain.len > 0;
    enum list_kind kind = f->domain.len == 0 ? LIST_ALL
                          : is_below         ? LIST_SUBDOMAIN
                                             : LIST_DOMAIN;
    struct statement *s = database_prepare(scope->in->db, sql[of_one][kind]);
    bind_int(s, 1, f->from_day);
    bind_int(s, 2, f->to_day);
    if (kind != LIST_ALL)
        bind_text(s, 3, f->domain);
    if (of_one)
        bind_text(s, 4, f->reporter);
    if (kind == LIST_SUBDOMAIN) {
        bind_text(s, 5, scope->policy_domain);
        bind_text(s, 8, author_line(scope));
    }
    return s;
}

static void
add_listed(struct insight *in, struct table_maker *m, struct statement *s)
{
    table_text(m, insight_report_name(in->arena, column_int(s, 0)));
    table_signed(m, column_int(s, 1));
    table_text(m, slice_copy(in->arena, column_text(s, 2)));
    table_text(m, slice_copy(in->arena, column_text(s, 3)));
    table_word(m, format_word(column_int(s, 4)));
    for (int i = 5; i <= 6; i++)
        if (column_int(s, 4) == REPORT_AGGREGATE)
            table_signed(m, column_int(s, i));
        else
            table_none(m); /* sessions are counted elsewhere, one failure is one mail */
    table_signed(m, column_int(s, 7));
    table_signed(m, column_int(s, 8));
    table_word(m, authenticated_word(column_int(s, 9)));
    table_signed(m, column_int(s, 10));
    table_signed(m, column_int(s, 11));
}

static bool
count_list(const struct scope *scope, struct insight_part *part)
{
    struct statement *all = prepare_list(scope, list_counts);
    if (statement_step(all) != 1)
        return failed(scope->in);
    insight_part_of(part, (uint64_t)column_int(all, 0));
    statement_reset(all);
    return true;
}

bool
insight_reports(struct insight *in, const struct filter *f, struct insight_part *part,
                struct insight_reports *reports)
{
    struct scope scope;
    struct table_maker m = table_new(in->arena, "reports", list_columns,
                                     sizeof list_columns / sizeof *list_columns);
    size_t count = 0;
    if (!scope_open(&scope, in, f) || !count_list(&scope, part))
        return false;
    int64_t *ids = sceau_arena_alloc(in->arena, (part->most + 1) * sizeof *ids);
    struct statement *s = prepare_list(&scope, list_rows);
    bind_int(s, 6, (int64_t)part->most);
    bind_int(s, 7, (int64_t)part->from);
    int step = ids != NULL ? statement_step(s) : -1;
    for (; step == 1; step = statement_step(s)) {
        ids[count++] = column_int(s, 0);
        add_listed(in, &m, s);
    }
    if (step < 0)
        return failed(in);
    *reports = (struct insight_reports){table_done(&m), ids};
    return true;
}

/* ---- one ------------------------------------------------------------------------------------ */

static const struct table_column repair_columns[] = {
    {"line",   TABLE_NUMBER, N_("Line"),  0},
    {"repair", TABLE_WORD,   N_("What"),  0},
    {"found",  TABLE_TEXT,   N_("Found"), 0},
};

static bool
load_repairs(struct insight *in, struct insight_report *report)
{
    struct statement *s = database_prepare(
        in->db,
        "SELECT line, kind, found FROM report_repair WHERE report = ?1 ORDER BY n "
        "LIMIT 500");
    struct table_maker m = table_new(in->arena, "repairs", repair_columns,
                                     sizeof repair_columns / sizeof *repair_columns);
    bind_int(s, 1, report->id);
    int step = statement_step(s);
    for (; step == 1; step = statement_step(s)) {
        table_signed(&m, column_int(s, 0));
        table_word(&m, report_repair_text((enum report_repair_kind)column_int(s, 1)));
        table_text(&m, slice_copy(in->arena, column_text(s, 2)));
    }
    report->repairs = table_done(&m);
    return step == 0 || failed(in);
}

static void
read_head(struct insight *in, struct statement *s, struct insight_report *r)
{
    struct sceau_slice *const texts[] = {
        &r->org_name,      &r->email,     &r->contact,   &r->report_id,
        &r->policy_domain, &r->reporter,  &r->generator, &r->error,
        &r->origin,        &r->container, &r->pct};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = slice_copy(in->arena, column_text(s, (int)i));
    r->is_known = true;
    r->begin = column_int(s, 11);
    r->end = column_int(s, 12);
    r->received = column_int(s, 13);
    r->format = (unsigned)column_int(s, 14);
    r->authenticated = (unsigned)column_int(s, 15);
    r->p = (enum report_disposition)column_int(s, 16);
    r->sp = (enum report_disposition)column_int(s, 17);
    r->np = (enum report_disposition)column_int(s, 18);
    r->adkim = (enum report_mode)column_int(s, 19);
    r->aspf = (enum report_mode)column_int(s, 20);
    r->is_rfc9990 = column_int(s, 21) != 0;
    r->is_whole = column_int(s, 22) != 0;
    r->is_counted = column_int(s, 23) != 0;
    r->records = (uint64_t)column_int(s, 24);
    r->messages = (uint64_t)column_int(s, 25);
    r->both = (uint64_t)column_int(s, 26);
    r->dkim_only = (uint64_t)column_int(s, 27);
    r->spf_only = (uint64_t)column_int(s, 28);
    r->neither = (uint64_t)column_int(s, 29);
    r->contradictions = (uint64_t)column_int(s, 30);
    r->has_raw = column_int(s, 31) != 0;
}

bool
insight_report(struct insight *in, int64_t id, struct insight_report *report)
{
    struct statement *s = database_prepare(
        in->db,
        "SELECT org_name, email, contact, report_id, policy_domain, reporter, generator, "
        "error, origin, container, pct, begin_time, end_time, received, format, "
        "authenticated, p, sp, np, adkim, aspf, is_rfc9990, is_whole, counted, records, "
        "messages, both_pass, dkim_only, spf_only, neither, contradictions, EXISTS (SELECT "
        "1 FROM report_raw AS w WHERE w.report = report.id) FROM report WHERE id = ?1");
    *report = (struct insight_report){.id = id};
    bind_int(s, 1, id);
    int step = statement_step(s);
    if (step < 0)
        return failed(in);
    if (step == 0)
        return true;
    read_head(in, s, report);
    statement_reset(s);
    return reported_records(in, report->id, &report->rows) && load_repairs(in, report);
}

bool
insight_report_raw(struct insight *in, int64_t id, struct insight_raw *raw)
{
    struct statement *s = database_prepare(
        in->db,
        "SELECT w.name, w.octets, r.policy_domain FROM report_raw AS w JOIN report "
        "AS r ON r.id = w.report WHERE w.report = ?1");
    *raw = (struct insight_raw){.is_known = false};
    bind_int(s, 1, id);
    int step = statement_step(s);
    if (step < 0)
        return failed(in);
    if (step == 1) {
        raw->name = slice_copy(in->arena, column_text(s, 0));
        raw->octets = slice_copy(in->arena, column_blob(s, 1));
        raw->policy_domain = slice_copy(in->arena, column_text(s, 2));
        raw->is_known = true;
    }
    statement_reset(s);
    return true;
}

/* ---- the intake --------------------------------------------------------------------------------- */

static const struct table_column place_columns[] = {
    {"place",      TABLE_TEXT,   N_("Place"),      0},
    {"kind",       TABLE_TEXT,   N_("Kind"),       0},
    {"last_run",   TABLE_TIME,   N_("Last look"),  0},
    {"last_mail",  TABLE_TIME,   N_("Last mail"),  0},
    {"count",      TABLE_NUMBER, N_("Files"),      0},
    {"last_error", TABLE_TEXT,   N_("Last error"), 0},
};

static void
put_time(struct table_maker *m, int64_t time)
{
    if (time > 0)
        table_signed(m, time);
    else
        table_none(m);
}

static bool
load_places(struct insight *in, struct insight_intake *intake)
{
    struct statement *s =
        database_prepare(in->db, "SELECT name, kind, last_run, last_mail, count, "
                                 "last_error FROM place ORDER BY name LIMIT 200");
    struct table_maker m = table_new(in->arena, "places", place_columns,
                                     sizeof place_columns / sizeof *place_columns);
    int step = statement_step(s);
    for (; step == 1; step = statement_step(s)) {
        table_text(&m, slice_copy(in->arena, column_text(s, 0)));
        table_text(&m, slice_copy(in->arena, column_text(s, 1)));
        put_time(&m, column_int(s, 2));
        put_time(&m, column_int(s, 3));
        table_signed(&m, column_int(s, 4));
        table_text(&m, slice_copy(in->arena, column_text(s, 5)));
    }
    intake->places = table_done(&m);
    return step == 0 || failed(in);
}

static const struct table_column outcome_columns[] = {
    {"outcome", TABLE_WORD,   N_("Outcome"), 0},
    {"count",   TABLE_NUMBER, N_("Reports"), 0},
};

/* The words of the column, as people read them. */
static const char *
outcome_word(struct sceau_slice word)
{
    static const char *const words[] = {N_("accepted"), N_("repaired"), N_("duplicate"),
                                        N_("refused"), N_("unauthenticated")};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (slice_eq(word, sceau_slice_from(words[i])))
            return words[i];
    }
    return "?";
}

/* Reports by outcome, each counted in its stretch of the index; all of them, and those that
 * were simply accepted. */
static bool
load_outcomes(struct insight *in, const struct filter *f, struct insight_intake *intake,
              uint64_t *all, uint64_t *accepted)
{
    struct statement *s = database_prepare(
        in->db,
        "WITH RECURSIVE o(outcome) AS (SELECT min(outcome) FROM intake UNION ALL "
        "SELECT (SELECT min(i.outcome) FROM intake i WHERE i.outcome > o.outcome) "
        "FROM o WHERE o.outcome IS NOT NULL) SELECT outcome, "
        "(SELECT count(*) FROM intake i WHERE i.outcome = o.outcome "
        "AND i.time_us >= ?1 AND i.time_us < ?2) FROM o "
        "WHERE outcome IS NOT NULL ORDER BY outcome");
    struct table_maker m = table_new(in->arena, "outcomes", outcome_columns,
                                     sizeof outcome_columns / sizeof *outcome_columns);
    bind_int(s, 1, (int64_t)f->from_day * 86400 * 1000000);
    bind_int(s, 2, ((int64_t)f->to_day + 1) * 86400 * 1000000);
    int step = statement_step(s);
    for (; step == 1; step = statement_step(s)) {
        const char *word = outcome_word(column_text(s, 0));
        uint64_t count = (uint64_t)column_int(s, 1);
        if (count == 0)
            continue;
        table_word(&m, word);
        table_number(&m, count);
        *all += count;
        *accepted += strcmp(word, "accepted") == 0 ? count : 0;
    }
    intake->outcomes = table_done(&m);
    return step == 0 || failed(in);
}

struct sceau_slice
insight_intake_why(struct sceau_arena *arena, enum language language,
                   struct sceau_slice detail, bool is_for_terminal)
{
    size_t colon = slice_find(detail, ':');
    struct text key = text_new(arena, SIZE_MAX), t = text_new(arena, SIZE_MAX);
    text_slice(&key, slice_sub(detail, 0, colon));
    const char *english = text_done(&key).ptr;
    const char *ours = english != NULL ? language_text(language, english) : "?";
    if (colon < detail.len) {
        struct sceau_slice rest = slice_trim(slice_skip(detail, colon + 1));
        return language_sentence(arena, language, "{reason}: {found}",
                                 (struct language_word[]){
                                     OURS("reason", ours),
                                     {"found", rest, !is_for_terminal}
        },
                                 2);
    }
    text_string(&t, ours);
    return text_done(&t);
}

static const struct table_column line_columns[] = {
    {"time",    TABLE_TIME,   N_("Time"),    0},
    {"outcome", TABLE_WORD,   N_("Outcome"), 0},
    {"name",    TABLE_TEXT,   N_("File"),    0},
    {"place",   TABLE_TEXT,   N_("Place"),   0},
    {"detail",  TABLE_TEXT,   N_("Why"),     0},
    {"line",    TABLE_NUMBER, N_("Line"),    0},
    {"octets",  TABLE_NUMBER, N_("Octets"),  0},
    {"report",  TABLE_TEXT,   N_("Report"),  0},
};

struct lines {
    struct table_maker m;
    int64_t *reports;
    size_t count;
};

/* As it was written; else the first of the repairs, or that it was there. */
static struct sceau_slice
why_of(struct insight *in, struct statement *s)
{
    struct sceau_slice outcome = column_text(s, 1), detail = column_text(s, 4);
    int64_t repair = column_int(s, 8);
    if (detail.len > 0)
        return slice_copy(in->arena, detail);
    if (slice_eq(outcome, SCEAU_SLICE("duplicate")))
        return SCEAU_SLICE(N_("the same report was there before"));
    if (repair >= 0 && repair < REPORT_REPAIR_KINDS)
        return sceau_slice_from(report_repair_text((enum report_repair_kind)repair));
    return SLICE_NONE;
}

static bool
add_lines(struct insight *in, const struct filter *f, struct lines *l, const char *sql,
          uint64_t from, uint64_t most)
{
    struct statement *s = database_prepare(in->db, sql);
    bind_int(s, 1, (int64_t)f->from_day * 86400 * 1000000);
    bind_int(s, 2, ((int64_t)f->to_day + 1) * 86400 * 1000000);
    bind_int(s, 3, (int64_t)(most - l->count));
    bind_int(s, 4, (int64_t)from);
    int step = statement_step(s);
    for (; step == 1; step = statement_step(s)) {
        int64_t report = column_int(s, 7);
        table_signed(&l->m, column_int(s, 0) / 1000000);
        table_word(&l->m, outcome_word(column_text(s, 1)));
        table_text(&l->m, slice_copy(in->arena, column_text(s, 2)));
        table_text(&l->m, slice_copy(in->arena, column_text(s, 3)));
        table_text(&l->m, why_of(in, s));
        table_signed(&l->m, column_int(s, 5));
        table_signed(&l->m, column_int(s, 6));
        if (report != 0)
            table_text(&l->m, insight_report_name(in->arena, report));
        else
            table_none(&l->m);
        l->reports[l->count++] = report;
    }
    return step == 0 || failed(in);
}

/* What went wrong first: of a day's hundred reports one is looked for. */
#define LINES(outcomes)                                                            \
 "SELECT time_us, outcome, name, place, detail, line, octets, report, "            \
 "COALESCE((SELECT p.kind FROM report_repair AS p WHERE p.report = intake.report " \
 "AND intake.outcome = 'repaired' ORDER BY p.n LIMIT 1), -1) FROM intake "         \
 "WHERE outcome IN (" outcomes ") AND time_us >= ?1 AND time_us < ?2 "             \
 "ORDER BY time_us DESC, n DESC LIMIT ?3 OFFSET ?4"

static bool
load_lines(struct insight *in, const struct filter *f, struct insight_intake *intake,
           const struct insight_part *part, uint64_t accepted)
{
    uint64_t others = part->total - accepted;
    struct lines l = {.m = table_new(in->arena, "intake", line_columns,
                                     sizeof line_columns / sizeof *line_columns),
                      .reports = sceau_arena_alloc(in->arena, (part->most + 1) *
                                                                  sizeof *l.reports)};
    if (l.reports == NULL)
        return scope_full(in);
    if (part->from < others &&
        !add_lines(in, f, &l,
                   LINES("'repaired', 'duplicate', 'refused', 'unauthenticated'"),
                   part->from, part->most))
        return false;
    if (l.count < part->most &&
        !add_lines(in, f, &l, LINES("'accepted'"),
                   part->from > others ? part->from - others : 0, part->most))
        return false;
    intake->lines = table_done(&l.m);
    intake->line_reports = l.reports;
    return true;
}

bool
insight_intake(struct insight *in, const struct filter *f, struct insight_part *part,
               struct insight_intake *intake)
{
    uint64_t accepted = 0, total = 0;
    *intake = (struct insight_intake){.line_reports = NULL};
    if (!load_places(in, intake) || !load_outcomes(in, f, intake, &total, &accepted))
        return false;
    insight_part_of(part, total);
    return load_lines(in, f, intake, part, accepted);
}
