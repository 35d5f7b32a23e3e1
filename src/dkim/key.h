/* One DKIM key record (RFC 6376 section 3.6.1, RFC 8301, RFC 8463), decoded. */
#ifndef DKIM_KEY_H
#define DKIM_KEY_H

#include "sceau/dkim.h"

#include "core/slice.h"
#include "crypto.h"

enum dkim_key_type {
    DKIM_KEY_RSA,
    DKIM_KEY_ED25519
};

/* What one TXT record means to a verifier. All of it follows from the text, so it may
 * be kept under that text; it never changes, so threads may share it. */
struct dkim_key {
    bool is_record;      /* it claims to be a key record, good or bad */
    const char *refusal; /* why it is no key for us: static text; NULL: it is one */
    enum dkim_key_type type;
    unsigned bits;             /* of the RSA modulus; 256 for Ed25519; 0 when unknown */
    bool is_testing;           /* t=y */
    bool is_strict;            /* t=s: i= and d= must be the same domain */
    struct crypto_key *crypto; /* NULL when refused */
};

/* Read a record's text, strings joined. Always fills `key`; clear it afterwards. Takes
 * memory of its own, not an arena's: keys outlive messages. False when there is none. */
bool dkim_key_init(struct dkim_key *key, struct sceau_slice text);
void dkim_key_clear(struct dkim_key *key);

/* "rsa", "ed25519". */
const char *dkim_key_type_name(enum dkim_key_type type);

#endif
