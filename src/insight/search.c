/* The table `seen` has the addresses of each policy domain, `address` what is known of them:
 * together they name the sources. An address is asked about by a stretch of the key. */
#include "search.h"

#include "analysis/sources.h"
#include "scope.h"

struct search {
    struct insight *in;
    struct sceau_slice query, domain;
    const struct ip_network *network;
    struct growing hits;
    size_t most, of_domain; /* where the hits of the domain begin */
};

static bool
contains(struct sceau_slice text, struct sceau_slice part)
{
    char first = part.len > 0 ? ascii_lower(part.ptr[0]) : '\0';
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (ascii_lower(text.ptr[i]) == first &&
            slice_eq_ci(slice_sub(text, i, part.len), part))
            return true;
    return false;
}

static bool
is_over(const struct search *s)
{
    return s->hits.count >= s->most;
}

/* Each once a domain. */
static bool
add_hit(struct search *s, const struct insight_hit *hit)
{
    const struct insight_hit *known = s->hits.items;
    for (size_t i = s->of_domain; i < s->hits.count; i++)
        if (known[i].is_selector == hit->is_selector &&
            slice_eq(known[i].key, hit->key))
            return true;
    struct insight_hit *next = growing_add(&s->hits);
    if (next == NULL)
        return scope_full(s->in);
    *next = (struct insight_hit){
        .domain = s->domain,
        .is_selector = hit->is_selector,
        .name = slice_copy(s->in->arena, hit->name),
        .key = slice_copy(s->in->arena, hit->key),
    };
    return (next->name.ptr != NULL && next->key.ptr != NULL) || scope_full(s->in);
}

/* ---- sources ---- */

/* `scratch` is cleared for each address. */
static bool
look_at(struct search *s, struct statement *st, struct sceau_arena *scratch)
{
    struct analysis_address a = {.ip = scope_ip(st, 0)};
    struct analysis_source source = {0};
    if (s->network != NULL &&
        !ip_in_network(&a.ip, &s->network->address, s->network->prefix))
        return true;
    a.ptr = column_text(st, 1);
    a.ptr_domain = column_text(st, 2);
    a.asn = (uint32_t)column_int(st, 3);
    a.as_name = column_text(st, 4);
    a.signer = column_text(st, 5);
    sceau_arena_clear(scratch);
    analysis_source_name(scratch, &a, s->domain,
                         analysis_own_find(s->in->ours, &a.ip, s->domain), &source);
    if (source.key.ptr == NULL)
        return scope_full(s->in);
    if (s->network == NULL && !contains(a.ptr, s->query) &&
        !contains(source.name, s->query) && !contains(source.key, s->query))
        return true;
    return add_hit(s, &(struct insight_hit){.name = source.name, .key = source.key});
}

/* The first and the last address of the network. */
static void
bounds_of(const struct ip_network *network, struct sceau_ip *low, struct sceau_ip *high)
{
    size_t octets = network->address.version == 4 ? 4 : 16;
    *low = *high = network->address;
    for (size_t i = 0; i < octets; i++) {
        size_t before = i * 8;
        unsigned kept = network->prefix >= before + 8 ? 8
                        : network->prefix > before ? network->prefix - (unsigned)before
                                                   : 0;
        uint8_t mask = (uint8_t)(0xff00U >> kept);
        low->octets[i] &= mask;
        high->octets[i] |= (uint8_t)~mask;
    }
}

#define SEEN                                                                          \
 "SELECT s.ip, coalesce(a.ptr, ''), coalesce(a.ptr_domain, ''), coalesce(a.asn, 0), " \
 "coalesce(a.as_name, ''), s.signer FROM seen s LEFT JOIN address a ON a.ip = s.ip "  \
 "WHERE s.policy_domain = ?1 AND s.last_day >= ?2 "
#define IN_ORDER "ORDER BY s.ip" /* so many are shown: the same ones each time */

static bool
search_sources(struct search *s, struct sceau_arena *scratch)
{
    struct sceau_ip low, high;
    struct statement *st;
    int step = 0;
    if (s->network != NULL) {
        bounds_of(s->network, &low, &high);
        st = database_prepare(s->in->db, SEEN "AND s.ip BETWEEN ?3 AND ?4 " IN_ORDER);
        bind_blob(st, 3, scope_ip_blob(&low));
        bind_blob(st, 4, scope_ip_blob(&high));
    } else {
        st = database_prepare(s->in->db, SEEN IN_ORDER);
    }
    bind_text(st, 1, s->domain);
    bind_int(st, 2, s->in->now / 86400 - INSIGHT_SEARCH_DAYS + 1);
    while (!is_over(s) && (step = statement_step(st)) > 0)
        if (!look_at(s, st, scratch)) {
            statement_reset(st);
            return false;
        }
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

/* ---- selectors ---- */

static bool
search_selectors(struct search *s)
{
    struct statement *st =
        database_prepare(s->in->db,
                         "SELECT selector FROM day_key "
                         "WHERE policy_domain = ?1 AND day BETWEEN ?2 AND ?3 "
                         "ORDER BY day, signer, selector, reporter_name");
    int64_t today = s->in->now / 86400;
    int step = 0;
    bind_text(st, 1, s->domain);
    bind_int(st, 2, today - INSIGHT_SELECTOR_DAYS + 1);
    bind_int(st, 3, today);
    while (!is_over(s) && (step = statement_step(st)) > 0) {
        struct sceau_slice selector = column_text(st, 0);
        if (contains(selector, s->query) &&
            !add_hit(s, &(struct insight_hit){.is_selector = true,
                                              .name = selector,
                                              .key = selector})) {
            statement_reset(st);
            return false;
        }
    }
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

bool
insight_search(struct insight *in, const struct sceau_slice *domains, size_t count,
               struct sceau_slice query, const struct ip_network *network, size_t most,
               const struct insight_hit **hits, size_t *hit_count)
{
    struct search s = {
        .in = in,
        .query = query,
        .network = network,
        .hits = {.arena = in->arena, .size = sizeof(struct insight_hit)},
        .most = most
    };
    struct sceau_arena *scratch = sceau_arena_new(64 * 1024);
    bool is_fine = scratch != NULL || scope_full(in);
    for (size_t i = 0; is_fine && i < count && !is_over(&s); i++) {
        s.domain = domains[i];
        s.of_domain = s.hits.count;
        is_fine =
            search_sources(&s, scratch) && (network != NULL || search_selectors(&s));
    }
    sceau_arena_free(scratch);
    *hits = s.hits.items;
    *hit_count = s.hits.count;
    return is_fine;
}
