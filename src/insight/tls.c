/* P8: is mail to me encrypted, and who could not deliver? The line of a policy's own sums
 * has neither MX nor reason. */
#include "scope.h"

static void
add_day(struct insight_tls *out, struct insight_tls_day *days, const struct scope *s,
        struct statement *st)
{
    struct insight_tls_day *day = &days[column_int(st, 0) - s->from_day];
    day->successful += (uint64_t)column_int(st, 1);
    day->failed += (uint64_t)column_int(st, 2);
    out->successful += (uint64_t)column_int(st, 1);
    out->failed += (uint64_t)column_int(st, 2);
}

static void
bind_scope(struct statement *st, const struct scope *s)
{
    bind_text(st, 1, s->f->domain.len > 0 ? s->f->domain : SCEAU_SLICE(""));
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
}

static bool
read_days(struct scope *s, struct insight_tls *out)
{
    size_t count = (size_t)(s->to_day - s->from_day + 1);
    struct insight_tls_day *days =
        sceau_arena_alloc(s->in->arena, count * sizeof *days);
    if (days == NULL)
        return scope_full(s->in);
    for (size_t i = 0; i < count; i++)
        days[i].day = s->from_day + (int)i;
    struct statement *st = database_prepare(
        s->in->db,
        "SELECT day, sum(successful), sum(failed) FROM tls_day "
        "WHERE (?1 = '' OR domain = ?1) AND day BETWEEN ?2 AND ?3 AND result_type = '' "
        "GROUP BY day");
    int step;
    bind_scope(st, s);
    while ((step = statement_step(st)) > 0)
        add_day(out, days, s, st);
    out->days = days;
    out->day_count = count;
    return step == 0 || scope_fail(s->in);
}

static bool
read_lines(struct scope *s, struct statement *st, const struct analysis_tls **lines,
           size_t *count)
{
    struct insight *in = s->in;
    struct growing list = {.arena = in->arena, .size = sizeof(struct analysis_tls)};
    int step;
    bind_scope(st, s);
    while ((step = statement_step(st)) > 0) {
        struct analysis_tls *t = growing_add(&list);
        if (t == NULL)
            return scope_full(in);
        *t = (struct analysis_tls){
            .domain = scope_text(in, st, 0),
            .policy_type = scope_text(in, st, 1),
            .organization = scope_text(in, st, 2),
            .mx = scope_text(in, st, 3),
            .result_type = scope_text(in, st, 4),
            .successful = (uint64_t)column_int(st, 5),
            .failed = (uint64_t)column_int(st, 6),
            .first_day = (int)column_int(st, 7),
            .last_day = (int)column_int(st, 8),
        };
    }
    *lines = list.items;
    *count = list.count;
    return step == 0 || scope_fail(in);
}

bool
insight_tls(struct insight *in, const struct filter *f, struct insight_tls *out)
{
    struct scope s = {.in = in, .f = f, .from_day = f->from_day, .to_day = f->to_day};
    *out = (struct insight_tls){0};
    return read_days(&s, out) &&
           read_lines(
               &s,
               database_prepare(
                   in->db,
                   "SELECT domain, policy_type, organization, '', '', "
                   "sum(successful), sum(failed), min(day), max(day) FROM tls_day "
                   "WHERE (?1 = '' OR domain = ?1) AND day BETWEEN ?2 AND ?3 "
                   "AND result_type = '' GROUP BY domain, policy_type, organization "
                   "ORDER BY domain, policy_type, 6 DESC LIMIT 1000"),
               &out->policies, &out->policy_count) &&
           read_lines(
               &s,
               database_prepare(
                   in->db,
                   "SELECT domain, policy_type, organization, mx, result_type, "
                   "sum(successful), sum(failed), min(day), max(day) FROM tls_day "
                   "WHERE (?1 = '' OR domain = ?1) AND day BETWEEN ?2 AND ?3 "
                   "AND result_type <> '' GROUP BY domain, policy_type, "
                   "organization, mx, result_type ORDER BY 7 DESC LIMIT 1000"),
               &out->failures, &out->failure_count);
}
