/* The table `seen` has the addresses of each policy domain, `address` what is known of them:
 * together they name the sources. Addresses that nothing is known of have no name that
 * anybody would type: a forger's fifty thousand are not gone through for a name, and are found
 * as what they are, by stretches of the key. */
#include "search.h"

#include "analysis/services.h"
#include "analysis/sources.h"
#include "core/ip.h"
#include "scope.h"

#include <stdlib.h>

struct search {
    struct insight *in;
    const struct sceau_slice *domains;
    size_t domain_count;
    struct sceau_slice query;
    const struct ip_network *network; /* NULL: the query is a text */
    struct growing hits;
    size_t most;
    struct sceau_arena *scratch; /* cleared for each address */
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

/* Which of the domains; domain_count: none of those that are asked about. */
static size_t
find_domain(const struct search *s, struct sceau_slice domain)
{
    size_t low = 0, high = s->domain_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = scope_order(s->domains[middle], domain);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return s->domain_count;
}

/* Each source and each selector once a domain. */
static bool
add_hit(struct search *s, const struct insight_hit *hit)
{
    const struct insight_hit *known = s->hits.items;
    for (size_t i = 0; i < s->hits.count && s->network == NULL; i++)
        if (known[i].domain.ptr == hit->domain.ptr &&
            known[i].is_selector == hit->is_selector &&
            slice_eq(known[i].key, hit->key))
            return true;
    struct insight_hit *next = growing_add(&s->hits);
    if (next == NULL)
        return scope_full(s->in);
    *next = *hit;
    next->name = slice_copy(s->in->arena, hit->name);
    next->key = slice_copy(s->in->arena, hit->key);
    return (next->name.ptr != NULL && next->key.ptr != NULL) || scope_full(s->in);
}

/* ---- sources ---- */

#define ADDRESS                                        \
 "SELECT s.policy_domain, s.ip, coalesce(a.ptr, ''), " \
 "coalesce(a.ptr_domain, ''), coalesce(a.asn, 0), coalesce(a.as_name, ''), s.signer "

/* A row of ADDRESS. */
static bool
look_at(struct search *s, struct statement *st)
{
    struct analysis_address a = {.ip = scope_ip(st, 1)};
    struct analysis_source source = {0};
    size_t at = find_domain(s, column_text(st, 0));
    if (at == s->domain_count ||
        (s->network != NULL &&
         !ip_in_network(&a.ip, &s->network->address, s->network->prefix)))
        return true;
    a.ptr = column_text(st, 2);
    a.ptr_domain = column_text(st, 3);
    a.asn = (uint32_t)column_int(st, 4);
    a.as_name = column_text(st, 5);
    a.signer = column_text(st, 6);
    sceau_arena_clear(s->scratch);
    analysis_source_name(s->scratch, &a, s->domains[at],
                         analysis_own_find(s->in->ours, &a.ip, s->domains[at]),
                         &source);
    if (source.key.ptr == NULL)
        return scope_full(s->in);
    if (s->network == NULL && !contains(a.ptr, s->query) &&
        !contains(source.name, s->query) && !contains(source.key, s->query))
        return true;
    return add_hit(s, &(struct insight_hit){.domain = s->domains[at],
                                            .name = source.name,
                                            .key = source.key,
                                            .ip = a.ip});
}

static bool
look_at_all(struct search *s, struct statement *st)
{
    int step = 0;
    while (!is_over(s) && (step = statement_step(st)) > 0)
        if (!look_at(s, st)) {
            statement_reset(st);
            return false;
        }
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

static int64_t
first_day(const struct search *s)
{
    return s->in->now / 86400 - INSIGHT_SEARCH_DAYS + 1;
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

/* Of one domain: by the key of `seen`, no more rows than are wanted. */
static bool
search_network(struct search *s, struct sceau_slice domain,
               const struct ip_network *network)
{
    struct sceau_ip low, high;
    bounds_of(network, &low, &high);
    struct statement *st =
        database_prepare(s->in->db, ADDRESS
                         "FROM seen s LEFT JOIN address a ON a.ip = s.ip "
                         "WHERE s.policy_domain = ?1 AND s.ip BETWEEN ?2 AND ?3 "
                         "AND length(s.ip) = ?4 AND s.last_day >= ?5 "
                         "ORDER BY s.ip LIMIT ?6");
    bind_text(st, 1, domain);
    bind_blob(st, 2, ip_octets(&low));
    bind_blob(st, 3, ip_octets(&high));
    bind_int(st, 4, network->address.version == 4 ? 4 : 16);
    bind_int(st, 5, first_day(s));
    bind_int(st, 6, (int64_t)(s->most - s->hits.count));
    return look_at_all(s, st);
}

static bool
search_addresses(struct search *s)
{
    for (size_t i = 0; i < s->domain_count && !is_over(s); i++)
        if (!search_network(s, s->domains[i], s->network))
            return false;
    return true;
}

/* Hosts of ours that nothing is known of have the name that the configuration gives them. */
static bool
search_own(struct search *s)
{
    const struct analysis_ours *ours = s->in->ours;
    for (size_t n = 0; n < ours->address_count; n++)
        for (size_t i = 0; i < s->domain_count && !is_over(s) &&
                           contains(ours->addresses[n].name, s->query);
             i++)
            if (!search_network(s, s->domains[i], &ours->addresses[n].network))
                return false;
    return true;
}

/* "%part%", as LIKE has it. */
static struct sceau_slice
like(struct search *s)
{
    struct text t = text_new(s->in->arena, SIZE_MAX);
    text_octet(&t, '%');
    scope_like(&t, s->query);
    text_octet(&t, '%');
    return text_done(&t);
}

/* A service's name stands in no table. */
static bool
is_of_service(const struct search *s)
{
    const struct analysis_service *service;
    for (size_t i = 0; (service = analysis_service_at(i)) != NULL; i++)
        if (contains(sceau_slice_from(service->name), s->query) ||
            contains(sceau_slice_from(service->key), s->query))
            return true;
    return false;
}

static bool
look_at_those(struct search *s, struct statement *st, struct sceau_slice part)
{
    bind_int(st, 1, first_day(s));
    bind_text(st, 2, part);
    return look_at_all(s, st);
}

/* From what is known of addresses to who has seen them, and by who signs: the store leaves out
 * what cannot be meant, look_at() decides. */
static bool
search_names(struct search *s)
{
    struct database *db = s->in->db;
    struct sceau_slice part = is_of_service(s) ? SCEAU_SLICE("%") : like(s);
    if (part.ptr == NULL)
        return scope_full(s->in);
    return look_at_those(s,
                         database_prepare(db, ADDRESS
                                          "FROM address a CROSS JOIN seen s "
                                          "WHERE s.ip = a.ip AND s.last_day >= ?1 AND "
                                          "lower(a.ptr || ' as' || a.asn || ' ' || "
                                          "a.as_name) LIKE ?2 ESCAPE '!' "
                                          "ORDER BY a.ip, s.policy_domain"),
                         part) &&
           look_at_those(s,
                         database_prepare(db, ADDRESS
                                          "FROM seen s LEFT JOIN address a "
                                          "ON a.ip = s.ip WHERE s.signer <> '' AND "
                                          "s.last_day >= ?1 AND lower(s.signer) "
                                          "LIKE ?2 ESCAPE '!' "
                                          "ORDER BY s.ip, s.policy_domain"),
                         part) &&
           search_own(s);
}

/* ---- selectors ---- */

static bool
search_selectors(struct search *s)
{
    struct statement *st =
        database_prepare(s->in->db,
                         "SELECT policy_domain, selector FROM selector_seen WHERE "
                         "last_day >= ?1 ORDER BY policy_domain, selector");
    int step = 0;
    bind_int(st, 1, first_day(s));
    while (!is_over(s) && (step = statement_step(st)) > 0) {
        struct sceau_slice selector = column_text(st, 1);
        size_t at = contains(selector, s->query) ? find_domain(s, column_text(st, 0))
                                                 : s->domain_count;
        if (at < s->domain_count &&
            !add_hit(s, &(struct insight_hit){.domain = s->domains[at],
                                              .is_selector = true,
                                              .name = selector,
                                              .key = selector})) {
            statement_reset(st);
            return false;
        }
    }
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

/* ---- what is typed ---- */

#define TYPED_MAX 64 /* octets of an address, and more */

/* "192.0", "192.0.2.", "2001:db8": whole parts from the left, and one separator at least. */
static bool
read_beginning(struct sceau_slice query, char separator, struct ip_network *network)
{
    char text[TYPED_MAX];
    size_t parts = 1, len = query.len;
    if (slice_find(query, separator) == len || len + 8 > sizeof text)
        return false;
    if (query.ptr[len - 1] == separator)
        len--;
    memcpy(text, query.ptr, len); /* NOLINT(bugprone-not-null-terminated-result) */
    for (size_t i = 0; i < len; i++)
        parts += text[i] == separator;
    bool is_v4 = separator == '.';
    if (parts >= (is_v4 ? 4 : 8))
        return false;
    for (size_t n = parts; is_v4 && n < 4; n++, len += 2)
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        memcpy(text + len, ".0", 2);
    for (size_t n = 0; !is_v4 && n < 2; n++)
        text[len++] = ':';
    if (!ip_network_parse((struct sceau_slice){text, len}, network))
        return false;
    network->prefix = (unsigned)parts * (is_v4 ? 8 : 16);
    return true;
}

bool
insight_search_network(struct sceau_slice query, struct ip_network *network)
{
    return ip_network_parse(query, network) || read_beginning(query, '.', network) ||
           read_beginning(query, ':', network);
}

/* ---- all of it ---- */

static int
by_domain(const void *a, const void *b)
{
    const struct insight_hit *x = a, *y = b;
    int order = scope_order(x->domain, y->domain);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

/* Found by address; told domain by domain, in the order in which they were found. */
static void
put_in_order(struct search *s)
{
    struct insight_hit *hits = s->hits.items;
    for (size_t i = 0; i < s->hits.count; i++)
        hits[i].number = i;
    if (s->hits.count > 1)
        qsort(hits, s->hits.count, sizeof *hits, by_domain);
}

bool
insight_search(struct insight *in, const struct sceau_slice *domains, size_t count,
               struct sceau_slice query, const struct ip_network *network, size_t most,
               const struct insight_hit **hits, size_t *hit_count)
{
    struct search s = {
        .in = in,
        .domains = domains,
        .domain_count = count,
        .query = query,
        .network = network,
        .hits = {.arena = in->arena, .size = sizeof(struct insight_hit)},
        .most = most,
        .scratch = sceau_arena_new(64 * 1024),
    };
    bool is_fine = s.scratch != NULL || scope_full(in);
    if (network != NULL)
        is_fine = is_fine && search_addresses(&s);
    else
        is_fine = is_fine && search_names(&s) && search_selectors(&s);
    sceau_arena_free(s.scratch);
    put_in_order(&s);
    *hits = s.hits.items;
    *hit_count = s.hits.count;
    return is_fine;
}
