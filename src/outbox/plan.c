#include "plan.h"

#include "sceau/dmarc.h"

#include "folder.h"
#include "schedule.h"
#include "store/meta.h"
#include "store/observation.h"

#include <stdio.h>

#define DAY        86400
#define STORE_NAME SCEAU_SLICE("outbox.store") /* in `meta` */
#define PLAN_ARENA ((size_t)256 * 1024)        /* a record, parsed */

struct configuration {
    struct sceau_slice policy_domain, hash;
    int64_t day;
};

struct planning {
    struct database *db;
    const struct outbox_settings *settings;
    struct sceau_arena *arena; /* of one report */
    struct sceau_arena *last_arena;
    struct configuration last; /* of the transaction before */
    size_t batch;
    uint64_t rows; /* that this transaction took away */
    struct outbox_planned *planned;
    char store[OUTBOX_ID_SIZE];
};

bool
outbox_store_name(struct database *db, char name[OUTBOX_ID_SIZE])
{
    struct text value = text_in(name, OUTBOX_ID_SIZE);
    name[0] = '\0';
    int step = meta_read(db, STORE_NAME, &value);
    text_done(&value);
    return step >= 0;
}

/* In the transaction of the plan. */
static bool
name_store(struct planning *p)
{
    char name[OUTBOX_ID_SIZE];
    if (!outbox_store_name(p->db, p->store) || p->store[0] != '\0')
        return p->store[0] != '\0';
    return outbox_random_name(name, sizeof name) &&
           meta_keep(p->db, STORE_NAME, sceau_slice_from(name)) &&
           outbox_store_name(p->db, p->store) && p->store[0] != '\0';
}

struct outbox_identity
outbox_identity_of(const struct outbox_settings *settings, const char *store,
                   struct sceau_slice policy_domain, int64_t day,
                   struct sceau_slice policy_hash, int64_t part,
                   char configuration[OUTBOX_CONFIGURATION])
{
    size_t len = policy_hash.len <= OUTBOX_CONFIGURATION - sizeof part
                     ? policy_hash.len
                     : OUTBOX_CONFIGURATION - sizeof part;
    memcpy(configuration, policy_hash.ptr, len);
    memcpy(configuration + len, &part, sizeof part);
    return (struct outbox_identity){
        .receiver = settings->receiver,
        .policy_domain = policy_domain,
        .begin = day * DAY,
        .end = (day + 1) * DAY - 1,
        .policy_hash = {configuration, len + sizeof part},
        .store = sceau_slice_from(store),
    };
}

/* Does the owner ask for reports? Without rua there is none (RFC 9990 section 3.4). */
static bool
is_wanted(struct planning *p, struct sceau_slice record)
{
    struct sceau_dmarc_record parsed;
    struct sceau_diag diag;
    return sceau_dmarc_record_parse(p->arena, record, &parsed, &diag) == SCEAU_OK &&
           parsed.rua_count > 0;
}

/* ---- loops ---- */

/* Reports that were taken from this organisation on that day. False: the database failed. */
static bool
count_reports(struct planning *p, struct sceau_slice policy_domain, int64_t day,
              uint64_t *reports)
{
    struct statement *s = database_prepare(
        p->db, "SELECT count(*) FROM report WHERE received >= ?2 AND received < ?3 AND "
               "(reporter = ?1 OR reporter LIKE '%.' || ?1)");
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, day * DAY);
    bind_int(s, 3, (day + 1) * DAY);
    bool is_read = statement_step(s) == 1;
    *reports = is_read ? (uint64_t)column_int(s, 0) : 0;
    statement_reset(s);
    return is_read;
}

static bool
passes(struct sceau_slice octets)
{
    static _Thread_local struct report_record record; /* 20 KB: not on the stack */
    return observation_read(octets, &record) &&
           (record.dkim == REPORT_ALIGNED_PASS || record.spf == REPORT_ALIGNED_PASS);
}

/* Is there nothing but mail of loops? Reads on until more passes than reports can be. */
static bool
look_for_loop(struct planning *p, struct sceau_slice policy_domain, int64_t day,
              struct sceau_slice policy_hash, bool *is_loop)
{
    uint64_t reports, ordinary = 0;
    int step;
    const struct sceau_slice from = p->settings->from;
    struct sceau_slice own = outbox_host_of(from);
    *is_loop = false;
    if (!count_reports(p, policy_domain, day, &reports))
        return false;
    struct statement *rows = database_prepare(
        p->db, "SELECT header_from, envelope_from, row, count FROM observation WHERE "
               "policy_domain = ?1 AND day = ?2 AND policy_hash = ?3");
    bind_text(rows, 1, policy_domain);
    bind_int(rows, 2, day);
    bind_blob(rows, 3, policy_hash);
    while ((step = statement_step(rows)) == 1) {
        if (!passes(column_blob(rows, 2)))
            break;
        bool is_ours = slice_eq_ci(column_text(rows, 0), own);
        if (column_text(rows, 1).len > 0 && !is_ours)
            ordinary += (uint64_t)column_int(rows, 3);
        if (ordinary > reports)
            break;
    }
    *is_loop = step == 0;
    statement_reset(rows);
    return step >= 0;
}

static bool
forget(struct planning *p, struct sceau_slice policy_domain, int64_t day,
       struct sceau_slice policy_hash)
{
    struct statement *s = database_prepare(
        p->db, "DELETE FROM observation WHERE policy_domain = ?1 AND day = ?2 AND "
               "policy_hash = ?3");
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, day);
    bind_blob(s, 3, policy_hash);
    if (statement_step(s) != 0)
        return false;
    int64_t rows = database_is_shared(p->db) ? 0 : database_changes(p->db);
    p->rows += rows > 0 ? (uint64_t)rows : 0;
    return rows >= 0;
}

/* The part that these rows are; -1: they are planned already; -2: the database failed. */
static int64_t
next_part(struct planning *p, struct sceau_slice policy_domain, int64_t day,
          struct sceau_slice policy_hash)
{
    struct statement *s =
        database_prepare(p->db,
                         "SELECT count(*), coalesce(min(state), 1) FROM outgoing WHERE "
                         "policy_domain = ?1 AND day = ?2 AND policy_hash = ?3");
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, day);
    bind_blob(s, 3, policy_hash);
    if (statement_step(s) != 1)
        return -2;
    int64_t parts = column_int(s, 0);
    bool is_planned = column_int(s, 1) == OUTBOX_PLANNED;
    statement_reset(s);
    return is_planned ? -1 : parts;
}

static bool
insert(struct planning *p, struct sceau_slice policy_domain, int64_t day,
       struct sceau_slice policy_hash, int64_t part)
{
    char id[OUTBOX_ID_SIZE], configuration[OUTBOX_CONFIGURATION];
    struct outbox_identity identity =
        outbox_identity_of(p->settings, p->store, policy_domain, day, policy_hash, part,
                           configuration);
    struct statement *s = database_prepare(
        p->db,
        "INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, due, "
        "records, messages, octets, built, finished, lease_host, lease_until, receiver) "
        "VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, 0, 0, 0, 0, 0, '', 0, ?7)");
    outbox_id(&identity, id);
    bind_text(s, 1, sceau_slice_from(id));
    bind_text(s, 2, policy_domain);
    bind_int(s, 3, day);
    bind_blob(s, 4, policy_hash);
    bind_int(s, 5, part);
    bind_int(s, 6, outbox_due(policy_domain, identity.end, p->settings->spread));
    bind_text(s, 7, identity.receiver);
    p->planned->planned++;
    return statement_step(s) == 0;
}

static bool
plan_one(struct planning *p, const struct configuration *c, struct sceau_slice record)
{
    bool is_loop;
    if (outbox_names_have(p->settings->never, c->policy_domain) ||
        !is_wanted(p, record)) {
        p->planned->unwanted++;
        return forget(p, c->policy_domain, c->day, c->hash);
    }
    if (!look_for_loop(p, c->policy_domain, c->day, c->hash, &is_loop))
        return false;
    if (is_loop) {
        p->planned->looped++;
        return forget(p, c->policy_domain, c->day, c->hash);
    }
    int64_t part = next_part(p, c->policy_domain, c->day, c->hash);
    if (part < 0)
        return part == -1;
    return insert(p, c->policy_domain, c->day, c->hash, part);
}

#define CONFIGURATION "policy_domain, day, policy_hash"
#define NOT_PLANNED                                                         \
 "NOT EXISTS (SELECT 1 FROM outgoing g WHERE g.policy_domain = "            \
 "b.policy_domain AND g.day = b.day AND g.policy_hash = b.policy_hash AND " \
 "g.state = 0) "
#define NEXT_ONES(configurations, not_planned)                                      \
 "SELECT o.policy_domain, o.day, o.policy_hash, coalesce(p.record, '') FROM "       \
 "(" configurations " (" CONFIGURATION ") > (?1, ?2, ?3) AND day < ?4 " not_planned \
 "ORDER BY " CONFIGURATION " LIMIT ?5) o LEFT JOIN policy p ON "                    \
 "p.hash = o.policy_hash ORDER BY o.policy_domain, o.day, o.policy_hash"

/* Those that are planned already are passed over: a run that was stopped is gone on with. A file
 * asks once for each configuration whether it is, and not for each of its rows. A server would
 * keep to a plan for the second form that it made while there were no reports, and read all of
 * them for each. */
static struct statement *
next_ones(struct planning *p, int64_t today)
{
    struct statement *rows = database_prepare(
        p->db,
        database_is_shared(p->db)
            ? NEXT_ONES("SELECT DISTINCT " CONFIGURATION " FROM observation b WHERE",
                        "AND " NOT_PLANNED)
            : NEXT_ONES("SELECT " CONFIGURATION " FROM observation b WHERE",
                        "GROUP BY " CONFIGURATION " HAVING " NOT_PLANNED));
    bind_text(rows, 1, p->last.policy_domain);
    bind_int(rows, 2, p->last.day);
    bind_blob(rows, 3, p->last.hash);
    bind_int(rows, 4, today);
    bind_int(rows, 5, (int64_t)p->batch);
    return rows;
}

/* In a transaction. 1: there may be more; 0: that was all; -1: the database failed. */
static int
plan_some(struct planning *p, int64_t today)
{
    struct statement *rows = next_ones(p, today);
    struct configuration c = {0};
    size_t count = 0;
    bool is_full = false;
    int step = 0;
    p->rows = 0;
    while (!is_full && (step = statement_step(rows)) == 1) {
        sceau_arena_clear(p->arena);
        c = (struct configuration){slice_copy(p->arena, column_text(rows, 0)),
                                   slice_copy(p->arena, column_blob(rows, 2)),
                                   column_int(rows, 1)};
        if (!plan_one(p, &c, column_text(rows, 3)))
            return -1;
        is_full = ++count == p->batch || p->rows >= OUTBOX_PLAN_ROWS;
    }
    statement_reset(rows);
    if (!is_full)
        return step;
    sceau_arena_clear(p->last_arena);
    p->last = (struct configuration){slice_copy(p->last_arena, c.policy_domain),
                                     slice_copy(p->last_arena, c.hash), c.day};
    return p->last.policy_domain.ptr != NULL && p->last.hash.ptr != NULL ? 1 : -1;
}

static int
plan_transaction(struct planning *p, int64_t today)
{
    if (!database_begin(p->db))
        return -1;
    int some = p->store[0] != '\0' || name_store(p) ? plan_some(p, today) : -1;
    if (some < 0)
        database_rollback(p->db);
    return some >= 0 && database_commit(p->db) ? some : -1;
}

bool
outbox_plan(struct database *db, const struct outbox_settings *settings, int64_t now,
            struct outbox_planned *planned, bool (*is_stopping)(void *self), void *self)
{
    struct planning p = {
        .db = db,
        .settings = settings,
        .arena = sceau_arena_new(PLAN_ARENA),
        .last_arena = sceau_arena_new(PLAN_ARENA),
        .last = {SCEAU_SLICE(""), SCEAU_SLICE(""), INT64_MIN},
        .batch = database_is_shared(db) ? OUTBOX_PLAN_SHARED : OUTBOX_PLAN_BATCH,
        .planned = planned
    };
    int some = p.arena != NULL && p.last_arena != NULL ? 1 : -1;
    *planned = (struct outbox_planned){0};
    while (some > 0) {
        some = plan_transaction(&p, now / DAY);
        if (is_stopping != NULL && is_stopping(self))
            break;
    }
    sceau_arena_free(p.arena);
    sceau_arena_free(p.last_arena);
    return some >= 0;
}

struct outbox_names
outbox_own_names(const struct outbox_settings *settings, struct sceau_slice own[2])
{
    own[0] = settings->from;
    own[1] = settings->return_path;
    return (struct outbox_names){own, own[1].len > 0 ? 2 : 1};
}
