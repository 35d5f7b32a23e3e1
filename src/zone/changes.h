/* What a script of nsupdate takes away, asked by name: RFC 2136 section 3.4.2. */
#ifndef ZONE_CHANGES_H
#define ZONE_CHANGES_H

#include "index.h"

/* The deletions of all parts by name; those of one name in the order of the scripts.
 * SCEAU_E_LIMIT when the arena is full. O(n log n). */
enum sceau_status zone_changes_make(struct sceau_arena *arena,
                                    const struct zone_index *index,
                                    struct zone_changes *changes);

/* Does the script delete the whole set, so that what it adds is all that is left? O(log n),
 * and the deletions of that name. */
bool zone_changes_empty_set(const struct zone_index *index, struct sceau_slice name,
                            uint16_t type);

/* Does it delete anything of that name and type? */
bool zone_changes_has(const struct zone_index *index, struct sceau_slice name,
                      uint16_t type);

/* Does it delete this record of the zone in service? */
bool zone_changes_delete(const struct zone_index *index, struct sceau_slice name,
                         uint16_t type, struct sceau_slice rdata);

/* Does it delete a record of its own again, further down? */
bool zone_changes_take_back(const struct zone_index *index,
                            const struct zone_document *document,
                            const struct zone_record *record);

#endif
