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

#ifdef __cplusplus
}
#endif
#endif
