/* Sorted runs of sums in a file without a name, merged when they are read back: so that a
 * tally that is larger than its memory still hands over each key once, in order. */
#ifndef STORE_RUNS_H
#define STORE_RUNS_H

#include "tally.h"

#define RUNS_MAX 48

struct run {
    uint64_t from, end; /* octets of the file */
    bool is_merged;     /* made of others */
};

struct runs {
    int fd; /* -1: there is no file */
    uint64_t written;
    size_t count;
    struct run items[RUNS_MAX];
};

void runs_init(struct runs *runs);

/* Drop all runs; their file is gone. */
void runs_clear(struct runs *runs);

/* Write all entries of a tally as one run, in the order they lie. False, and errno.
 *
 * room  RUNS_ROOM octets for as long as this takes */
bool runs_add(struct runs *runs, const struct tally *tally, char *room);

/* All keys of all runs, in order, each once, to the tally's `take`. False when a take failed;
 * or the file did, and *why is an errno then. */
bool runs_take(struct runs *runs, const struct tally *tally, char *room, int *why);

/* Octets that these need: a window on each run, and one to write. */
#define RUNS_WINDOW ((size_t)8 * 1024)
#define RUNS_ROOM   ((RUNS_MAX + 1) * RUNS_WINDOW)

#endif
