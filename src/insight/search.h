/* What a person types into the search: sources by name or address, selectors. */
#ifndef INSIGHT_SEARCH_H
#define INSIGHT_SEARCH_H

#include "core/ip.h"
#include "insight.h"

struct insight_hit {
    struct sceau_slice domain;
    bool is_selector;
    struct sceau_slice name; /* of the source; or the selector */
    struct sceau_slice key;  /* of the source */
    struct sceau_ip ip;      /* of the source; the one that was found first */
    size_t number;           /* in the order of what was found */
};

/* Is it an address or a network, or how one begins ("192.0.2", "2001:db8:")? */
bool insight_search_network(struct sceau_slice query, struct ip_network *network);

/* Look through the sources and the selectors of the last INSIGHT_SEARCH_DAYS days until `most`
 * are found; they come domain by domain. `domains` are policy domains, in the order of their
 * octets. `network` is the query when it is one: each address within is a hit. NULL: it is
 * text, and any part of a name, PTR or selector; sources that have no name but their network's
 * are not found so. No row of mail is read: what addresses are is enough. */
#define INSIGHT_SEARCH_DAYS 90
bool insight_search(struct insight *in, const struct sceau_slice *domains, size_t count,
                    struct sceau_slice query, const struct ip_network *network,
                    size_t most, const struct insight_hit **hits, size_t *hit_count);

#endif
