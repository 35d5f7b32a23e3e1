/* Answers as octets of one allocation, and how long each kind is kept (cache.h). */
#include "cacheentry.h"

#include "cache.h"
#include "rrset.h"

#include <stdlib.h>

enum {
    ALLOCATION_OCTETS = 16, /* what malloc keeps beside a block */
    BUCKET_OCTETS = 16      /* an entry's share of its shard's table */
};

static uint32_t
clamped(uint32_t value, uint32_t min, uint32_t max)
{
    return value < min ? min : value > max ? max : value;
}

static uint32_t
seconds_to_keep(const struct sceau_dns_answer *answer)
{
    switch (answer->status) {
    case SCEAU_DNS_OK: return clamped(answer->ttl, DNS_CACHE_MIN_S, DNS_CACHE_MAX_S);
    case SCEAU_DNS_NODATA:
    case SCEAU_DNS_NXDOMAIN:
        return clamped(answer->ttl, DNS_CACHE_MIN_S, DNS_CACHE_NEGATIVE_MAX_S);
    case SCEAU_DNS_SERVFAIL:
    case SCEAU_DNS_REFUSED:
    case SCEAU_DNS_TIMEOUT:
    case SCEAU_DNS_BOGUS:
    case SCEAU_DNS_INVALID:
    case SCEAU_DNS_LIMIT: return DNS_CACHE_TROUBLE_S;
    }
    return DNS_CACHE_TROUBLE_S;
}

struct cache_entry *
cache_entry_new(const struct cache_key *key, const struct sceau_dns_answer *answer,
                int64_t now_ms)
{
    size_t packed_len = dns_rrset_size(answer);
    struct cache_entry *entry = malloc(sizeof *entry + key->len + packed_len);
    if (entry == NULL)
        return NULL;
    *entry = (struct cache_entry){
        .users = 1,
        .stored_ms = now_ms,
        .expires_ms = now_ms + (int64_t)1000 * seconds_to_keep(answer),
        .ttl = answer->ttl,
        .status = answer->status,
        .secure = answer->secure,
        .type = key->type,
        .reason = answer->reason,
        .count = answer->count,
        .name_len = key->len,
        .packed_len = packed_len,
    };
    memcpy(entry->octets, key->name, key->len);
    dns_rrset_pack(answer, entry->octets + key->len);
    return entry;
}

void
cache_entry_retain(struct cache_entry *entry)
{
    atomic_fetch_add_explicit(&entry->users, 1, memory_order_relaxed);
}

void
cache_entry_release(struct cache_entry *entry)
{
    if (atomic_fetch_sub_explicit(&entry->users, 1, memory_order_acq_rel) == 1)
        free(entry);
}

size_t
cache_entry_size(const struct cache_entry *entry)
{
    return sizeof *entry + entry->name_len + entry->packed_len + ALLOCATION_OCTETS +
           BUCKET_OCTETS;
}

bool
cache_key_equal(const struct cache_key *a, const struct cache_key *b)
{
    return a->hash == b->hash && a->type == b->type && a->len == b->len &&
           memcmp(a->name, b->name, a->len) == 0;
}

bool
cache_entry_is_for(const struct cache_entry *entry, const struct cache_key *key)
{
    return entry->type == key->type && entry->name_len == key->len &&
           memcmp(entry->octets, key->name, key->len) == 0;
}

void
cache_entry_answer(const struct cache_entry *entry, int64_t now_ms,
                   struct sceau_arena *arena, struct sceau_dns_answer *answer)
{
    int64_t age_s = (now_ms - entry->stored_ms) / 1000;
    uint32_t left_s = age_s < entry->ttl ? entry->ttl - (uint32_t)age_s : 0;
    if (entry->status != SCEAU_DNS_OK) {
        dns_answer_without(answer, entry->status, left_s, entry->reason);
    } else {
        struct sceau_slice packed =
            slice_copy(arena, (struct sceau_slice){entry->octets + entry->name_len,
                                                   entry->packed_len});
        struct dns_rrset set = {entry->type, left_s, entry->count, packed};
        if (packed.ptr == NULL)
            dns_answer_no_memory(answer);
        else
            dns_rrset_answer(&set, arena, answer);
    }
    answer->secure = entry->secure && !sceau_dns_is_trouble(answer->status);
}
