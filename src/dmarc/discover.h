/* DMARC Policy Discovery (RFC 9989 section 4.10.1; RFC 7489 section 6.6.3 for the
 * suffix list): which record applies to an author domain? */
#ifndef DMARC_DISCOVER_H
#define DMARC_DISCOVER_H

#include "organizational.h"

struct dmarc_policy {
    const struct dmarc_name
        *source;                    /* where the record to be applied stands, or NULL */
    enum sceau_dmarc_result result; /* without source: none, temperror or permerror */
    const char *reason;             /* why there is no source, or whose record it is */
    struct sceau_slice
        organizational_domain; /* the author's; empty: not needed so far */
    struct sceau_slice queries[SCEAU_DMARC_WALK_MAX]; /* asked for it, in order */
    size_t query_count;
};

/* `author` is a name that DNS can be asked for. */
void dmarc_discover(const struct dmarc_method *method, struct sceau_slice author,
                    struct dmarc_policy *policy);

/* The verdict when a name that was needed is open. */
enum sceau_dmarc_result dmarc_error_of(const struct dmarc_name *open);

#endif
