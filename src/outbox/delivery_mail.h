/* The mail of one delivery, whole: its header, and what was built for it. It is what a sender hands
 * over, and what `sceau outbox show --mail` prints. It has no signature yet: the mail server that
 * takes it signs. */
#ifndef OUTBOX_DELIVERY_MAIL_H
#define OUTBOX_DELIVERY_MAIL_H

#include "build.h"
#include "delivery_store.h"

#define DELIVERY_MAIL_MAX \
 ((size_t)64 * 1024 * 1024) /* octets in memory; no server takes more */
#define DELIVERY_MAIL_ARENA (3 * DELIVERY_MAIL_MAX)

struct delivery_mail {
    struct database *db;
    const struct outbox_settings *settings;
    bool is_bulk;                   /* Precedence: bulk */
    struct sceau_slice unbuilt;     /* the packed report; {NULL, 0}: the spool has it */
    struct sceau_arena *arena;      /* for what is small */
    struct sceau_arena *mail_arena; /* owns the mail; DELIVERY_MAIL_ARENA */
    char *problem;                  /* OUTBOX_PROBLEM octets */
};

/* Of `next` it reads the report, its day, number of messages and time, and the mailbox. {NULL, 0}
 * with a problem. The same each time, however often and by whom it is composed (RFC 9990 section
 * 3.5.4). */
struct sceau_slice delivery_mail_compose(const struct delivery_mail *d,
                                         const struct outbox_next *next);

#endif
