/* Which names of a zone matter to mail, and what the zone itself is called. */
#ifndef ZONE_NAMES_H
#define ZONE_NAMES_H

#include "index.h"

/* The zone's name as people name its file: "zw3b.net.hosts", "db.example.org",
 * "example.org.zone". False when the file's name tells none. */
bool zone_origin_guess(struct sceau_slice path, struct dns_name *origin);

/* The owner of the first SOA record, in wire form; {NULL, 0} when there is none. */
struct sceau_slice zone_origin_of(const struct zone_document *document);

/* A selector whose key record stands in the zone. */
struct zone_selector {
    struct sceau_slice selector, domain; /* lower case, no final dot */
};

struct zone_names {
    const struct sceau_slice
        *items; /* lower case, no final dot; a name before those below
                                      * it */
    size_t count;
    const struct zone_selector *selectors;
    size_t selector_count;
};

/* The names of one part that send or receive mail: its top, and every name with an MX, an
 * SPF or DMARC record or a DKIM key; of a script those too that it deletes something of. Not those below a delegation, wildcards, names
 * that are no host names, and those that a missing final dot makes (ZONE_FAULT_DOT). SCEAU_E_LIMIT when the arena is full. O(n log n). */
enum sceau_status zone_names_find(struct sceau_arena *arena,
                                  const struct zone_index *index, size_t part,
                                  struct zone_names *out);

#endif
