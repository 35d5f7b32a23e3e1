/* Who has the private keys: asked for a domain's active keys, then for signatures. The
 * milter knows no more of keys than this. Behind it stands the signer process (client.h),
 * in tests whatever they please. */
#ifndef KEYS_KEYRING_H
#define KEYS_KEYRING_H

#include "sceau/dkim.h"

#include "core/slice.h"

#define KEYRING_KEYS_MAX     4 /* active keys of a domain: one of each type is usual */
#define KEYRING_SELECTOR_MAX 200 /* octets */

struct keyring_key {
    enum sceau_dkim_algorithm algorithm;
    unsigned bits;
    size_t selector_len;
    char selector[KEYRING_SELECTOR_MAX];
};

struct keyring_keys {
    struct keyring_key keys[KEYRING_KEYS_MAX];
    size_t count;
};

enum keyring_answer {
    KEYRING_FINE,   /* of keys: there may be none */
    KEYRING_BROKEN, /* the domain has active keys, and none can be used */
    KEYRING_GONE,   /* signatures: the key is not active any more; ask for keys again */
    KEYRING_SILENT, /* nobody answers */
};

/* Embed it as the first member of your own struct. Any thread may ask. */
struct keyring {
    /* The active keys of a domain (A-labels, lower case) that can be used. */
    enum keyring_answer (*keys)(struct keyring *self, struct sceau_slice domain,
                                struct keyring_keys *keys);
    /* The signature over a SHA-256 digest, and its octets. */
    enum keyring_answer (*sign)(struct keyring *self, struct sceau_slice domain,
                                const struct keyring_key *key, const uint8_t digest[32],
                                uint8_t signature[SCEAU_SIGNATURE_OCTETS_MAX],
                                size_t *len);
};

static inline struct sceau_slice
keyring_selector(const struct keyring_key *key)
{
    return (struct sceau_slice){key->selector, key->selector_len};
}

#endif
