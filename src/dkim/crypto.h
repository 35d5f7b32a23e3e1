/* SHA-256, RSASSA-PKCS1-v1_5 and Ed25519, as DKIM uses them. All of OpenSSL that
 * verification touches stands behind this header. */
#ifndef DKIM_CRYPTO_H
#define DKIM_CRYPTO_H

#include "core/slice.h"

enum {
    SHA256_OCTETS = 32,
    ED25519_KEY_OCTETS = 32, /* RFC 8032 section 5.1.5 */
};

/* A running SHA-256. */
struct crypto_hash;

/* NULL when memory is exhausted. */
struct crypto_hash *crypto_hash_new(void);
struct crypto_hash *crypto_hash_copy(const struct crypto_hash *hash);
void crypto_hash_free(struct crypto_hash *hash); /* NULL is fine */
void crypto_hash_update(struct crypto_hash *hash, struct sceau_slice octets);

/* Ends the hash: then only crypto_hash_free. */
void crypto_hash_finish(struct crypto_hash *hash, uint8_t digest[SHA256_OCTETS]);

/* A public key, ready to verify; never changes, so threads may share it. */
struct crypto_key;

/* Big-endian numbers without sign octet. NULL when OpenSSL refuses. */
struct crypto_key *crypto_rsa_key_new(struct sceau_slice modulus,
                                      struct sceau_slice exponent);
struct crypto_key *crypto_ed25519_key_new(const uint8_t octets[ED25519_KEY_OCTETS]);
void crypto_key_free(struct crypto_key *key); /* NULL is fine */

enum crypto_outcome {
    CRYPTO_GOOD,
    CRYPTO_BAD,     /* the signature is not by this key over this digest */
    CRYPTO_TROUBLE, /* memory: ours to regret, not the signer's fault */
};

/* RSA: PKCS #1 v1.5 over the digest (RFC 6376 section 3.3.2). Ed25519: pure, the digest
 * is its message (RFC 8463 section 3). */
enum crypto_outcome crypto_verify(const struct crypto_key *key,
                                  const uint8_t digest[SHA256_OCTETS],
                                  struct sceau_slice signature);

#endif
