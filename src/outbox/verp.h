/* The envelope sender of a report names the report and its destination, so that a bounce
 * says by itself whom to leave alone: local+TOKEN@domain. The token is a number of ours
 * and an HMAC over it; nobody else can make one, so nobody can silence a destination by
 * forged bounces. */
#ifndef OUTBOX_VERP_H
#define OUTBOX_VERP_H

#include "core/slice.h"

#define OUTBOX_SECRET 32 /* octets of the key */
#define OUTBOX_TOKEN \
 41 /* octets of a token with its NUL: 16 of the number, 24 of the HMAC */

#define OUTBOX_LOCAL_MAX (64 - OUTBOX_TOKEN) /* RFC 5321 section 4.5.3.1.1 */

/* The token for a delivery. */
void outbox_token(const uint8_t secret[OUTBOX_SECRET], uint64_t delivery,
                  char token[OUTBOX_TOKEN]);

/* "local+TOKEN@domain" for the return path `address`; {NULL, 0} when that is no address,
 * its local part is longer than OUTBOX_LOCAL_MAX, or the arena is full. */
struct sceau_slice outbox_return_path(struct sceau_arena *arena,
                                      const uint8_t secret[OUTBOX_SECRET],
                                      struct sceau_slice address, uint64_t delivery);

/* Which delivery a bounce to `recipient` is about. False when it carries no token of
 * ours. Letter case does not count: some MTAs change it. Constant time in the HMAC. */
bool outbox_delivery(const uint8_t secret[OUTBOX_SECRET], struct sceau_slice recipient,
                     uint64_t *delivery);

#endif
