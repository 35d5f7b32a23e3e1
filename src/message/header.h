/* What the module shares of header fields: storing one, reading one on one line. */
#ifndef MESSAGE_HEADER_H
#define MESSAGE_HEADER_H

#include "sceau/message.h"

#include "core/slice.h"

/* 1*ftext: printable ASCII but the colon (RFC 5322 section 2.2). */
bool header_is_field_name(struct sceau_slice name);

/* Append the field `raw` (no final CRLF, colon at `colon`) and note its defects. What
 * breaks a limit, or a raw with NULL ptr, sets SCEAU_HEADER_LIMIT and is not added. */
enum sceau_status header_store(struct sceau_arena *arena, struct sceau_header *header,
                               struct sceau_slice raw, size_t colon);

/* A field body on one line: each CRLF that folds is taken out, the white space behind it
 * stays (RFC 5322 section 2.2.3). {NULL, 0} when the arena is full. Linear. */
struct sceau_slice header_unfolded(struct sceau_arena *arena, struct sceau_slice body);

#endif
