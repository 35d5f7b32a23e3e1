/* Scripts of nsupdate (BIND 9) as a part of a zone: the records that they add, and nothing
 * about what they leave as it is. */
#ifndef ZONE_NSUPDATE_H
#define ZONE_NSUPDATE_H

#include "document.h"

/* Is every line a command of nsupdate, and one of them an update or a prereq? No master
 * file is such: its SOA would have to stand at a name that is a command. O(n). */
bool zone_nsupdate_is(struct sceau_slice text);

/* Read a script whatever zone_nsupdate_is says; zone_document_read does so when it agrees.
 * document->zone is the name behind the first `zone`, {NULL, 0} without one. */
enum sceau_status zone_nsupdate_read(struct sceau_arena *arena, struct sceau_slice name,
                                     struct sceau_slice text,
                                     struct zone_document *document);

#endif
