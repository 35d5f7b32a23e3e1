/* P7's second half: who reports, how late, with which gaps. */
#include "analysis/reporters.h"

#include "scope.h"

static bool
read_rows(struct scope *s, struct growing *list)
{
    struct insight *in = s->in;
    struct statement *st = database_prepare(
        in->db,
        "SELECT reporter_name, day, sum(messages), sum(fails), sum(reports), "
        "max(delay_seconds) FROM day_reporter WHERE (?1 = '' OR policy_domain = ?1) "
        "AND day BETWEEN ?2 AND ?3 AND (?4 = '' OR reporter_name = ?4) "
        "GROUP BY reporter_name, day ORDER BY reporter_name, day");
    struct sceau_slice last = SLICE_NONE;
    int step;
    bind_text(st, 1, s->policy_domain.len > 0 ? s->policy_domain : SCEAU_SLICE(""));
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    bind_text(st, 4, s->f->reporter.len > 0 ? s->f->reporter : SCEAU_SLICE(""));
    while ((step = statement_step(st)) > 0) {
        struct analysis_reporter_row *row = growing_add(list);
        if (row == NULL) {
            statement_reset(st);
            return scope_full(in);
        }
        if (last.ptr == NULL || !slice_eq(last, column_text(st, 0)))
            last = scope_text(in, st, 0);
        *row = (struct analysis_reporter_row){
            .name = last,
            .day = (int)column_int(st, 1),
            .messages = (uint64_t)column_int(st, 2),
            .fails = (uint64_t)column_int(st, 3),
            .reports = (uint64_t)column_int(st, 4),
            .delay = (int)column_int(st, 5),
        };
    }
    return step == 0 || scope_fail(in);
}

static struct analysis_reporter *
find(struct analysis_reporter *list, size_t count, struct sceau_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(list[i].name, name))
            return &list[i];
    return NULL;
}

/* What the list of reports knows of them. */
static bool
read_faults(struct scope *s, struct analysis_reporter *list, size_t count)
{
    struct statement *st = database_prepare(
        s->in->db, "SELECT org_name, sum(contradictions), sum(repairs) FROM report "
                   "WHERE (?1 = '' OR policy_domain = ?1) AND day BETWEEN ?2 AND ?3 "
                   "GROUP BY org_name");
    int step;
    bind_text(st, 1, s->policy_domain.len > 0 ? s->policy_domain : SCEAU_SLICE(""));
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    while ((step = statement_step(st)) > 0) {
        struct analysis_reporter *r = find(list, count, column_text(st, 0));
        if (r == NULL)
            continue;
        r->contradictions = (uint64_t)column_int(st, 1);
        r->repairs = (uint64_t)column_int(st, 2);
    }
    if (step < 0)
        return scope_fail(s->in);
    st = database_prepare(s->in->db,
                          "SELECT r.org_name, count(*) FROM intake i JOIN report r "
                          "ON r.id = i.report WHERE i.outcome = 'duplicate' "
                          "AND i.time_us >= ?1 GROUP BY r.org_name");
    bind_int(st, 1, (int64_t)s->from_day * 86400 * 1000000);
    while ((step = statement_step(st)) > 0) {
        struct analysis_reporter *r = find(list, count, column_text(st, 0));
        if (r != NULL)
            r->duplicates = (uint64_t)column_int(st, 1);
    }
    return step == 0 || scope_fail(s->in);
}

static bool
read_ignored(struct scope *s, struct analysis_reporter *list, size_t count)
{
    struct statement *st =
        database_prepare(s->in->db, "SELECT name FROM reporter WHERE is_ignored <> 0");
    int step;
    while ((step = statement_step(st)) > 0) {
        struct analysis_reporter *r = find(list, count, column_text(st, 0));
        if (r != NULL)
            r->is_ignored = true;
    }
    return step == 0 || scope_fail(s->in);
}

bool
insight_reporters(struct insight *in, const struct filter *f,
                  const struct analysis_reporter **reporters, size_t *count)
{
    struct scope s;
    struct growing rows = {.arena = in->arena,
                           .size = sizeof(struct analysis_reporter_row)};
    *reporters = NULL;
    *count = 0;
    if (!scope_open(&s, in, f) || !read_rows(&s, &rows))
        return false;
    struct analysis_reporter *list =
        analysis_reporters_make(in->arena, rows.items, rows.count, f->today, count);
    if (list == NULL)
        return scope_full(in);
    *reporters = list;
    return read_faults(&s, list, *count) && read_ignored(&s, list, *count);
}
