/* P6: which key is in use where, and may an old one go? Reporters tell what they saw, the
 * journal what was signed here. */
#include "core/domain.h"
#include "scope.h"

#include <stdlib.h>

#define SECONDS_A_DAY INT64_C(86400)
#define IN_USE        3 /* days: reports come a day or two behind */
#define IN_TRANSIT    7 /* days that a message may be under way, and a report behind it */

/* A key under construction. */
struct building {
    struct analysis_key key;
    struct growing days;
};

static struct building *
building_of(struct insight *in, struct growing *list, struct sceau_slice signer,
            struct sceau_slice selector)
{
    struct building **known = list->items;
    for (size_t i = list->count; i > 0; i--)
        if (slice_eq(known[i - 1]->key.selector, selector) &&
            slice_eq(known[i - 1]->key.signer, signer))
            return known[i - 1];
    struct building **slot = growing_add(list);
    struct building *b = sceau_arena_alloc(in->arena, sizeof *b);
    if (slot == NULL || b == NULL)
        return NULL;
    b->key.signer = slice_copy(in->arena, signer);
    b->key.selector = slice_copy(in->arena, selector);
    b->days =
        (struct growing){.arena = in->arena, .size = sizeof(struct analysis_key_day)};
    *slot = b;
    return b;
}

/* One day more; the rows of a key come by day. */
static bool
add_day(struct building *b, int day, uint64_t pass, uint64_t fail)
{
    struct analysis_key *k = &b->key;
    struct analysis_key_day *days = b->days.items;
    struct analysis_key_day *at =
        b->days.count > 0 && days[b->days.count - 1].day == day
            ? &days[b->days.count - 1]
            : growing_add(&b->days);
    if (at == NULL)
        return false;
    at->day = day;
    at->pass += pass;
    at->fail += fail;
    k->pass += pass;
    k->fail += fail;
    if (k->first_day == 0)
        k->first_day = day;
    k->last_day = day;
    return true;
}

/* Keys that others sign with stand here too: a service's signature is no less a fact. */
static bool
read_reported(struct scope *s, struct sceau_slice policy, struct growing *list)
{
    struct insight *in = s->in;
    struct statement *st = database_prepare(
        in->db, "SELECT signer, selector, day, sum(pass), sum(fail), "
                "count(DISTINCT reporter_name) FROM day_key WHERE policy_domain = ?1 "
                "AND day BETWEEN ?2 AND ?3 AND (?4 = '' OR selector = ?4) "
                "AND (?5 = '' OR reporter_name = ?5) "
                "GROUP BY signer, selector, day ORDER BY signer, selector, day");
    int step;
    bind_text(st, 1, policy);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    bind_text(st, 4, s->f->selector.len > 0 ? s->f->selector : SCEAU_SLICE(""));
    bind_text(st, 5, s->f->reporter.len > 0 ? s->f->reporter : SCEAU_SLICE(""));
    while ((step = statement_step(st)) > 0) {
        struct building *b =
            building_of(in, list, column_text(st, 0), column_text(st, 1));
        size_t reporters = (size_t)column_int(st, 5);
        if (b == NULL ||
            !add_day(b, (int)column_int(st, 2), (uint64_t)column_int(st, 3),
                     (uint64_t)column_int(st, 4))) {
            statement_reset(st);
            return scope_full(in);
        }
        if (reporters > b->key.reporters)
            b->key.reporters = reporters;
    }
    return step == 0 || scope_fail(in);
}

static bool
read_signed(struct scope *s, struct sceau_slice policy, struct growing *list)
{
    struct insight *in = s->in;
    struct statement *st =
        database_prepare(in->db,
                         "SELECT domain, selector, sum(signed), max(day) FROM key_use "
                         "WHERE (domain = ?1 OR domain LIKE '%.' || ?1) "
                         "AND day BETWEEN ?2 AND ?3 AND (?4 = '' OR selector = ?4) "
                         "GROUP BY domain, selector");
    int step;
    bind_text(st, 1, policy);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    bind_text(st, 4, s->f->selector.len > 0 ? s->f->selector : SCEAU_SLICE(""));
    while ((step = statement_step(st)) > 0) {
        struct building *b =
            building_of(in, list, column_text(st, 0), column_text(st, 1));
        if (b == NULL) {
            statement_reset(st);
            return scope_full(in);
        }
        b->key.signed_here = (uint64_t)column_int(st, 2);
        b->key.last_signed = (int)column_int(st, 3);
    }
    return step == 0 || scope_fail(in);
}

static const struct analysis_own_key *
own_key(const struct analysis_ours *ours, const struct analysis_key *k)
{
    for (size_t i = 0; i < ours->key_count; i++)
        if (slice_eq_ci(ours->keys[i].selector, k->selector) &&
            slice_eq_ci(ours->keys[i].domain, k->signer))
            return &ours->keys[i];
    return NULL;
}

/* Keys of ours that nobody saw in use yet, nor will again. */
static bool
add_unseen(struct scope *s, struct growing *list)
{
    const struct analysis_ours *ours = s->in->ours;
    for (size_t i = 0; i < ours->key_count; i++) {
        const struct analysis_own_key *key = &ours->keys[i];
        struct building **known = list->items;
        bool is_seen =
            slice_eq(key->state, SCEAU_SLICE("revoked")) ||
            !domain_is_within(key->domain, s->question.domain) ||
            (s->f->selector.len > 0 && !slice_eq_ci(s->f->selector, key->selector));
        for (size_t n = 0; n < list->count && !is_seen; n++)
            is_seen = slice_eq_ci(known[n]->key.selector, key->selector) &&
                      slice_eq_ci(known[n]->key.signer, key->domain);
        if (!is_seen && building_of(s->in, list, key->domain, key->selector) == NULL)
            return scope_full(s->in);
    }
    return true;
}

/* ---- evidence ---- */

/* The policy domain under which mail signed by `domain` is reported: itself, or the
 * nearest above it. */
static bool
find_policy(struct insight *in, struct sceau_slice domain, struct sceau_slice *policy)
{
    const struct sceau_slice *all;
    size_t count;
    *policy = SLICE_NONE;
    if (!scope_policy_domains(in, &all, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (domain_is_within(domain, all[i]) && all[i].len > policy->len)
            *policy = all[i];
    return true;
}

/* The last day is looked for from the end: a key that is in use is found at once. */
#define OF_KEY                                            \
 "FROM day_key WHERE policy_domain = ?1 AND signer = ?2 " \
 "AND lower(selector) = lower(?3) AND pass > 0 "

/* Of mail that is reported under `policy`. */
static bool
find_evidence(struct insight *in, struct sceau_slice policy, struct sceau_slice domain,
              struct sceau_slice selector, int64_t grace,
              struct insight_key_evidence *e)
{
    int from = (int)((in->now - grace) / SECONDS_A_DAY);
    *e = (struct insight_key_evidence){0};
    struct statement *st =
        database_prepare(in->db, "SELECT (SELECT day " OF_KEY
                                 "ORDER BY policy_domain DESC, day DESC LIMIT 1), "
                                 "(SELECT sum(pass) " OF_KEY "AND day >= ?4)");
    bind_text(st, 1, policy);
    bind_text(st, 2, domain);
    bind_text(st, 3, selector);
    bind_int(st, 4, from);
    if (statement_step(st) < 0)
        return scope_fail(in);
    if (column_int(st, 0) > 0)
        e->last_reported = (column_int(st, 0) + 1) * SECONDS_A_DAY;
    e->reported = (uint64_t)column_int(st, 1);
    statement_reset(st);
    st = database_prepare(
        in->db, "SELECT max(day), sum(CASE WHEN day >= ?3 THEN signed ELSE 0 END) "
                "FROM key_use WHERE domain = ?1 AND lower(selector) = lower(?2)");
    bind_text(st, 1, domain);
    bind_text(st, 2, selector);
    bind_int(st, 3, from);
    if (statement_step(st) < 0)
        return scope_fail(in);
    if (column_int(st, 0) > 0)
        e->last_signed = (column_int(st, 0) + 1) * SECONDS_A_DAY;
    e->signed_here = (uint64_t)column_int(st, 1);
    statement_reset(st);
    st = database_prepare(in->db,
                          "SELECT count(DISTINCT reporter_name) FROM day_reporter "
                          "WHERE policy_domain = ?1 AND day >= ?2 AND reporter_name "
                          "NOT IN (SELECT name FROM reporter WHERE is_ignored <> 0)");
    bind_text(st, 1, policy);
    bind_int(st, 2, from);
    if (statement_step(st) < 0)
        return scope_fail(in);
    e->reporters = (size_t)column_int(st, 0);
    statement_reset(st);
    e->is_unused = e->reported == 0 && e->signed_here == 0 && e->reporters > 0;
    return true;
}

bool
insight_key_used(struct insight *in, struct sceau_slice domain,
                 struct sceau_slice selector, int64_t grace,
                 struct insight_key_evidence *e)
{
    struct sceau_slice policy;
    return find_policy(in, domain, &policy) &&
           find_evidence(in, policy, domain, selector, grace, e);
}

/* ---- keys ---- */

/* Keys of the domain itself first, then by what they carry. */
static int
by_use(const void *a, const void *b)
{
    const struct analysis_key *x = a, *y = b;
    bool own_x = x->state.ptr != NULL, own_y = y->state.ptr != NULL;
    uint64_t of_x = x->pass + x->fail, of_y = y->pass + y->fail;
    if (own_x != own_y)
        return own_x ? -1 : 1;
    return (of_x < of_y) - (of_x > of_y);
}

/* Most keys of a list are one signer's. */
struct signer {
    struct sceau_slice name, policy;
};

/* From when on a key of the domain's own may go: the time of grace behind its last use, as
 * `sceau key rotate` has it, for the message that was signed last may still be under way. One
 * that is to sign stays. */
static bool
find_safe_day(struct insight *in, struct analysis_key *k,
              const struct analysis_own_key *own, struct signer *signer)
{
    struct insight_key_evidence e;
    int64_t grace = in->ours->key_grace, last = own != NULL ? own->retiring : 0;
    if (own != NULL && !slice_eq(own->state, SCEAU_SLICE("retiring")))
        return true;
    if (grace < IN_TRANSIT * SECONDS_A_DAY)
        grace = IN_TRANSIT * SECONDS_A_DAY;
    if (signer->name.ptr == NULL || !slice_eq(signer->name, k->signer)) {
        signer->name = k->signer;
        if (!find_policy(in, k->signer, &signer->policy))
            return false;
    }
    if (!find_evidence(in, signer->policy, k->signer, k->selector, grace, &e))
        return false;
    last = e.last_reported > last ? e.last_reported : last;
    last = e.last_signed > last ? e.last_signed : last;
    if (last > in->now - IN_USE * SECONDS_A_DAY || e.reporters == 0)
        return true;
    k->safe_day = (int)((last + grace + SECONDS_A_DAY - 1) / SECONDS_A_DAY);
    k->is_safe_to_remove = k->safe_day <= in->now / SECONDS_A_DAY && e.is_unused;
    return true;
}

bool
insight_keys(struct insight *in, const struct filter *f,
             const struct analysis_key **keys, size_t *count)
{
    struct scope s;
    struct growing list = {.arena = in->arena, .size = sizeof(struct building *)};
    *keys = NULL;
    *count = 0;
    if (!scope_open(&s, in, f))
        return false;
    for (size_t i = 0; i < s.policy_count; i++)
        if (!read_reported(&s, s.policies[i], &list) ||
            !read_signed(&s, s.policies[i], &list))
            return false;
    if (!add_unseen(&s, &list))
        return false;
    struct signer signer = {.name = SLICE_NONE};
    struct analysis_key *out =
        sceau_arena_alloc(in->arena, (list.count + 1) * sizeof *out);
    if (out == NULL)
        return scope_full(in);
    for (size_t i = 0; i < list.count; i++) {
        struct building *b = ((struct building **)list.items)[i];
        const struct analysis_own_key *own = own_key(in->ours, &b->key);
        out[i] = b->key;
        out[i].days = b->days.items;
        out[i].day_count = b->days.count;
        out[i].state = own != NULL ? own->state
                       : domain_is_within(b->key.signer, s.question.domain)
                           ? SCEAU_SLICE("")
                           : SLICE_NONE;
        if (own != NULL && own->retiring > 0)
            out[i].retired_day = (int)(own->retiring / SECONDS_A_DAY);
        if (out[i].state.ptr != NULL && !find_safe_day(in, &out[i], own, &signer))
            return false;
    }
    qsort(out, list.count, sizeof *out, by_use);
    *keys = out;
    *count = list.count;
    return true;
}
