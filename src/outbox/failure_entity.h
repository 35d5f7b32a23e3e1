/* A failure report (RFC 9991, 6591, 5965) as the MIME entity that a mail carries: from its
 * Content-Type to its last boundary, CRLF, seven-bit, no line over 998 octets. What the sample
 * holds is a stranger's: it is written so that it can be no field, part or line end of ours. */
#ifndef OUTBOX_FAILURE_ENTITY_H
#define OUTBOX_FAILURE_ENTITY_H

#include "core/text.h"
#include "store/sample.h"

struct failure_entity {
    const struct store_sample *sample;
    const char *id;     /* of the report: letters and digits; makes the boundary */
    uint64_t incidents; /* how many messages failed like this one, itself included */
};

/* Write it, and read it back with the strict reader (report/failure.h): nothing in it may need
 * a repair, and it says what the sample says. Returns the entity, in the arena; {NULL, 0} with
 * `why` (static text) when it cannot be written so, or memory is exhausted. */
struct sceau_slice failure_entity_write(struct sceau_arena *arena,
                                        const struct failure_entity *entity,
                                        const char **why);

/* "dmarc", "bodyhash", … (RFC 6591 section 3.3, RFC 9991 section 4). Static text. */
const char *failure_entity_type(const struct store_sample *sample);

#endif
