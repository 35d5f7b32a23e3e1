/* Segments hold messages that are mostly alike, so those of a batch are summed up in memory
 * first (tally.h), and rows go to the database in the order they lie there: the more are taken
 * together, the fewer rows there are, and the more of them lie on each page that is written.
 *
 * Several hosts fold into one store. Each adds to rows of its own (`share`), so that none
 * waits for another: what is hot, the large senders of a day, is hot on all of them. Why each
 * message counts exactly once, in a transaction that is READ COMMITTED only:
 *   - a segment's row is written in the transaction that adds its sums, and its name is the
 *     key. Of two that fold the same segment the second waits there for the first; when that
 *     one commits, it finds the row and undoes all that it did; when that one dies, nothing of
 *     it is left and it goes on;
 *   - sums are added by the statement that reads them, under the row's lock. It does not
 *     matter in which order, so a share that two hosts have in common (it is a hash of the
 *     name) makes them wait, and nothing else;
 *   - whoever builds a report reads rows and deletes them in a SERIALIZABLE transaction: a row
 *     that grew meanwhile fails it ("concurrent update"), a new one it does not see stays for
 *     the next report, and one that it deletes first is inserted anew by us;
 *   - policies are no sums: a row says which text has which hash, the same whoever writes it,
 *     and nothing removes it. So they are committed before the transaction of the sums begins:
 *     all hosts bring the same new ones, and who waits for another's waits for the policies of
 *     one batch and not for its sums; in the order of their key, so not for each other in a
 *     circle. A fold that dies in between leaves policies that no row has yet, and folds its
 *     segments again. That the sums go to the server that has the policies, and not to one that
 *     took its place without them, is asked when their transaction has begun: a connection
 *     is one server's.
 * Samples decide by what they read (outbox/failure.h): a transaction with them is
 * SERIALIZABLE. What fails for another host is done again at once. */
#include "fold.h"

#include "fold_inside.h"

#include <stdlib.h>
#include <string.h>

#define REMOVE_SECONDS 60
#define ROW_MEMORY     (8 * FOLD_ROW_MAX)
#define MEBIBYTE       ((size_t)1024 * 1024)
#define BATCH_SEGMENTS 1024
#define BATCH_FEW      FOLD_CLAIMS      /* segments; far from a slow server */
#define BATCH_FILE     (128 * MEBIBYTE) /* of segments: half a million messages; at least */
#define BATCH_SERVER   (64 * MEBIBYTE) /* the first */
#define BATCH_LEAST    (8 * MEBIBYTE)
#define BATCH_MOST     (256 * MEBIBYTE)
#define BATCH_SHORT_MS 2000 /* of a transaction: a larger one follows */
#define BATCH_LONG_MS  4000 /* a smaller one does: others wait 5 s to write */
#define BATCH_NAMES    MEBIBYTE
#define ROOM           16 /* of a tally's usual one, for observations: 12 MiB when full */

void
fold_give_samples(struct fold *f, struct fold_samples *samples)
{
    f->samples = samples;
}

void
fold_give_end(struct fold *f, bool (*is_stopping)(void *self), void *self)
{
    f->is_stopping = is_stopping;
    f->self = self;
}

bool
fold_is_stopping(const struct fold *f)
{
    return f->is_stopping != NULL && f->is_stopping(f->self);
}

void
fold_report_refused(struct fold *f, bool reports_refused)
{
    f->reports_refused = reports_refused;
}

bool
fold_is_removing(struct fold *f, int64_t now)
{
    if (now >= f->removing && now - f->removing < REMOVE_SECONDS)
        return false;
    f->removing = now;
    return true;
}

bool
fold_tries_again(struct fold *f, unsigned *tries)
{
    return database_is_shared(f->db) && database_try_again(f->db, tries);
}

/* ---- a batch ---- */

void
fold_batch_drop(struct fold *f)
{
    if (f->is_begun)
        database_rollback(f->db);
    tally_drop(&f->observations);
    tally_drop(&f->key_uses);
    fold_policies_drop(&f->policies);
    f->row_count = 0;
    f->is_begun = false;
}

void
fold_batch_begin(struct fold *f, int64_t now)
{
    fold_doubt(f);
    f->long_rows.count = f->given.count = 0;
    f->counts = (struct fold_counts){0};
    f->count = f->octets = 0;
    f->now = now;
    f->is_begun = f->is_before = f->has_failed = false;
    sceau_arena_clear(f->names);
}

void
fold_batch_add(struct fold *f, struct sceau_slice name, struct sceau_slice octets)
{
    struct fold_added *segment = &f->segments[f->count++];
    *segment = (struct fold_added){.name = slice_copy(f->names, name)};
    f->octets += octets.len;
    fold_read(f, segment, octets);
    f->has_failed = f->has_failed || segment->name.len != name.len;
    f->counts.segments++;
    f->counts.records += segment->records;
    f->counts.skipped += segment->skipped;
}

bool
fold_batch_borrows(const struct fold *f)
{
    return f->long_rows.count + f->given.count > 0;
}

bool
fold_batch_is_full(const struct fold *f)
{
    return f->count >= f->most || fold_batch_borrows(f) || f->has_failed ||
           f->octets >= f->batch;
}

static size_t
half_of(size_t size, size_t least)
{
    return size / 2 > least ? size / 2 : least;
}

/* Larger ones are cheaper, a row and a page being written once for more messages, and keep
 * whoever else writes waiting for longer. Smaller ones than the first keep them waiting in
 * a file hardly less: half as many messages are on seven eighths of the pages of a large store.
 * One that took long and failed is not tried as it was:
 * it might take as long again. */
static void
choose_batch(struct fold *f, bool is_written)
{
    int64_t took = fold_ms() - f->began_ms;
    bool is_file = !database_is_shared(f->db);
    if (took > BATCH_LONG_MS) {
        f->batch = half_of(f->batch, is_file ? BATCH_FILE : BATCH_LEAST);
        f->most = is_file ? BATCH_SEGMENTS : half_of(f->count, BATCH_FEW);
    } else if (took < BATCH_SHORT_MS && is_written) {
        if (f->octets >= f->batch && f->batch < BATCH_MOST)
            f->batch *= 2;
        if (f->count >= f->most && f->most < BATCH_SEGMENTS)
            f->most = 2 * f->most < BATCH_SEGMENTS ? 2 * f->most : BATCH_SEGMENTS;
    }
}

static void
end_samples(struct fold *f, bool is_kept)
{
    if (f->samples != NULL && f->samples->end != NULL)
        f->samples->end(f->samples, is_kept);
}

enum fold_outcome
fold_batch_end(struct fold *f, struct fold_counts *counts)
{
    if (f->count == 0)
        return FOLD_DONE;
    if (f->has_failed || !fold_write(f)) {
        if (f->is_begun)
            choose_batch(f, false);
        fold_batch_drop(f);
        end_samples(f, false);
        return f->is_before ? fold_find_folded(f) : FOLD_FAILED;
    }
    f->is_begun = false;
    end_samples(f, true);
    choose_batch(f, true);
    for (size_t i = 0; i < f->count; i++)
        fold_remember(f, f->segments[i].name);
    counts->segments += f->counts.segments;
    counts->records += f->counts.records;
    counts->reported += f->counts.reported;
    counts->skipped += f->counts.skipped;
    return FOLD_DONE;
}

enum fold_outcome
fold_segment(struct fold *f, struct sceau_slice name, struct sceau_slice octets,
             int64_t now, struct fold_counts *counts)
{
    unsigned tries = 0;
    enum fold_outcome outcome;
    do {
        fold_batch_begin(f, now);
        fold_batch_add(f, name, octets);
        outcome = fold_batch_end(f, counts);
    } while (outcome == FOLD_FAILED && fold_tries_again(f, &tries));
    return outcome;
}

/* ---- memory ---- */

struct fold *
fold_new(struct database *db)
{
    struct fold *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->db = db;
    f->connections = database_connections(db);
    f->most = BATCH_SEGMENTS;
    f->batch = database_is_shared(db) ? BATCH_SERVER : BATCH_FILE;
    f->arena = sceau_arena_new(ROW_MEMORY);
    f->names = sceau_arena_new(BATCH_NAMES);
    f->segments = malloc(BATCH_SEGMENTS * sizeof *f->segments);
    f->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    f->digest = EVP_MD_CTX_new();
    const char *folder = database_folder(db);
    tally_init(&f->observations, folder, fold_take_observation, f);
    tally_enlarge(&f->observations, ROOM);
    tally_init(&f->key_uses, folder, fold_take_key_use, f);
    fold_policies_init(&f->policies, db);
    if (f->arena == NULL || f->names == NULL || f->segments == NULL ||
        f->sha256 == NULL || f->digest == NULL) {
        fold_free(f);
        return NULL;
    }
    return f;
}

void
fold_free(struct fold *f)
{
    if (f == NULL)
        return;
    tally_clear(&f->observations);
    tally_clear(&f->key_uses);
    fold_policies_clear(&f->policies);
    free(f->long_rows.items);
    free(f->given.items);
    free(f->segments);
    sceau_arena_free(f->names);
    free(f->folded.slots);
    EVP_MD_CTX_free(f->digest);
    EVP_MD_free(f->sha256);
    sceau_arena_free(f->arena);
    free(f);
}
