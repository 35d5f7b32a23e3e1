/* One table of what goes when. A report's row outlives its records: whether it was here
 * before is asked for longer than what it said. */
#include "retain.h"

#include "days.h"

#define BATCH 5000 /* rows of one transaction */

/* ?1 is the time before which it goes, ?2 the day, ?3 the batch. */
static const struct rule {
    enum retain_age {
        AGE_ROWS,
        AGE_TOTALS,
        AGE_FAILURES,
        AGE_SEGMENTS
    } age;
    const char *sql;
} rules[] = {
#define OF_OLD_REPORTS(table, key)                                                   \
 {                                                                                   \
  AGE_ROWS, "DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table   \
            " WHERE report IN (SELECT id FROM report WHERE received < ?1) LIMIT ?3)" \
 }
#define OLD(age, table, key, when)                                              \
 {                                                                              \
  (age), "DELETE FROM " table " WHERE (" key ") IN (SELECT " key " FROM " table \
         " WHERE " when " LIMIT ?3)"                                            \
 }
    OF_OLD_REPORTS("report_row", "report, n"),
    OF_OLD_REPORTS("report_repair", "report, n"),
    OF_OLD_REPORTS("report_raw", "report"),
    OLD(AGE_FAILURES, "failure", "id", "received < ?1"),
    OLD(AGE_TOTALS, "week_ip",
        "policy_domain, week, domain, ip, dkim, spf, disposition, cause, flags",
        "week < ?2 / 7"),
    OLD(AGE_TOTALS, "day_total", "policy_domain, domain, day, dkim, spf, disposition",
        "day < ?2"),
    OLD(AGE_TOTALS, "day_reporter", "policy_domain, day, reporter_name", "day < ?2"),
    OLD(AGE_TOTALS, "day_key", "policy_domain, day, signer, selector, reporter_name",
        "day < ?2"),
    OLD(AGE_TOTALS, "day_pair",
        "policy_domain, domain, day, ip, envelope_from, signer, selector", "day < ?2"),
    OLD(AGE_TOTALS, "day_policy",
        "policy_domain, day, p, sp, np, adkim, aspf, pct, testing", "day < ?2"),
    OLD(AGE_TOTALS, "tls_day",
        "domain, day, policy_type, organization, mx, result_type", "day < ?2"),
    OLD(AGE_TOTALS, "own_day", "domain, day, ip, dkim, spf, dmarc, disposition, action",
        "day < ?2"),
    OLD(AGE_TOTALS, "key_use", "domain, selector, day", "day < ?2"),
    OLD(AGE_ROWS, "observation", "policy_domain, day, policy_hash, row_hash",
        "day < ?2"),
    OLD(AGE_TOTALS, "seen", "policy_domain, ip", "last_day < ?2"),
    OLD(AGE_TOTALS, "report", "id", "received < ?1"),
    OLD(AGE_TOTALS, "intake", "time_us, n", "time_us < ?1 * 1000000"),
    OLD(AGE_SEGMENTS, "segment", "name", "folded < ?1"),
};

/* One batch. Rows removed, or -1. */
static int64_t
remove_some(struct database *db, const struct rule *rule, int64_t before)
{
    if (!database_begin(db))
        return -1;
    struct statement *s = database_prepare(db, rule->sql);
    bind_int(s, 1, before);
    bind_int(s, 2, before / DAY_SECONDS);
    bind_int(s, 3, BATCH);
    if (statement_step(s) != 0) {
        database_rollback(db);
        return -1;
    }
    int64_t removed = database_changes(db);
    return database_commit(db) ? removed : -1;
}

bool
retain(struct database *db, const struct retain_times *times, int64_t now,
       int64_t *removed)
{
    *removed = 0;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        const int64_t ages[] = {times->rows, times->totals, times->failures,
                                times->segments};
        int64_t some = BATCH;
        while (some == BATCH) {
            some = remove_some(db, &rules[i], now - ages[rules[i].age]);
            if (some < 0)
                return false;
            *removed += some;
        }
    }
    if (*removed > 0)
        database_tidy(db);
    return true;
}
