/* The configuration in force. A connection takes it at its start and keeps it to its end,
 * so a reload drops nothing and never changes under a message. */
#ifndef APP_SETUP_H
#define APP_SETUP_H

#include "environment.h"

#include <pthread.h>

/* Where questions go. A reload that says nothing new of DNS goes on with the one there is, so
 * that the cache stays warm. */
struct setup_dns {
    struct sceau_resolver *resolver;
    struct dns_network *network; /* owned; NULL with a zone file */
    unsigned users;              /* setups; guarded by the holder's lock */
};

struct setup {
    struct environment env; /* of the first one: with keys and zone file */
    struct setup_dns *dns;
    struct sceau_verify_options verify;
    unsigned users; /* guarded by the holder's lock */
};

/* Who has the setup in force, and the first one for as long as it lives. */
struct setup_holder {
    pthread_mutex_t lock;
    struct setup *first;
    struct setup *current;
    struct sceau_slice host;
};

/* Read the configuration for the first time. 0, or an exit status with the message on
 * standard error. Call setup_connect next, setup_close in either case. */
int setup_open(struct setup_holder *holder, const struct cli_call *call);

/* The resolver: starts threads. */
int setup_connect(struct setup_holder *holder);

/* Read it again. False when the file is bad, or what it says of DNS cannot be done: standard
 * error says why, and the old one stays in force. */
bool setup_reload(struct setup_holder *holder, const struct cli_call *call);

/* The one in force; give it back. */
struct setup *setup_take(struct setup_holder *holder);
void setup_give(struct setup_holder *holder, struct setup *setup);

/* No connection holds one any more. */
void setup_close(struct setup_holder *holder);

#endif
