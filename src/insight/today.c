/* P1: what broke, and one line for each policy domain. Classes were decided when findings
 * were made; what is read here are sums by day. */
#include "scope.h"
#include "store/meta.h"

#include <stdlib.h>

#define HEARD_DAYS    3  /* reports about the last of them are on their way */
#define EXPECTED_DAYS 28 /* who is usual */

/* ---- a line ---- */

/* A day of the range, or of the one before it. */
static void
add_day(struct insight_domain_line *line, const struct filter *f, struct statement *st,
        uint64_t before[2])
{
    int day = (int)column_int(st, 0), ago = f->to_day - day;
    uint64_t messages = (uint64_t)column_int(st, 1),
             compliant = (uint64_t)column_int(st, 2);
    if (day < f->from_day) {
        before[0] += messages;
        before[1] += compliant;
        return;
    }
    line->messages += messages;
    line->compliant += compliant;
    if (ago < ANALYSIS_SPARK_DAYS) {
        line->spark[ANALYSIS_SPARK_DAYS - 1 - ago] = messages;
        line->spark_fails[ANALYSIS_SPARK_DAYS - 1 - ago] = messages - compliant;
    }
    if (day > line->last_day)
        line->last_day = day;
}

_Static_assert(REPORT_ALIGNED_PASS == 1, "the statement of what passes says so too");

static bool
read_sums(struct insight *in, const struct filter *f, struct insight_domain_line *line)
{
    int days = f->to_day - f->from_day + 1, step;
    uint64_t before[2] = {0, 0};
    struct statement *st = database_prepare(
        in->db, "SELECT day, sum(count), sum(CASE WHEN dkim = 1 OR spf = 1 THEN count "
                "ELSE 0 END) FROM day_total "
                "WHERE policy_domain = ?1 AND day BETWEEN ?2 AND ?3 GROUP BY day");
    bind_text(st, 1, line->domain);
    bind_int(st, 2, f->from_day - days);
    bind_int(st, 3, f->to_day);
    while ((step = statement_step(st)) > 0)
        add_day(line, f, st, before);
    line->compliance = analysis_share_shown(line->compliant, line->messages);
    line->before = analysis_share_shown(before[1], before[0]);
    return step == 0 || scope_fail(in);
}

static bool
read_reporters(struct insight *in, const struct filter *f,
               struct insight_domain_line *line)
{
    struct statement *st = database_prepare(
        in->db, "SELECT count(*), min(day), max(day) FROM day_reporter "
                "WHERE policy_domain = ?1 AND day BETWEEN ?2 AND ?3 "
                "AND reporter_name NOT IN (SELECT name FROM reporter WHERE is_ignored "
                "<> 0) GROUP BY reporter_name");
    int step;
    bind_text(st, 1, line->domain);
    bind_int(st, 2, f->today - EXPECTED_DAYS + 1);
    bind_int(st, 3, f->today);
    while ((step = statement_step(st)) > 0) {
        int64_t days = column_int(st, 0),
                span = column_int(st, 2) - column_int(st, 1) + 1;
        line->reporters_heard += column_int(st, 2) > f->today - HEARD_DAYS;
        line->reporters_expected += span >= 7 && days * 10 >= span * 7;
    }
    return step == 0 || scope_fail(in);
}

/* ---- lines ---- */

/* Every policy domain, by name, and the policy that was seen last: from one name to the next
 * in the key. */
static bool
read_names(struct insight *in, const struct filter *f, struct growing *lines)
{
    struct statement *st = database_prepare(
        in->db,
        "WITH RECURSIVE n(name) AS (SELECT min(policy_domain) FROM day_total "
        "WHERE policy_domain > '' UNION ALL "
        "SELECT (SELECT min(t.policy_domain) FROM day_total t "
        "WHERE t.policy_domain > n.name) FROM n WHERE n.name IS NOT NULL) "
        "SELECT name, (SELECT p FROM day_policy WHERE policy_domain = n.name "
        "ORDER BY policy_domain DESC, day DESC, reports DESC, p DESC LIMIT 1) "
        "FROM n WHERE name IS NOT NULL AND (?1 = '' OR name = ?1) ORDER BY name");
    int step;
    bind_text(st, 1, f->domain.len > 0 ? f->domain : SCEAU_SLICE(""));
    while ((step = statement_step(st)) > 0) {
        struct insight_domain_line *line = growing_add(lines);
        struct sceau_slice name = scope_text(in, st, 0);
        int64_t p = column_int(st, 1);
        if (line == NULL || name.ptr == NULL) {
            statement_reset(st);
            return scope_full(in);
        }
        *line = (struct insight_domain_line){.domain = name};
        if (p > 0 && p < REPORT_DISPOSITIONS)
            line->policy = (enum report_disposition)p;
    }
    return step == 0 || scope_fail(in);
}

#define VERDICT "readiness/"

/* Verdicts come by name, as the lines stand. */
static bool
read_verdicts(struct insight *in, struct insight_domain_line *lines, size_t count)
{
    struct statement *st =
        database_prepare(in->db, "SELECT name, value FROM meta WHERE name >= '" VERDICT
                                 "' AND name < 'readiness0' ORDER BY name");
    size_t n = 0;
    int step;
    while ((step = statement_step(st)) > 0) {
        struct sceau_slice name = slice_skip(column_text(st, 0), strlen(VERDICT));
        struct sceau_slice value = column_text(st, 1);
        while (n < count && scope_order(lines[n].domain, name) < 0)
            n++;
        if (n < count && slice_eq(lines[n].domain, name) && value.len == 1 &&
            (value.ptr[0] == '0' + ANALYSIS_MET ||
             value.ptr[0] == '0' + ANALYSIS_NOT_MET))
            lines[n].readiness = (enum analysis_answer)(value.ptr[0] - '0');
    }
    return step == 0 || scope_fail(in);
}

static bool
read_lines(struct insight *in, const struct filter *f, struct insight_today *today)
{
    struct growing list = {.arena = in->arena,
                           .size = sizeof(struct insight_domain_line)};
    if (!read_names(in, f, &list))
        return false;
    struct insight_domain_line *lines = list.items;
    if (!read_verdicts(in, lines, list.count))
        return false;
    for (size_t i = 0; i < list.count; i++)
        if (!read_sums(in, f, &lines[i]) || !read_reporters(in, f, &lines[i]))
            return false;
    today->domains = lines;
    today->domain_count = list.count;
    for (size_t i = 0; i < today->finding_count; i++)
        for (size_t n = 0; n < list.count; n++)
            if (slice_eq(today->findings[i].domain, lines[n].domain)) {
                lines[n].problems += today->findings[i].severity == ANALYSIS_PROBLEM;
                lines[n].warnings += today->findings[i].severity == ANALYSIS_WARNING;
            }
    return true;
}

/* ---- where reports come from ---- */

static bool
read_places(struct insight *in, struct insight_today *today)
{
    struct growing list = {.arena = in->arena, .size = sizeof(struct insight_place)};
    struct statement *st = database_prepare(
        in->db, "SELECT name, kind, last_error, last_run, last_mail, count FROM place "
                "ORDER BY name LIMIT 100");
    int step;
    while ((step = statement_step(st)) > 0) {
        struct insight_place *p = growing_add(&list);
        if (p == NULL)
            return scope_full(in);
        p->name = scope_text(in, st, 0);
        p->kind = scope_text(in, st, 1);
        p->last_error = scope_text(in, st, 2);
        p->last_run = column_int(st, 3);
        p->last_mail = column_int(st, 4);
        p->count = (uint64_t)column_int(st, 5);
    }
    today->places = list.items;
    today->place_count = list.count;
    return step == 0 || scope_fail(in);
}

static bool
read_arrivals(struct insight *in, struct insight_today *today)
{
    struct statement *st =
        database_prepare(in->db,
                         "SELECT received FROM report ORDER BY received DESC LIMIT 1");
    int step = statement_step(st);
    if (step > 0)
        today->last_received = column_int(st, 0);
    statement_reset(st);
    return step >= 0 || scope_fail(in);
}

bool
insight_today(struct insight *in, const struct filter *f, struct insight_today *today)
{
    *today = (struct insight_today){0};
    if (!insight_findings(in, f->domain, false, &today->findings,
                          &today->finding_count) ||
        !read_lines(in, f, today) || !read_places(in, today) ||
        !read_arrivals(in, today))
        return false;
    if (meta_number(in->db, SCEAU_SLICE("findings_made"), &today->findings_made) < 0)
        return scope_fail(in);
    if (today->finding_count > ANALYSIS_FINDINGS_MAX) {
        today->findings_left = today->finding_count - ANALYSIS_FINDINGS_MAX;
        today->finding_count = ANALYSIS_FINDINGS_MAX;
    }
    return true;
}
