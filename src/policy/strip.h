/* Fields that come from outside and speak in this host's name: found here, removed by the
 * MTA (RFC 8601 section 5). */
#ifndef POLICY_STRIP_H
#define POLICY_STRIP_H

#include "policy.h"

/* What of `header` must go.
 *
 * authserv_id  this host's; empty: no Authentication-Results field is ours to judge
 * from_trusted the message comes from a trusted network: its fields are ours, nothing goes
 *
 * removed      top field first, in the arena
 * ours_stay    a field of this host stays because it comes from a trusted network
 *
 * Returns SCEAU_OK or SCEAU_E_LIMIT (the arena is full). Whether a field claims our
 * authserv-id does not depend on the rest of it being well-formed, short or sane. */
enum sceau_status policy_strip(struct sceau_arena *arena,
                               const struct policy_config *config,
                               struct sceau_slice authserv_id, bool from_trusted,
                               const struct sceau_header *header,
                               const struct policy_removed_field **removed,
                               size_t *removed_count, bool *ours_stay);

#endif
