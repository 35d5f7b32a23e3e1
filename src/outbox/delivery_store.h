/* Deliveries and destinations in the store. All return false when the database fails. */
#ifndef OUTBOX_DELIVERY_STORE_H
#define OUTBOX_DELIVERY_STORE_H

#include "build.h"
#include "claim.h"

struct outbox_next {
    char report[OUTBOX_ID_SIZE];
    int n;
    unsigned tries;
    struct sceau_slice mailbox;
    struct sceau_slice policy_domain;
    /* Organizational domains of the mailbox and of the policy domain; empty: not asked for yet. */
    struct sceau_slice organization, about;
    struct sceau_slice receiver; /* who reports; empty: not known */
    enum outbox_kind kind;
    int64_t day, built;
    uint64_t messages;
    enum outbox_delivery_state state; /* with next_try: what the row is known to say */
    int64_t next_try;
    char claim[CLAIM_SIZE];   /* in the row; "": nobody's */
    struct sceau_slice reply; /* of the last try */
    bool is_untried;          /* the last claim is not to count as a try */
};

/* The delivery that has waited longest of those that wait and are due, whose file lies in the folder of this name
 * (folder.h), or in one that has not delivered it in FOLDER_PATIENCE; 1, 0: none, -1. Texts go
 * into the arena. `skip`: not the first of them but one that so many stand before, if there are:
 * several hosts that send at once would all begin with the same. */
#define FOLDER_PATIENCE (8 * 86400)
int delivery_next(struct database *db, struct sceau_arena *arena, const char *folder,
                  int64_t now, unsigned skip, struct outbox_next *next);

/* The delivery of a report to this mailbox, or where it is empty the first that is not
 * DELIVERY_UNUSABLE; 1, 0: there is none, -1. */
int delivery_of(struct database *db, struct sceau_arena *arena, const char *report,
                struct sceau_slice mailbox, struct outbox_next *next);

/* Its state, with what was said; a report whose deliveries have all ended is finished.
 * When the row says something else than `next` knows, another process is at it: nothing
 * changes and *is_ours is false. Only DELIVERY_SENT is written over another's DELIVERY_SENDING:
 * what was taken is not sent again. `claim` of DELIVERY_SENDING is the new one, else NULL. */
bool delivery_set(struct database *db, struct outbox_next *next,
                  enum outbox_delivery_state state, int64_t next_try, int64_t now,
                  struct sceau_slice reply, const char *claim, bool *is_ours);

/* The mail server took it, and could not be told of at once; `reply` is what it said. */
bool delivery_taken(struct database *db, const char *report, int n, int64_t now,
                    struct sceau_slice reply);

/* ---- claims (claim.h) ---- */

/* Those that are being handed over, `most` at most, the oldest first: how many; -1. */
struct delivery_claimed {
    char report[OUTBOX_ID_SIZE], claim[CLAIM_SIZE];
    int n;
    int64_t until; /* by the clock of who claimed it */
};
int delivery_claimed(struct database *db, struct delivery_claimed *claimed, int most);

/* It waits again, unless the claim is another one by now. What is said of it: `early` if nothing was
 * noted when it was claimed or later, else `late`. */
bool delivery_take_back(struct database *db, const struct delivery_claimed *claimed,
                        int64_t now, struct sceau_slice early, struct sceau_slice late);

/* How far its sender is; *is_ours is false, and nothing was noted, when the claim is another one. */
bool delivery_note(struct database *db, const struct outbox_next *next,
                   const char *claim, struct sceau_slice reply, bool *is_ours);

/* Our claim on `next` becomes `claim`; *is_ours is false when it was taken away. */
bool delivery_renew(struct database *db, struct outbox_next *next, const char *claim,
                    int64_t until, bool *is_ours);

/* What processes of the host with the folder of this name saw of claims (claims_format); nothing
 * when there is none, or of another boot. In a transaction of the caller, the second. */
bool delivery_claims_read(struct database *db, const char *folder, const char *boot,
                          struct claims *claims);
bool delivery_claims_write(struct database *db, const char *folder, const char *boot,
                           const struct claims *claims);

/* A bounce came for the delivery of the report whose id begins with `id`: from SENDING or SENT
 * it goes to `state`, once. */
struct bounced_delivery {
    struct sceau_slice mailbox; /* in the arena; empty: nothing has changed */
    struct sceau_slice policy_domain;
};
bool delivery_bounced(struct database *db, struct sceau_arena *arena, const char *id,
                      int n, enum outbox_delivery_state state, int64_t now,
                      struct sceau_slice reason, struct bounced_delivery *bounced);

/* A mail server that takes nothing is left alone for a while: until when, after how many
 * failures in a row, and what it said. 0: it is well. Where several hosts share the store each
 * has its own, known by the name of its folder. */
struct outbox_rest {
    int64_t until;
    unsigned failures;
    char words[256];
};
bool outbox_rest_read(struct database *db, const char *folder,
                      struct outbox_rest *rest);
bool outbox_rest_write(struct database *db, const char *folder,
                       const struct outbox_rest *rest);

/* Has the report another delivery to this mailbox, on its way or ended? */
bool delivery_is_double(struct database *db, const struct outbox_next *next,
                        bool *is_double);

/* One more mailbox for the report, due now; nothing when it has it already, or OUTBOX_URIS_USED. In
 * a transaction of the caller. */
bool delivery_add(struct database *db, const struct outbox_next *next,
                  struct sceau_slice mailbox, int64_t now);

/* Until when the mailbox, or all of its host, is left alone; 0: it is not. */
bool destination_until(struct database *db, struct sceau_slice mailbox, int64_t now,
                       int64_t *until);

/* It refused a report about that policy domain. From the second time on it is left alone, longer
 * each time. Another about the same policy domain on the same day does not count, nor does
 * "552", which is about the size or a full mailbox: neither a report that it does not like, nor a
 * forged bounce of one report, keeps the others' from it. */
bool destination_refused(struct database *db, struct sceau_slice mailbox,
                         struct sceau_slice policy_domain, int64_t now,
                         struct sceau_slice reason, bool is_bounce);

/* It took one: refusals of the past are over, unless it is suppressed for good. Where they came
 * back later, as behind a mail server of ours that takes all, it has to be BOUNCE_PATIENCE ago
 * that it took the first one. */
#define BOUNCE_PATIENCE \
 (5 * 86400) /* RFC 5321 section 4.5.4.1: tries go on for 4-5 days */
bool destination_took(struct database *db, struct sceau_slice mailbox, int64_t now);

/* How many went to the organization since then, `most` at most; how many of a kind were about
 * it. */
bool delivery_sent_to(struct database *db, struct sceau_slice organization,
                      int64_t since, uint32_t most, uint32_t *sent);
bool delivery_sent_about(struct database *db, struct sceau_slice organization,
                         enum outbox_kind kind, int64_t since, uint32_t most,
                         uint32_t *sent);

/* How many reports left since `since`, and the day of the first ever (INT64_MAX: none). */
bool delivery_sent_since(struct database *db, int64_t since, uint64_t *sent,
                         int64_t *first_day);

#endif
