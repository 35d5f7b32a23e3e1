/* A planned report becomes a file: its rows leave the database in the transaction that
 * says it is built, so no message is in two reports and none is lost, wherever a crash
 * comes. A report that is built again is the same file with the same name. */
#ifndef OUTBOX_BUILD_H
#define OUTBOX_BUILD_H

#include "plan.h"
#include "spool.h"

#define OUTBOX_PROBLEM 4352 /* octets of a sentence that names a path */

enum outbox_delivery_state {
    DELIVERY_WAITING,
    DELIVERY_SENDING,  /* handed to the MTA, its answer was not recorded yet */
    DELIVERY_SENT,     /* taken */
    DELIVERY_REFUSED,  /* for good */
    DELIVERY_GIVEN_UP, /* after OUTBOX_TRIES_MAX tries */
    DELIVERY_UNACCEPTED, /* the destination does not say that it takes these reports (RFC 9990 section 4) */
    DELIVERY_SUPPRESSED, /* it refused others lately */
    DELIVERY_UNUSABLE,   /* no mailto: URI, named before, or one too many */
    DELIVERY_BOUNCED,    /* taken, and come back as refused for good */
};

#define OUTBOX_DELIVERY_STATES (DELIVERY_BOUNCED + 1)

/* "waiting", "sent"…: for logs, JSON and metrics; marked for translation. "?" for a number that
 * is none. */
const char *outbox_delivery_word(enum outbox_delivery_state state);

enum outbox_built {
    BUILT_SOME,
    BUILT_NONE, /* nothing is due */
    BUILT_PUT_OFF, /* one is not valid: it waits, the next is not kept by it; `problem` tells */
    BUILT_FAILED, /* the database or the disk; nothing has changed, `problem` tells */
};

struct outbox_report {
    size_t
        count; /* that were built, with BUILT_SOME and BUILT_PUT_OFF; what follows is of the last */
    char id[OUTBOX_ID_SIZE];
    uint64_t records, messages, octets;
};

/* Build planned reports that are due at `now`, the first due first: `most` of them, fewer
 * when they are large, in one transaction. Before one counts as built it is read back by the
 * strict reader. One with a record more or less, or one that needed a repair, is put off, longer
 * each time: its row says why, and its rows stay. Those before it are built all the same. Memory does not grow with the report. */
enum outbox_built outbox_build(struct database *db,
                               const struct outbox_settings *settings, int64_t now,
                               size_t most, struct outbox_report *report,
                               char problem[OUTBOX_PROBLEM]);

#endif
