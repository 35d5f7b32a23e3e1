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

#include "core/text.h"
#include "database_backend.h"
#include "fold_batch.h"
#include "fold_policy.h"
#include "frame.h"
#include "observation.h"
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>

#define MICROSECONDS_OF_DAY (INT64_C(86400) * 1000000)
#define HASH_SIZE           32
#define ROW_HASH_SIZE       16
#define ROW_MAX             ((size_t)256 * 1024) /* octets of a row: a frame has no more */
#define REMOVE_SECONDS      60
#define ROW_MEMORY          (8 * ROW_MAX)
#define HOST_MAX            255
#define ROWS                7 /* of one statement: 64 parameters */
#define SHARES              (1 << 15)
#define MEBIBYTE            ((size_t)1024 * 1024)
#define CLAIMS              15 /* segments of one statement: 61 parameters */
#define CLAIM_COLUMNS       4  /* and the time, which is the same for all */
#define BATCH_SEGMENTS      1024
#define BATCH_FEW           CLAIMS           /* segments; far from a slow server */
#define BATCH_FILE          (128 * MEBIBYTE) /* of segments: half a million messages; at least */
#define BATCH_SERVER        (64 * MEBIBYTE) /* the first */
#define BATCH_LEAST         (8 * MEBIBYTE)
#define BATCH_MOST          (256 * MEBIBYTE)
#define BATCH_SHORT_MS      2000 /* of a transaction: a larger one follows */
#define BATCH_LONG_MS       4000 /* a smaller one does: others wait 5 s to write */
#define BATCH_NAMES         MEBIBYTE
#define ROOM                8 /* of a tally's usual one, for observations: 9 MiB when full */

/* Segments that were found folded: what is in the database stays there, so it is asked once
 * for each name and connection. */
struct names {
    uint64_t *slots; /* keyed hashes; 0 is free */
    size_t size, count;
};

/* Payloads that wait for the transaction: the segment they lie in is the last of its batch. */
struct payloads {
    struct sceau_slice *items;
    size_t count, size;
};

/* A segment that is in the sums. */
struct added {
    struct sceau_slice name, host;
    int64_t seen; /* time of the last record */
    uint64_t records, skipped;
};

/* A row of observation that waits for others. */
struct waiting_row {
    int64_t count;
    size_t len;
    char octets[TALLY_KEY_MAX];
};

struct fold {
    struct database *db;
    struct fold_samples *samples; /* NULL: nobody wants them */
    struct names folded;
    unsigned connections; /* when these were asked for */
    struct tally observations, key_uses;
    struct fold_policies policies;
    struct payloads long_rows; /* too long for a tally: dozens of signatures */
    struct payloads given;     /* samples */
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    struct sceau_arena *arena; /* of one row */
    struct tally_key key;
    struct waiting_row rows[ROWS];
    size_t row_count;
    struct record_message message;
    struct report_record record;
    struct fold_counts counts; /* of this batch */
    size_t batch, most;        /* octets, segments of one */
    int64_t began_ms;          /* the transaction */
    struct added *segments;
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

/* ---- into the database ---- */

/* Whose rows they are. Where one host writes, all are nobody's. */
static void
set_share(struct fold *f)
{
    const struct hash_key key = {0}; /* two that collide add to the same sums */
    struct sceau_slice host = f->segments[f->count - 1].host;
    f->share =
        database_is_shared(f->db) ? (int64_t)(hash_octets(&key, host) % SHARES) : 0;
}

static int64_t
monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* As late as it can be: nothing of the database is held while segments are read. Without a
 * folder, a tally that is full hands over what it has before the last record was read. */
static bool
begin(struct fold *f)
{
    bool may_take_samples =
        f->samples != NULL && (f->given.count > 0 || database_folder(f->db) == NULL);
    if (f->is_begun)
        return true;
    set_share(f);
    f->began_ms = monotonic_ms();
    f->is_begun =
        may_take_samples ? database_begin_durable(f->db) : database_begin_adding(f->db);
    return f->is_begun;
}

static struct sceau_slice
row_of(const struct fold *f, size_t i)
{
    return (struct sceau_slice){f->rows[i].octets, f->rows[i].len};
}

static bool
done(struct statement *s)
{
    return statement_step(s) == 0;
}

#define INTO_OBSERVATION                                                           \
 "INSERT INTO observation (share, policy_domain, day, policy_hash, row_hash, ip, " \
 "header_from, envelope_from, row, count) VALUES "
#define ADD_COUNT                                                                 \
 " ON CONFLICT (policy_domain, day, policy_hash, row_hash, share) DO UPDATE SET " \
 "count = observation.count + excluded.count"
#define ROW_COLUMNS 9 /* and the share, which is the same for all */

/* Key: policy domain, day, hash of the policy, hash of the row; then the row itself:
 * address, author, envelope sender, and to the end what observation_write wrote. */
static void
bind_observation(struct statement *s, size_t row, struct sceau_slice key, int64_t count)
{
    int n = 2 + (int)row * ROW_COLUMNS;
    bind_text(s, n, tally_take_text(&key));
    bind_int(s, n + 1, tally_take_number(&key));
    for (int column = 2; column <= 4; column++)
        bind_blob(s, n + column, tally_take_octets(&key));
    bind_text(s, n + 5, tally_take_text(&key));
    bind_text(s, n + 6, tally_take_text(&key));
    bind_blob(s, n + 7, key);
    bind_int(s, n + 8, count);
}

static bool
add_observation(struct fold *f, struct sceau_slice key, int64_t count)
{
    struct statement *s =
        database_prepare(f->db, INTO_OBSERVATION
                         "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)" ADD_COUNT);
    bind_int(s, 1, f->share);
    bind_observation(s, 0, key, count);
    return done(s);
}

static bool
add_rows(struct fold *f)
{
    struct statement *s =
        database_prepare(f->db, INTO_OBSERVATION
                         "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10), "
                         "(?1, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19), "
                         "(?1, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28), "
                         "(?1, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37), "
                         "(?1, ?38, ?39, ?40, ?41, ?42, ?43, ?44, ?45, ?46), "
                         "(?1, ?47, ?48, ?49, ?50, ?51, ?52, ?53, ?54, ?55), "
                         "(?1, ?56, ?57, ?58, ?59, ?60, ?61, ?62, ?63, ?64)" ADD_COUNT);
    bind_int(s, 1, f->share);
    for (size_t i = 0; i < ROWS; i++)
        bind_observation(s, i, row_of(f, i), f->rows[i].count);
    return done(s);
}

static bool
add_waiting_rows(struct fold *f)
{
    bool is_good = true;
    if (f->row_count == ROWS)
        is_good = add_rows(f);
    else
        for (size_t i = 0; i < f->row_count && is_good; i++)
            is_good = add_observation(f, row_of(f, i), f->rows[i].count);
    f->row_count = 0;
    return is_good;
}

/* A server takes rows of one statement for three quarters of what they cost one by one; SQLite
 * keeps a copy of each page that it changes for a statement of several. No row stands in a
 * statement twice: a tally without a folder begins anew when it was full. */
static bool
take_observation(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct fold *f = self;
    struct sceau_slice row = slice_sub(key, 0, key.len - 1); /* it ends with a NUL */
    if (!begin(f))
        return false;
    if (!database_is_shared(f->db))
        return add_observation(f, row, values[0]);
    if (f->row_count > 0 && tally_compare(row, row_of(f, f->row_count - 1)) <= 0 &&
        !add_waiting_rows(f))
        return false;
    struct waiting_row *to = &f->rows[f->row_count++];
    memcpy(to->octets, row.ptr, row.len);
    to->len = row.len;
    to->count = values[0];
    return f->row_count < ROWS || add_waiting_rows(f);
}

static bool
take_key_use(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct fold *f = self;
    if (!begin(f))
        return false;
    struct statement *s = database_prepare(
        f->db,
        "INSERT INTO key_use (domain, selector, day, signed, share) VALUES (?1, ?2, ?3, "
        "?4, ?5) ON CONFLICT (domain, selector, day, share) DO UPDATE SET signed = "
        "key_use.signed + excluded.signed");
    bind_text(s, 1, tally_take_text(&key));
    bind_text(s, 2, tally_take_text(&key));
    bind_int(s, 3, tally_take_number(&key));
    bind_int(s, 4, values[0]);
    bind_int(s, 5, f->share);
    return done(s);
}

static void
hash_begin(struct fold *f)
{
    if (EVP_DigestInit_ex(f->digest, f->sha256, NULL) != 1)
        f->has_failed = true;
}

static void
hash_add(struct fold *f, struct sceau_slice octets)
{
    if (EVP_DigestUpdate(f->digest, octets.ptr, octets.len) != 1)
        f->has_failed = true;
}

/* The first `size` octets of the hash. */
static struct sceau_slice
hash_end(struct fold *f, size_t size, uint8_t out[HASH_SIZE])
{
    if (EVP_DigestFinal_ex(f->digest, out, NULL) != 1)
        f->has_failed = true;
    return (struct sceau_slice){(const char *)out, size};
}

static struct sceau_slice
hash_of(struct fold *f, struct sceau_slice octets, uint8_t out[HASH_SIZE])
{
    hash_begin(f);
    hash_add(f, octets);
    return hash_end(f, HASH_SIZE, out);
}

static struct sceau_slice
address_octets(const struct sceau_ip *ip)
{
    return (struct sceau_slice){(const char *)ip->octets, ip->version == 4 ? 4 : 16};
}

/* ---- one message ---- */

/* All that tells rows apart: what is in `row` and what has columns of its own. */
static struct sceau_slice
hash_row(struct fold *f, struct sceau_slice row, uint8_t out[HASH_SIZE])
{
    const struct sceau_slice end = {"", 1};
    hash_begin(f);
    hash_add(f, address_octets(&f->record.ip));
    hash_add(f, f->record.header_from);
    hash_add(f, end);
    hash_add(f, f->record.envelope_from);
    hash_add(f, end);
    hash_add(f, row);
    return hash_end(f, ROW_HASH_SIZE, out);
}

static void
put_row(struct tally_key *key, const struct fold *f, int64_t day,
        struct sceau_slice policy_hash, struct sceau_slice row_hash)
{
    tally_key_begin(key);
    tally_key_text(key, f->message.policy_domain);
    tally_key_number(key, day);
    tally_key_octets(key, policy_hash);
    tally_key_octets(key, row_hash);
    tally_key_octets(key, address_octets(&f->record.ip));
    tally_key_text(key, f->record.header_from);
    tally_key_text(key, f->record.envelope_from);
}

static void
keep_payload(struct fold *f, struct payloads *p, struct sceau_slice payload)
{
    if (p->count == p->size) {
        size_t size = p->size > 0 ? 2 * p->size : 64;
        struct sceau_slice *items = realloc(p->items, size * sizeof *items);
        if (items == NULL) {
            f->has_failed = true;
            return;
        }
        p->items = items;
        p->size = size;
    }
    p->items[p->count++] = payload;
}

static void
observe(struct fold *f, int64_t day, struct sceau_slice payload)
{
    uint8_t of_policy[HASH_SIZE], of_row[HASH_SIZE];
    struct text row = text_new(f->arena, ROW_MAX);
    observation_of(&f->message, &f->record);
    observation_write(&row, &f->record);
    struct sceau_slice policy_hash = hash_of(f, f->message.record, of_policy);
    bool is_long = !fold_policies_note(&f->policies, policy_hash, f->message.record);
    put_row(&f->key, f, day, policy_hash, hash_row(f, text_so_far(&row), of_row));
    tally_key_text(&f->key, text_so_far(&row));
    f->counts.reported++;
    f->has_failed = f->has_failed || row.has_failed;
    if (is_long || f->key.is_long)
        keep_payload(f, &f->long_rows, payload);
    else
        tally_add(&f->observations, &f->key, 1, 0);
}

/* A message that was read before: its policy and its row, each at once. */
static bool
add_long_row(struct fold *f, struct sceau_slice payload)
{
    uint8_t of_policy[HASH_SIZE], of_row[HASH_SIZE];
    struct text row = text_new(f->arena, ROW_MAX),
                key = text_new(f->arena, 2 * ROW_MAX);
    if (record_read(payload, &f->message) != SCEAU_OK)
        return false;
    observation_of(&f->message, &f->record);
    observation_write(&row, &f->record);
    struct sceau_slice policy_hash = hash_of(f, f->message.record, of_policy);
    put_row(&f->key, f, (int64_t)f->message.time_us / MICROSECONDS_OF_DAY, policy_hash,
            hash_row(f, text_so_far(&row), of_row));
    text_slice(&key, (struct sceau_slice){f->key.octets, f->key.len});
    text_slice(&key, text_so_far(&row));
    bool is_added = !row.has_failed && !key.has_failed && !f->has_failed &&
                    add_observation(f, text_so_far(&key), 1) &&
                    fold_policies_add(&f->policies, policy_hash, f->message.record);
    sceau_arena_clear(f->arena);
    return is_added;
}

static bool
add_long_rows(struct fold *f)
{
    for (size_t i = 0; i < f->long_rows.count; i++)
        if (!add_long_row(f, f->long_rows.items[i]))
            return false;
    return true;
}

static void
count_keys(struct fold *f, int64_t day)
{
    for (size_t i = 0; i < f->message.selector_count; i++) {
        tally_key_begin(&f->key);
        tally_key_text(&f->key, record_signing_domain(&f->message));
        tally_key_text(&f->key, f->message.selectors[i]);
        tally_key_number(&f->key, day);
        tally_add(&f->key_uses, &f->key, 1, 0);
    }
}

/* A segment is of one host: its first record says whose. */
static void
remember_host(struct fold *f, struct added *segment)
{
    int64_t time = (int64_t)(f->message.time_us / 1000000);
    struct sceau_slice host = f->message.host;
    if (segment->records == 1) {
        segment->host =
            slice_copy(f->names,
                       slice_sub(host, 0, host.len < HOST_MAX ? host.len : HOST_MAX));
    }
    segment->seen = time > segment->seen ? time : segment->seen;
}

static bool
take_samples(struct fold *f)
{
    bool is_good = true;
    for (size_t i = 0; i < f->given.count && is_good; i++)
        is_good = f->samples->take(f->samples, f->given.items[i]);
    return is_good;
}

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

static void
take_message(struct fold *f, struct added *segment, struct sceau_slice payload)
{
    if (record_type(payload) == RECORD_FAILURE_SAMPLE) {
        if (f->samples != NULL)
            keep_payload(f, &f->given, payload);
        return;
    }
    if (record_read(payload, &f->message) != SCEAU_OK ||
        f->message.time_us > INT64_MAX) {
        segment->skipped++;
        return;
    }
    int64_t day = (int64_t)f->message.time_us / MICROSECONDS_OF_DAY;
    segment->records++;
    remember_host(f, segment);
    count_keys(f, day);
    if (observation_is_reported(&f->message, f->reports_refused))
        observe(f, day, payload);
    sceau_arena_clear(f->arena);
}

/* ---- segments that were folded ---- */

/* Where it is, or could be. */
static size_t
find_name(const struct names *names, uint64_t hash)
{
    size_t at = hash % names->size;
    while (names->slots[at] != 0 && names->slots[at] != hash)
        at = (at + 1) % names->size;
    return at;
}

static bool
has_name(const struct names *names, uint64_t hash)
{
    return names->size > 0 && names->slots[find_name(names, hash)] == hash;
}

/* Without memory it is not remembered, and asked again. */
static void
add_name(struct names *names, uint64_t hash)
{
    if (2 * (names->count + 1) > names->size) {
        struct names larger = {.size = names->size > 0 ? 2 * names->size : 1024};
        larger.slots = calloc(larger.size, sizeof *larger.slots);
        if (larger.slots == NULL)
            return;
        for (size_t i = 0; i < names->size; i++)
            if (names->slots[i] != 0)
                larger.slots[find_name(&larger, names->slots[i])] = names->slots[i];
        larger.count = names->count;
        free(names->slots);
        *names = larger;
    }
    names->slots[find_name(names, hash)] = hash;
    names->count++;
}

bool
fold_is_removing(struct fold *f, int64_t now)
{
    if (now >= f->removing && now - f->removing < REMOVE_SECONDS)
        return false;
    f->removing = now;
    return true;
}

static uint64_t
hash_of_name(struct sceau_slice name)
{
    const struct hash_key key = {0}; /* our own daemons choose the names */
    return hash_octets(&key, name) | 1;
}

bool
fold_has_seen(const struct fold *f, struct sceau_slice name)
{
    return has_name(&f->folded, hash_of_name(name));
}

void
fold_doubt(struct fold *f)
{
    unsigned connections = database_connections(f->db);
    if (connections == f->connections)
        return;
    free(f->folded.slots);
    f->folded = (struct names){0};
    fold_policies_forget(&f->policies);
    f->connections = connections;
}

bool
fold_learn(struct fold *f, struct sceau_slice from, struct sceau_slice to)
{
    struct statement *s =
        database_prepare(f->db,
                         "SELECT name FROM segment WHERE name >= ?1 AND name < ?2");
    int step;
    bind_text(s, 1, from);
    bind_text(s, 2, to);
    while ((step = statement_step(s)) == 1)
        if (!fold_has_seen(f, column_text(s, 0)))
            add_name(&f->folded, hash_of_name(column_text(s, 0)));
    return step == 0;
}

bool
fold_is_folded(struct fold *f, struct sceau_slice name, bool *is_folded)
{
    uint64_t hash = hash_of_name(name);
    *is_folded = has_name(&f->folded, hash);
    if (*is_folded)
        return true;
    struct statement *s =
        database_prepare(f->db, "SELECT 1 FROM segment WHERE name = ?1");
    bind_text(s, 1, name);
    int row = statement_step(s);
    *is_folded = row == 1;
    statement_reset(s);
    if (*is_folded)
        add_name(&f->folded, hash);
    return row >= 0;
}

/* ---- a batch ---- */

#define CLAIM "INSERT INTO segment (folded, name, host, records, skipped) VALUES "
#define NEW   " ON CONFLICT (name) DO NOTHING"

static void
bind_claim(struct statement *s, size_t row, const struct added *segment)
{
    int n = 2 + (int)row * CLAIM_COLUMNS;
    bind_text(s, n, segment->name);
    bind_text(s, n + 1, segment->host);
    bind_int(s, n + 2, (int64_t)segment->records);
    bind_int(s, n + 3, (int64_t)segment->skipped);
}

/* What is left of the rows is the last segment again: nothing is done for it. */
static struct statement *
claim_many(struct fold *f, const struct added *segments, size_t count)
{
    struct statement *s = database_prepare(
        f->db,
        CLAIM "(?1, ?2, ?3, ?4, ?5), (?1, ?6, ?7, ?8, ?9), (?1, ?10, ?11, ?12, ?13), "
              "(?1, ?14, ?15, ?16, ?17), (?1, ?18, ?19, ?20, ?21), "
              "(?1, ?22, ?23, ?24, ?25), (?1, ?26, ?27, ?28, ?29), "
              "(?1, ?30, ?31, ?32, ?33), (?1, ?34, ?35, ?36, ?37), "
              "(?1, ?38, ?39, ?40, ?41), (?1, ?42, ?43, ?44, ?45), "
              "(?1, ?46, ?47, ?48, ?49), (?1, ?50, ?51, ?52, ?53), "
              "(?1, ?54, ?55, ?56, ?57), (?1, ?58, ?59, ?60, ?61)" NEW);
    for (size_t i = 0; i < CLAIMS; i++)
        bind_claim(s, i, &segments[i < count ? i : count - 1]);
    return s;
}

static struct statement *
claim_one(struct fold *f, const struct added *segment)
{
    struct statement *s = database_prepare(f->db, CLAIM "(?1, ?2, ?3, ?4, ?5)" NEW);
    bind_claim(s, 0, segment);
    return s;
}

/* Segments are ours when their rows were not there. */
static bool
claim(struct fold *f, const struct added *segments, size_t count)
{
    struct statement *s =
        count > 1 ? claim_many(f, segments, count) : claim_one(f, segments);
    bind_int(s, 1, f->now);
    int64_t rows = done(s) ? database_changes(f->db) : -1;
    f->is_before = rows >= 0 && rows < (int64_t)count;
    return rows == (int64_t)count;
}

/* A server answers to each of these before the next: it may be far away. */
static bool
claim_segments(struct fold *f)
{
    size_t at_once = database_is_shared(f->db) ? CLAIMS : 1;
    bool is_ours = true;
    for (size_t at = 0; at < f->count && is_ours; at += at_once) {
        size_t left = f->count - at;
        f->claimed = at;
        is_ours = claim(f, f->segments + at, left < at_once ? left : at_once);
    }
    return is_ours;
}

/* The transaction is undone: which of those claimed last are there? None, when two names are one
 * to the store (octets that are no UTF-8), or whoever had folded it is undone as well. */
static enum fold_outcome
find_folded(struct fold *f)
{
    bool is_any = false, is_folded;
    for (size_t i = f->claimed; i < f->count && i < f->claimed + CLAIMS; i++) {
        if (!fold_is_folded(f, f->segments[i].name, &is_folded))
            return FOLD_FAILED;
        is_any = is_any || is_folded;
    }
    if (!is_any)
        f->most = 1;
    return is_any || f->count > 1 ? FOLD_BEFORE : FOLD_FAILED;
}

static bool
write_host(struct fold *f, struct sceau_slice host, int64_t seen)
{
    struct statement *s = database_prepare(
        f->db, "INSERT INTO host (name, version, seen) VALUES (?1, ?2, ?3) ON CONFLICT "
               "(name) DO UPDATE SET version = excluded.version, seen = CASE WHEN "
               "excluded.seen > host.seen THEN excluded.seen ELSE host.seen END");
    bind_text(s, 1, host);
    bind_int(s, 2, RECORD_VERSION);
    bind_int(s, 3, seen);
    return done(s);
}

/* Segments of one host are neighbours. */
static bool
write_hosts(struct fold *f)
{
    bool is_good = true;
    for (size_t i = 0; i < f->count && is_good; i++) {
        const struct added *segment = &f->segments[i];
        int64_t seen = segment->seen;
        for (; i + 1 < f->count && f->segments[i + 1].records > 0 &&
               slice_eq(f->segments[i + 1].host, segment->host);
             i++)
            seen = f->segments[i + 1].seen > seen ? f->segments[i + 1].seen : seen;
        is_good = segment->records == 0 || write_host(f, segment->host, seen);
    }
    return is_good;
}

static void
read_frames(struct fold *f, struct added *segment, struct sceau_slice octets)
{
    struct frame_reader reader = {.octets = octets};
    struct sceau_slice payload;
    while (!f->has_failed && frame_next(&reader, &payload) == FRAME_GOOD)
        take_message(f, segment, payload);
    segment->skipped += reader.skipped;
}

/* What its file failed with is a failure of the store's. */
static bool
flush(struct fold *f, struct tally *tally)
{
    if (tally_flush(tally))
        return true;
    if (tally_why(tally) != 0)
        database_note(f->db,
                      tally_why(tally) == ENOSPC ? DATABASE_FULL : DATABASE_ERROR,
                      strerror(tally_why(tally)));
    return false;
}

bool
fold_tries_again(struct fold *f, unsigned *tries)
{
    return database_is_shared(f->db) && database_try_again(f->db, tries);
}

static bool
write_policies(struct fold *f)
{
    return flush(f, &f->policies.tally) && fold_policies_end(&f->policies);
}

/* Before the sums, and committed: all hosts bring the same new ones, and would wait for each
 * other until the sums are committed. In a file they go with the sums, for one commit. */
static bool
write_policies_apart(struct fold *f)
{
    if (!database_is_shared(f->db) || f->is_begun ||
        !fold_policies_are_noted(&f->policies))
        return true;
    f->began_ms = monotonic_ms();
    f->is_begun = database_begin_adding(f->db);
    if (!f->is_begun || !write_policies(f))
        return false;
    f->is_begun = !database_commit(f->db);
    return !f->is_begun;
}

/* The one that has the policies that we know, and where segments were asked for. */
static bool
is_same_server(struct fold *f)
{
    return database_connections(f->db) == f->connections ||
           database_note(f->db, DATABASE_BUSY,
                         N_("the server was lost and found again meanwhile"));
}

static bool
write_batch(struct fold *f)
{
    return write_policies_apart(f) && begin(f) && is_same_server(f) &&
           claim_segments(f) && take_samples(f) && flush(f, &f->observations) &&
           add_waiting_rows(f) && add_long_rows(f) && flush(f, &f->key_uses) &&
           write_hosts(f) && write_policies(f) && database_commit(f->db);
}

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
    struct added *segment = &f->segments[f->count++];
    *segment = (struct added){.name = slice_copy(f->names, name)};
    f->octets += octets.len;
    read_frames(f, segment, octets);
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
    int64_t took = monotonic_ms() - f->began_ms;
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
    if (f->has_failed || !write_batch(f)) {
        if (f->is_begun)
            choose_batch(f, false);
        fold_batch_drop(f);
        end_samples(f, false);
        return f->is_before ? find_folded(f) : FOLD_FAILED;
    }
    f->is_begun = false;
    end_samples(f, true);
    choose_batch(f, true);
    for (size_t i = 0; i < f->count; i++)
        if (!fold_has_seen(f, f->segments[i].name))
            add_name(&f->folded, hash_of_name(f->segments[i].name));
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
    tally_init(&f->observations, folder, take_observation, f);
    tally_enlarge(&f->observations, ROOM);
    tally_init(&f->key_uses, folder, take_key_use, f);
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
