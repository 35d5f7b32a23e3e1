/* Storing a field whose octets lie in the arena already. */
#ifndef MESSAGE_HEADER_H
#define MESSAGE_HEADER_H

#include "sceau/message.h"

#include "core/slice.h"

/* Append the field `raw` (no final CRLF, colon at `colon`) and note its defects. What
 * breaks a limit, or a raw with NULL ptr, sets SCEAU_HEADER_LIMIT and is not added. */
enum sceau_status header_store(struct sceau_arena *arena, struct sceau_header *header,
                               struct sceau_slice raw, size_t colon);

#endif
