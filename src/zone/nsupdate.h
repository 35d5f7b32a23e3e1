/* Scripts of nsupdate (BIND 9) as a part of a zone: the records that they add,
 * what they delete, and nothing about what they leave as it is. */
#ifndef ZONE_NSUPDATE_H
#define ZONE_NSUPDATE_H

#include "document.h"

/* Is every line a command of nsupdate, and one of them an update or a prereq? No master
 * file is such: its SOA would have to stand at a name that is a command. O(n). */
bool zone_nsupdate_is(struct sceau_slice text);

/* Read a script whatever zone_nsupdate_is says; zone_document_read does so when it agrees.
 * document->zones are the names behind `zone`, document->deletions what is taken away. */
enum sceau_status zone_nsupdate_read(struct sceau_arena *arena, struct sceau_slice name,
                                     struct sceau_slice text,
                                     struct zone_document *document);

#endif
