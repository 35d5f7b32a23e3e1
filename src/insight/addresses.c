#include "addresses.h"

#include <stdlib.h>

#define KNOWN "a.ptr, a.ptr_domain, a.asn, a.as_name, a.country"
#define SEEN  "s.first_day, s.signer"

/* Of the last addresses_expect, by ip. */
struct expected {
    struct analysis_address addresses[ADDRESSES_AT_ONCE];
    size_t count;
};

static void
read_known(struct insight *in, struct statement *s, struct analysis_address *a)
{
    a->ptr = scope_text(in, s, 0);
    a->ptr_domain = scope_text(in, s, 1);
    a->asn = (uint32_t)column_int(s, 2);
    a->as_name = scope_text(in, s, 3);
    a->country = scope_text(in, s, 4);
}

static void
read_seen(struct insight *in, struct statement *s, struct analysis_address *a)
{
    read_known(in, s, a);
    a->first_seen = (int)column_int(s, 5);
    a->signer = scope_text(in, s, 6);
}

static void
take_known(struct analysis_address *a, const struct analysis_address *known)
{
    a->ptr = known->ptr;
    a->ptr_domain = known->ptr_domain;
    a->asn = known->asn;
    a->as_name = known->as_name;
    a->country = known->country;
    a->first_seen = known->first_seen;
    a->signer = known->signer;
}

/* ---- one by one ---- */

/* False: the domain has not seen it. */
static bool
find_seen(struct scope *scope, struct analysis_address *a)
{
    struct statement *s =
        database_prepare(scope->in->db,
                         "SELECT " KNOWN ", " SEEN
                         " FROM seen s LEFT JOIN address a ON "
                         "a.ip = s.ip WHERE s.policy_domain = ?1 AND s.ip = ?2");
    bind_text(s, 1, scope->policy_domain);
    bind_blob(s, 2, ip_octets(&a->ip));
    bool is_seen = statement_step(s) > 0;
    if (is_seen)
        read_seen(scope->in, s, a);
    statement_reset(s);
    return is_seen;
}

static int
by_ip(const void *a, const void *b)
{
    const struct analysis_address *x = a, *y = b;
    return memcmp(&x->ip, &y->ip, sizeof x->ip);
}

static const struct analysis_address *
find_expected(const struct scope *scope, const struct analysis_address *a)
{
    const struct expected *e =
        scope->reading != NULL ? scope->reading->expected : scope->expected;
    return e != NULL && e->count > 0
               ? bsearch(a, e->addresses, e->count, sizeof *a, by_ip)
               : NULL;
}

void
addresses_describe(struct analysis_describer *self, struct analysis_address *a)
{
    struct scope *scope =
        (struct scope *)((char *)self - offsetof(struct scope, describer));
    struct insight *in = scope->in;
    const struct analysis_address *known =
        scope->whole != NULL ? analysis_address_of_ip(scope->whole, &a->ip) : NULL;
    if (known == NULL)
        known = find_expected(scope, a);
    if (known != NULL) {
        take_known(a, known);
        return;
    }
    if (scope->policy_domain.len > 0 && find_seen(scope, a))
        return;
    struct statement *s =
        database_prepare(in->db, "SELECT " KNOWN " FROM address a WHERE a.ip = ?1");
    bind_blob(s, 1, ip_octets(&a->ip));
    if (statement_step(s) > 0)
        read_known(in, s, a);
    statement_reset(s);
}

/* ---- many at once ---- */

#define TEN(n)                                                            \
 ", (?1, ?" n "0), (?1, ?" n "1), (?1, ?" n "2), (?1, ?" n "3), (?1, ?" n \
 "4), (?1, ?" n "5), (?1, ?" n "6), (?1, ?" n "7), (?1, ?" n "8), (?1, ?" n "9)"
#define SOME                                                                           \
 "(?1, ?2), (?1, ?3), (?1, ?4), (?1, ?5), (?1, ?6), (?1, ?7), (?1, ?8), (?1, ?9)" TEN( \
     "1") TEN("2")
#define MANY                                                                   \
 SOME TEN("3") TEN("4") TEN("5") TEN("6") TEN("7") TEN("8") TEN("9") TEN("10") \
     TEN("11") ", (?1, ?120), (?1, ?121)"
#define ADDRESSES_SOME 28

/* The domain stands beside each address: were it said once, a server that has many small domains
 * might think to go through all addresses of this one. The first row, of nothing, is there for
 * the types of the others. */
#define OF_ALL(places)                                                                 \
 "WITH v(domain, ip) AS (VALUES ((SELECT policy_domain FROM seen LIMIT 0), "           \
 "(SELECT ip FROM seen LIMIT 0)), " places ") SELECT " KNOWN ", " SEEN                 \
 ", v.ip FROM v "                                                                      \
 "LEFT JOIN seen s ON s.policy_domain = v.domain AND s.ip = v.ip LEFT JOIN address a " \
 "ON a.ip = v.ip WHERE v.ip IS NOT NULL"

bool
addresses_expect(struct scope *scope, const struct sceau_ip *ips, size_t count)
{
    struct insight *in = scope->in;
    struct expected *e = scope->expected;
    if (e == NULL)
        e = scope->expected = sceau_arena_alloc(in->arena, sizeof *e);
    if (e == NULL)
        return scope_full(in);
    e->count = 0;
    if (count == 0 || scope->policy_domain.len == 0)
        return true;
    bool is_some = count <= ADDRESSES_SOME;
    size_t places = is_some ? ADDRESSES_SOME : ADDRESSES_AT_ONCE;
    struct statement *s = is_some ? database_prepare_few(in->db, OF_ALL(SOME))
                                  : database_prepare_few(in->db, OF_ALL(MANY));
    bind_text(s, 1, scope->policy_domain);
    for (size_t i = 0; i < places; i++)
        bind_blob(s, (int)(2 + i), i < count ? ip_octets(&ips[i]) : SLICE_NONE);
    int step;
    while ((step = statement_step(s)) > 0 && e->count < ADDRESSES_AT_ONCE) {
        struct analysis_address *a = &e->addresses[e->count++];
        *a = (struct analysis_address){.ip = scope_ip(s, 7)};
        read_seen(in, s, a);
    }
    statement_reset(s);
    qsort(e->addresses, e->count, sizeof *e->addresses, by_ip);
    return step >= 0 || scope_fail(in);
}
