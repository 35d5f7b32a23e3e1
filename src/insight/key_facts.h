/* What everybody may know of the keys of this installation, in the store: their state and
 * its times, so that pages and findings need no way into the key store. Table meta,
 * "key/DOMAIN/SELECTOR" = "STATE TYPE SEEN CREATED PUBLISHED ACTIVE RETIRING REVOKED". */
#ifndef INSIGHT_KEY_FACTS_H
#define INSIGHT_KEY_FACTS_H

#include "analysis/analysis.h"
#include "keys/store.h"
#include "scope.h"

/* Note the keys of a place (keys_public_place) as seen at in->now; those of no place for
 * a week are forgotten. A state that cannot be read is told in `problem` and left out.
 * False when the store fails or the arena is full. */
bool key_facts_note(struct insight *in, const struct keys_place *place,
                    struct problem *problem);

/* What was noted, appended to `keys` (struct analysis_own_key). */
bool key_facts_read(struct sceau_arena *arena, struct database *db,
                    struct growing *keys);

#endif
