/* How much of a journal waits to be folded, seen from its folder alone: for the milter, which
 * has no store, and for reportd while its store is away.
 *
 * Whoever folds leaves a mark in the folder, a file whose time says up to when all that was
 * written is folded. It is a hint for figures, limits and alarms: what is folded is decided
 * by the store. Where nobody folds there is no mark, all of it waits, and no limit holds. */
#ifndef STORE_JOURNAL_WAITING_H
#define STORE_JOURNAL_WAITING_H

#include "core/slice.h"

#include <time.h>

struct journal_waiting {
    uint64_t octets, segments;
    uint64_t
        files; /* in the folder: segments are kept for long after they were folded */
    struct timespec
        oldest;    /* when the oldest of them was last written to; 0: none waits */
    bool has_mark; /* somebody folds, or did */
};

/* Look. False, and errno, when the folder cannot be read. */
bool journal_waiting(const char *folder, struct journal_waiting *waiting);

/* Seconds until the next look: what it costs grows with the files (a microsecond each), what hangs
 * on it is the more the nearer `octets`, those that wait by now, are to the limit (0: none). */
unsigned journal_waiting_pause(const struct journal_waiting *waiting, uint64_t octets,
                               uint64_t limit);

/* Seconds that the oldest has waited; 0: none waits. */
uint64_t journal_waiting_age(const struct journal_waiting *waiting, int64_t now);

/* All that was last written to before `until` is folded. `folder` is open. False, and errno, when
 * no mark could be set; one that is another user's is made anew. */
bool journal_mark_folded(int folder, const struct timespec *until);

/* The same where there is a mark, of before `until`. */
bool journal_move_mark(int folder, const struct timespec *until);

bool journal_is_before(const struct timespec *a, const struct timespec *b);

#endif
