/* What a report gave to the roll-ups is worked out from its rows as it was when it came, and
 * added again or taken away. Which reports are due is told by report.counted. */
#include "recount.h"

#include "database_backend.h"
#include "report_pack.h"
#include "rollup.h"

#define MEMORY ((size_t)16 * 1024 * 1024)
#define BATCH  100 /* reports of one transaction */

struct recount {
    struct database *db;
    struct sceau_arena *arena; /* of a report's head */
    struct sceau_arena *piece; /* of some rows */
    struct report_rows_reader reader;
    struct reported_row row;
    struct rollup rollup;
    int64_t ids[BATCH];
    size_t count;
};

static bool
write_ignored(struct database *db, struct sceau_slice name, bool is_ignored,
              struct sceau_slice note)
{
    if (!database_begin(db))
        return false;
    struct statement *s = database_prepare(
        db, "INSERT INTO reporter (name, is_ignored, note) VALUES (?1, ?2, ?3) "
            "ON CONFLICT (name) DO UPDATE SET is_ignored = ?2, note = ?3");
    bind_text(s, 1, name);
    bind_int(s, 2, is_ignored);
    bind_text(s, 3, note.ptr != NULL ? note : SCEAU_SLICE(""));
    if (statement_step(s) == 0)
        return database_commit(db);
    database_rollback(db);
    return false;
}

bool
reporter_ignore(struct database *db, struct sceau_slice name, bool is_ignored,
                struct sceau_slice note)
{
    unsigned tries = 0;
    do
        if (write_ignored(db, name, is_ignored, note))
            return true;
    while (database_try_again(db, &tries));
    return false;
}

/* ---- which ---- */

static bool
read_is_ignored(struct recount *r, struct sceau_slice name, bool *is_ignored)
{
    struct statement *s =
        database_prepare(r->db, "SELECT is_ignored FROM reporter WHERE name = ?1");
    bind_text(s, 1, name);
    int step = statement_step(s);
    *is_ignored = step == 1 && column_int(s, 0) != 0;
    statement_reset(s);
    return step >= 0;
}

/* Aggregate reports whose rows are all there. What is not authenticated never counts. */
static bool
find_due(struct recount *r, struct sceau_slice name, bool is_ignored)
{
    struct statement *s = database_prepare(
        r->db,
        "SELECT id FROM report WHERE org_name = ?1 AND format = 0 AND counted = ?2 "
        "AND authenticated < 2 AND (SELECT coalesce(sum(w.row_count), 0) FROM report_pack "
        "w WHERE w.report = report.id) = coalesce((SELECT max(x.n + x.row_count) FROM "
        "report_pack x WHERE x.report = report.id), -1) ORDER BY policy_domain, day LIMIT "
        "?3");
    int step;
    r->count = 0;
    bind_text(s, 1, name);
    bind_int(s, 2, is_ignored);
    bind_int(s, 3, BATCH);
    while ((step = statement_step(s)) == 1)
        r->ids[r->count++] = column_int(s, 0);
    return step == 0;
}

/* ---- one report ---- */

static bool
read_head(struct recount *r, int64_t id, struct report_aggregate *a, struct days *days,
          int64_t *received)
{
    struct statement *s = database_prepare(
        r->db, "SELECT org_name, policy_domain, pct, p, sp, np, adkim, aspf, testing, "
               "day, days, received, records FROM report WHERE id = ?1");
    bind_int(s, 1, id);
    if (statement_step(s) != 1)
        return false;
    *a = (struct report_aggregate){
        .org_name = slice_copy(r->arena, column_text(s, 0)),
        .policy = {.domain = slice_copy(r->arena, column_text(s, 1)),
                   .pct = slice_copy(r->arena, column_text(s, 2)),
                   .p = (enum report_disposition)column_int(s, 3),
                   .sp = (enum report_disposition)column_int(s, 4),
                   .np = (enum report_disposition)column_int(s, 5),
                   .adkim = (enum report_mode)column_int(s, 6),
                   .aspf = (enum report_mode)column_int(s, 7),
                   .testing = (enum report_testing)column_int(s, 8)},
    };
    a->totals.records = (uint64_t)column_int(s, 12);
    *days = (struct days){column_int(s, 9), (unsigned)column_int(s, 10)};
    *received = column_int(s, 11);
    statement_reset(s);
    return a->org_name.ptr != NULL && a->policy.domain.ptr != NULL;
}

/* The piece that begins at row *next or behind it: its octets are given over when the reading is
 * done, for that may write. *next is 0 when there is none. */
static bool
read_piece(struct recount *r, int64_t id, int64_t *next, struct sceau_slice *octets)
{
    struct statement *s = database_prepare(
        r->db,
        "SELECT n + row_count, octets FROM report_pack WHERE report = ?1 AND n >= "
        "?2 ORDER BY n LIMIT 1");
    bind_int(s, 1, id);
    bind_int(s, 2, *next);
    int step = statement_step(s);
    sceau_arena_clear(r->piece);
    *next = step == 1 ? column_int(s, 0) : 0;
    *octets = step == 1 ? slice_copy(r->piece, column_blob(s, 1)) : SCEAU_SLICE("");
    statement_reset(s);
    return step >= 0 && octets->ptr != NULL;
}

static bool
count_rows(struct recount *r, int64_t id)
{
    struct sceau_slice octets;
    int64_t next = 0;
    do {
        if (!read_piece(r, id, &next, &octets))
            return false;
        report_rows_over(&r->reader, octets);
        while (report_rows_next(&r->reader, &r->row))
            rollup_record(&r->rollup, &r->row.record, r->row.domain, &r->row.judgement);
        if (r->reader.in.is_broken)
            return database_note(r->db, DATABASE_ERROR, REPORT_ROWS_DAMAGED);
    } while (next > 0);
    return true;
}

static bool
set_counted(struct recount *r, int64_t id, bool is_counted)
{
    struct statement *s =
        database_prepare(r->db, "UPDATE report SET counted = ?2 WHERE id = ?1");
    bind_int(s, 1, id);
    bind_int(s, 2, is_counted);
    return statement_step(s) == 0;
}

static bool
recount_one(struct recount *r, int64_t id, bool is_ignored)
{
    struct report_aggregate a;
    struct days days;
    int64_t received;
    sceau_arena_clear(r->arena);
    if (!read_head(r, id, &a, &days, &received))
        return false;
    rollup_begin(&r->rollup, &a, &days, received);
    if (!count_rows(r, id))
        return false;
    rollup_end(&r->rollup, &a);
    return set_counted(r, id, !is_ignored);
}

/* Sums that came to nothing, of the domain and days of that report. */
static bool
remove_empty(struct recount *r, int64_t id)
{
#define OF_REPORT(table, unit, divided, nothing)                                  \
 "DELETE FROM " table " WHERE policy_domain = (SELECT policy_domain FROM report " \
 "WHERE id = ?1) AND " unit " >= (SELECT day FROM report WHERE id = ?1)" divided  \
 " AND " unit " <= (SELECT day + days FROM report WHERE id = ?1)" divided         \
 " AND " nothing
    static const char *const deletes[] = {
        OF_REPORT("week_ip", "week", " / 7",
                  "count0 <= 0 AND count1 <= 0 AND count2 <= 0 AND count3 <= 0 AND "
                  "count4 <= 0 AND count5 <= 0 AND count6 <= 0"),
        OF_REPORT("day_total", "day", "", "count <= 0"),
        OF_REPORT("day_key", "day", "", "pass <= 0 AND fail <= 0"),
        OF_REPORT("day_pair", "day", "", "count <= 0"),
        OF_REPORT("day_policy", "day", "", "reports <= 0"),
    };
    for (size_t i = 0; i < sizeof deletes / sizeof *deletes; i++) {
        struct statement *s = database_prepare(r->db, deletes[i]);
        bind_int(s, 1, id);
        if (statement_step(s) != 0)
            return false;
    }
    return true;
}

/* The same domain and days are cleared once. */
static bool
has_same_days(struct recount *r, size_t one, size_t other)
{
    struct statement *s = database_prepare(
        r->db, "SELECT count(*) FROM report x, report y WHERE x.id = ?1 AND y.id = ?2 "
               "AND x.policy_domain = y.policy_domain AND x.day = y.day "
               "AND x.days = y.days");
    bind_int(s, 1, r->ids[one]);
    bind_int(s, 2, r->ids[other]);
    bool is_same = statement_step(s) == 1 && column_int(s, 0) > 0;
    statement_reset(s);
    return is_same;
}

static bool
recount_all(struct recount *r, bool is_ignored)
{
    for (size_t i = 0; i < r->count; i++)
        if (!recount_one(r, r->ids[i], is_ignored))
            return false;
    if (!rollup_flush(&r->rollup))
        return false;
    for (size_t i = 0; is_ignored && i < r->count; i++)
        if ((i == 0 || !has_same_days(r, i, i - 1)) && !remove_empty(r, r->ids[i]))
            return false;
    return true;
}

/* Some of what is due. What that is is asked within the transaction: another process may be at it, or
 * somebody may have changed his mind. */
static bool
recount_some(struct recount *r, struct sceau_slice name, bool *is_ignored)
{
    rollup_drop(&r->rollup); /* what failed before */
    if (!database_begin(r->db))
        return false;
    if (read_is_ignored(r, name, is_ignored) && find_due(r, name, *is_ignored)) {
        rollup_take_back(&r->rollup, *is_ignored);
        if (recount_all(r, *is_ignored))
            return database_commit(r->db);
    }
    database_rollback(r->db);
    return false;
}

static bool
recount_batch(struct recount *r, struct sceau_slice name, bool *is_ignored)
{
    unsigned tries = 0;
    do
        if (recount_some(r, name, is_ignored))
            return true;
    while (database_try_again(r->db, &tries));
    return false;
}

/* ---- since when ---- */

#define FIRST_DAY                                                                     \
 "7 * week + CASE WHEN count0 > 0 THEN 0 WHEN count1 > 0 THEN 1 WHEN count2 > 0 "     \
 "THEN 2 WHEN count3 > 0 THEN 3 WHEN count4 > 0 THEN 4 WHEN count5 > 0 THEN 5 ELSE 6" \
 " END"
#define LAST_DAY                                                                      \
 "7 * week + CASE WHEN count6 > 0 THEN 6 WHEN count5 > 0 THEN 5 WHEN count4 > 0 "     \
 "THEN 4 WHEN count3 > 0 THEN 3 WHEN count2 > 0 THEN 2 WHEN count1 > 0 THEN 1 ELSE 0" \
 " END"
#define COUNTS                                                                        \
 "(count0 > 0 OR count1 > 0 OR count2 > 0 OR count3 > 0 OR count4 > 0 OR count5 > 0 " \
 "OR count6 > 0)"

/* Addresses and selectors of a domain that were seen first, or last, when the reporter told of them: as
 * others tell. What is older than its first report is not touched, for the sums of those
 * days may be gone. Who else signs is a majority that nobody's part can be taken out of: it is
 * forgotten, and told anew by the next reports. */
static bool
see_again(struct recount *r, struct sceau_slice domain, int64_t since)
{
    static const char *const statements[] = {
        "UPDATE seen SET first_day = CASE WHEN seen.first_day >= ?2 THEN x.first_day "
        "ELSE seen.first_day END, last_day = x.last_day FROM (SELECT ip, "
        "min(" FIRST_DAY ") AS first_day, max(" LAST_DAY ") AS last_day FROM week_ip "
        "WHERE policy_domain = ?1 AND " COUNTS " GROUP BY ip) AS x "
        "WHERE seen.policy_domain = ?1 AND seen.ip = x.ip AND seen.last_day >= ?2",
        "DELETE FROM seen WHERE policy_domain = ?1 AND first_day >= ?2 AND ip NOT IN "
        "(SELECT ip FROM week_ip WHERE policy_domain = ?1 AND " COUNTS ")",
        "UPDATE seen SET signer = '', votes = 0 WHERE policy_domain = ?1 AND last_day >= "
        "?2 AND votes <> 0",
        "UPDATE selector_seen SET last_day = x.last_day FROM (SELECT selector, max(day) "
        "AS last_day FROM day_key WHERE policy_domain = ?1 GROUP BY selector) AS x WHERE "
        "selector_seen.policy_domain = ?1 AND selector_seen.selector = x.selector AND "
        "selector_seen.last_day >= ?2",
        "DELETE FROM selector_seen WHERE policy_domain = ?1 AND last_day >= ?2 AND "
        "selector NOT IN (SELECT selector FROM day_key WHERE policy_domain = ?1)",
    };
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        struct statement *s = database_prepare(r->db, statements[i]);
        bind_text(s, 1, domain);
        bind_int(s, 2, since);
        if (statement_step(s) != 0)
            return false;
    }
    return true;
}

/* Each domain that the reporter told of. */
static bool
see_all_again(struct recount *r, struct sceau_slice name)
{
    struct sceau_slice domain = SCEAU_SLICE("");
    int step = 1;
    while (step == 1) {
        struct statement *s = database_prepare(
            r->db, "SELECT policy_domain, min(day) FROM report WHERE org_name = ?1 AND "
                   "format = 0 AND policy_domain > ?2 GROUP BY policy_domain ORDER BY "
                   "policy_domain LIMIT 1");
        bind_text(s, 1, name);
        bind_text(s, 2, domain);
        step = statement_step(s);
        if (step == 1)
            domain = slice_copy(r->piece, column_text(s, 0));
        int64_t since = step == 1 ? column_int(s, 1) : 0;
        statement_reset(s);
        if (step == 1 && (domain.ptr == NULL || !see_again(r, domain, since)))
            return false;
    }
    return step == 0;
}

static bool
see_in_one_step(struct recount *r, struct sceau_slice name)
{
    sceau_arena_clear(r->piece);
    if (!database_begin(r->db))
        return false;
    if (see_all_again(r, name))
        return database_commit(r->db);
    database_rollback(r->db);
    return false;
}

static bool
see_again_at_once(struct recount *r, struct sceau_slice name)
{
    unsigned tries = 0;
    do
        if (see_in_one_step(r, name))
            return true;
    while (database_try_again(r->db, &tries));
    return false;
}

bool
reporter_recount(struct database *db, struct sceau_slice name, uint64_t *reports)
{
    struct recount r = {.db = db,
                        .arena = sceau_arena_new(MEMORY),
                        .piece = sceau_arena_new(MEMORY)};
    bool is_ignored = false;
    uint64_t all = 0;
    rollup_init(&r.rollup, db);
    bool is_good = r.arena != NULL && r.piece != NULL;
    do {
        is_good = is_good && recount_batch(&r, name, &is_ignored);
        all += is_good ? r.count : 0;
    } while (is_good && r.count > 0);
    if (is_good && is_ignored)
        is_good = see_again_at_once(&r, name);
    rollup_clear(&r.rollup);
    sceau_arena_free(r.arena);
    sceau_arena_free(r.piece);
    if (reports != NULL)
        *reports = all;
    return is_good;
}
