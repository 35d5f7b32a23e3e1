/* One answer as the cache keeps it: a single allocation, immutable, shared by counting. */
#ifndef DNS_CACHEENTRY_H
#define DNS_CACHEENTRY_H

#include "sceau/dns.h"

#include "core/recent.h"
#include "core/slice.h"

#include <stdatomic.h>

/* A question in the form in which two of them are compared: the name in lower case. */
struct cache_key {
    uint64_t hash;
    uint16_t type;
    size_t len;
    char name[256];
};

struct cache_entry {
    struct recent_node node; /* owned by the shard it stands in, under its lock */
    /* From here on nothing changes but the count of users. */
    atomic_uint users;
    int64_t stored_ms;
    int64_t expires_ms;
    uint32_t ttl;
    enum sceau_dns_status status;
    bool secure;
    uint16_t type;
    const char *reason; /* static text */
    size_t count;
    size_t name_len;
    size_t packed_len;
    char octets[]; /* the name, then the records as in rrset.h */
};

/* Copy an answer, with one user. NULL when memory is exhausted. */
struct cache_entry *cache_entry_new(const struct cache_key *key,
                                    const struct sceau_dns_answer *answer,
                                    int64_t now_ms);

/* One user more, one less; the last one frees it. */
void cache_entry_retain(struct cache_entry *entry);
void cache_entry_release(struct cache_entry *entry);

/* Octets of memory it takes, bookkeeping included. */
size_t cache_entry_size(const struct cache_entry *entry);

bool cache_key_equal(const struct cache_key *a, const struct cache_key *b);

bool cache_entry_is_for(const struct cache_entry *entry, const struct cache_key *key);

/* The answer, copied into `arena`, its TTLs less the age at now_ms. */
void cache_entry_answer(const struct cache_entry *entry, int64_t now_ms,
                        struct sceau_arena *arena, struct sceau_dns_answer *answer);

static inline struct sceau_slice
cache_entry_name(const struct cache_entry *entry)
{
    return (struct sceau_slice){entry->octets, entry->name_len};
}

#endif
