/* Reports that were finished long ago: they, their deliveries and their files go. Of aggregate
 * reports; failure.h has its own. */
#ifndef OUTBOX_FORGET_H
#define OUTBOX_FORGET_H

#include "store/database.h"

/* Those that were finished before `before`. False when the database failed: what was forgotten
 * until then stays so. */
bool outbox_forget(struct database *db, const char *folder, int64_t before);

#endif
