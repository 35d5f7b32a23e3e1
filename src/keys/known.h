/* What the signer said of a domain's active keys a moment ago. Each message asks for them
 * at the end of its header; on a busy host the answer is the one before, and a round trip
 * to another process is what signing costs most besides the signature. Any thread may call. */
#ifndef KEYS_KNOWN_H
#define KEYS_KNOWN_H

#include "keys/keyring.h"

#define KEYS_KNOWN_MS \
 1000 /* kept so long: the signer looks at the disk no more often */
#define KEYS_KNOWN_MAX 1024 /* domains; another one takes the place of an older one */

struct keys_known;

/* NULL when memory is exhausted. Pages are taken as they are used. */
struct keys_known *keys_known_new(void);
void keys_known_free(struct keys_known *known); /* NULL is fine */

/* Set *keys, when they were told within the last KEYS_KNOWN_MS. `now_ms` never goes back. */
bool keys_known_find(struct keys_known *known, struct sceau_slice domain,
                     int64_t now_ms, struct keyring_keys *keys);

void keys_known_add(struct keys_known *known, struct sceau_slice domain, int64_t now_ms,
                    const struct keyring_keys *keys);

/* Something is not as it was told. */
void keys_known_forget(struct keys_known *known, struct sceau_slice domain);

#endif
