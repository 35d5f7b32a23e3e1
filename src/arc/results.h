/* What a sealer repeats of Authentication-Results fields (RFC 8617 section 4.1.1). */
#ifndef ARC_RESULTS_H
#define ARC_RESULTS_H

#include "sceau/message.h"

/* The results that `authserv_id` wrote on this message, as one payload: "authserv-id;
 * result; result". Merged are the topmost fields of that id; what stands below the next
 * Received field was there before this host took the message.
 *
 * For a program that is told to trust these fields (rule R2 of ARCHITECTURE.md): the
 * verifiers never call it. {NULL, 0} when there is none, or the arena is full. */
struct sceau_slice arc_results_of(struct sceau_arena *arena,
                                  const struct sceau_header *header,
                                  struct sceau_slice authserv_id);

#endif
