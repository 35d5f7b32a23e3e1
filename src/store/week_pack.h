/* Weeks of the table week_ip as octets (week_rows.h), so that a page does not read them row by
 * row. The table holds what is true; week_pack repeats weeks of it that nobody has written to
 * since. Who adds to a week or takes from it says so in the same transaction.
 *
 * Why a pack is never behind its rows, with whatever isolation: who writes holds the row of
 * week_changed until he commits, and removes the pack behind that. Who packs takes that row away
 * first: he waits for who writes, or fails, and who comes later waits for him and then removes
 * the pack. */
#ifndef STORE_WEEK_PACK_H
#define STORE_WEEK_PACK_H

#include "database.h"
#include "week_page.h"

#define WEEK_PIECE  ((size_t)64 * 1024) /* octets of one piece at most */
#define WEEK_SETTLE 900 /* seconds from a change until the week is packed again */
#define WEEK_FEW    16  /* rows that are as soon read as a pack */

/* Within a transaction that has changed rows of that week: `now` in seconds. False on an error
 * of the database. */
bool week_changed(struct database *db, struct sceau_slice policy_domain, int64_t week,
                  int64_t now);

/* Pack what has changed and come to rest, a week a transaction. Between two of them
 * is_stopping is asked (NULL: never). *packed are weeks. False on an error of the database; what
 * was packed stays so. Costs a microsecond or two a row; memory: a piece. */
bool week_pack(struct database *db, int64_t now, uint64_t *packed,
               bool (*is_stopping)(void *self), void *self);

#endif
