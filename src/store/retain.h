/* How long things are kept (FEATURES.md O11). */
#ifndef STORE_RETAIN_H
#define STORE_RETAIN_H

#include "database.h"

struct retain_times {
    int64_t rows;     /* seconds: rows of reports, repairs, the files they came in */
    int64_t totals;   /* sums of days, reports themselves, the intake log */
    int64_t failures; /* failure reports */
    int64_t segments; /* names of journal segments: longer than their files */
};

/* Remove what is older, a few thousand rows or a hundred names a transaction, so that nobody
 * waits for long. *removed are rows. Between two deletions is_stopping (NULL: never) is asked:
 * once it says so it goes on saying so, and the next call removes the rest. False on an error
 * of the database; what was removed stays so. */
bool retain(struct database *db, const struct retain_times *times, int64_t now,
            int64_t *removed, bool (*is_stopping)(void *self), void *self);

#endif
