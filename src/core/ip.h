/* IP networks: "192.0.2.0/24", "2001:db8::/32", or one address. */
#ifndef CORE_IP_H
#define CORE_IP_H

#include "slice.h"

struct ip_network {
    struct sceau_ip address;
    unsigned prefix; /* bits */
};

/* Are the first `prefix` bits equal? Different versions never are, and no address is in a
 * network whose prefix is longer than its address. */
bool ip_in_network(const struct sceau_ip *ip, const struct sceau_ip *network,
                   unsigned prefix);

/* Parse an address with or without "/prefix"; host bits are allowed. A network inside
 * ::ffff:0:0/96 becomes its IPv4 form. */
bool ip_network_parse(struct sceau_slice text, struct ip_network *network);

/* Parse one version only, without the mapping to IPv4: what a record says. */
bool ip4_parse(struct sceau_slice text, struct sceau_ip *ip);
bool ip6_parse(struct sceau_slice text, struct sceau_ip *ip);

/* The name to ask for a PTR record: in-addr.arpa or ip6.arpa. */
struct sceau_slice ip_reverse_name(struct sceau_arena *arena,
                                   const struct sceau_ip *ip);

/* An address as it lies in a store, a pack or the journal: 4 octets, 16, none of version 0.
 * Borrows. */
static inline struct sceau_slice
ip_octets(const struct sceau_ip *ip)
{
    size_t len = ip->version == 4 ? 4 : ip->version == 6 ? 16 : 0;
    return (struct sceau_slice){(const char *)ip->octets, len};
}

/* And back; of any other number of octets, version 0. */
static inline struct sceau_ip
ip_of_octets(struct sceau_slice octets)
{
    struct sceau_ip ip = {.version = octets.len == 4 ? 4 : octets.len == 16 ? 6 : 0};
    if (ip.version != 0)
        memcpy(ip.octets, octets.ptr, octets.len);
    return ip;
}

bool ip_equal(const struct sceau_ip *a, const struct sceau_ip *b);

#endif
