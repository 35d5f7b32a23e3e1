/* The name servers of the zone that a name is in, found through a resolver, and each asked
 * by itself: for whoever has to know what every one of them serves. */
#ifndef DNS_AUTHORITY_H
#define DNS_AUTHORITY_H

#include "dns/direct.h"

#define DNS_AUTHORITY_SERVERS_MAX 16 /* addresses */

struct dns_server {
    struct sceau_slice name;
    struct sceau_ip ip;
};

struct dns_authority {
    struct sceau_slice apex; /* of the zone; empty: no name upwards has NS */
    struct sceau_dns_answer
        ns; /* its NS records; else what DNS said of the last name */
    struct dns_server servers[DNS_AUTHORITY_SERVERS_MAX]; /* an entry an address */
    size_t count;
    bool is_whole; /* no address is left out, for trouble or for the limit */
};

/* Find them: the nearest name upwards, the name itself first, that has NS. False when DNS
 * could not tell, or no name has any. */
bool dns_authority_find(struct sceau_context *context, struct sceau_slice name,
                        struct dns_authority *authority);

/* Ask one, over UDP and, when the reply was cut, over TCP. `port` 0: 53. */
void dns_server_ask(struct sceau_arena *arena, const struct dns_server *server,
                    uint16_t port, struct sceau_slice name, uint16_t type,
                    struct dns_direct_reply *reply);

/* Has this host a way to that address? False for IPv6 where there is none. */
bool dns_server_has_route(const struct dns_server *server);

/* Do both say the same, whatever the order and the TTLs? */
bool dns_answers_equal(const struct sceau_dns_answer *a,
                       const struct sceau_dns_answer *b);

#endif
