/* Identifier alignment (RFC 9989 sections 4.4 and 4.10.2). */
#ifndef DMARC_ALIGN_H
#define DMARC_ALIGN_H

#include "organizational.h"

enum dmarc_aligned {
    DMARC_NOT_ALIGNED,
    DMARC_ALIGNED,
    DMARC_ALIGNMENT_OPEN, /* DNS left it open */
};

/* One author domain, held against any number of identifiers. Its organizational domain
 * is found when the first identifier needs it, and once. */
struct dmarc_author {
    const struct dmarc_method *method;
    struct sceau_slice domain;
    struct sceau_slice organizational; /* empty: not known yet */
    const struct dmarc_name *open; /* the name that left an alignment open, or NULL */
};

/* Is `identifier` aligned with the author domain? Asks DNS only when two different
 * names could share an organization. */
enum dmarc_aligned dmarc_align(struct dmarc_author *author,
                               struct sceau_slice identifier,
                               enum sceau_dmarc_alignment mode);

#endif
