/* P7's second half: who reports, how late, with which gaps. */
#include "analysis/reporters.h"

#include "scope.h"

#include <stdlib.h>

#define PAGE_ROWS 1000

static void
read_row(struct insight *in, struct statement *st, struct analysis_reporter_row *row)
{
    *row = (struct analysis_reporter_row){
        .name = scope_text(in, st, 0),
        .day = (int)column_int(st, 1),
        .messages = (uint64_t)column_int(st, 2),
        .fails = (uint64_t)column_int(st, 3),
        .reports = (uint64_t)column_int(st, 4),
        .delay = (int)column_int(st, 5),
    };
}

/* Of one policy domain: one stretch of the table, a page at a time. */
static bool
read_rows(struct scope *s, struct sceau_slice policy, struct growing *list)
{
    struct insight *in = s->in;
    struct analysis_reporter_row last = {.name = SCEAU_SLICE(""),
                                         .day = s->from_day - 1};
    int rows = PAGE_ROWS;
    while (rows == PAGE_ROWS) {
        struct statement *st = database_prepare_few(
            in->db,
            "SELECT reporter_name, day, messages, fails, reports, delay_seconds "
            "FROM day_reporter WHERE policy_domain = ?1 AND day BETWEEN ?2 AND ?3 "
            "AND (day, reporter_name) > (?5, ?6) AND (?4 = '' OR reporter_name = ?4) "
            "ORDER BY day, reporter_name LIMIT ?7");
        int step;
        bind_text(st, 1, policy);
        bind_int(st, 2, s->from_day);
        bind_int(st, 3, s->to_day);
        bind_text(st, 4, s->f->reporter.len > 0 ? s->f->reporter : SCEAU_SLICE(""));
        bind_int(st, 5, last.day);
        bind_text(st, 6, last.name);
        bind_int(st, 7, PAGE_ROWS);
        for (rows = 0; (step = statement_step(st)) > 0; rows++) {
            struct analysis_reporter_row *row = growing_add(list);
            if (row == NULL) {
                statement_reset(st);
                return scope_full(in);
            }
            read_row(in, st, row);
            last = *row;
        }
        if (step < 0)
            return scope_fail(in);
    }
    return true;
}

static int
by_name_and_day(const void *a, const void *b)
{
    const struct analysis_reporter_row *x = a, *y = b;
    int order = scope_order(x->name, y->name);
    return order != 0 ? order : x->day - y->day;
}

static struct analysis_reporter *
find(struct analysis_reporter *list, size_t count, struct sceau_slice name)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(list[i].name, name))
            return &list[i];
    return NULL;
}

/* What the list of reports knows of them; of every domain when it has no name. */
static bool
read_faults(struct scope *s, struct sceau_slice policy, struct analysis_reporter *list,
            size_t count)
{
    struct statement *st = database_prepare(
        s->in->db,
        "SELECT org_name, sum(contradictions), sum(repairs) FROM report "
        "WHERE (contradictions > 0 OR repairs > 0) AND day BETWEEN ?2 AND ?3 "
        "AND (?1 = '' OR policy_domain = ?1) GROUP BY org_name");
    int step;
    bind_text(st, 1, policy);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    while ((step = statement_step(st)) > 0) {
        struct analysis_reporter *r = find(list, count, column_text(st, 0));
        if (r == NULL)
            continue;
        r->contradictions += (uint64_t)column_int(st, 1);
        r->repairs += (uint64_t)column_int(st, 2);
    }
    return step == 0 || scope_fail(s->in);
}

static bool
read_duplicates(struct scope *s, struct analysis_reporter *list, size_t count)
{
    struct statement *st =
        database_prepare(s->in->db,
                         "SELECT r.org_name, count(*) FROM intake i JOIN report r "
                         "ON r.id = i.report WHERE i.outcome = 'duplicate' "
                         "AND i.time_us >= ?1 GROUP BY r.org_name");
    int step;
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
    if (!scope_open(&s, in, f))
        return false;
    for (size_t i = 0; i < s.policy_count; i++)
        if (!read_rows(&s, s.policies[i], &rows))
            return false;
    if (rows.count > 1)
        qsort(rows.items, rows.count, sizeof(struct analysis_reporter_row),
              by_name_and_day);
    struct analysis_reporter *list =
        analysis_reporters_make(in->arena, rows.items, rows.count, f->today, count);
    if (list == NULL)
        return scope_full(in);
    *reporters = list;
    if (f->domain.len == 0 && !read_faults(&s, SCEAU_SLICE(""), list, *count))
        return false;
    for (size_t i = 0; i < s.policy_count && f->domain.len > 0; i++)
        if (!read_faults(&s, s.policies[i], list, *count))
            return false;
    return read_duplicates(&s, list, *count) && read_ignored(&s, list, *count);
}
