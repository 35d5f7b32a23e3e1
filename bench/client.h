/* One message through one filter, as Postfix hands it over: a connection for each, the
 * commands that the negotiation left, its default macros; replies read where one comes. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "mail.h"

#include <stdatomic.h>

struct client_options {
    const char *where; /* "unix:PATH", or "inet:PORT" on 127.0.0.1 */
    /* Slow: this many milliseconds before each hundred octets of a body, until *is_over. */
    unsigned pause_ms;
    const atomic_bool *is_over;
    /* Gone: the connection is cut after so many octets; 0: it is not. */
    size_t cut_after;
};

enum client_end {
    CLIENT_DONE,
    CLIENT_CUT,     /* cut_after, or it was over */
    CLIENT_NO_DIAL, /* nobody listens */
    CLIENT_BROKEN,  /* closed by the filter, or no milter's reply */
};

struct client_result {
    struct mta_outcome outcome; /* in the arena; DONE */
    double seconds;             /* from dialling to the last reply */
    double end_seconds;         /* of which after the end of the message */
};

/* Seconds of a clock that never goes back. */
double client_now(void);

enum client_end client_deliver(struct sceau_arena *arena,
                               const struct client_options *options,
                               const struct mail *mail, const char *queue_id,
                               struct client_result *result);

#endif
