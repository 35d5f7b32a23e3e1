/* The header of a message as it will leave: what is signed is what the MTA writes once it
 * has done as it was told (S11). */
#ifndef MILTER_LEAVING_H
#define MILTER_LEAVING_H

#include "signing.h"

/* Apply a decision to a header: fields removed, changed and added. Lines over
 * MILTER_LINE_MAX are folded where white space admits it; each such field goes to
 * dress->changed, for the MTA to write.
 *
 * leaving  shares octets with `header`
 *
 * NULL, or why the header cannot be signed: static text. *is_memory: the arena is full. */
const char *leaving_header(struct sceau_arena *arena, const struct sceau_header *header,
                           const struct policy_decision *decision,
                           struct sceau_header *leaving, struct milter_dress *dress,
                           bool *is_memory);

#endif
