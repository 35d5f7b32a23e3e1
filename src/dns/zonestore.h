/* Names and RRsets of a zone text, indexed by one hash; and the answers they give, by the
 * table of tests/data/suites/HARNESS.md. Filled once, then only read. */
#ifndef DNS_ZONESTORE_H
#define DNS_ZONESTORE_H

#include "sceau/dns.h"

#include "core/hash.h"
#include "name.h"

struct zone_node;

struct zone_store {
    struct sceau_arena *arena; /* owns all of it */
    struct hash_key key;
    struct zone_node **slots; /* open addressing; a power of two */
    size_t slot_count;
    size_t node_count;
};

#define ZONE_TYPE_ANY 255 /* in $FAIL only: every type without records */

/* An empty store over an arena that it does not own. The key comes from the text itself:
 * whoever writes a zone cannot foresee which of its names collide. */
void zone_store_init(struct zone_store *store, struct sceau_arena *arena,
                     struct sceau_slice text);

/* Add one record. `rdata` NULL-pointed: the type exists here, its rdata was not read.
 * False when memory is exhausted. */
bool zone_store_add(struct zone_store *store, const struct dns_name *owner,
                    uint16_t type, uint32_t ttl, struct sceau_slice rdata);

/* Play trouble for that owner and type. False when memory is exhausted. */
bool zone_store_fail(struct zone_store *store, const struct dns_name *owner,
                     uint16_t type, enum sceau_dns_status outcome);

/* Answer a question. `name` is in lower case. */
void zone_store_answer(const struct zone_store *store, const struct dns_name *name,
                       uint16_t type, struct sceau_arena *arena,
                       struct sceau_dns_answer *answer);

#endif
