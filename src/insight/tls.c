/* P8: is mail to me encrypted, and who could not deliver? The line of a policy's own sums
 * has neither MX nor reason. */
#include "scope.h"
#include "tls_domains.h"

#include <stdlib.h>

#define LINES_MAX ((size_t)1000)  /* of one domain */
#define LIST_MAX  ((size_t)10000) /* of each table */

static bool
add_domain(struct scope *s, struct growing *list, struct sceau_slice domain)
{
    struct sceau_slice *next = domain.ptr != NULL ? growing_add(list) : NULL;
    if (next != NULL)
        *next = domain;
    return next != NULL || scope_full(s->in);
}

/* The domain that is asked about, or all that were reported on. */
static bool
find_domains(struct scope *s, struct growing *list)
{
    int step;
    if (s->f->domain.len > 0)
        return add_domain(s, list, s->f->domain);
    struct statement *st =
        database_prepare(s->in->db,
                         TLS_DOMAINS "SELECT domain FROM domains WHERE domain <> '' "
                                     "ORDER BY domain");
    while ((step = statement_step(st)) > 0)
        if (!add_domain(s, list, scope_text(s->in, st, 0))) {
            statement_reset(st);
            return false;
        }
    return step == 0 || scope_fail(s->in);
}

static bool
make_days(struct scope *s, struct insight_tls *out, struct insight_tls_day **days)
{
    int range = s->to_day - s->from_day + 1;
    size_t count = (size_t)range;
    *days = sceau_arena_alloc(s->in->arena, count * sizeof **days);
    if (*days == NULL)
        return scope_full(s->in);
    for (size_t i = 0; i < count; i++)
        (*days)[i].day = s->from_day + (int)i;
    out->days = *days;
    out->day_count = count;
    return true;
}

/* ---- the lines of one domain ---- */

/* Their rows come day by day, most often the same ones in the same order: the next is looked for
 * behind the last. */
struct lines {
    struct growing list; /* of analysis_tls */
    size_t next;
};

static bool
is_of(const struct analysis_tls *t, struct statement *st)
{
    return slice_eq(t->organization, column_text(st, 2)) &&
           slice_eq(t->mx, column_text(st, 3)) &&
           slice_eq(t->result_type, column_text(st, 4)) &&
           slice_eq(t->policy_type, column_text(st, 1));
}

/* NULL: the arena is full. */
static struct analysis_tls *
line_of(struct scope *s, struct lines *l, struct statement *st,
        struct sceau_slice domain)
{
    struct insight *in = s->in;
    struct analysis_tls *items = l->list.items;
    for (size_t n = 0; n < l->list.count; n++, l->next++) {
        if (l->next >= l->list.count)
            l->next = 0;
        if (is_of(&items[l->next], st))
            return &items[l->next++];
    }
    struct analysis_tls *t = growing_add(&l->list);
    if (t == NULL)
        return NULL;
    l->next = l->list.count;
    *t = (struct analysis_tls){
        .domain = domain,
        .policy_type = scope_text(in, st, 1),
        .organization = scope_text(in, st, 2),
        .mx = scope_text(in, st, 3),
        .result_type = scope_text(in, st, 4),
        .first_day = (int)column_int(st, 0),
    };
    return t;
}

static void
add_row(struct analysis_tls *t, struct statement *st, const struct scope *s,
        struct insight_tls *out, struct insight_tls_day *days)
{
    int day = (int)column_int(st, 0);
    uint64_t successful = (uint64_t)column_int(st, 5),
             failed = (uint64_t)column_int(st, 6);
    t->successful += successful;
    t->failed += failed;
    t->last_day = day;
    if (t->result_type.len > 0)
        return;
    days[day - s->from_day].successful += successful;
    days[day - s->from_day].failed += failed;
    out->successful += successful;
    out->failed += failed;
}

static bool
read_domain(struct scope *s, struct sceau_slice domain, struct lines *l,
            struct insight_tls *out, struct insight_tls_day *days)
{
    struct statement *st = database_prepare(
        s->in->db,
        "SELECT day, policy_type, organization, mx, result_type, successful, failed "
        "FROM tls_day WHERE domain = ?1 AND day BETWEEN ?2 AND ?3 "
        "AND organization NOT IN (SELECT name FROM reporter WHERE is_ignored <> 0) "
        "ORDER BY day, policy_type, organization, mx, result_type");
    int step;
    bind_text(st, 1, domain);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    *l = (struct lines){
        .list = {.arena = s->in->arena, .size = sizeof(struct analysis_tls)}
    };
    while ((step = statement_step(st)) > 0 && l->list.count < LINES_MAX) {
        struct analysis_tls *t = line_of(s, l, st, domain);
        if (t == NULL) {
            statement_reset(st);
            return scope_full(s->in);
        }
        add_row(t, st, s, out, days);
    }
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

/* What is left when all else is equal: an order that no engine chooses. */
static int
by_words(const struct analysis_tls *x, const struct analysis_tls *y)
{
    int order = scope_order(x->policy_type, y->policy_type);
    if (order == 0)
        order = scope_order(x->organization, y->organization);
    if (order == 0)
        order = scope_order(x->mx, y->mx);
    return order != 0 ? order : scope_order(x->result_type, y->result_type);
}

/* Policies by type, the most sessions first. */
static int
by_policy(const void *a, const void *b)
{
    const struct analysis_tls *x = a, *y = b;
    int order = scope_order(x->policy_type, y->policy_type);
    if (order != 0)
        return order;
    if (x->successful != y->successful)
        return x->successful < y->successful ? 1 : -1;
    return by_words(x, y);
}

/* What one domain has, to what all have: policies' own sums and failures. */
static bool
share_out(struct scope *s, struct lines *l, struct growing *policies,
          struct growing *failures)
{
    struct analysis_tls *items = l->list.items;
    if (l->list.count > 1)
        qsort(items, l->list.count, sizeof *items, by_policy);
    for (size_t i = 0; i < l->list.count; i++) {
        struct analysis_tls *t =
            growing_add(items[i].result_type.len == 0 ? policies : failures);
        if (t == NULL)
            return scope_full(s->in);
        *t = items[i];
    }
    return true;
}

/* The largest first; those of one size by domain. */
static int
by_failures(const void *a, const void *b)
{
    const struct analysis_tls *x = a, *y = b;
    if (x->failed != y->failed)
        return x->failed < y->failed ? 1 : -1;
    int order = scope_order(x->domain, y->domain);
    return order != 0 ? order : by_words(x, y);
}

static size_t
at_most(size_t count)
{
    return count < LIST_MAX ? count : LIST_MAX;
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
        struct lines lines;
        if (!read_domain(&s, domain, &lines, out, days) ||
            !share_out(&s, &lines, &policies, &failures))
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
