/* The last look at an MTA-STS policy file, as a text to be kept:
 *
 *     TRIED SEEN
 *     FAILURE STATUS TYPE
 *     BODY
 *
 * and, where a policy that could be read was there before and senders may keep it,
 *
 *     TRIED SEEN GONE LENGTH
 *     FAILURE STATUS TYPE
 *     POLICY of so many octets, then BODY
 *
 * What the file says is judged when it is read again, by the same rules as one just fetched. */
#ifndef CHECK_MTASTS_KEPT_H
#define CHECK_MTASTS_KEPT_H

#include "https.h"
#include "mtasts.h"

/* A policy in force that was there: RFC 8461 section 3.3. */
struct mtasts_left {
    struct sceau_slice text; /* empty: none */
    int64_t gone;            /* the first look that did not find it */
};

struct mtasts_look {
    int64_t tried; /* seconds since the epoch; 0: never */
    int64_t
        seen; /* when `page` was the answer: earlier where nothing was learnt since */
    struct https_answer page;
    struct mtasts_left left; /* where the page is no policy */
};

#define MTASTS_LOOK_KEPT \
 ((int64_t)7 * 86400) /* seconds that an answer outlives such looks */

/* What is kept after `page` was the answer at `now`: one that tells nothing (DNS, our own
 * network, a host that is not reached) stands behind a last one of less than a week. Borrows
 * both; the arena is for reading policies. */
struct mtasts_look mtasts_look_again(struct sceau_arena *arena,
                                     const struct mtasts_look *last,
                                     const struct https_answer *page, int64_t now);

/* Until when may a sender keep it (seconds since the epoch)? Then it is in *policy, which the
 * arena owns; 0: it is none. One who asked last before it was gone keeps it for its max_age. */
int64_t mtasts_left_until(struct sceau_arena *arena, const struct mtasts_left *left,
                          struct mtasts_policy *policy);

/* {NULL, 0} when the arena is full. Bodies of answers other than 200 are left out: nobody
 * reads them. An octet that no store takes as text is a "?": a policy reads as before, with
 * as many octets. */
struct sceau_slice mtasts_look_format(struct sceau_arena *arena,
                                      const struct mtasts_look *look);

/* Borrows the text. False, and as if there was no look, when it is none. */
bool mtasts_look_parse(struct sceau_slice text, struct mtasts_look *look);

#endif
