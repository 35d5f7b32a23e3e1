/* A resolver that answers as if zones were published as they are written: RFC 1034 section
 * 4.3.2, wildcards (RFC 4592), empty non-terminals (RFC 8020), delegations, CNAME and
 * DNAME chains. */
#ifndef ZONE_PUBLISHED_H
#define ZONE_PUBLISHED_H

#include "sceau/dns.h"

#include "index.h"

/* Why a set that a script changes is not known: the reason of the answer. */
#define ZONE_CHANGES_UNKNOWN \
 N_("the script changes this set, and what the zone in service has of it could not be asked")

struct zone_published {
    struct sceau_resolver resolver; /* pass &published.resolver as context.resolver */
    const struct zone_index *index;
    struct sceau_resolver
        *upstream; /* for names outside; NULL: there is nobody to ask */
};

/* Make `published` a resolver over the index, which never changes: threads may share it
 * when they may share `upstream`. A name that lies in no zone, or below a delegation,
 * goes to `upstream`, or comes back REFUSED: unknown, never absent. So does a set with a
 * record that could not be read, and a name without one that a line which was refused may
 * be about (SERVFAIL). Nothing to free. */
void zone_published_init(struct zone_published *published,
                         const struct zone_index *index,
                         struct sceau_resolver *upstream);

#endif
