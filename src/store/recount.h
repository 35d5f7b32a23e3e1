/* A reporter that is ignored, or counts again: its reports leave the roll-ups, or come back,
 * from the rows that are kept of each (src/store/retain.h: as far back as rows are). Its own
 * line of reporters stays, so that whoever ignored it sees what it says. */
#ifndef STORE_RECOUNT_H
#define STORE_RECOUNT_H

#include "database.h"

/* Say it of a reporter (org_name), in a transaction of its own. False: the store. */
bool reporter_ignore(struct database *db, struct sceau_slice name, bool is_ignored,
                     struct sceau_slice note);

/* Bring the roll-ups to what table `reporter` says of this reporter. A transaction for some
 * reports each: killed in between, the next call goes on. `reports` may be NULL. False: the
 * store or memory. */
bool reporter_recount(struct database *db, struct sceau_slice name, uint64_t *reports);

#endif
