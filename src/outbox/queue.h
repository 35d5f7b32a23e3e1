/* The outbox as people see it: what is in it, sent once more, left alone. Of `sceau outbox`
 * and the dashboard. Every function says false, or -1, when the database fails. */
#ifndef OUTBOX_QUEUE_H
#define OUTBOX_QUEUE_H

#include "build.h"

/* A report, and one of its deliveries if it has any yet. Texts live until the next step. */
struct outbox_entry {
    struct sceau_slice id, policy_domain, mailbox, reply;
    int64_t day, messages, due, tries;
    enum outbox_state state;
    enum outbox_kind kind;
    bool has_delivery;
    enum outbox_delivery_state delivery; /* with has_delivery */
};

/* Begin to read them, by day, domain and address; without `all`, those that are not finished.
 * NULL when the database fails. */
struct statement *queue_entries(struct database *db, bool all);

/* 1: there is one more; 0: there is none; -1 */
int queue_next(struct statement *entries, struct outbox_entry *entry);

/* The configurations a policy domain had on a day, as far as they are not built: step it, and
 * column 0 is the hash. */
struct statement *queue_configurations(struct database *db,
                                       struct sceau_slice policy_domain, int64_t day);

/* Is there a report with this id, and what is it? */
/* Days that are over and in no report yet, by day and domain: step it as queue_entries. */
struct outbox_unbuilt {
    struct sceau_slice policy_domain, record;
    int64_t day, messages;
};
struct statement *queue_unbuilt(struct database *db, int64_t today);
int queue_next_unbuilt(struct statement *rows, struct outbox_unbuilt *unbuilt);

bool queue_has(struct database *db, struct sceau_slice id, bool *has,
               enum outbox_kind *kind);

/* Deliver once more, from `now` on, what was refused, given up or left alone: `what` is a
 * report's id or an address. Destinations that refused are no longer left alone; one that a
 * person wants left alone for good gets nothing. What the store has no octets of any more
 * (SPOOL_KEEP) stays as it is. *changed counts deliveries. In a transaction of the caller. */
bool queue_retry(struct database *db, struct sceau_slice what, int64_t now,
                 int64_t *changed);

/* The same for all that was built since `since`: our own mail server was to blame. */
bool queue_retry_all(struct database *db, int64_t since, int64_t now, int64_t *changed);

/* How many deliveries are in each state. */
bool queue_count(struct database *db, uint64_t counts[OUTBOX_DELIVERY_STATES]);

/* Deliveries of failure reports built since `since`: how many were taken, and how many refused, given
 * up, not accepted or sent back. */
bool queue_failures(struct database *db, int64_t since, uint64_t *taken,
                    uint64_t *lost);

/* ---- destinations that are left alone ---- */

struct outbox_destination {
    struct sceau_slice mailbox, reason;
    int64_t until; /* INT64_MAX: for good */
    int64_t refusals;
};

/* Those that are left alone at `now`, by address; as queue_entries. */
struct statement *queue_destinations(struct database *db, int64_t now);
int queue_next_destination(struct statement *destinations,
                           struct outbox_destination *destination);

/* Leave it alone until then; a person wants it. */
bool queue_suppress(struct database *db, struct sceau_slice mailbox, int64_t until,
                    int64_t now);

/* No longer, whoever wanted it. */
bool queue_lift(struct database *db, struct sceau_slice mailbox);

#endif
