/* A record as a new line of a zone file. */
#ifndef ZONE_LINE_H
#define ZONE_LINE_H

#include "dns/name.h"

/* Add owner (relative to `origin` where it lies in it), TTL, class, type and `data`, in the
 * columns of the tutorial. No line end. */
void zone_line(struct text *t, struct sceau_slice owner, struct sceau_slice origin,
               bool has_ttl, uint32_t ttl, uint16_t type, struct sceau_slice data);

/* Add the owner alone. */
void zone_line_owner(struct text *t, struct sceau_slice owner,
                     struct sceau_slice origin);

/* The three lines in front of a part. */
void zone_line_heading(struct text *t, const char *name);

#endif
