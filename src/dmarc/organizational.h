/* The Organizational Domain of a domain: by the tree walk (RFC 9989 section 4.10.2), or
 * by the suffix list (RFC 7489 section 3.2). */
#ifndef DMARC_ORGANIZATIONAL_H
#define DMARC_ORGANIZATIONAL_H

#include "walk.h"

/* How one message is judged. */
struct dmarc_method {
    struct dmarc_lookups *lookups;
    const struct sceau_psl *psl; /* NULL: by the tree walk */
};

/* The method for a discovery mode; hybrid is the tree walk. `psl` may be NULL for
 * these. */
struct dmarc_method dmarc_method_for(struct dmarc_lookups *lookups,
                                     enum sceau_dmarc_discovery discovery,
                                     const struct sceau_psl *psl);

/* The selection of section 4.10.2 over the names of a walk that is not open. */
struct sceau_slice dmarc_organizational_of(struct sceau_context *context,
                                           const struct dmarc_walk *walk);

/* Find the organizational domain of `domain` (not empty).
 *
 * open  the name that left the question open, when false comes back; may be NULL */
bool dmarc_organizational_find(const struct dmarc_method *method,
                               struct sceau_slice domain,
                               struct sceau_slice *organizational,
                               const struct dmarc_name **open);

#endif
