/* Who was told what (table `alert`), for each way out by itself.
 *
 * A digest is claimed on the disk, then sent, then recorded. Killed in between it counts
 * as sent: at most once a day. What was new in it is not recorded then, so the next one
 * has it. An alert is claimed, sent and recorded as well; killed in between it is sent
 * again, with the same Message-ID: at least once, for what is urgent must not be lost. Where hosts
 * share the store another one may be at it: it is sent again after STATE_OTHERS.
 * What is known not to have been taken is sent again later, in both cases. */
#ifndef ALERT_STATE_H
#define ALERT_STATE_H

#include "letter.h"
#include "store/database.h"

#define STATE_RETRY_SECONDS 900 /* after the first failure; doubled each time */
#define STATE_RETRY_MAX     (INT64_C(6) * 3600)
#define STATE_OTHERS \
 960 /* seconds that a claim is another host's, at work: ways take up to ten minutes, \
        clocks of hosts differ by up to five */

/* Is it to be told on this way: never told, worse than then, or gone and back? False in
 * *is_fine when the store fails. */
bool state_is_due(struct database *db, const char *way, const struct letter_item *item,
                  bool *is_fine);

enum state_claim {
    STATE_MINE,    /* claimed: send it, then state_end */
    STATE_NOT_NOW, /* sent, or its next try is later */
    STATE_BROKEN,  /* the store fails */
};

/* `name`: "digest:2026-11-29", "now". */
enum state_claim state_claim(
    struct database *db, const char *way, const char *name,
    bool is_again, /* a claim that was left behind is ours; where
                                               hosts share the store, after STATE_OTHERS */
    int64_t now);

enum state_outcome {
    STATE_SENT,
    STATE_FAILED,  /* not taken: again later */
    STATE_NOTHING, /* there was nothing to tell */
};

/* Record it, and with STATE_SENT that these items were told, in one transaction. */
bool state_end(struct database *db, const char *way, const char *name,
               enum state_outcome outcome, struct sceau_slice problem,
               const struct letter_item *items, size_t count, int64_t now);

/* Forget what was told of findings that are gone, and old digests. */
bool state_tidy(struct database *db, int64_t now);

#endif
