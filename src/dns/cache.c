/* A sharded cache with single flight in front of a resolver. What an entry is and how long
 * it is kept stands in cacheentry.c; here is who finds it, who waits for it, what goes.
 *
 * TTLs follow the clock that was given. Only the waiting for another thread's question
 * reads the system's: a condition variable knows no other. */
#include "cache.h"

#include "cacheentry.h"
#include "core/domain.h"
#include "core/monotonic.h"
#include "rrset.h"
#include "wait.h"

#include <stdlib.h>

enum {
    SHARDS = 16,
    ENTRY_OCTETS = 512, /* a guess, for the size of the tables */
    BUCKETS_MIN = 64
};

/* A question that one thread has put and others await. */
struct flight {
    struct cache_key key;
    uint32_t timeout_ms; /* what its leader allows */
    uint64_t generation; /* of the shard when it began */
    unsigned users;      /* under the shard's lock */
    bool is_done;
    struct cache_entry *entry; /* when done; NULL: memory was exhausted */
    pthread_cond_t landed;
    struct flight *next;
};

struct shard {
    pthread_mutex_t lock;
    struct recent recent; /* of cache_entry */
    struct flight *flights;
    uint64_t generation; /* grows with each flush */
    size_t ceiling;
    struct dns_cache_stats stats;
};

struct dns_cache {
    struct sceau_resolver resolver;
    struct sceau_resolver *upstream;
    struct dns_cache_options options;
    struct shard shards[SHARDS];
};

static int64_t
now_ms(const struct dns_cache *cache)
{
    return cache->options.now_ms(cache->options.clock);
}

/* False for a name longer than DNS has. */
static bool
make_key(const struct dns_cache *cache, struct sceau_slice name, uint16_t type,
         struct cache_key *key)
{
    if (name.len + 2 > sizeof key->name)
        return false;
    for (size_t i = 0; i < name.len; i++)
        key->name[i] = ascii_lower(name.ptr[i]);
    key->name[name.len] = (char)(type >> 8);
    key->name[name.len + 1] = (char)(type & 0xff);
    struct sceau_slice octets = {key->name, name.len + 2};
    key->hash = hash_octets(&cache->options.key, octets);
    key->type = type;
    key->len = name.len;
    return true;
}

static struct shard *
shard_of(struct dns_cache *cache, const struct cache_key *key)
{
    return &cache->shards[(key->hash >> 32) % SHARDS];
}

/* ---- the table of one shard: its lock is held -------------------------------------------- */

/* Take it out of the table; who still reads it keeps it alive. */
static void
shard_remove(struct shard *shard, struct cache_entry *entry)
{
    recent_remove(&shard->recent, &entry->node);
    shard->stats.entries--;
    shard->stats.octets -= cache_entry_size(entry);
    cache_entry_release(entry);
}

/* The entry of that question unless it has expired. */
static struct cache_entry *
shard_find(struct shard *shard, const struct cache_key *key, int64_t now)
{
    struct recent_node *node = recent_first(&shard->recent, key->hash);
    while (node != NULL && !cache_entry_is_for((struct cache_entry *)node, key))
        node = recent_next(node);
    struct cache_entry *entry = (struct cache_entry *)node;
    if (entry == NULL || now < entry->expires_ms)
        return entry;
    shard_remove(shard, entry);
    return NULL;
}

static struct cache_entry *
shard_oldest(const struct shard *shard)
{
    return (struct cache_entry *)shard->recent.oldest;
}

/* Put it in the table, in the place of what is known of that question, and forget the
 * least recently used until all fits. */
static void
shard_add(struct shard *shard, const struct cache_key *key, struct cache_entry *entry)
{
    struct cache_entry *old = shard_find(shard, key, 0);
    if (old != NULL)
        shard_remove(shard, old);
    if (cache_entry_size(entry) > shard->ceiling)
        return;
    recent_add(&shard->recent, &entry->node, key->hash);
    cache_entry_retain(entry);
    shard->stats.entries++;
    shard->stats.octets += cache_entry_size(entry);
    while (shard->stats.octets > shard->ceiling) {
        shard_remove(shard, shard_oldest(shard));
        shard->stats.evicted++;
    }
}

/* ---- flights: the lock is held where nothing else is said --------------------------------- */

/* A flight of that question that is given at least as much time as we have: nobody gets a
 * TIMEOUT because another message's budget was nearly spent. */
static struct flight *
flight_find(struct shard *shard, const struct cache_key *key, uint32_t timeout_ms)
{
    struct flight *flight = shard->flights;
    while (flight != NULL &&
           (flight->timeout_ms < timeout_ms || !cache_key_equal(&flight->key, key)))
        flight = flight->next;
    return flight;
}

static struct flight *
flight_new(struct shard *shard, const struct cache_key *key, uint32_t timeout_ms)
{
    struct flight *flight = calloc(1, sizeof *flight);
    if (flight == NULL)
        return NULL;
    wait_condition_init(&flight->landed);
    flight->key = *key;
    flight->timeout_ms = timeout_ms;
    flight->generation = shard->generation;
    flight->users = 1;
    flight->next = shard->flights;
    shard->flights = flight;
    return flight;
}

static void
flight_release(struct flight *flight)
{
    if (--flight->users > 0)
        return;
    if (flight->entry != NULL)
        cache_entry_release(flight->entry);
    pthread_cond_destroy(&flight->landed);
    free(flight);
}

/* No more joining; wake who waits. */
static void
flight_land(struct shard *shard, struct flight *flight, struct cache_entry *entry)
{
    struct flight **link = &shard->flights;
    while (*link != flight)
        link = &(*link)->next;
    *link = flight->next;
    flight->entry = entry;
    flight->is_done = true;
    pthread_cond_broadcast(&flight->landed);
}

/* Wait until the flight has landed, at most timeout_ms. True when it has landed. */
static bool
flight_await(struct shard *shard, struct flight *flight, uint32_t timeout_ms)
{
    int64_t deadline_ms = monotonic_ms() + timeout_ms;
    int error = 0;
    while (!flight->is_done && error == 0)
        error = wait_until(&flight->landed, &shard->lock, deadline_ms);
    return flight->is_done;
}

/* ---- lookup --------------------------------------------------------------------------------- */

/* One thread's way to its answer. */
struct search {
    struct dns_cache *cache;
    struct shard *shard;
    struct cache_key key;
    uint32_t timeout_ms;
    struct cache_entry *entry; /* found; we are one of its users */
    bool is_late;              /* our deadline passed while another thread asked */
    uint32_t waited_ms;
};

/* Is this worth keeping? A time-out under a budget that was nearly spent says more about
 * the message than about the name. */
static bool
is_keepable(const struct cache_entry *entry, uint32_t timeout_ms)
{
    return entry->status != SCEAU_DNS_TIMEOUT || timeout_ms >= SCEAU_DNS_QUERY_MS;
}

/* Put the question for this thread and all that join. The answer goes through an arena of
 * its own, so that a message whose memory is nearly full does not decide for others. No
 * lock is held while it is away. */
static void
search_ask(struct search *search, struct flight *flight)
{
    struct dns_cache *cache = search->cache;
    struct shard *shard = search->shard;
    struct sceau_arena *scratch = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct cache_entry *entry = NULL;
    if (scratch != NULL) {
        struct sceau_dns_answer answer;
        struct sceau_slice name = {search->key.name, search->key.len};
        cache->upstream->lookup(cache->upstream, scratch, name, search->key.type,
                                search->timeout_ms, &answer);
        entry = cache_entry_new(&search->key, &answer, now_ms(cache));
        search->waited_ms = answer.elapsed_ms;
        sceau_arena_free(scratch);
    }
    pthread_mutex_lock(&shard->lock);
    bool is_current = flight->generation == shard->generation;
    if (entry != NULL && is_current && is_keepable(entry, search->timeout_ms))
        shard_add(shard, &search->key, entry);
    if (entry != NULL)
        cache_entry_retain(entry); /* one use is the flight's, one ours */
    flight_land(shard, flight, entry);
    flight_release(flight);
    pthread_mutex_unlock(&shard->lock);
    search->entry = entry;
}

/* Await another thread's question; the lock is held. */
static void
search_join(struct search *search, struct flight *flight)
{
    int64_t from_ms = monotonic_ms();
    flight->users++;
    search->is_late = !flight_await(search->shard, flight, search->timeout_ms);
    search->waited_ms = (uint32_t)(monotonic_ms() - from_ms);
    search->entry = flight->entry; /* NULL while it has not landed */
    if (search->entry != NULL)
        cache_entry_retain(search->entry);
    flight_release(flight);
    search->shard->stats.joined++;
}

/* Find the entry in the table, in another's flight, or by a flight of our own. */
static void
search_run(struct search *search)
{
    struct shard *shard = search->shard;
    pthread_mutex_lock(&shard->lock);
    struct cache_entry *entry = shard_find(shard, &search->key, now_ms(search->cache));
    struct flight *flight =
        entry == NULL ? flight_find(shard, &search->key, search->timeout_ms) : NULL;
    struct flight *ours = NULL;
    if (entry != NULL) {
        recent_use(&shard->recent, &entry->node);
        cache_entry_retain(entry);
        search->entry = entry;
        shard->stats.hits++;
    } else if (flight != NULL) {
        search_join(search, flight);
    } else {
        ours = flight_new(shard, &search->key, search->timeout_ms);
        shard->stats.misses++;
    }
    pthread_mutex_unlock(&shard->lock);
    if (ours != NULL)
        search_ask(search, ours);
}

static void
cache_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
             struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
             struct sceau_dns_answer *answer)
{
    struct dns_cache *cache = (struct dns_cache *)self;
    struct search search = {.cache = cache, .timeout_ms = timeout_ms};
    if (!make_key(cache, name, type, &search.key)) {
        dns_answer_without(answer, SCEAU_DNS_INVALID, 0, "this is not a DNS name");
        return;
    }
    search.shard = shard_of(cache, &search.key);
    search_run(&search);
    if (search.entry != NULL) {
        cache_entry_answer(search.entry, now_ms(cache), arena, answer);
        cache_entry_release(search.entry);
    } else if (search.is_late) {
        dns_answer_without(answer, SCEAU_DNS_TIMEOUT, 0, "our deadline passed");
    } else {
        dns_answer_without(answer, SCEAU_DNS_LIMIT, 0, "memory is exhausted");
    }
    answer->elapsed_ms = search.waited_ms;
}

static void
cache_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    struct dns_cache *cache = (struct dns_cache *)self;
    struct cache_key key;
    if (cache->upstream->prefetch == NULL || !make_key(cache, name, type, &key))
        return;
    struct shard *shard = shard_of(cache, &key);
    pthread_mutex_lock(&shard->lock);
    bool is_known = shard_find(shard, &key, now_ms(cache)) != NULL ||
                    flight_find(shard, &key, 0) != NULL;
    pthread_mutex_unlock(&shard->lock);
    if (!is_known)
        cache->upstream->prefetch(cache->upstream, name, type);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool
shard_init(struct shard *shard, size_t ceiling)
{
    size_t entries = ceiling / ENTRY_OCTETS;
    pthread_mutex_init(&shard->lock, NULL);
    shard->ceiling = ceiling;
    return recent_init(&shard->recent, entries > BUCKETS_MIN ? entries : BUCKETS_MIN);
}

struct dns_cache *
dns_cache_new(struct sceau_resolver *upstream, const struct dns_cache_options *options)
{
    struct dns_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    size_t ceiling = options->ceiling > 0 ? options->ceiling : DNS_CACHE_SIZE;
    bool is_whole = true;
    for (size_t i = 0; i < SHARDS; i++)
        is_whole &= shard_init(&cache->shards[i], ceiling / SHARDS);
    cache->resolver.lookup = cache_lookup;
    cache->resolver.prefetch = upstream->prefetch != NULL ? cache_prefetch : NULL;
    cache->upstream = upstream;
    cache->options = *options;
    if (is_whole)
        return cache;
    dns_cache_free(cache);
    return NULL;
}

void
dns_cache_free(struct dns_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        while (shard_oldest(shard) != NULL)
            shard_remove(shard, shard_oldest(shard));
        recent_clear(&shard->recent);
        pthread_mutex_destroy(&shard->lock);
    }
    free(cache);
}

struct sceau_resolver *
dns_cache_resolver(struct dns_cache *cache)
{
    return &cache->resolver;
}

void
dns_cache_list(struct dns_cache *cache,
               void (*each)(void *listener, const struct dns_cache_item *item),
               void *listener)
{
    int64_t now = now_ms(cache);
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (const struct recent_node *n = shard->recent.newest; n != NULL;
             n = n->older) {
            const struct cache_entry *e = (const struct cache_entry *)n;
            struct dns_cache_item item = {
                .name = cache_entry_name(e),
                .type = e->type,
                .status = e->status,
                .count = e->count,
                .secure = e->secure,
                .left_s =
                    now < e->expires_ms ? (uint32_t)((e->expires_ms - now) / 1000) : 0,
                .octets = cache_entry_size(e),
            };
            if (now < e->expires_ms)
                each(listener, &item);
        }
        pthread_mutex_unlock(&shard->lock);
    }
}

size_t
dns_cache_flush(struct dns_cache *cache, struct sceau_slice name)
{
    size_t flushed = 0;
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        shard->generation++; /* what is under way is given out, not kept */
        struct recent_node *next;
        for (struct recent_node *n = shard->recent.newest; n != NULL; n = next) {
            struct cache_entry *e = (struct cache_entry *)n;
            next = n->older;
            if (name.len == 0 || domain_is_within(cache_entry_name(e), name)) {
                shard_remove(shard, e);
                flushed++;
            }
        }
        pthread_mutex_unlock(&shard->lock);
    }
    return flushed;
}

void
dns_cache_stats(struct dns_cache *cache, struct dns_cache_stats *stats)
{
    *stats = (struct dns_cache_stats){0};
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        stats->hits += shard->stats.hits;
        stats->joined += shard->stats.joined;
        stats->misses += shard->stats.misses;
        stats->evicted += shard->stats.evicted;
        stats->entries += shard->stats.entries;
        stats->octets += shard->stats.octets;
        pthread_mutex_unlock(&shard->lock);
    }
}
