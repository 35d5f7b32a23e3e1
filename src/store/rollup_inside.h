/* What rollup.c (records into sums) and rollup_write.c (sums into the database) have in common.
 * Nobody else includes this. */
#ifndef STORE_ROLLUP_INSIDE_H
#define STORE_ROLLUP_INSIDE_H

#include "rollup.h"

/* Takes one sum of each kind to its table, once rollup_flush has them in order. */
extern bool (*const rollup_takes[ROLLUP_SUMS])(void *self, struct sceau_slice key,
                                               const int64_t values[TALLY_VALUES]);

/* Those that still wait for others of their statement. */
bool rollup_write_rows(struct rollup *rollup);

/* ---- values that are no sums ---- */

/* The reports that had an address: their number. */
#define ROLLUP_COUNT_BITS 23

static inline int64_t
rollup_reports(int64_t had)
{
    return had & ((INT64_C(1) << ROLLUP_COUNT_BITS) - 1);
}

/* The days an address was seen. */
static inline int64_t
rollup_first_day(int64_t days)
{
    return days >> 32;
}

static inline int64_t
rollup_last_day(int64_t days)
{
    return days & UINT32_MAX;
}

#endif
