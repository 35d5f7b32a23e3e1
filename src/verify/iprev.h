/* Does the client's address have a name that points back to it? (RFC 8601 section 3) */
#ifndef VERIFY_IPREV_H
#define VERIFY_IPREV_H

#include "sceau/verify.h"

#define IPREV_NAMES_MAX \
 10 /* PTR names evaluated; RFC 8601 section 3 suggests SPF's 10 */

/* Start the PTR question. */
void iprev_prefetch(struct sceau_context *context, const struct sceau_ip *ip);

/* Await its answer and start the questions for the addresses of its names. */
void iprev_look_ahead(struct sceau_context *context, const struct sceau_ip *ip);

/* Ask for the names of `ip` and for the addresses of each, until one is `ip`.
 *
 * name  the confirmed name on pass; on fail and temperror the first one claimed; else
 *       empty
 *
 * At most 1 + IPREV_NAMES_MAX questions. */
enum sceau_iprev_result iprev_check(struct sceau_context *context,
                                    const struct sceau_ip *ip,
                                    struct sceau_slice *name);

#endif
