/* Policies that a fold brings: a DMARC record's hash and its text, once for a batch, and
 * mostly once for a process. A row says only which text has which hash: it is the same
 * whoever writes it, and nothing removes it. */
#ifndef STORE_FOLD_POLICY_H
#define STORE_FOLD_POLICY_H

#include "database.h"
#include "tally.h"

#define FOLD_POLICY_SLOTS (64 * 1024)

#define FOLD_POLICY_ROWS 32 /* of one statement: 64 parameters */

/* One that waits for others. */
struct fold_waiting_policy {
    size_t hash_len, record_len;
    char hash[UINT8_MAX], record[TALLY_KEY_MAX];
};

/* Policies that were added already: a shortcut only. */
struct fold_known {
    size_t count;
    uint64_t slots[FOLD_POLICY_SLOTS]; /* 0 is free */
};

struct fold_policies {
    struct database *db;
    struct tally tally; /* flushed within a transaction; fold_policies_end behind it */
    struct tally_key key;
    struct fold_known known;
    struct fold_waiting_policy waiting[FOLD_POLICY_ROWS];
    size_t count; /* of them */
};

/* Embed it; it is zero before. */
void fold_policies_init(struct fold_policies *p, struct database *db);
void fold_policies_clear(struct fold_policies *p);

/* One to be written with the batch, if it is not known. False: it is too long for that. */
bool fold_policies_note(struct fold_policies *p, struct sceau_slice hash,
                        struct sceau_slice record);

/* The long one, at once. */
bool fold_policies_add(const struct fold_policies *p, struct sceau_slice hash,
                       struct sceau_slice record);

/* Is anything to be written, or can it not be? */
bool fold_policies_are_noted(const struct fold_policies *p);

/* Behind a flush: those of its last statement. */
bool fold_policies_end(struct fold_policies *p);

/* What was noted was not written, or undone. */
void fold_policies_drop(struct fold_policies *p);

/* Know none any more. */
void fold_policies_forget(struct fold_policies *p);

#endif
