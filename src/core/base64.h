/* base64 (RFC 4648 section 4) as DKIM uses it: folding white space anywhere. */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include "slice.h"

/* Decode into `out`, which has room for text.len / 4 * 3 + 3 octets. White space (WSP, CR,
 * LF) is skipped; any other foreign octet, padding in the middle or a last group without
 * its padding is an error. Non-zero unused bits are accepted, as signers write them.
 * Returns false on error. */
bool base64_decode(struct sceau_slice text, uint8_t *out, size_t *len);

/* The same into the arena. {NULL, 0} on error or when it is full. */
struct sceau_slice base64_decoded(struct sceau_arena *arena, struct sceau_slice text);

/* Encode without line ends, with padding; {NULL, 0} when the arena is full. */
struct sceau_slice base64_encoded(struct sceau_arena *arena, struct sceau_slice octets);

#endif
