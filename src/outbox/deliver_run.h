/* One run of outbox_deliver, of its parts alone: what they share, and what each does for it. Each
 * returns false with a problem when the store failed, if it does not say otherwise. */
#ifndef OUTBOX_DELIVER_RUN_H
#define OUTBOX_DELIVER_RUN_H

#include "deliver.h"
#include "delivery_store.h"
#include "destinations.h"
#include "folder.h"

#define OUTBOX_PATIENCE \
 ((int64_t)7 * 86400) /* seconds until what fails here is tried no more */

struct run {
    struct outbox_delivering *d;
    struct outbox_delivered *delivered;
    struct sceau_arena *arena, *mail_arena;
    char *problem;
    struct outbox_rest rest; /* of the mail server */
    struct sceau_slice
        replacements[OUTBOX_URIS_USED]; /* mailboxes, for the one at hand */
    size_t replacement_count;
    char folder[OUTBOX_FOLDER_NAME]; /* what the store calls it */
    uint64_t left_today;
    uint64_t until_look; /* mails taken until that is read again */
    uint64_t reserved;   /* of these, not for failure reports */
};

/* ---- deliver_run.c: the states of a delivery ---- */

/* Always false. */
bool run_fail(struct run *r, const char *what, const char *why);
bool run_failed(struct run *r); /* the store */

int64_t run_now(const struct run *r);
int64_t run_clock(const struct run *r); /* running time */

/* It is on the disk before this returns. *is_ours is false, and nothing has changed, when
 * another process is at this delivery. */
bool run_set_own_state(struct run *r, struct outbox_next *next,
                       enum outbox_delivery_state state, int64_t next_try,
                       const char *reply, const char *claim, bool *is_ours);

/* The same where it does not matter who wrote it. */
bool run_set_state(struct run *r, struct outbox_next *next,
                   enum outbox_delivery_state state, int64_t next_try,
                   const char *reply);

/* The mail server has it. */
bool run_set_sent(struct run *r, struct outbox_next *next, const char *reply);
bool run_tell_of_taken(struct run *r); /* what it could not be told of before */

/* For what is no answer of the destination: it is tried again, for OUTBOX_PATIENCE. */
bool run_wait_here(struct run *r, struct outbox_next *next, const char *why);

/* ---- deliver_claims.c: claims of those who went away ---- */

bool run_take_back(struct run *r);

/* ---- deliver_permission.c: may it be sent there? ---- */

/* Set: what is said is written already, and that was all. */
bool run_leave_alone(struct run *r, struct outbox_next *next, bool *is_left);

enum permission {
    MAY,
    MAY_NOT,
    MAY_BE
};

/* An override of the same host takes the mailbox's place in `next`. */
enum permission run_asks_destination(struct run *r, struct outbox_next *next,
                                     const char **why);

/* Then: the other mailboxes that it names, and what holds of this one. */
bool run_add_replacements(struct run *r, const struct outbox_next *next);
bool run_look_at_replacement(struct run *r, struct outbox_next *next, bool *is_left);

/* ---- deliver_shares.c: how much may be sent ---- */

bool run_begin_pacing(struct run *r);
bool run_look_at_ceiling(struct run *r);
void run_count_sent(struct run *r);
bool run_wait_for_share(struct run *r, struct outbox_next *next, bool *is_waiting);

/* ---- deliver_hand_over.c: to the mail server ---- */

/* In `reply`, of mails whose sender went away: */
#define TAKEN_BACK N_("who handed it over went away: it goes again")
#define TAKEN_BACK_EARLY \
 N_("who handed it over went away before all of it was sent: it goes again")

bool run_hand_over(struct run *r, struct outbox_next *next);

#endif
