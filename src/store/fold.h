/* Journal segments into the store: observation (the rows of the reports that we send) and
 * key_use (what this host signed). A segment is folded in the transaction that writes its
 * name into `segment`, so folding it twice changes nothing, and a crash at any point leaves
 * it folded or not, never in part. */
#ifndef STORE_FOLD_H
#define STORE_FOLD_H

#include "database.h"

struct fold;

/* Memory for folding, kept from segment to segment: 14 MiB when all of it is in use, 9 of them for
 * sums of observations, and the names of segments that were folded. NULL: none left. */
struct fold *fold_new(struct database *db);
void fold_free(struct fold *f);

/* Who takes samples of messages that failed (records of type 2). Embed it. `take` is called in
 * the transaction of the segment; false: the database failed. `end` is called behind each
 * transaction, if it is not NULL: was it kept, or undone and may be tried again? */
struct fold_samples {
    bool (*take)(struct fold_samples *self, struct sceau_slice payload);
    void (*end)(struct fold_samples *self, bool is_kept);
};

/* Without them, samples are passed over. */
void fold_give_samples(struct fold *f, struct fold_samples *samples);

/* Who is asked between segments whether to stop: a folder that waited for days takes minutes. What
 * was read by then is written. NULL: nobody. */
void fold_give_end(struct fold *f, bool (*is_stopping)(void *self), void *self);

/* Are messages in reports that were refused for other reasons than DMARC? At first: no. */
void fold_report_refused(struct fold *f, bool reports_refused);

enum fold_outcome {
    FOLD_DONE,
    FOLD_BEFORE, /* it was folded already: nothing has changed */
    FOLD_FAILED, /* nothing has changed; database_error says why */
};

struct fold_counts {
    uint64_t segments;
    uint64_t records;  /* of messages */
    uint64_t reported; /* of these, in rows of reports */
    uint64_t skipped;  /* octets that were no frame, and records that were no message */
};

/* Fold the octets of one complete segment. `counts` is added to, on FOLD_DONE alone. */
enum fold_outcome fold_segment(struct fold *f, struct sceau_slice name,
                               struct sceau_slice octets, int64_t now,
                               struct fold_counts *counts);

/* Was this segment folded? False when the database failed. */
bool fold_is_folded(struct fold *f, struct sceau_slice name, bool *is_folded);

/* The same without asking the database: true when it is known. */
bool fold_has_seen(const struct fold *f, struct sceau_slice name);

/* Know no segment any more, when the server was lost since: one that takes over without the last
 * transactions, or was restored, has not folded what is known here as folded. */
void fold_doubt(struct fold *f);

/* Another number when that has happened (database_connections). */
unsigned fold_connection(const struct fold *fold);

/* Know all segments that were folded with names from `from` to before `to`, at once and not one
 * by one. False when the database failed. */
bool fold_learn(struct fold *f, struct sceau_slice from, struct sceau_slice to);

/* Is it time to look which segments are old? Once in a minute: a folder holds thousands. */
bool fold_is_removing(struct fold *f, int64_t now);

/* What a folder came to. */
struct fold_look {
    struct fold_counts counts;
    uint64_t open;    /* segments still being written */
    uint64_t removed; /* folded before, and older than `keep` seconds */
    char problem
        [512]; /* the first trouble; "" when all went well. The rest is folded. */
};

/* Fold every complete segment of a journal's folder, oldest name first, many in a transaction, and once in a minute
 * remove those folded that nobody has written to for `keep` seconds. A segment whose writer lives is
 * left for the next time. Leaves a mark that says how far it came (journal_waiting.h). False when
 * the database failed: what was not folded stays. */
bool fold_folder(struct fold *f, const char *folder, int64_t now, int64_t keep,
                 struct fold_look *look);

#endif
