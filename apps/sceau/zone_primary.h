/* The primary server of a zone: asked, and sent updates. */
#ifndef APP_ZONE_PRIMARY_H
#define APP_ZONE_PRIMARY_H

#include "environment.h"
#include "zone/tsig.h"

struct zone_primary {
    struct sceau_slice zone; /* A-labels */
    struct sceau_ip ip;
    uint16_t port;
    char where[SCEAU_IP_TEXT + 8]; /* "192.0.2.1@53" */
    uint32_t ttl;                  /* of the zone's SOA */
    bool has_key;
    struct zone_tsig_key key;
};

/* As [domain] names it, else the SOA; and its key. 0, or an exit status with the message
 * told. Close it in either case. */
int zone_primary_find(struct environment *env, const struct config_domain *domain,
                      struct sceau_slice zone, struct zone_primary *primary);
void zone_primary_close(struct zone_primary *primary);

/* The serial that it has. As above. */
int zone_primary_serial(struct environment *env, struct zone_primary *primary,
                        uint32_t *serial);

/* A set that it has; none is an answer. As above. */
int zone_primary_ask(struct environment *env, const struct zone_primary *primary,
                     struct sceau_slice owner, uint16_t type,
                     struct sceau_dns_answer *answer);

/* Sign and send an update, and verify the reply. As above. */
int zone_primary_send(struct environment *env, const struct zone_primary *primary,
                      struct sceau_slice update);

#endif
