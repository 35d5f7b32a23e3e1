/* What the files of a fold have in common: fold.c (a batch from begin to end), fold_read.c
 * (messages into sums), fold_write.c (sums into the database), fold_names.c (which segments were
 * folded). Nobody else includes this. */
#ifndef STORE_FOLD_INSIDE_H
#define STORE_FOLD_INSIDE_H

#include "core/text.h"
#include "fold_batch.h"
#include "fold_policy.h"
#include "observation.h"
#include "tally.h"

#include <openssl/evp.h>

#define FOLD_HASH_SIZE 32
#define FOLD_ROW_MAX   ((size_t)256 * 1024) /* octets of a row: a frame has no more */
#define FOLD_ROWS      7  /* of observation in one statement: 64 parameters */
#define FOLD_CLAIMS    15 /* segments of one statement: 61 parameters */

/* Segments that were found folded: what is in the database stays there, so it is asked once
 * for each name and connection. */
struct fold_names {
    uint64_t *slots; /* keyed hashes; 0 is free */
    size_t size, count;
};

/* Payloads that wait for the transaction: the segment they lie in is the last of its batch. */
struct fold_payloads {
    struct sceau_slice *items;
    size_t count, size;
};

/* A segment that is in the sums. */
struct fold_added {
    struct sceau_slice name, host;
    int64_t seen; /* time of the last record */
    uint64_t records, skipped;
};

/* A row of observation that waits for others. */
struct fold_waiting_row {
    int64_t count;
    size_t len;
    char octets[TALLY_KEY_MAX];
};

struct fold {
    struct database *db;
    struct fold_samples *samples; /* NULL: nobody wants them */
    struct fold_names folded;
    unsigned connections; /* when these were asked for */
    struct tally observations, key_uses;
    struct fold_policies policies;
    struct fold_payloads long_rows; /* too long for a tally: dozens of signatures */
    struct fold_payloads given;     /* samples */
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    struct sceau_arena *arena; /* of one row */
    struct tally_key key;
    struct fold_waiting_row rows[FOLD_ROWS];
    size_t row_count;
    struct record_message message;
    struct report_record record;
    struct fold_counts counts; /* of this batch */
    size_t batch, most;        /* octets, segments of one */
    int64_t began_ms;          /* the transaction */
    struct fold_added *segments;
    size_t count;              /* of them */
    size_t claimed;            /* the first of those that were claimed last */
    size_t octets;             /* in them */
    struct sceau_arena *names; /* of them and of their hosts */
    int64_t share;             /* of this host */
    int64_t now;
    int64_t removing;                /* when old segments were last looked for */
    bool (*is_stopping)(void *self); /* NULL: never */
    void *self;
    bool reports_refused;
    bool is_begun;  /* the transaction */
    bool is_before; /* a segment was found folded */
    bool has_failed;
};

/* ---- fold_read.c ---- */

/* All messages of a segment into the sums. What could not be done is in f->has_failed. */
void fold_read(struct fold *f, struct fold_added *segment, struct sceau_slice octets);

/* A message that is too long for a tally, read again: into `key` its row as a tally has it, its
 * policy's hash, and the policy in f->message. False: it cannot be. */
bool fold_read_long(struct fold *f, struct sceau_slice payload, struct text *key,
                    uint8_t of_policy[FOLD_HASH_SIZE]);

/* ---- fold_names.c ---- */

/* This one is folded. */
void fold_remember(struct fold *f, struct sceau_slice name);

/* ---- fold_write.c ---- */

/* Of a clock that nobody sets. */
int64_t fold_ms(void);

/* For the tallies of a fold, which is `self`. */
bool fold_take_observation(void *self, struct sceau_slice key,
                           const int64_t values[TALLY_VALUES]);
bool fold_take_key_use(void *self, struct sceau_slice key,
                       const int64_t values[TALLY_VALUES]);

/* The batch, committed. False: nothing of its sums is, and f->is_begun may be. */
bool fold_write(struct fold *f);

/* The transaction is undone for a segment that was folded before: FOLD_BEFORE when it is known which. */
enum fold_outcome fold_find_folded(struct fold *f);

#endif
