/* What is wrong with a DMARC record, for the `error` element of the report about it (RFC 9990
 * sections 3.1.5 and 9.1): terse, in English, without a word of the record itself. */
#ifndef OUTBOX_RECORD_ERROR_H
#define OUTBOX_RECORD_ERROR_H

#include "core/text.h"

/* Empty: nothing is; {NULL, 0} when the arena is full. Linear. */
struct sceau_slice outbox_record_error(struct sceau_arena *arena,
                                       struct sceau_slice record);

/* The value of pct, which RFC 7489 has and RFC 9989 reads no more, where it is one; else empty. */
struct sceau_slice outbox_record_pct(struct sceau_slice record);

#endif
