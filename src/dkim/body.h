/* The body of a message, hashed once for each distinct (canonicalisation, length) that
 * somebody asked for. Of the algorithm nothing is left to be distinct: both that we
 * accept hash with SHA-256. */
#ifndef DKIM_BODY_H
#define DKIM_BODY_H

#include "sceau/dkim.h"

#include "crypto.h"

#define BODY_WHOLE (-1)

/* Of one message: 8 signatures with an l= of their own, and both canonicalisations. */
#define BODY_HASHES_MAX (SCEAU_DKIM_LOOKED_UP_MAX + 2)

/* One hash that was asked for. */
struct body_hash;

/* Ask, before the first octet: the hash of the first `length` canonical octets, or
 * BODY_WHOLE. NULL when memory is exhausted or BODY_HASHES_MAX reached. */
struct body_hash *body_hashes_want(struct sceau_body_hashes *hashes,
                                   enum sceau_canonicalization how, int64_t length);

/* Valid after sceau_body_hashes_finish. Shorter bodies than asked for: the hash of what
 * there was. */
const uint8_t *body_hash_digest(const struct body_hash *hash);

/* Canonical octets of the whole body. */
uint64_t body_hash_octets(const struct body_hash *hash);

#endif
