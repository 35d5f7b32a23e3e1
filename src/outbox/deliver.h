/* Built reports on their way: to every mailbox that a domain names and that takes them,
 * slowly at first, never to who has refused lately (RFC 9990 sections 3.5 and 4; FEATURES
 * G3, G5, G6).
 *
 * A delivery is claimed before it is handed over, by one process alone (claim.h), and marked
 * again with the answer; before the last octet leaves, that is noted as well: behind it the mail
 * may have been taken. Killed in between it is handed over again when the claim is over, by
 * whoever is there, as a mail server would do it: with the same Report-ID, file name and
 * Message-ID, by which the other side knows it (section 3.5.4). */
#ifndef OUTBOX_DELIVER_H
#define OUTBOX_DELIVER_H

#include "sceau/dmarc.h"

#include "build.h"
#include "claim.h"
#include "verp.h"

#define OUTBOX_HOST_REPORTS 60 /* to one organization's hosts an hour, with pacing */
#define OUTBOX_ORGANIZATION_REPORTS \
 500 /* aggregate reports about one organization's domains a day, with pacing */
#define OUTBOX_REPLY 256

enum outbox_answer {
    OUTBOX_TAKEN,
    OUTBOX_LATER,   /* not now: again */
    OUTBOX_REFUSED, /* and will be next time */
    OUTBOX_DOWN, /* the mail server takes nothing, whoever it is for: the rest waits too */
    OUTBOX_UNKNOWN, /* all of it was sent and no answer came: again, as RFC 5321 has it */
    OUTBOX_CALLED_OFF, /* may_go said no; not all of it was sent */
};

/* Who hands a mail over. Embed it. */
struct outbox_sender {
    /* `from` and `to` are paths of SMTP; `octets` the whole mail, with CRLF. The server's
     * words, or what went wrong, go into `reply`. */
    enum outbox_answer (*send)(struct outbox_sender *self, const char *from,
                               const char *to, struct sceau_slice octets,
                               char reply[OUTBOX_REPLY]);
    /* Asked before the first octet of the mail is sent, before the last (`is_end`: behind it the
     * server may have it), and in between; NULL: nobody asks. */
    bool (*may_go)(void *self, bool is_end);
    void *may_go_self;
};

/* What a process that lives on keeps from one call to the next. All zeros: nothing. */
struct outbox_memory {
    struct claims claims;
    /* The mail server took it, and the store was not there to hear of it. */
    char report[OUTBOX_ID_SIZE]; /* "": there is none */
    int n;
    int64_t taken;
    char reply[OUTBOX_REPLY];
};

/* For the log. Words of others are escaped. */
struct outbox_event {
    const char *report;
    struct sceau_slice policy_domain, mailbox;
    enum outbox_delivery_state state;
    unsigned tries;
    int64_t next_try; /* of DELIVERY_WAITING */
    const char *words;
};

struct outbox_delivering {
    struct database *db;
    const struct outbox_settings *settings;
    struct sceau_resolver *resolver; /* for what destinations say of themselves */
    const struct sceau_psl *psl;     /* where discovery needs it; else NULL */
    struct outbox_sender *sender;
    struct sceau_slice
        return_path; /* local@domain: bounces come to local+TOKEN@domain */
    uint8_t secret[OUTBOX_SECRET]; /* of the tokens */
    bool is_bulk;
    int64_t (*clock)(void *self); /* seconds since the epoch */
    void *clock_self;
    int64_t (*running)(void *self); /* seconds of running time; NULL: lease_clock */
    /* NULL: what the mail server took while the store was away is forgotten. */
    struct outbox_memory *memory;
    bool (*is_stopping)(void *self);
    void *stopping_self;
    /* What has become of one; NULL: nobody asks. */
    void (*tell)(void *self, const struct outbox_event *event);
    void *tell_self;
};

struct outbox_delivered {
    uint64_t sent, later, refused, suppressed, unaccepted, given_up;
    uint64_t unknown; /* of `later`: taken perhaps, and sent again */
    bool is_down; /* the mail server is: nothing is sent before it has had its rest */
    bool is_full; /* a ceiling was reached; the rest is for another hour or day */
};

/* Deliver what is due, until nothing is, a ceiling is reached, or is_stopping. False with
 * a problem when the database fails. */
bool outbox_deliver(struct outbox_delivering *d, struct outbox_delivered *delivered,
                    char problem[OUTBOX_PROBLEM]);

#endif
