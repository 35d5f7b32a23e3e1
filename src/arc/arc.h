/* One message's chain between the end of its header and its verdict: shared by validating
 * and sealing. */
#ifndef ARC_ARC_H
#define ARC_ARC_H

#include "chain.h"
#include "dkim/body.h"

struct sceau_arc {
    const struct sceau_header *header;
    struct sceau_key_cache *keys;
    struct arc_chain chain;
    struct body_hash *bodies[SCEAU_ARC_SETS_MAX]; /* of each AMS; NULL: not wanted */
    struct sceau_arc_set *sets; /* what is told of them: as many as chain.highest */
};

#endif
