/* A segment holds messages that are mostly alike, so they are summed up in memory first
 * (tally.h), and rows go to the database in the order they lie there.
 *
 * Several hosts fold into one store. Each adds to rows of its own (`share`), so that none
 * waits for another: what is hot, the large senders of a day, is hot on all of them. Why each
 * message counts exactly once, in a transaction that is READ COMMITTED only:
 *   - the segment's row comes first, and its name is the key. Of two that fold the same
 *     segment the second waits there for the first; when that one commits, it finds the row
 *     and has added nothing; when that one dies, nothing of it is left and it goes on;
 *   - sums are added by the statement that reads them, under the row's lock. It does not
 *     matter in which order, so a share that two hosts have in common (it is a hash of the
 *     name) makes them wait, and nothing else;
 *   - whoever builds a report reads rows and deletes them in a SERIALIZABLE transaction: a row
 *     that grew meanwhile fails it ("concurrent update"), a new one it does not see stays for
 *     the next report, and one that it deletes first is inserted anew by us;
 *   - policies are shared, written last and in the order of their key: two hosts that see the
 *     same new ones wait for a moment, and not for each other in a circle.
 * Samples decide by what they read (outbox/failure.h): a transaction with them stays
 * SERIALIZABLE. What fails for another host is done again at once. */
#include "fold.h"

#include "database_backend.h"
#include "frame.h"
#include "observation.h"
#include "tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#define MICROSECONDS_OF_DAY (INT64_C(86400) * 1000000)
#define HASH_SIZE           32
#define ROW_HASH_SIZE       16
#define ROW_MAX             ((size_t)256 * 1024) /* octets of a row: a frame has no more */
#define KNOWN_SLOTS         (8 * 1024)
#define REMOVE_SECONDS      60
#define ROW_MEMORY          (8 * ROW_MAX)
#define SHARES              (1 << 15)

/* Policies that this segment has already: a shortcut only. */
struct known {
    size_t count;
    uint64_t slots[KNOWN_SLOTS]; /* 0 is free */
};

/* Segments that were found folded: what is in the database stays there, so it is asked once
 * for each name and connection. */
struct names {
    uint64_t *slots; /* keyed hashes; 0 is free */
    size_t size, count;
};

/* Payloads of this segment whose rows are too long for a tally: dozens of signatures. */
struct long_rows {
    struct sceau_slice *items;
    size_t count, size;
};

struct fold {
    struct database *db;
    struct fold_samples *samples; /* NULL: nobody wants them */
    struct names folded;
    unsigned connections; /* when these were asked for */
    struct tally observations, key_uses, policies;
    struct known known;
    struct long_rows long_rows;
    EVP_MD *sha256;
    EVP_MD_CTX *digest;
    struct sceau_arena *arena; /* of one row */
    struct tally_key key;
    struct record_message message;
    struct report_record record;
    struct fold_counts counts; /* of this segment */
    struct sceau_slice host;
    char host_name[256];
    int64_t share; /* of this host */
    int64_t seen;
    int64_t removing; /* when old segments were last looked for */
    bool reports_refused;
    bool has_failed;
};

/* ---- into the database ---- */

static bool
done(struct statement *s)
{
    return statement_step(s) == 0;
}

/* Key: policy domain, day, hash of the policy, hash of the row; then the row itself:
 * address, author, envelope sender, and to the end what observation_write wrote. */
static bool
add_observation(struct fold *f, struct sceau_slice key, int64_t count)
{
    struct statement *s = database_prepare(
        f->db,
        "INSERT INTO observation (policy_domain, day, policy_hash, row_hash, ip, "
        "header_from, envelope_from, row, count, share) VALUES (?1, ?2, ?3, ?4, ?5, ?6, "
        "?7, ?8, ?9, ?10) ON CONFLICT (policy_domain, day, policy_hash, row_hash, share) "
        "DO UPDATE SET count = observation.count + excluded.count");
    bind_text(s, 1, tally_take_text(&key));
    bind_int(s, 2, tally_take_number(&key));
    for (int column = 3; column <= 5; column++)
        bind_blob(s, column, tally_take_octets(&key));
    bind_text(s, 6, tally_take_text(&key));
    bind_text(s, 7, tally_take_text(&key));
    bind_blob(s, 8, key);
    bind_int(s, 9, count);
    bind_int(s, 10, f->share);
    return done(s);
}

static bool
take_observation(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    /* tally_key_text ended the row with a NUL */
    return add_observation(self, slice_sub(key, 0, key.len - 1), values[0]);
}

static bool
take_key_use(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct fold *f = self;
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

static bool
add_policy(struct fold *f, struct sceau_slice hash, struct sceau_slice record)
{
    struct statement *s =
        database_prepare(f->db, "INSERT INTO policy (hash, record) VALUES (?1, ?2) ON "
                                "CONFLICT (hash) DO NOTHING");
    bind_blob(s, 1, hash);
    bind_text(s, 2, record);
    return done(s);
}

static bool
take_policy(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    (void)values;
    struct sceau_slice hash = tally_take_octets(&key);
    return add_policy(self, hash, key);
}

/* Was this hash here before, in this segment? It is now. */
static bool
is_known(struct known *known, uint64_t hash)
{
    size_t at = hash % KNOWN_SLOTS;
    hash |= 1;
    if (known->count > KNOWN_SLOTS / 2)
        memset(known, 0, sizeof *known);
    for (; known->slots[at] != 0; at = (at + 1) % KNOWN_SLOTS)
        if (known->slots[at] == hash)
            return true;
    known->slots[at] = hash;
    known->count++;
    return false;
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

static uint64_t
first_octets(struct sceau_slice hash)
{
    uint64_t number;
    memcpy(&number, hash.ptr, sizeof number);
    return number;
}

/* False: it is too long for a tally. */
static bool
note_policy(struct fold *f, struct sceau_slice hash)
{
    if (hash.len + f->message.record.len >= TALLY_KEY_MAX)
        return false;
    if (is_known(&f->known, first_octets(hash)))
        return true;
    tally_key_begin(&f->key);
    tally_key_octets(&f->key, hash);
    if (f->message.record.len > 0)
        memcpy(f->key.octets + f->key.len, f->message.record.ptr,
               f->message.record.len);
    f->key.len += f->message.record.len;
    tally_add(&f->policies, &f->key, 1, 0);
    return true;
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
keep_long_row(struct fold *f, struct sceau_slice payload)
{
    struct long_rows *l = &f->long_rows;
    if (l->count == l->size) {
        size_t size = l->size > 0 ? 2 * l->size : 64;
        struct sceau_slice *items = realloc(l->items, size * sizeof *items);
        if (items == NULL) {
            f->has_failed = true;
            return;
        }
        l->items = items;
        l->size = size;
    }
    l->items[l->count++] = payload;
}

static void
observe(struct fold *f, int64_t day, struct sceau_slice payload)
{
    uint8_t of_policy[HASH_SIZE], of_row[HASH_SIZE];
    struct text row = text_new(f->arena, ROW_MAX);
    observation_of(&f->message, &f->record);
    observation_write(&row, &f->record);
    struct sceau_slice policy_hash = hash_of(f, f->message.record, of_policy);
    bool is_long = !note_policy(f, policy_hash);
    put_row(&f->key, f, day, policy_hash, hash_row(f, text_so_far(&row), of_row));
    tally_key_text(&f->key, text_so_far(&row));
    f->counts.reported++;
    f->has_failed = f->has_failed || row.has_failed;
    if (is_long || f->key.is_long)
        keep_long_row(f, payload);
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
                    add_policy(f, policy_hash, f->message.record);
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

static void
remember_host(struct fold *f)
{
    size_t len = f->message.host.len < sizeof f->host_name ? f->message.host.len
                                                           : sizeof f->host_name;
    int64_t time = (int64_t)(f->message.time_us / 1000000);
    if (len > 0)
        memcpy(f->host_name, f->message.host.ptr, len);
    f->host = (struct sceau_slice){f->host_name, len};
    f->seen = time > f->seen ? time : f->seen;
}

static void
take_sample(struct fold *f, struct sceau_slice payload)
{
    if (f->samples != NULL && !f->samples->take(f->samples, payload))
        f->has_failed = true;
}

void
fold_give_samples(struct fold *f, struct fold_samples *samples)
{
    f->samples = samples;
}

void
fold_report_refused(struct fold *f, bool reports_refused)
{
    f->reports_refused = reports_refused;
}

static void
take_message(struct fold *f, struct sceau_slice payload)
{
    if (record_type(payload) == RECORD_FAILURE_SAMPLE) {
        take_sample(f, payload);
        return;
    }
    if (record_read(payload, &f->message) != SCEAU_OK ||
        f->message.time_us > INT64_MAX) {
        f->counts.skipped++;
        return;
    }
    int64_t day = (int64_t)f->message.time_us / MICROSECONDS_OF_DAY;
    f->counts.records++;
    remember_host(f);
    count_keys(f, day);
    if (observation_is_reported(&f->message, f->reports_refused))
        observe(f, day, payload);
    sceau_arena_clear(f->arena);
}

/* ---- one segment ---- */

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

/* Whose rows they are. Where one host writes, all are nobody's. */
static void
set_share(struct fold *f)
{
    const struct hash_key key = {0}; /* two that collide add to the same sums */
    f->share =
        database_is_shared(f->db) ? (int64_t)(hash_octets(&key, f->host) % SHARES) : 0;
}

/* The segment is ours when its row was not there. */
static bool
claim_segment(struct fold *f, struct sceau_slice name, int64_t now, bool *is_ours)
{
    struct statement *s = database_prepare(
        f->db, "INSERT INTO segment (name, host, folded, records, skipped) VALUES (?1, "
               "'', ?2, 0, 0) ON CONFLICT (name) DO NOTHING");
    bind_text(s, 1, name);
    bind_int(s, 2, now);
    bool is_done = done(s);
    *is_ours = is_done && database_changes(f->db) == 1;
    return is_done && (*is_ours || database_changes(f->db) == 0);
}

static bool
write_segment(struct fold *f, struct sceau_slice name)
{
    struct statement *s = database_prepare(
        f->db,
        "UPDATE segment SET host = ?2, records = ?3, skipped = ?4 WHERE name = ?1");
    bind_text(s, 1, name);
    bind_text(s, 2, f->host);
    bind_int(s, 3, (int64_t)f->counts.records);
    bind_int(s, 4, (int64_t)f->counts.skipped);
    return done(s);
}

static bool
write_host(struct fold *f)
{
    struct statement *s = database_prepare(
        f->db, "INSERT INTO host (name, version, seen) VALUES (?1, ?2, ?3) ON CONFLICT "
               "(name) DO UPDATE SET version = excluded.version, seen = CASE WHEN "
               "excluded.seen > host.seen THEN excluded.seen ELSE host.seen END");
    if (f->counts.records == 0)
        return true;
    bind_text(s, 1, f->host);
    bind_int(s, 2, RECORD_VERSION);
    bind_int(s, 3, f->seen);
    return done(s);
}

static bool
read_frames(struct fold *f, struct sceau_slice octets)
{
    struct frame_reader reader = {.octets = octets};
    struct sceau_slice payload;
    while (!f->has_failed && frame_next(&reader, &payload) == FRAME_GOOD)
        take_message(f, payload);
    f->counts.skipped += reader.skipped;
    return !f->has_failed;
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

static bool
write_sums(struct fold *f, struct sceau_slice name)
{
    set_share(f);
    return flush(f, &f->observations) && add_long_rows(f) && flush(f, &f->key_uses) &&
           write_host(f) && write_segment(f, name) && flush(f, &f->policies);
}

static void
forget(struct fold *f)
{
    tally_drop(&f->observations);
    tally_drop(&f->key_uses);
    tally_drop(&f->policies);
    memset(&f->known, 0, sizeof f->known);
    f->long_rows.count = 0;
    f->counts = (struct fold_counts){.segments = 1};
    f->host = SLICE_NONE;
    f->seen = 0;
    f->has_failed = false;
}

static enum fold_outcome
fold_once(struct fold *f, struct sceau_slice name, struct sceau_slice octets,
          int64_t now)
{
    bool is_ours;
    forget(f);
    if (!(f->samples != NULL ? database_begin_durable(f->db)
                             : database_begin_adding(f->db)))
        return FOLD_FAILED;
    if (!claim_segment(f, name, now, &is_ours)) {
        database_rollback(f->db);
        return FOLD_FAILED;
    }
    if (!is_ours) {
        database_rollback(f->db);
        return FOLD_BEFORE;
    }
    if (!read_frames(f, octets) || !write_sums(f, name)) {
        database_rollback(f->db);
        return FOLD_FAILED;
    }
    return database_commit(f->db) ? FOLD_DONE : FOLD_FAILED;
}

enum fold_outcome
fold_segment(struct fold *f, struct sceau_slice name, struct sceau_slice octets,
             int64_t now, struct fold_counts *counts)
{
    unsigned tries = 0;
    enum fold_outcome outcome = fold_once(f, name, octets, now);
    while (outcome == FOLD_FAILED && database_is_shared(f->db) &&
           database_try_again(f->db, &tries))
        outcome = fold_once(f, name, octets, now);
    if (outcome != FOLD_FAILED && !fold_has_seen(f, name))
        add_name(&f->folded, hash_of_name(name));
    if (outcome != FOLD_DONE)
        return outcome;
    counts->segments++;
    counts->records += f->counts.records;
    counts->reported += f->counts.reported;
    counts->skipped += f->counts.skipped;
    return FOLD_DONE;
}

/* ---- memory ---- */

struct fold *
fold_new(struct database *db)
{
    struct fold *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->db = db;
    f->arena = sceau_arena_new(ROW_MEMORY);
    f->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    f->digest = EVP_MD_CTX_new();
    const char *folder = database_folder(db);
    tally_init(&f->observations, folder, take_observation, f);
    tally_init(&f->key_uses, folder, take_key_use, f);
    tally_init(&f->policies, folder, take_policy, f);
    if (f->arena == NULL || f->sha256 == NULL || f->digest == NULL) {
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
    tally_clear(&f->policies);
    free(f->long_rows.items);
    free(f->folded.slots);
    EVP_MD_CTX_free(f->digest);
    EVP_MD_free(f->sha256);
    sceau_arena_free(f->arena);
    free(f);
}
