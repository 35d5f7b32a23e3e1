/* The whole way of reports that we send: planned, built, delivered over SMTP. Of
 * sceau-reportd and `sceau outbox send`. */
#ifndef APP_OUTBOX_SEND_H
#define APP_OUTBOX_SEND_H

#include "outbox/selftest.h"
#include "outbox_place.h"
#include "remote/smtp.h"

#define OUTBOX_PLAN_AFTER 600 /* seconds after midnight: journals are folded by then */

struct outbox_sending {
    struct environment *env; /* connected: destinations are asked about */
    struct database *db;
    const struct outbox_settings *settings;
    int64_t clock_offset;            /* added to the real time, seconds */
    bool (*is_stopping)(void *self); /* NULL: never */
    void *stopping_self;
    void (*tell)(void *self, const struct outbox_event *event); /* NULL: nobody asks */
    void *tell_self;
    struct outbox_memory *memory; /* of a process that lives on; else NULL */
    char problem[OUTBOX_PROBLEM];
};

struct outbox_sent {
    struct outbox_planned planned;
    uint64_t built;
    bool has_put_off; /* a report could not be built and waits; s->problem says why */
    struct outbox_delivered delivered;
    bool is_untested;     /* nothing was delivered: the self-test has not passed */
    struct selftest test; /* with is_untested */
};

/* The way to the mail server that the configuration has. Texts are in env->arena. */
struct smtp_sender {
    struct outbox_sender sender;
    struct smtp_options options;
    bool is_called_off;
};
struct smtp_sender outbox_smtp_sender(struct environment *env,
                                      const struct outbox_settings *settings);

/* The two halves of it: plan and build, which one host does for all where several share a store;
 * and deliver, which each does. */
bool outbox_make(struct outbox_sending *s, struct outbox_sent *sent);
bool outbox_hand_over(struct outbox_sending *s, struct outbox_sent *sent);

/* Do what is due. False with a problem when the store or a file cannot be written; what is
 * built is delivered all the same. */
bool outbox_send(struct outbox_sending *s, struct outbox_sent *sent);

#endif
