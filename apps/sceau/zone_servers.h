/* The servers of a zone, each asked by itself until it has a serial. */
#ifndef APP_ZONE_SERVERS_H
#define APP_ZONE_SERVERS_H

#include "environment.h"

#define ZONE_SERVERS_MAX 32 /* addresses */

struct zone_server {
    struct sceau_slice name;
    struct sceau_ip ip;
    bool has_reply;
    bool is_there; /* it has the serial, or a later one */
    uint32_t serial;
    const char *problem; /* of the last question; NULL: none */
};

struct zone_servers {
    struct zone_server items[ZONE_SERVERS_MAX];
    size_t count;
};

/* Those that the zone's NS records name, through the common resolver. False with a message
 * when there is none. */
bool zone_servers_find(struct environment *env, struct sceau_slice zone,
                       struct zone_servers *servers);

/* The serial that one server has. False: `problem` says why not. */
bool zone_servers_serial(struct environment *env, struct sceau_slice zone,
                         const struct sceau_ip *ip, uint16_t port, uint32_t *serial,
                         const char **problem);

/* Ask until all of them have the serial or a later one (RFC 1982), at most `seconds`; tells
 * each that has it, and at the end each that has not. A name of which one address has it is
 * served, whatever is silent. Gives CLI_EXIT_OK or CLI_EXIT_WARNING. */
int zone_servers_wait(struct environment *env, struct sceau_slice zone, uint32_t serial,
                      uint64_t seconds);

#endif
