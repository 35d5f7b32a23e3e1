/* Keys by the text of their record: the same text always means the same key, so nothing
 * here ever goes stale, and a domain that is asked often costs no decoding (four
 * microseconds, a quarter of an RSA-2048 verification).
 *
 * One lock over a table that forgets what was not used for longest. A key in use outlives
 * that: entries are counted. */
#include "keycache.h"

#include "core/hash.h"
#include "core/recent.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <openssl/rand.h>

struct shared_key {
    struct recent_node node;
    atomic_uint references;
    struct dkim_key key;
    size_t len;
    char text[];
};

struct sceau_key_cache {
    pthread_mutex_t lock;
    struct hash_key hash_key; /* domains choose their records' texts */
    size_t capacity;
    size_t count;
    struct recent recent;
};

struct sceau_key_cache *
sceau_key_cache_new(size_t capacity)
{
    struct sceau_key_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL)
        return NULL;
    cache->capacity = capacity;
    if (!recent_init(&cache->recent, capacity) ||
        RAND_bytes((unsigned char *)&cache->hash_key, sizeof cache->hash_key) != 1 ||
        pthread_mutex_init(&cache->lock, NULL) != 0) {
        recent_clear(&cache->recent);
        free(cache);
        return NULL;
    }
    return cache;
}

/* ---- under the lock ----------------------------------------------------------------- */

static void
evict_oldest(struct sceau_key_cache *cache)
{
    struct recent_node *oldest = cache->recent.oldest;
    recent_remove(&cache->recent, oldest);
    cache->count--;
    shared_key_release((struct shared_key *)oldest);
}

/* Take a reference to the entry of that text, which becomes the newest; or NULL. */
static struct shared_key *
use(struct sceau_key_cache *cache, uint64_t hash, struct sceau_slice text)
{
    struct recent_node *node = recent_first(&cache->recent, hash);
    for (; node != NULL; node = recent_next(node)) {
        struct shared_key *key = (struct shared_key *)node;
        if (!slice_eq((struct sceau_slice){key->text, key->len}, text))
            continue;
        recent_use(&cache->recent, node);
        atomic_fetch_add(&key->references, 1);
        return key;
    }
    return NULL;
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
    recent_add(&cache->recent, &key->node, hash);
    cache->count++;
}

void
sceau_key_cache_free(struct sceau_key_cache *cache)
{
    if (cache == NULL)
        return;
    while (cache->count > 0)
        evict_oldest(cache);
    pthread_mutex_destroy(&cache->lock);
    recent_clear(&cache->recent);
    free(cache);
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
