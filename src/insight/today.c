/* P1: what broke, and one line for each policy domain. Classes were decided when findings
 * were made; what is read here are sums by day. */
#include "core/text.h"
#include "scope.h"
#include "store/meta.h"

#include <stdlib.h>

#define HEARD_DAYS    3  /* reports about the last of them are on their way */
#define EXPECTED_DAYS 28 /* who is usual */

/* ---- a line ---- */

static void
add_row(struct insight_domain_line *line, struct statement *st, const struct filter *f,
        uint64_t before[2])
{
    struct analysis_row row = {.day = (int)column_int(st, 0),
                               .count = (uint64_t)column_int(st, 4)};
    int64_t dkim = column_int(st, 1), spf = column_int(st, 2), did = column_int(st, 3);
    bool passes = dkim == REPORT_ALIGNED_PASS || spf == REPORT_ALIGNED_PASS;
    row.dkim = dkim == REPORT_ALIGNED_PASS ? REPORT_ALIGNED_PASS : REPORT_ALIGNED_FAIL;
    row.spf = spf == REPORT_ALIGNED_PASS ? REPORT_ALIGNED_PASS : REPORT_ALIGNED_FAIL;
    if (did > 0 && did < REPORT_DISPOSITIONS)
        row.disposition = (enum report_disposition)did;
    if (row.day < f->from_day) {
        before[0] += row.count;
        before[1] += passes ? row.count : 0;
        return;
    }
    analysis_counts_add(&line->counts, &row);
    int ago = f->to_day - row.day;
    if (ago < ANALYSIS_SPARK_DAYS) {
        line->spark[ANALYSIS_SPARK_DAYS - 1 - ago] += row.count;
        line->spark_fails[ANALYSIS_SPARK_DAYS - 1 - ago] += passes ? 0 : row.count;
    }
    if (row.day > line->last_day)
        line->last_day = row.day;
}

static bool
read_sums(struct insight *in, const struct filter *f, struct insight_domain_line *line)
{
    int days = f->to_day - f->from_day + 1, step;
    uint64_t before[2] = {0, 0};
    struct statement *st =
        database_prepare(in->db,
                         "SELECT day, dkim, spf, disposition, count FROM day_total "
                         "WHERE policy_domain = ?1 AND day BETWEEN ?2 AND ?3");
    bind_text(st, 1, line->domain);
    bind_int(st, 2, f->from_day - days);
    bind_int(st, 3, f->to_day);
    while ((step = statement_step(st)) > 0)
        add_row(line, st, f, before);
    line->compliance =
        analysis_share_shown(analysis_compliant(&line->counts), line->counts.messages);
    line->before = analysis_share_shown(before[1], before[0]);
    return step == 0 || scope_fail(in);
}

static bool
read_policy(struct insight *in, struct insight_domain_line *line)
{
    struct statement *st = database_prepare(
        in->db, "SELECT p FROM day_policy WHERE policy_domain = ?1 "
                "ORDER BY policy_domain DESC, day DESC, reports DESC, p DESC LIMIT 1");
    bind_text(st, 1, line->domain);
    int step = statement_step(st);
    int64_t p = step > 0 ? column_int(st, 0) : 0;
    if (p > 0 && p < REPORT_DISPOSITIONS)
        line->policy = (enum report_disposition)p;
    statement_reset(st);
    return step >= 0 || scope_fail(in);
}

static bool
read_reporters(struct insight *in, const struct filter *f,
               struct insight_domain_line *line)
{
    struct statement *st = database_prepare(
        in->db, "SELECT count(DISTINCT day), min(day), max(day) FROM day_reporter "
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

static bool
read_verdict(struct insight *in, struct insight_domain_line *line)
{
    char memory[300];
    int64_t value = ANALYSIS_NO_DATA;
    struct text name = text_in(memory, sizeof memory);
    text_string(&name, "readiness/");
    text_slice(&name, line->domain);
    if (meta_number(in->db, text_done(&name), &value) < 0)
        return scope_fail(in);
    if (value == ANALYSIS_MET || value == ANALYSIS_NOT_MET)
        line->readiness = (enum analysis_answer)value;
    return true;
}

static bool
read_lines(struct insight *in, const struct filter *f, struct insight_today *today)
{
    const struct sceau_slice *names;
    size_t count, used = 0;
    if (!scope_policy_domains(in, &names, &count))
        return false;
    struct insight_domain_line *lines =
        sceau_arena_alloc(in->arena, (count + 1) * sizeof *lines);
    if (lines == NULL)
        return scope_full(in);
    for (size_t i = 0; i < count; i++) {
        struct insight_domain_line *line = &lines[used];
        if (f->domain.len > 0 && !slice_eq(names[i], f->domain))
            continue;
        *line = (struct insight_domain_line){.domain = names[i]};
        if (!read_sums(in, f, line) || !read_policy(in, line) ||
            !read_reporters(in, f, line) || !read_verdict(in, line))
            return false;
        used++;
    }
    today->domains = lines;
    today->domain_count = used;
    for (size_t i = 0; i < today->finding_count; i++)
        for (size_t n = 0; n < used; n++)
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
