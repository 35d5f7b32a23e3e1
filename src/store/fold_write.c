/* The sums of a batch into the database. Why that counts each message once stands at the top of
 * fold.c. */
#include "database_backend.h"
#include "fold_inside.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define SHARES        (1 << 15)
#define CLAIM_COLUMNS 4 /* and the time, which is the same for all */

/* Whose rows they are. Where one host writes, all are nobody's. */
static void
set_share(struct fold *f)
{
    const struct hash_key key = {0}; /* two that collide add to the same sums */
    struct sceau_slice host = f->segments[f->count - 1].host;
    f->share =
        database_is_shared(f->db) ? (int64_t)(hash_octets(&key, host) % SHARES) : 0;
}

int64_t
fold_ms(void)
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
    f->began_ms = fold_ms();
    f->is_begun =
        may_take_samples ? database_begin_durable(f->db) : database_begin_adding(f->db);
    return f->is_begun;
}

/* ---- rows ---- */

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
    for (size_t i = 0; i < FOLD_ROWS; i++)
        bind_observation(s, i, row_of(f, i), f->rows[i].count);
    return done(s);
}

static bool
add_waiting_rows(struct fold *f)
{
    bool is_good = true;
    if (f->row_count == FOLD_ROWS)
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
bool
fold_take_observation(void *self, struct sceau_slice key,
                      const int64_t values[TALLY_VALUES])
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
    struct fold_waiting_row *to = &f->rows[f->row_count++];
    memcpy(to->octets, row.ptr, row.len);
    to->len = row.len;
    to->count = values[0];
    return f->row_count < FOLD_ROWS || add_waiting_rows(f);
}

bool
fold_take_key_use(void *self, struct sceau_slice key,
                  const int64_t values[TALLY_VALUES])
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

/* A message that was read before: its policy and its row, each at once. */
static bool
add_long_row(struct fold *f, struct sceau_slice payload)
{
    uint8_t of_policy[FOLD_HASH_SIZE];
    struct text key = text_new(f->arena, 2 * FOLD_ROW_MAX);
    bool is_added = fold_read_long(f, payload, &key, of_policy) &&
                    add_observation(f, text_so_far(&key), 1) &&
                    fold_policies_add(&f->policies,
                                      (struct sceau_slice){(const char *)of_policy,
                                                           sizeof of_policy},
                                      f->message.record);
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

static bool
take_samples(struct fold *f)
{
    bool is_good = true;
    for (size_t i = 0; i < f->given.count && is_good; i++)
        is_good = f->samples->take(f->samples, f->given.items[i]);
    return is_good;
}

/* ---- segments and their hosts ---- */

#define CLAIM "INSERT INTO segment (folded, name, host, records, skipped) VALUES "
#define NEW   " ON CONFLICT (name) DO NOTHING"

static void
bind_claim(struct statement *s, size_t row, const struct fold_added *segment)
{
    int n = 2 + (int)row * CLAIM_COLUMNS;
    bind_text(s, n, segment->name);
    bind_text(s, n + 1, segment->host);
    bind_int(s, n + 2, (int64_t)segment->records);
    bind_int(s, n + 3, (int64_t)segment->skipped);
}

/* What is left of the rows is the last segment again: nothing is done for it. */
static struct statement *
claim_many(struct fold *f, const struct fold_added *segments, size_t count)
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
    for (size_t i = 0; i < FOLD_CLAIMS; i++)
        bind_claim(s, i, &segments[i < count ? i : count - 1]);
    return s;
}

static struct statement *
claim_one(struct fold *f, const struct fold_added *segment)
{
    struct statement *s = database_prepare(f->db, CLAIM "(?1, ?2, ?3, ?4, ?5)" NEW);
    bind_claim(s, 0, segment);
    return s;
}

/* Segments are ours when their rows were not there. */
static bool
claim(struct fold *f, const struct fold_added *segments, size_t count)
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
    size_t at_once = database_is_shared(f->db) ? FOLD_CLAIMS : 1;
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
enum fold_outcome
fold_find_folded(struct fold *f)
{
    bool is_any = false, is_folded;
    for (size_t i = f->claimed; i < f->count && i < f->claimed + FOLD_CLAIMS; i++) {
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
        const struct fold_added *segment = &f->segments[i];
        int64_t seen = segment->seen;
        for (; i + 1 < f->count && f->segments[i + 1].records > 0 &&
               slice_eq(f->segments[i + 1].host, segment->host);
             i++)
            seen = f->segments[i + 1].seen > seen ? f->segments[i + 1].seen : seen;
        is_good = segment->records == 0 || write_host(f, segment->host, seen);
    }
    return is_good;
}

/* ---- the batch ---- */

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
    f->began_ms = fold_ms();
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

bool
fold_write(struct fold *f)
{
    return write_policies_apart(f) && begin(f) && is_same_server(f) &&
           claim_segments(f) && take_samples(f) && flush(f, &f->observations) &&
           add_waiting_rows(f) && add_long_rows(f) && flush(f, &f->key_uses) &&
           write_hosts(f) && write_policies(f) && database_commit(f->db);
}
