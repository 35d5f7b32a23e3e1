/* P8: is mail to me encrypted, and who could not deliver? The line of a policy's own sums
 * has neither MX nor reason. */
#include "scope.h"

#include <stdlib.h>

#define LINES_MAX ((size_t)1000)

#define COUNTS \
 "AND organization NOT IN (SELECT name FROM reporter WHERE is_ignored <> 0) "

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

/* Each statement reads the stretch of one domain. */
static struct statement *
prepare_for(const struct scope *s, struct sceau_slice domain, const char *sql)
{
    struct statement *st = database_prepare(s->in->db, sql);
    bind_text(st, 1, domain);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    return st;
}

/* The domain that is asked about, or all that were reported on: a step each in the key. */
static bool
find_domains(struct scope *s, struct growing *list)
{
    struct sceau_slice last = s->f->domain, *next;
    int step = 1;
    if (last.len > 0) {
        next = growing_add(list);
        if (next != NULL)
            *next = last;
        return next != NULL || scope_full(s->in);
    }
    while (step > 0) {
        struct statement *st = database_prepare(
            s->in->db,
            "SELECT domain FROM tls_day WHERE domain > ?1 ORDER BY domain LIMIT 1");
        bind_text(st, 1, last.len > 0 ? last : SCEAU_SLICE(""));
        step = statement_step(st);
        next = step > 0 ? growing_add(list) : NULL;
        if (step > 0 && next == NULL)
            return scope_full(s->in);
        if (step > 0)
            *next = last = scope_text(s->in, st, 0);
        statement_reset(st);
    }
    return step == 0 || scope_fail(s->in);
}

static bool
make_days(struct scope *s, struct insight_tls *out, struct insight_tls_day **days)
{
    size_t count = (size_t)(s->to_day - s->from_day + 1);
    *days = sceau_arena_alloc(s->in->arena, count * sizeof **days);
    if (*days == NULL)
        return scope_full(s->in);
    for (size_t i = 0; i < count; i++)
        (*days)[i].day = s->from_day + (int)i;
    out->days = *days;
    out->day_count = count;
    return true;
}

static bool
read_days(struct scope *s, struct sceau_slice domain, struct insight_tls *out,
          struct insight_tls_day *days)
{
    struct statement *st = prepare_for(
        s, domain,
        "SELECT day, sum(successful), sum(failed) FROM tls_day "
        "WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 AND result_type = '' " COUNTS
        "GROUP BY day");
    int step;
    while ((step = statement_step(st)) > 0)
        add_day(out, days, s, st);
    return step == 0 || scope_fail(s->in);
}

static bool
read_lines(struct scope *s, struct statement *st, struct growing *list)
{
    struct insight *in = s->in;
    int step;
    while ((step = statement_step(st)) > 0) {
        struct analysis_tls *t = growing_add(list);
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
    return step == 0 || scope_fail(in);
}

static bool
read_policies(struct scope *s, struct sceau_slice domain, struct growing *list)
{
    return read_lines(
        s,
        prepare_for(s, domain,
                    "SELECT domain, policy_type, organization, '', '', "
                    "sum(successful), sum(failed), min(day), max(day) FROM tls_day "
                    "WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 "
                    "AND result_type = '' " COUNTS
                    "GROUP BY domain, policy_type, organization "
                    "ORDER BY policy_type, 6 DESC LIMIT 1000"),
        list);
}

static bool
read_failures(struct scope *s, struct sceau_slice domain, struct growing *list)
{
    return read_lines(
        s,
        prepare_for(s, domain,
                    "SELECT domain, policy_type, organization, mx, result_type, "
                    "sum(successful), sum(failed), min(day), max(day) FROM tls_day "
                    "WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 "
                    "AND result_type <> '' " COUNTS "GROUP BY domain, policy_type, "
                    "organization, mx, result_type ORDER BY 7 DESC LIMIT 1000"),
        list);
}

/* The largest first; those of one size by domain. */
static int
by_failures(const void *a, const void *b)
{
    const struct analysis_tls *x = a, *y = b;
    if (x->failed != y->failed)
        return x->failed < y->failed ? 1 : -1;
    size_t len = x->domain.len < y->domain.len ? x->domain.len : y->domain.len;
    int order = len > 0 ? memcmp(x->domain.ptr, y->domain.ptr, len) : 0;
    return order != 0
               ? order
               : (x->domain.len > y->domain.len) - (x->domain.len < y->domain.len);
}

static size_t
at_most(size_t count)
{
    return count < LINES_MAX ? count : LINES_MAX;
}

bool
insight_tls(struct insight *in, const struct filter *f, struct insight_tls *out)
{
    struct scope s = {.in = in, .f = f, .from_day = f->from_day, .to_day = f->to_day};
    struct growing domains = {.arena = in->arena, .size = sizeof(struct sceau_slice)};
    struct growing policies = {.arena = in->arena, .size = sizeof(struct analysis_tls)};
    struct growing failures = {.arena = in->arena, .size = sizeof(struct analysis_tls)};
    struct insight_tls_day *days;
    *out = (struct insight_tls){0};
    if (!make_days(&s, out, &days) || !find_domains(&s, &domains))
        return false;
    for (size_t i = 0; i < domains.count; i++) {
        struct sceau_slice domain = ((struct sceau_slice *)domains.items)[i];
        if (!read_days(&s, domain, out, days) ||
            !read_policies(&s, domain, &policies) ||
            !read_failures(&s, domain, &failures))
            return false;
    }
    if (failures.count > 1)
        qsort(failures.items, failures.count, sizeof(struct analysis_tls), by_failures);
    out->policies = policies.items;
    out->policy_count = at_most(policies.count);
    out->failures = failures.items;
    out->failure_count = at_most(failures.count);
    return true;
}
