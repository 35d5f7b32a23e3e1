/* What the signer process knows of keys: domains are read on first use, kept while they are
 * used, and read again when their state file changed. A domain whose keys are broken is no
 * other domain's trouble. Threads share it. */
#ifndef KEYS_CACHE_H
#define KEYS_CACHE_H

#include "keys/protocol.h"
#include "keys/store.h"

#define KEYS_CACHE_MAX      1024 /* keys, and domains without any, that are kept */
#define KEYS_CACHE_FRESH_MS 2000 /* a domain's state is looked at no more often */

struct keys_cache;

/* tell  says a sentence to the administrator: a key cannot be used, and why; not again
 *       before that changes
 *
 * NULL when memory is exhausted. */
struct keys_cache *keys_cache_new(const struct keys_place *place,
                                  void (*tell)(const char *sentence));

/* NULL is fine. Keys are wiped. */
void keys_cache_free(struct keys_cache *cache);

/* Answer a request. now_ms: of a clock that never goes back. */
void keys_cache_answer(struct keys_cache *cache, const struct keys_request *request,
                       int64_t now_ms, struct keys_answer *answer);

/* Keys and empty domains that are kept. */
size_t keys_cache_kept(struct keys_cache *cache);

#endif
