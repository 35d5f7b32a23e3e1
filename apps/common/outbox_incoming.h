/* Mail that comes back to the return path of our reports: the self-test's, and bounces. Every
 * way into the intake comes by here first. */
#ifndef APP_OUTBOX_INCOMING_H
#define APP_OUTBOX_INCOMING_H

#include "environment.h"
#include "outbox/bounced.h"

enum outbox_incoming {
    INCOMING_OTHER, /* no token of ours, or nothing that is understood */
    INCOMING_TEST,  /* the self-test's mail */
    INCOMING_BOUNCE,
};

struct outbox_mail_back {
    enum outbox_incoming what;
    uint64_t number; /* in the token */
    struct outbox_bounce bounce;
};

/* What is this mail? Reads the file from its start, and does not move its position; texts are in
 * the arena. False when the database fails; so below. */
bool outbox_incoming_look(struct database *db, struct sceau_arena *arena, int fd,
                          struct outbox_mail_back *mail);

enum outbox_taken {
    OUTBOX_TAKEN_NOTHING, /* known before, or a delay */
    OUTBOX_TAKEN_PASSED,  /* the self-test's mail, as it should be */
    OUTBOX_TAKEN_FAILED,  /* the self-test's mail; struct selftest says what is wrong */
    OUTBOX_TAKEN_REFUSED, /* a destination is left alone */
    OUTBOX_TAKEN_EXPIRED, /* a delivery is given up */
    OUTBOX_TAKEN_LATER,   /* DNS cannot tell now; nothing has changed */
};

/* "passed", "refused"...: for logs and JSON. */
const char *outbox_taken_word(enum outbox_taken taken);

/* Do what it asks for; in a transaction of the caller. `may_wait`: the mail can be looked at again later. */
bool outbox_incoming_take(struct environment *env, struct database *db,
                          struct sceau_arena *arena, int fd, int64_t now, bool may_wait,
                          const struct outbox_mail_back *mail,
                          enum outbox_taken *taken);

#endif
