/* The cache that stands in front of a resolver for a whole process.
 *
 * Thread-safe: the names are spread over shards, each with a lock that is held for a table
 * look-up, never for a question or a copy. Threads that ask the same cold name at the same
 * time put one question (single flight) and share its answer. Bounded in octets; the least
 * recently used answer goes first. What is kept how long:
 *
 * OK                  its TTL, between DNS_CACHE_MIN_S and DNS_CACHE_MAX_S
 * NODATA, NXDOMAIN    RFC 2308 section 5, up to DNS_CACHE_NEGATIVE_MAX_S
 * trouble             DNS_CACHE_TROUBLE_S (RFC 2308 section 7 allows 5 minutes); a TIMEOUT
 *                     only when the question had all of SCEAU_DNS_QUERY_MS
 *
 * Expired answers are never given out. An answer from here has elapsed_ms 0 and its TTLs
 * are less its age. */
#ifndef DNS_CACHE_H
#define DNS_CACHE_H

#include "sceau/dns.h"

#include "core/hash.h"

#define DNS_CACHE_SIZE           ((size_t)8 * 1024 * 1024) /* octets, when nobody says */
#define DNS_CACHE_MAX_S          86400
#define DNS_CACHE_NEGATIVE_MAX_S 3600
/* Also for a TTL of 0 and for a "no" without SOA, which standards would not keep at all:
 * else a stranger's zone makes us ask once for every message. */
#define DNS_CACHE_MIN_S     5
#define DNS_CACHE_TROUBLE_S 5

struct dns_cache_options {
    size_t ceiling;      /* octets, bookkeeping included; 0: DNS_CACHE_SIZE */
    struct hash_key key; /* random: names come from strangers */
    int64_t (*now_ms)(void *clock); /* a clock that never goes back; any thread */
    void *clock;
};

struct dns_cache;

/* NULL when memory is exhausted. `upstream` must outlive the cache and be thread-safe. */
struct dns_cache *dns_cache_new(struct sceau_resolver *upstream,
                                const struct dns_cache_options *options);

/* No thread may be in a lookup. NULL is fine. */
void dns_cache_free(struct dns_cache *cache);

/* The cache as a resolver; lives as long as the cache. */
struct sceau_resolver *dns_cache_resolver(struct dns_cache *cache);

/* One answer that is kept. */
struct dns_cache_item {
    struct sceau_slice name; /* asked form, lower case */
    uint16_t type;
    enum sceau_dns_status status;
    size_t count; /* records */
    bool secure;
    uint32_t left_s; /* until it is forgotten */
    size_t octets;   /* of memory */
};

/* Tell each answer that has not expired, newest first within a shard. `each` must not call
 * the cache; slices are valid during the call. */
void dns_cache_list(struct dns_cache *cache,
                    void (*each)(void *listener, const struct dns_cache_item *item),
                    void *listener);

/* Forget what is known of `name` and of all names below it; of everything when it is
 * empty. Answers under way are not kept either. Returns how many were forgotten. */
size_t dns_cache_flush(struct dns_cache *cache, struct sceau_slice name);

struct dns_cache_stats {
    uint64_t hits;    /* answered from the table */
    uint64_t joined;  /* awaited another thread's question */
    uint64_t misses;  /* questions put */
    uint64_t evicted; /* forgotten for want of room */
    size_t entries;
    size_t octets;
};

void dns_cache_stats(struct dns_cache *cache, struct dns_cache_stats *stats);

#endif
