/* A dynamic update and its reply as octets: RFC 2136 sections 2 and 3. Pure. */
#ifndef ZONE_UPDATE_H
#define ZONE_UPDATE_H

#include "core/text.h"

#define ZONE_UPDATE_MAX    65535 /* octets of a message over TCP */
#define ZONE_UPDATE_HEADER 12

enum zone_update_rcode {
    ZONE_UPDATE_NOERROR = 0,
    ZONE_UPDATE_FORMERR = 1,
    ZONE_UPDATE_SERVFAIL = 2,
    ZONE_UPDATE_NXDOMAIN = 3, /* a name that had to be in use is not */
    ZONE_UPDATE_NOTIMP = 4,
    ZONE_UPDATE_REFUSED = 5,
    ZONE_UPDATE_YXDOMAIN = 6, /* a name that had to be free is not */
    ZONE_UPDATE_YXRRSET = 7,  /* a set that had to be absent is not */
    ZONE_UPDATE_NXRRSET = 8,  /* a set is not what it had to be */
    ZONE_UPDATE_NOTAUTH = 9,  /* not this server's zone; or TSIG */
    ZONE_UPDATE_NOTZONE = 10, /* a name outside of the zone */
};

/* A message under construction: conditions first, then changes. */
struct zone_update {
    struct text octets;
    unsigned conditions, changes;
    bool is_overflown; /* more than 65535 of them */
};

/* For the zone (wire form). */
void zone_update_begin(struct zone_update *u, struct sceau_arena *arena, uint16_t id,
                       struct sceau_slice zone);

/* The set has to hold exactly the records that are named so (section 2.4.2). */
void zone_update_require(struct zone_update *u, struct sceau_slice owner, uint16_t type,
                         struct sceau_slice rdata);

/* There has to be no such set (section 2.4.3). */
void zone_update_require_absent(struct zone_update *u, struct sceau_slice owner,
                                uint16_t type);

/* Add a record; take one away (sections 2.5.1 and 2.5.4). */
void zone_update_add(struct zone_update *u, struct sceau_slice owner, uint16_t type,
                     uint32_t ttl, struct sceau_slice rdata);
void zone_update_delete(struct zone_update *u, struct sceau_slice owner, uint16_t type,
                        struct sceau_slice rdata);

/* The message, its counts set. {NULL, 0} when the arena is full or it is larger than
 * ZONE_UPDATE_MAX. */
struct sceau_slice zone_update_done(struct zone_update *u);

/* Is it a reply to an update with this id? Sets its code. */
bool zone_update_reply(struct sceau_slice message, uint16_t id, unsigned *rcode);

/* "NXRRSET"; "RCODE 23" in `out`. */
const char *zone_update_rcode_name(unsigned rcode, char out[16]);

#endif
