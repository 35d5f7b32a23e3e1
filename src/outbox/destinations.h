/* To whom a report goes: the URIs of a DMARC record as rows of `delivery`. */
#ifndef OUTBOX_DESTINATIONS_H
#define OUTBOX_DESTINATIONS_H

#include "store/database.h"

#define OUTBOX_URIS_USED 4 /* mailboxes of one record that get a report */
#define OUTBOX_URIS_RECORDED \
 16 /* URIs of one record that are remembered with their fate */

/* Addresses, and domains that stand for all below them. */
struct outbox_names {
    const struct sceau_slice *items;
    size_t count;
};

/* Is the mailbox, or domain, one of them? */
bool outbox_names_have(struct outbox_names names, struct sceau_slice mailbox);

/* The host of a mailbox, behind its "@". Borrows. */
struct sceau_slice outbox_host_of(struct sceau_slice mailbox);

/* The mailboxes among the URIs that would get a report, and how many they are. */
size_t outbox_mailboxes(struct sceau_arena *arena, const struct sceau_slice *uris,
                        size_t count, struct outbox_names own,
                        struct sceau_slice mailboxes[OUTBOX_URIS_USED]);

/* Every URI is tried (RFC 9990 section 3.5, RFC 9991 section 2) up to our limit, each mailbox
 * once; the others are kept with the reason. No report goes to `own`, where our reports come
 * from and their bounces go. *used is how many wait to be sent. False when the
 * database failed. */
bool outbox_add_deliveries(struct database *db, struct sceau_arena *arena,
                           struct sceau_slice report, const struct sceau_slice *uris,
                           size_t count, struct outbox_names own, int64_t now,
                           size_t *used);

#endif
