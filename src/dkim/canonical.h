/* What a signature was checked over, once more and as octets, for a report on its failure
 * (RFC 6591 section 3.2.4). Nothing in it is hidden. */
#ifndef DKIM_CANONICAL_H
#define DKIM_CANONICAL_H

#include "sceau/dkim.h"

/* The selected fields and the signature's own without its b= (RFC 6376 section 3.7). Empty when
 * the field is no signature, when it comes to more than `max` octets, or the arena is full:
 * a part of it would explain nothing. */
struct sceau_slice dkim_canonical_header(struct sceau_arena *arena,
                                         const struct sceau_header *header,
                                         const struct sceau_dkim_outcome *outcome,
                                         size_t max);

/* The whole body as it was hashed, to l= at most; empty as above. */
struct sceau_slice dkim_canonical_body(struct sceau_arena *arena,
                                       const struct sceau_dkim_outcome *outcome,
                                       struct sceau_slice body, size_t max);

#endif
