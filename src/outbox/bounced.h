/* Bounces that came back: which delivery one is about, and what becomes of it. */
#ifndef OUTBOX_BOUNCED_H
#define OUTBOX_BOUNCED_H

#include "bounce.h"
#include "deliver.h"

enum outbox_bounced {
    OUTBOX_BOUNCE_FOREIGN, /* about nothing of ours */
    OUTBOX_BOUNCE_KNOWN,   /* ours, and it changes nothing: a delay, or told before */
    OUTBOX_BOUNCE_EXPIRED, /* the MTA has given up: the delivery is DELIVERY_GIVEN_UP */
    OUTBOX_BOUNCE_REFUSED, /* for good: DELIVERY_BOUNCED (destination_refused) */
};

/* Which of the mail's addresses has a token of ours? False: none. */
bool outbox_bounce_number(const uint8_t secret[OUTBOX_SECRET],
                          const struct outbox_bounce *bounce, uint64_t *number);

/* A bounce was read. It counts once for each delivery, and only with a token of ours. In a
 * transaction of the caller. False when the database fails. */
bool outbox_bounced(struct database *db, const uint8_t secret[OUTBOX_SECRET],
                    const struct outbox_bounce *bounce, int64_t now,
                    enum outbox_bounced *bounced);

#endif
