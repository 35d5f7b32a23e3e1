/* Decoded keys, found again by the text of their record. */
#ifndef DKIM_KEYCACHE_H
#define DKIM_KEYCACHE_H

#include "key.h"

/* A key that somebody uses; the last to release it frees it. */
struct shared_key;

/* The key of that record: from the cache, or decoded now and kept there. `cache` may be
 * NULL. NULL when memory is exhausted. */
struct shared_key *sceau_key_cache_get(struct sceau_key_cache *cache,
                                       struct sceau_slice text);

const struct dkim_key *shared_key_view(const struct shared_key *key);

void shared_key_release(struct shared_key *key); /* NULL is fine */

#endif
