/* The DNS Tree Walk (RFC 9989 section 4.10), and what stands at each name of it. */
#ifndef DMARC_WALK_H
#define DMARC_WALK_H

#include "sceau/dmarc.h"
#include "sceau/dns.h"

#include "core/slice.h"

/* What "_dmarc." and a domain answered. */
enum dmarc_finding {
    DMARC_NO_RECORD, /* no TXT record begins with v=DMARC1 */
    DMARC_RECORD,    /* exactly one does, and it reads */
    DMARC_SEVERAL,   /* more than one does: all are discarded, step 2 */
    DMARC_MALFORMED, /* one does, but a tag occurs twice: counts as no record */
    DMARC_OVERLONG,  /* one does, over SCEAU_DMARC_RECORD_MAX: an error verdict */
    DMARC_TROUBLE,   /* DNS could not tell, or our memory is full */
};

/* A domain that was looked at. It lives in the arena and is asked once per message. */
struct dmarc_name {
    struct sceau_slice domain;
    struct sceau_slice query; /* "_dmarc.domain" */
    bool was_asked; /* false: too long for a DNS name, so there is no record */
    enum dmarc_finding finding;
    const struct sceau_dmarc_record *record; /* DMARC_RECORD only */
    struct dmarc_name *next;
};

/* The names of one message. */
struct dmarc_lookups {
    struct sceau_context *context;
    struct dmarc_name *names;
};

/* Ask for the record of one domain, or remember what it was. Never NULL. */
const struct dmarc_name *dmarc_ask(struct dmarc_lookups *lookups,
                                   struct sceau_slice domain);

/* Did this name leave the question open? Then it ends the walk, and the verdict is an
 * error (section 5.3.6). */
bool dmarc_is_open(const struct dmarc_name *name);

/* The names one walk looked at, longest first. */
struct dmarc_walk {
    const struct dmarc_name *names[SCEAU_DMARC_WALK_MAX];
    size_t count;
    bool is_open; /* the last name left the question open */
};

/* Walk from `start` (not empty) up to the single label, or to a record with psd=n or
 * psd=y. At most SCEAU_DMARC_WALK_MAX queries, whatever the name. */
void dmarc_walk_from(struct dmarc_lookups *lookups, struct sceau_slice start,
                     struct dmarc_walk *walk);

#endif
