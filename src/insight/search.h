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
};

/* Look through the sources of the last INSIGHT_SEARCH_DAYS days and the selectors of the last
 * INSIGHT_SELECTOR_DAYS, policy domain by policy domain in the order given, until `most` are
 * found. `network` is the query when it is an address or network; NULL: it is text, and any
 * part of a name, PTR or selector. No row of mail is read: what addresses are is enough. */
#define INSIGHT_SEARCH_DAYS   90
#define INSIGHT_SELECTOR_DAYS 30
bool insight_search(struct insight *in, const struct sceau_slice *domains, size_t count,
                    struct sceau_slice query, const struct ip_network *network,
                    size_t most, const struct insight_hit **hits, size_t *hit_count);

#endif
