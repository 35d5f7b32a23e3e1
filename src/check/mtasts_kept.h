/* The last look at an MTA-STS policy file, as a text to be kept:
 *
 *     TRIED SEEN
 *     FAILURE STATUS TYPE
 *     BODY
 *
 * What the file says is judged when it is read again, by the same rules as one just fetched. */
#ifndef CHECK_MTASTS_KEPT_H
#define CHECK_MTASTS_KEPT_H

#include "https.h"

struct mtasts_look {
    int64_t tried; /* seconds since the epoch; 0: never */
    int64_t
        seen; /* when `page` was the answer: earlier where nothing was learnt since */
    struct https_answer page;
};

#define MTASTS_LOOK_KEPT \
 ((int64_t)7 * 86400) /* seconds that an answer outlives such looks */

/* What is kept after `page` was the answer at `now`: one that tells nothing (DNS, our own
 * network) stands behind a last one of less than a week. */
struct mtasts_look mtasts_look_again(const struct mtasts_look *last,
                                     const struct https_answer *page, int64_t now);

/* {NULL, 0} when the arena is full. Bodies of answers other than 200 are left out: nobody
 * reads them. */
struct sceau_slice mtasts_look_format(struct sceau_arena *arena,
                                      const struct mtasts_look *look);

/* Borrows the text. False, and as if there was no look, when it is none. */
bool mtasts_look_parse(struct sceau_slice text, struct mtasts_look *look);

#endif
