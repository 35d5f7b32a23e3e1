/* Rows come out of the roll-ups in the order of their key, policy domain by policy domain,
 * so that every statement reads one stretch of one table. A row of the table is a week; its
 * days are told one by one. Values of enums are bounded: the store is a file, and files can
 * be damaged. */
#include "scope.h"
#include "store/days.h"

#define WEEK_COLUMNS                                                                  \
 "ip, dkim, spf, disposition, cause, flags, domain, week, count0, count1, count2, "   \
 "count3, count4, count5, count6, reports0, reports1, reports2, reports3, reports4, " \
 "reports5, reports6 FROM week_ip "                                                   \
 "WHERE policy_domain = ?1 AND week BETWEEN ?2 / 7 AND ?3 / 7 "
enum {
    WEEK = 7, /* columns */
    FIRST_COUNT = 8,
    FIRST_REPORTS = FIRST_COUNT + DAYS_A_WEEK
};

static bool
is_asked(const struct scope *s, const struct analysis_row *row)
{
    const struct filter *f = s->f;
    bool fails = row->dkim != REPORT_ALIGNED_PASS && row->spf != REPORT_ALIGNED_PASS;
    if (s->author.len > 0 && !slice_eq(row->domain, s->author))
        return false;
    if (s->is_whole)
        return true;
    return (f->result == FILTER_ALL || fails == (f->result == FILTER_FAILS)) &&
           (!f->has_cause || row->cause == f->cause) &&
           (!f->has_disposition || row->disposition == f->disposition) &&
           (!f->has_network ||
            ip_in_network(&row->ip, &f->network.address, f->network.prefix));
}

static int
bounded(int64_t value, int count)
{
    return value >= 0 && value < count ? (int)value : 0;
}

static uint64_t
counted(struct statement *st, int column)
{
    int64_t value = column_int(st, column);
    return value > 0 ? (uint64_t)value : 0;
}

_Static_assert(REPORT_ALIGNED_PASS == 1, "the statement of what fails says so too");

/* What is the same for all days of the row. */
static void
read_row(struct statement *st, struct analysis_row *row)
{
    row->ip = scope_ip(st, 0);
    row->dkim =
        (enum report_aligned)bounded(column_int(st, 1), REPORT_ALIGNED_FAIL + 1);
    row->spf = (enum report_aligned)bounded(column_int(st, 2), REPORT_ALIGNED_FAIL + 1);
    row->disposition =
        (enum report_disposition)bounded(column_int(st, 3), REPORT_DISPOSITIONS);
    row->cause = (enum analysis_cause)bounded(column_int(st, 4), ANALYSIS_CAUSES);
    row->flags = (unsigned)column_int(st, 5);
    row->domain = column_text(st, 6);
}

/* False: the reader stops. */
static bool
tell_week(const struct scope *s, struct statement *st, struct row_reader *reader,
          struct analysis_week *week)
{
    int64_t first = column_int(st, WEEK) * DAYS_A_WEEK;
    int64_t from = s->from_day > first ? s->from_day - first : 0;
    int64_t to = s->to_day < first + DAYS_A_WEEK ? s->to_day - first : DAYS_A_WEEK - 1;
    week->row.day = (int)first;
    for (int n = (int)from; n <= (int)to; n++) {
        week->counts[n] = counted(st, FIRST_COUNT + n);
        week->reports[n] =
            week->counts[n] > 0 ? counted(st, FIRST_REPORTS + n) : 0; /* none else */
    }
    return reader->row(reader, week);
}

static bool
tell_day(const struct scope *s, struct statement *st, struct row_reader *reader,
         struct analysis_week *week)
{
    (void)s;
    week->row.day = (int)column_int(st, 7);
    week->counts[0] = counted(st, 8);
    week->reports[0] = 1;
    return reader->row(reader, week);
}

/* A reporter is known to raw rows only, a selector to pairs. */
static bool
asks_reporter(const struct scope *s)
{
    return !s->is_whole && s->f->reporter.len > 0;
}

static struct statement *
prepare_rows(const struct scope *s)
{
    const struct filter *f = s->f;
    struct database *db = s->in->db;
    struct statement *st;
    bool asks_selector = !s->is_whole && !asks_reporter(s) && f->selector.len > 0;
    if (asks_reporter(s))
        st = database_prepare(
            db, "SELECT w.ip, w.dkim, w.spf, w.disposition, w.cause, w.flags, "
                "w.domain, r.day, w.count "
                "FROM report r JOIN report_row w ON w.report = r.id "
                "WHERE r.policy_domain = ?1 AND r.day BETWEEN ?2 AND ?3 "
                "AND r.counted = 1 AND r.org_name = ?4");
    else if (asks_selector)
        st = database_prepare(
            db, "SELECT " WEEK_COLUMNS
                "AND ip IN (SELECT ip FROM day_pair WHERE policy_domain = ?1 "
                "AND selector = ?4 AND day BETWEEN ?2 AND ?3)");
    else if (s->only_fails || (!s->is_whole && f->result == FILTER_FAILS))
        st = database_prepare(db, "SELECT " WEEK_COLUMNS "AND dkim <> 1 AND spf <> 1");
    else
        st = database_prepare(db, "SELECT " WEEK_COLUMNS);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    if (asks_reporter(s))
        bind_text(st, 4, f->reporter);
    else if (asks_selector)
        bind_text(st, 4, f->selector);
    return st;
}

bool
scope_rows(struct scope *s, struct row_reader *reader)
{
    bool (*tell)(const struct scope *, struct statement *, struct row_reader *,
                 struct analysis_week *) = asks_reporter(s) ? tell_day : tell_week;
    for (size_t i = 0; i < s->policy_count; i++) {
        struct statement *st = prepare_rows(s);
        int step;
        bind_text(st, 1, s->policies[i]);
        while ((step = statement_step(st)) > 0) {
            struct analysis_week week = {0};
            read_row(st, &week.row);
            if (is_asked(s, &week.row) && !tell(s, st, reader, &week)) {
                statement_reset(st);
                return scope_full(s->in);
            }
        }
        if (step < 0)
            return scope_fail(s->in);
    }
    return true;
}
