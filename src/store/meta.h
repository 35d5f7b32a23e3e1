/* Single values that the store keeps under a name: its version, secrets, when something was last
 * looked at. A name begins with whose it is ("outbox.secret", "check/example.net"). */
#ifndef STORE_META_H
#define STORE_META_H

#include "core/text.h"
#include "database.h"

/* 1: its value is behind what `value` held; 0: there is none; -1: the database failed. */
int meta_read(struct database *db, struct sceau_slice name, struct text *value);

/* The same of a number from 0 on; what is none counts as absent, and *number stays as it was. */
int meta_number(struct database *db, struct sceau_slice name, int64_t *number);

/* In place of what was there; in a transaction of the caller, as all below. False when the
 * database failed. */
bool meta_write(struct database *db, struct sceau_slice name, struct sceau_slice value);
bool meta_write_number(struct database *db, struct sceau_slice name, int64_t number);

/* Unless there is one: of two processes that make a secret, one is believed. */
bool meta_keep(struct database *db, struct sceau_slice name, struct sceau_slice value);

bool meta_remove(struct database *db, struct sceau_slice name);

#endif
