/* Keys by the text of their record: the same text always means the same key, so nothing
 * here ever goes stale, and a domain that is asked often costs no decoding (four
 * microseconds, a quarter of an RSA-2048 verification).
 *
 * One lock over a chained table with the least recently used entry at the end of a list.
 * A key in use outlives its eviction: entries are counted. */
#include "keycache.h"

#include "core/hash.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/rand.h>

struct shared_key {
    atomic_uint references;
    struct dkim_key key;
    uint64_t hash;
    struct shared_key *chain;         /* next in the bucket */
    struct shared_key *newer, *older; /* by last use */
    size_t len;
    char text[];
};

struct sceau_key_cache {
    pthread_mutex_t lock;
    struct hash_key hash_key; /* domains choose their records' texts */
    size_t capacity;
    size_t count;
    size_t mask; /* buckets - 1, a power of two less one */
    struct shared_key **buckets;
    struct shared_key *newest, *oldest;
};

struct sceau_key_cache *
sceau_key_cache_new(size_t capacity)
{
    size_t buckets = 1;
    struct sceau_key_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    while (buckets < capacity && buckets <= SIZE_MAX / 4)
        buckets *= 2;
    cache->capacity = capacity;
    cache->mask = buckets - 1;
    cache->buckets = calloc(buckets, sizeof(struct shared_key *));
    if (cache->buckets == NULL ||
        RAND_bytes((unsigned char *)&cache->hash_key, sizeof cache->hash_key) != 1 ||
        pthread_mutex_init(&cache->lock, NULL) != 0) {
        free(cache->buckets);
        free(cache);
        return NULL;
    }
    return cache;
}

void
sceau_key_cache_free(struct sceau_key_cache *cache)
{
    if (cache == NULL)
        return;
    for (struct shared_key *key = cache->newest; key != NULL;) {
        struct shared_key *older = key->older;
        shared_key_release(key);
        key = older;
    }
    pthread_mutex_destroy(&cache->lock);
    free(cache->buckets);
    free(cache);
}

/* ---- under the lock ----------------------------------------------------------------- */

static void
list_remove(struct sceau_key_cache *cache, struct shared_key *key)
{
    *(key->newer != NULL ? &key->newer->older : &cache->newest) = key->older;
    *(key->older != NULL ? &key->older->newer : &cache->oldest) = key->newer;
}

static void
list_add_newest(struct sceau_key_cache *cache, struct shared_key *key)
{
    key->newer = NULL;
    key->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = key;
    cache->newest = key;
}

static struct shared_key *
find(struct sceau_key_cache *cache, uint64_t hash, struct sceau_slice text)
{
    struct shared_key *key = cache->buckets[hash & cache->mask];
    while (key != NULL && (key->hash != hash ||
                           !slice_eq((struct sceau_slice){key->text, key->len}, text)))
        key = key->chain;
    return key;
}

static void
evict_oldest(struct sceau_key_cache *cache)
{
    struct shared_key *key = cache->oldest;
    struct shared_key **link = &cache->buckets[key->hash & cache->mask];
    while (*link != key)
        link = &(*link)->chain;
    *link = key->chain;
    list_remove(cache, key);
    cache->count--;
    shared_key_release(key);
}

/* Take a reference to the entry of that text, which becomes the newest; or NULL. */
static struct shared_key *
use(struct sceau_key_cache *cache, uint64_t hash, struct sceau_slice text)
{
    struct shared_key *key = find(cache, hash, text);
    if (key == NULL)
        return NULL;
    list_remove(cache, key);
    list_add_newest(cache, key);
    atomic_fetch_add(&key->references, 1);
    return key;
}

/* Keep one more; the cache holds a reference of its own. */
static void
keep(struct sceau_key_cache *cache, uint64_t hash, struct shared_key *key)
{
    if (cache->capacity == 0)
        return;
    if (cache->count == cache->capacity)
        evict_oldest(cache);
    atomic_fetch_add(&key->references, 1);
    key->hash = hash;
    key->chain = cache->buckets[hash & cache->mask];
    cache->buckets[hash & cache->mask] = key;
    list_add_newest(cache, key);
    cache->count++;
}

/* ---- keys in use -------------------------------------------------------------------- */

static struct shared_key *
decode(struct sceau_slice text)
{
    struct shared_key *key = calloc(1, sizeof *key + text.len);
    if (key == NULL)
        return NULL;
    if (!dkim_key_init(&key->key, text)) {
        free(key);
        return NULL;
    }
    atomic_init(&key->references, 1);
    key->len = text.len;
    if (text.len > 0)
        memcpy(key->text, text.ptr, text.len);
    return key;
}

struct shared_key *
sceau_key_cache_get(struct sceau_key_cache *cache, struct sceau_slice text)
{
    if (cache == NULL || text.len > SCEAU_DKIM_KEY_RECORD_MAX)
        return decode(text); /* nothing to gain from a text that is refused unread */
    uint64_t hash = hash_octets(&cache->hash_key, text);
    pthread_mutex_lock(&cache->lock);
    struct shared_key *found = use(cache, hash, text);
    pthread_mutex_unlock(&cache->lock);
    if (found != NULL)
        return found;
    struct shared_key *made = decode(text); /* without the lock: others go on */
    if (made == NULL)
        return NULL;
    pthread_mutex_lock(&cache->lock);
    found = use(cache, hash, text); /* another thread may have been faster */
    if (found == NULL)
        keep(cache, hash, made);
    pthread_mutex_unlock(&cache->lock);
    if (found == NULL)
        return made;
    shared_key_release(made);
    return found;
}

const struct dkim_key *
shared_key_view(const struct shared_key *key)
{
    return &key->key;
}

void
shared_key_release(struct shared_key *key)
{
    if (key == NULL || atomic_fetch_sub(&key->references, 1) > 1)
        return;
    dkim_key_clear(&key->key);
    free(key);
}
