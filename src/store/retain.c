/* One table of what goes when; each table is gone through once, in the order of its key. A
 * report's row outlives its records: whether it was here before is asked for longer than what
 * it said. */
#include "retain.h"

#include "days.h"

#define BATCH   5000 /* rows of one transaction, or a few more */
#define PIECES  500  /* of a report's rows, some hundred rows each */
#define DELETES 100  /* of one transaction: each is a journey to a server, or two */
#define REPORTS 200  /* looked for at a time */
#define LEADS   2
#define NAME    ((size_t)256 * 1024) /* octets of a group's names, at most */

/* Where rows of one name lie in the order of their day, the names are stepped through: `next`
 * finds one behind ?1 (and ?2), and passes over those that have nothing to remove. Of `remove`
 * the last parameters are the time before which it goes, in the table's unit, and the batch;
 * of `next` the last one is that time. */
static const struct rule {
    enum retain_age {
        AGE_ROWS,
        AGE_TOTALS,
        AGE_FAILURES,
        AGE_SEGMENTS
    } age;
    unsigned leads;
    int64_t unit; /* seconds */
    const char *next, *remove;
} rules[] = {
#define WEEK_SECONDS (DAYS_A_WEEK * DAY_SECONDS)
#define PLAIN(age, table, key, when)                                         \
 {                                                                           \
  (age), 0, 1, NULL,                                                         \
      "DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table \
      " WHERE " when " LIMIT ?2)"                                            \
 }
/* Of strangers' names as well: the store leaps from one to the next by itself, up to the first
 * that has something to remove, or to the last. */
#define BY_NAME(age, unit, table, lead, key, when)                                      \
 {                                                                                      \
  (age), 1, (unit),                                                                     \
      "WITH RECURSIVE n(name) AS (SELECT (SELECT " lead " FROM " table " WHERE " lead   \
      " > ?1 ORDER BY " lead " LIMIT 1) UNION ALL SELECT (SELECT " lead " FROM " table  \
      " WHERE " lead " > n.name ORDER BY " lead                                         \
      " LIMIT 1) FROM n WHERE n.name IS NOT "                                           \
      "NULL AND (SELECT 1 FROM " table " WHERE " lead " = n.name AND " when " < ?2 "    \
      "LIMIT 1) IS NULL) SELECT name FROM n WHERE name IS NOT NULL ORDER BY name DESC " \
      "LIMIT 1",                                                                        \
      "DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table            \
      " WHERE " lead " = ?1 AND " when " < ?2 LIMIT ?3)"                                \
 }
/* The same of two names: behind the last other one of a name comes the next name with '', whether
 * it has that or not. */
#define BY_NAMES(age, table, lead, other, key)                                 \
 BY_BOTH(age, table, lead, other, key,                                         \
         "(SELECT " other " FROM " table " WHERE " lead " = n.name AND " other \
         " > n.other ORDER BY " other " LIMIT 1)")
#define BY_BOTH(age, table, lead, other, key, next)                                    \
 {                                                                                     \
  (age), 2, DAY_SECONDS,                                                               \
      "WITH RECURSIVE n(name, other) AS (SELECT (SELECT " lead " FROM " table          \
      " WHERE " lead " >= ?1 ORDER BY " lead " LIMIT 1), coalesce((SELECT " other      \
      " FROM " table " WHERE " lead " = ?1 AND " other " <= ?2 ORDER BY " other        \
      " DESC LIMIT 1), '') UNION ALL SELECT CASE WHEN " next                           \
      " IS NULL THEN (SELECT " lead " FROM " table " WHERE " lead                      \
      " > n.name ORDER BY " lead " LIMIT 1) ELSE n.name END, coalesce(" next           \
      ", '') FROM n WHERE n.name IS NOT NULL AND ((n.name = "                          \
      "?1 AND n.other = ?2) OR (SELECT 1 FROM " table " WHERE " lead                   \
      " = n.name AND " other                                                           \
      " = n.other AND day < ?3 LIMIT 1) IS NULL)) SELECT name, other FROM n "          \
      "WHERE name IS NOT NULL AND NOT (name = ?1 AND other = ?2) ORDER BY name DESC, " \
      "other DESC LIMIT 1",                                                            \
      "DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table           \
      " WHERE " lead " = ?1 AND " other " = ?2 AND day < ?3 LIMIT ?4)"                 \
 }
    PLAIN(AGE_FAILURES, "failure", "id", "received < ?1"),
    BY_NAME(AGE_TOTALS, WEEK_SECONDS, "week_pack", "policy_domain",
            "policy_domain, week, piece", "week"),
    BY_NAME(AGE_TOTALS, WEEK_SECONDS, "week_changed", "policy_domain",
            "policy_domain, week", "week"),
    BY_NAME(AGE_TOTALS, WEEK_SECONDS, "week_ip", "policy_domain",
            "policy_domain, week, domain, ip, dkim, spf, disposition, cause, flags",
            "week"),
    BY_NAME(AGE_TOTALS, DAY_SECONDS, "day_total", "policy_domain",
            "policy_domain, day, domain, dkim, spf, disposition", "day"),
    BY_NAME(AGE_TOTALS, DAY_SECONDS, "day_reporter", "policy_domain",
            "policy_domain, day, reporter_name", "day"),
    BY_NAME(AGE_TOTALS, DAY_SECONDS, "day_key", "policy_domain",
            "policy_domain, day, signer, selector, reporter_name", "day"),
    BY_NAMES(AGE_TOTALS, "day_pair", "policy_domain", "domain",
             "policy_domain, domain, day, ip, envelope_from, signer, selector"),
    BY_NAME(AGE_TOTALS, DAY_SECONDS, "day_policy", "policy_domain",
            "policy_domain, day, p, sp, np, adkim, aspf, pct, testing", "day"),
    BY_NAME(AGE_TOTALS, DAY_SECONDS, "tls_day", "domain",
            "domain, day, policy_type, organization, mx, result_type", "day"),
    BY_NAMES(AGE_TOTALS, "key_use", "domain", "selector",
             "domain, selector, day, share"),
    BY_NAME(AGE_ROWS, DAY_SECONDS, "observation", "policy_domain",
            "policy_domain, day, policy_hash, row_hash, share", "day"),
    BY_NAME(AGE_TOTALS, DAY_SECONDS, "seen", "policy_domain", "policy_domain, ip",
            "last_day"),
    BY_NAME(AGE_TOTALS, DAY_SECONDS, "selector_seen", "policy_domain",
            "policy_domain, selector", "last_day"),
    PLAIN(AGE_TOTALS, "dns_record", "name, type, text", "last < ?1"),
    PLAIN(AGE_TOTALS, "report", "id", "received < ?1"),
    PLAIN(AGE_TOTALS, "intake", "time_us, n", "time_us < ?1 * 1000000"),
    PLAIN(AGE_SEGMENTS, "segment", "name", "folded < ?1"),
};

struct walk {
    struct database *db;
    bool is_open;    /* a transaction is under way */
    int64_t pending; /* rows that it removed */
    unsigned deletes;
    int64_t removed;
    int64_t before;                /* in the rule's unit */
    struct sceau_arena *arenas[2]; /* of this name, and of the one before */
    struct sceau_slice names[LEADS];
    bool (*is_stopping)(void *self);
    void *self;
};

static bool
goes_on(struct walk *w)
{
    return w->is_stopping == NULL || !w->is_stopping(w->self);
}

/* ---- transactions ---- */

static bool
begin(struct walk *w)
{
    w->is_open = w->is_open || database_begin(w->db);
    return w->is_open;
}

static bool
commit(struct walk *w)
{
    bool is_done = !w->is_open || database_commit(w->db);
    w->removed += is_done ? w->pending : 0;
    w->pending = w->deletes = 0;
    w->is_open = false;
    return is_done;
}

/* What is bound is removed. Rows, a whole batch if there may be more; -1: an error. */
static int64_t
remove_some(struct walk *w, struct statement *s)
{
    if (statement_step(s) != 0)
        return -1;
    int64_t rows = database_changes(w->db);
    if (rows < 0)
        return -1;
    w->pending += rows;
    w->deletes++;
    return (w->pending < BATCH && w->deletes < DELETES) || commit(w) ? rows : -1;
}

/* ---- rows of reports ---- */

struct old_report {
    int64_t received, id;
};

/* The next ones that are old and have anything left. */
static bool
find_reports(struct walk *w, struct old_report reports[REPORTS], size_t *count)
{
    struct statement *s = database_prepare(
        w->db,
        "SELECT received, id FROM report r WHERE (received, id) > (?1, ?2) "
        "AND received < ?3 AND (EXISTS (SELECT 1 FROM report_pack x WHERE "
        "x.report = r.id) OR EXISTS (SELECT 1 FROM report_raw y WHERE y.report = "
        "r.id) OR EXISTS (SELECT 1 FROM report_repair z WHERE z.report = r.id)) "
        "ORDER BY received, id LIMIT ?4");
    int step;
    bind_int(s, 1, *count > 0 ? reports[*count - 1].received : INT64_MIN);
    bind_int(s, 2, *count > 0 ? reports[*count - 1].id : 0);
    bind_int(s, 3, w->before);
    bind_int(s, 4, REPORTS);
    *count = 0;
    while ((step = statement_step(s)) == 1)
        reports[(*count)++] = (struct old_report){column_int(s, 0), column_int(s, 1)};
    return step == 0;
}

static bool
empty_report(struct walk *w, int64_t id)
{
    static const struct {
        int64_t some;
        const char *sql;
    } deletes[] = {
        {PIECES, "DELETE FROM report_pack WHERE (report, n) IN (SELECT report, n FROM "
                 "report_pack WHERE report = ?1 ORDER BY n LIMIT ?2)"},
        {BATCH,  "DELETE FROM report_repair WHERE (report, n) IN (SELECT report, n FROM "
                "report_repair WHERE report = ?1 LIMIT ?2)"           },
        {BATCH,  "DELETE FROM report_raw WHERE report IN (SELECT report FROM report_raw "
                "WHERE report = ?1 LIMIT ?2)"                         },
    };
    for (size_t i = 0; i < sizeof deletes / sizeof *deletes; i++) {
        int64_t some = deletes[i].some;
        while (some == deletes[i].some && goes_on(w)) {
            if (!begin(w))
                return false;
            struct statement *s = database_prepare(w->db, deletes[i].sql);
            bind_int(s, 1, id);
            bind_int(s, 2, deletes[i].some);
            some = remove_some(w, s);
        }
        if (some < 0)
            return false;
    }
    return true;
}

static bool
walk_reports(struct walk *w)
{
    struct old_report reports[REPORTS];
    size_t count = 0;
    do {
        if (!find_reports(w, reports, &count))
            return false;
        for (size_t i = 0; i < count && goes_on(w); i++)
            if (!empty_report(w, reports[i].id))
                return false;
    } while (count == REPORTS && goes_on(w));
    return commit(w);
}

/* ---- tables ---- */

/* 1: there is one more name; 0: none; -1: an error. */
static int
next_name(struct walk *w, const struct rule *rule)
{
    struct sceau_arena *arena = w->arenas[1];
    struct statement *s = database_prepare(w->db, rule->next);
    for (unsigned n = 0; n < rule->leads; n++)
        bind_text(s, 1 + (int)n, w->names[n]);
    bind_int(s, 1 + (int)rule->leads, w->before);
    int step = statement_step(s);
    sceau_arena_clear(arena);
    for (unsigned n = 0; step > 0 && n < rule->leads; n++) {
        w->names[n] = slice_copy(arena, column_text(s, (int)n));
        if (w->names[n].ptr == NULL)
            step = -1;
    }
    statement_reset(s);
    w->arenas[1] = w->arenas[0];
    w->arenas[0] = arena;
    return step;
}

static bool
remove_group(struct walk *w, const struct rule *rule)
{
    int64_t some = BATCH;
    while (some == BATCH && goes_on(w)) {
        int n = 1;
        if (!begin(w))
            return false;
        struct statement *s = database_prepare(w->db, rule->remove);
        for (unsigned i = 0; i < rule->leads; i++)
            bind_text(s, n++, w->names[i]);
        bind_int(s, n++, w->before);
        bind_int(s, n, BATCH);
        some = remove_some(w, s);
    }
    return some >= 0;
}

static bool
walk_table(struct walk *w, const struct rule *rule)
{
    int step = 1;
    for (unsigned n = 0; n < LEADS; n++)
        w->names[n] = SCEAU_SLICE("");
    while (step > 0) {
        if (!remove_group(w, rule))
            return false;
        step = rule->leads > 0 && goes_on(w) ? next_name(w, rule) : 0;
    }
    return step == 0 && commit(w);
}

static bool
walk_all(struct walk *w, const struct retain_times *times, int64_t now)
{
    const int64_t ages[] = {[AGE_ROWS] = times->rows,
                            [AGE_TOTALS] = times->totals,
                            [AGE_FAILURES] = times->failures,
                            [AGE_SEGMENTS] = times->segments};
    w->before = now - ages[AGE_ROWS];
    if (!walk_reports(w))
        return false;
    for (size_t i = 0; i < sizeof rules / sizeof *rules && goes_on(w); i++) {
        w->before = (now - ages[rules[i].age]) / rules[i].unit;
        if (!walk_table(w, &rules[i]))
            return false;
    }
    return true;
}

bool
retain(struct database *db, const struct retain_times *times, int64_t now,
       int64_t *removed, bool (*is_stopping)(void *self), void *self)
{
    struct walk w = {
        .db = db,
        .arenas = {sceau_arena_new(NAME), sceau_arena_new(NAME)},
        .is_stopping = is_stopping,
        .self = self,
    };
    bool is_good =
        w.arenas[0] != NULL && w.arenas[1] != NULL && walk_all(&w, times, now);
    if (w.is_open)
        database_rollback(db);
    sceau_arena_free(w.arenas[0]);
    sceau_arena_free(w.arenas[1]);
    *removed = w.removed;
    if (is_good && w.removed > 0)
        database_tidy(db);
    return is_good;
}
