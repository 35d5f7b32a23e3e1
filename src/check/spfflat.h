/* An SPF record without what can be written as addresses: fewer lookups, and a copy that
 * grows stale. So it comes with the comparison that tells when it did. */
#ifndef CHECK_SPFFLAT_H
#define CHECK_SPFFLAT_H

#include "core/ip.h"
#include "spftree.h"

#define SPFFLAT_NETWORKS_MAX 4096
#define SPFFLAT_RECORD_MAX   450 /* octets of one record: its answer travels by UDP */

/* One part of the flat record, in the order of the original. */
struct spfflat_part {
    const struct spftree_term *kept; /* NULL: the network */
    struct ip_network network;
    bool is_covered; /* another network holds it: in no record */
};

/* A record and the name where it is to be published. */
struct spfflat_record {
    struct sceau_slice name;
    struct sceau_slice text;
};

struct spfflat {
    const struct spfflat_part *parts;
    size_t count;
    size_t network_count; /* of them, without those covered */
    unsigned cost;        /* lookup terms that remain */
    uint32_t ttl; /* the shortest of the records that were copied; 0: none was */
    const struct spfflat_record *records; /* the first one is the domain's own */
    size_t record_count;
};

/* Flatten a tree. A term that cannot be written as addresses stays: exists, ptr, macros,
 * what excludes, what DNS could not tell, what is broken.
 *
 * Networks inside another one of the record are left out. When the record would be longer
 * than SPFFLAT_RECORD_MAX its networks go to _spf1.DOMAIN, _spf2.DOMAIN …, included at
 * the price of a lookup each; unless a term with another qualifier than "+" stands before
 * a network, for then the order matters and all stays in one record.
 *
 * The root of `tree` is SPFTREE_OK. SCEAU_E_LIMIT: the arena is full, or there are more
 * than SPFFLAT_NETWORKS_MAX networks. */
enum sceau_status spfflat_make(struct sceau_arena *arena, const struct spftree *tree,
                               struct spfflat *flat);

/* The networks that pass one tree and not the other. Both come from spfflat_make.
 *
 * only_left, only_right  arrays in the arena */
enum sceau_status spfflat_compare(struct sceau_arena *arena, const struct spfflat *left,
                                  const struct spfflat *right,
                                  const struct ip_network **only_left,
                                  size_t *only_left_count,
                                  const struct ip_network **only_right,
                                  size_t *only_right_count);

/* "ip4:192.0.2.0/24", "ip6:2001:db8::1". */
struct sceau_slice spfflat_network_text(struct sceau_arena *arena,
                                        const struct ip_network *network);

#endif
