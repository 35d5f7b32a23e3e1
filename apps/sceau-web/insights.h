/* Connections to the store, a few that are kept, and what is asked over them. */
#ifndef APP_INSIGHTS_H
#define APP_INSIGHTS_H

#include "insight/insight.h"
#include "outbox/queue.h"
#include "web.h"

/* One for this request. False when there is none: the answer is made, then. Give it back
 * after. */
bool insights_take(struct exchange *x, struct insight *in);
void insights_give(struct exchange *x, struct insight *in);

/* Before the first, and all of them closed, at the end. False without memory. */
bool insights_open(struct web *web);
void insights_close(struct web *web);

/* The size of the store, its number of reports, when the last came; for /metrics. False when
 * there is none. */
struct insights_figures {
    uint64_t reports, messages,
        intake[5]; /* by outcome, as report_write.h numbers them */
    uint64_t outbox[OUTBOX_DELIVERY_STATES]; /* deliveries of reports that we send */
    int64_t untold;                          /* outbox_failure_untold */
    int64_t last_received, last_run;
};
bool insights_figures(struct web *web, struct insights_figures *figures);

#endif
