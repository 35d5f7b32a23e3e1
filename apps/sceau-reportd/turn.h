/* A turn of a step that may have long to do: some seconds, then the others have theirs. A mail
 * server that takes its time, DNS that does not answer or a store far away may not keep the
 * journal from being folded. */
#ifndef APP_REPORTD_TURN_H
#define APP_REPORTD_TURN_H

#include "reportd.h"

struct turn {
    struct reportd *r;
    int64_t end;  /* in seconds of the monotonic clock; 0: none */
    bool is_over; /* the step is to be run again soon */
};

/* With --once it has no end. */
struct turn turn_begin(struct reportd *r);

/* Has it to end, or the daemon? `self` is the turn; for what asks between two things. */
bool turn_stops(void *self);

#endif
