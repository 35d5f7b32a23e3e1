/* DKIM: which domains signed this message, and does it still say what they signed?
 * (RFC 6376, 8301, 8463, 8616) */
#ifndef SCEAU_DKIM_H
#define SCEAU_DKIM_H

#include "sceau/core.h"
#include "sceau/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 8601 section 2.7.1. `policy`: the cryptography is good, we refuse to count it. */
enum sceau_dkim_result {
    SCEAU_DKIM_NONE,
    SCEAU_DKIM_PASS,
    SCEAU_DKIM_FAIL,
    SCEAU_DKIM_POLICY,
    SCEAU_DKIM_NEUTRAL,
    SCEAU_DKIM_TEMPERROR,
    SCEAU_DKIM_PERMERROR,
};

#define SCEAU_DKIM_PARSED_MAX 50 /* signatures read */
#define SCEAU_DKIM_LOOKED_UP_MAX \
 8 /* signatures whose key is asked for, aligned first */
#define SCEAU_DKIM_SIGNATURE_MAX  ((size_t)16 * 1024)
#define SCEAU_DKIM_H_MAX          512 /* names in h= */
#define SCEAU_DKIM_KEY_RECORD_MAX 4096
#define SCEAU_DKIM_RSA_BITS_MIN   1024 /* RFC 8301 section 3.2 */
#define SCEAU_DKIM_RSA_BITS_MAX   8192
#define SCEAU_DKIM_CLOCK_SKEW     ((int64_t)180 * 86400) /* seconds t= may lie ahead */

enum sceau_dkim_algorithm {
    SCEAU_DKIM_ALGORITHM_UNKNOWN,
    SCEAU_DKIM_RSA_SHA1, /* known by name, never passes (RFC 8301) */
    SCEAU_DKIM_RSA_SHA256,
    SCEAU_DKIM_ED25519_SHA256,
};

enum sceau_canonicalization {
    SCEAU_SIMPLE,
    SCEAU_RELAXED
};

/* One DKIM-Signature field and what became of it. */
struct sceau_dkim_outcome {
    enum sceau_dkim_result result;
    const char *reason; /* why not pass, static text ("body hash mismatch") */
    struct sceau_slice
        domain; /* d=, A-labels, lower case; empty when it is no domain */
    struct sceau_slice selector; /* s=, as a checked DNS name; else empty */
    struct sceau_slice identity; /* i=, as written; "@d" by default */
    struct sceau_slice
        signature; /* b=, white space removed: its first octets go in header.b */
    enum sceau_dkim_algorithm algorithm;
    enum sceau_canonicalization header_canonicalization;
    enum sceau_canonicalization body_canonicalization;
    unsigned bits;        /* of the key found; 0 when none was */
    bool is_testing;      /* t=y in the key */
    bool is_expired;      /* x= has passed */
    bool secure;          /* the key's answer was DNSSEC validated */
    int64_t timestamp;    /* t=; -1 when absent */
    int64_t expiration;   /* x=; -1 when absent */
    int64_t body_length;  /* l=; -1 when absent */
    uint64_t body_octets; /* canonical octets of the whole body */
    size_t field;         /* index into header.fields */
};

SCEAU_API
const char *sceau_dkim_result_name(enum sceau_dkim_result result);

/** "rsa-sha256", …; "unknown". Static text. */
SCEAU_API
const char *sceau_dkim_algorithm_name(enum sceau_dkim_algorithm algorithm);

/* The body, hashed once for each distinct (canonicalisation, algorithm, length) that the
 * signatures and ARC seals of a message ask for. */
struct sceau_body_hashes;

SCEAU_API
struct sceau_body_hashes *sceau_body_hashes_new(struct sceau_arena *arena);

/** Give back what the hashes hold outside the arena. NULL is fine. */
SCEAU_API
void sceau_body_hashes_free(struct sceau_body_hashes *hashes);

/** The next octets of the body, cut anywhere. No memory is taken. */
SCEAU_API
void sceau_body_hashes_update(struct sceau_body_hashes *hashes,
                              struct sceau_slice chunk);

/** The body is over. */
SCEAU_API
void sceau_body_hashes_finish(struct sceau_body_hashes *hashes);

/* Decoded public keys, found again by the text of their record; bounded, shared by
 * threads. A hot domain costs no key decode. */
struct sceau_key_cache;

/** At most `capacity` keys. NULL when memory is exhausted. */
SCEAU_API
struct sceau_key_cache *sceau_key_cache_new(size_t capacity);
SCEAU_API
void sceau_key_cache_free(struct sceau_key_cache *cache);

/* The signatures of one message, between the end of its header and its verdict. */
struct sceau_dkim;

/** Parse the signatures, register their body hashes, start the key questions.
 *
 * header   lives until sceau_dkim_finish
 * hashes   lives until sceau_dkim_finish; not yet fed
 * author   the author domain: signatures of it and around it are looked up first; may be
 *          empty
 * keys     may be NULL
 *
 * Returns NULL when the arena is full. */
SCEAU_API
struct sceau_dkim *sceau_dkim_start(struct sceau_context *context,
                                    const struct sceau_header *header,
                                    struct sceau_body_hashes *hashes,
                                    struct sceau_slice author,
                                    struct sceau_key_cache *keys);

/** Await the keys and judge, top field first. `hashes` must be finished.
 *
 * outcomes  one per DKIM-Signature field read, in the arena
 *
 * Returns the number of outcomes. Costs at most SCEAU_DKIM_LOOKED_UP_MAX verifications. */
SCEAU_API
size_t sceau_dkim_finish(struct sceau_context *context, struct sceau_dkim *dkim,
                         const struct sceau_dkim_outcome **outcomes);

/* ---- signing --------------------------------------------------------------------- */

#define SCEAU_SIGNATURE_OCTETS_MAX ((size_t)1024) /* RSA of 8192 bits */

/* Whoever holds a private key: this process, or one that answers over a socket. Embed it
 * as the first member of your own. */
struct sceau_signer {
    enum sceau_dkim_algorithm algorithm;
    /* The signature over a SHA-256 digest: RSASSA-PKCS1-v1_5, or pure Ed25519 over the
     * digest (RFC 8463 section 3). Gives its octets; 0 when it cannot. */
    size_t (*sign)(struct sceau_signer *self, const uint8_t digest[32],
                   uint8_t signature[SCEAU_SIGNATURE_OCTETS_MAX]);
};

/** A private key in this process, from PEM (PKCS #1 or #8, not encrypted): RSA of
 * SCEAU_DKIM_RSA_BITS_MIN to SCEAU_DKIM_RSA_BITS_MAX bits, or Ed25519.
 *
 * reason  set when NULL is returned: why, static text
 *
 * Free it with sceau_private_key_free, which wipes it. May be shared by threads. */
SCEAU_API
struct sceau_signer *sceau_private_key_parse(struct sceau_slice pem,
                                             const char **reason);

/** NULL is fine. */
SCEAU_API
void sceau_private_key_free(struct sceau_signer *key);

/** Bits of the key: 2048, 256. */
SCEAU_API
unsigned sceau_private_key_bits(const struct sceau_signer *key);

/** The key record that belongs to it: "v=DKIM1; k=rsa; p=…" (RFC 6376 section 3.6.1,
 * RFC 8463 section 4.2). {NULL, 0} when the arena is full. */
SCEAU_API
struct sceau_slice sceau_private_key_record(struct sceau_arena *arena,
                                            const struct sceau_signer *key);

/* What one signature is to say. */
struct sceau_dkim_signing_options {
    struct sceau_slice domain;   /* d=, A-labels */
    struct sceau_slice selector; /* s= */
    struct sceau_slice identity; /* i=; empty: none */
    enum sceau_canonicalization header_canonicalization;
    enum sceau_canonicalization body_canonicalization;
    /* h=, exactly these in this order. NULL: the fields that matter to a reader, those
     * present; From, To, Cc, Subject and Date once more than they are there, so that no
     * second one can be added (RFC 6376 section 5.4). */
    const struct sceau_slice *names;
    size_t name_count;
    int64_t timestamp;  /* t=; -1: none */
    int64_t expiration; /* x=; -1: none */
};

/* A signature to be made, between the first octet of the body and its end. */
struct sceau_dkim_signing;

/** Before the body: its hash is asked of `hashes`. NULL when the arena is full or the
 * hashes admit no more. The options are borrowed until the end. */
SCEAU_API
struct sceau_dkim_signing *sceau_dkim_signing_start(
    struct sceau_context *context, struct sceau_body_hashes *hashes,
    const struct sceau_dkim_signing_options *options);

/** After the body: `hashes` is finished, `header` as the message will leave.
 *
 * value  the body of the DKIM-Signature field, without a space in front, in the arena
 *
 * Returns SCEAU_OK, SCEAU_E_LIMIT (arena; more than SCEAU_DKIM_H_MAX names) or
 * SCEAU_E_SYSTEM (the signer gave no signature). */
SCEAU_API
enum sceau_status sceau_dkim_signing_finish(struct sceau_context *context,
                                            struct sceau_dkim_signing *signing,
                                            const struct sceau_header *header,
                                            struct sceau_signer *signer,
                                            struct sceau_slice *value);

#ifdef __cplusplus
}
#endif
#endif
