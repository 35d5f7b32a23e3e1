/* Built reports on their way: to every mailbox that a domain names and that takes them,
 * slowly at first, never to who has refused lately (RFC 9990 sections 3.5 and 4; FEATURES
 * G3, G5, G6).
 *
 * A delivery is marked before it is handed over and again with the answer. Killed in
 * between it is handed over again, as a mail server would do it: with the same Report-ID,
 * file name and Message-ID, by which the other side knows it (section 3.5.4). */
#ifndef OUTBOX_DELIVER_H
#define OUTBOX_DELIVER_H

#include "sceau/dmarc.h"

#include "build.h"
#include "verp.h"

#define OUTBOX_URIS_MAX     16   /* of one record; more are not tried */
#define OUTBOX_HOST_REPORTS 1000 /* to one host an hour, with pacing */
#define OUTBOX_REPLY        256

enum outbox_answer {
    OUTBOX_TAKEN,
    OUTBOX_LATER,   /* not now, or nobody knows: again */
    OUTBOX_REFUSED, /* and will be next time */
};

/* Who hands a mail over. Embed it. */
struct outbox_sender {
    /* `from` and `to` are paths of SMTP; `octets` the whole mail, with CRLF. The server's
     * words, or what went wrong, go into `reply`. */
    enum outbox_answer (*send)(struct outbox_sender *self, const char *from,
                               const char *to, struct sceau_slice octets,
                               char reply[OUTBOX_REPLY]);
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
    bool (*is_stopping)(void *self);
    void *stopping_self;
};

struct outbox_delivered {
    uint64_t sent, later, refused, suppressed, unaccepted, given_up;
    bool is_full; /* a ceiling was reached; the rest is for another hour or day */
};

/* Deliver what is due, until nothing is, a ceiling is reached, or is_stopping. False with
 * a problem when the database fails. */
bool outbox_deliver(struct outbox_delivering *d, struct outbox_delivered *delivered,
                    char problem[OUTBOX_PROBLEM]);

/* A bounce came to `recipient`. When it is about a delivery of ours the destination is
 * left alone for a while (outbox_suppression), and *is_ours is true. `reason` is the
 * bouncer's, for people. False when the database fails. */
bool outbox_bounced(struct database *db, const uint8_t secret[OUTBOX_SECRET],
                    struct sceau_slice recipient, struct sceau_slice reason,
                    int64_t now, bool *is_ours);

/* The key of the tokens, made at the first call and kept in `meta`. */
bool outbox_secret(struct database *db, uint8_t secret[OUTBOX_SECRET]);

#endif
