/* Sums to their tables, a key each, in the order of the table: what rollup_flush hands over. */
#include "rollup_inside.h"
#include "week_pack.h"

/* A day of a week: its two columns. */
#define INTO_DAY(n)                                                               \
 "INSERT INTO week_ip (policy_domain, week, domain, ip, dkim, spf, disposition, " \
 "cause, flags, count" n ", reports" n ") "                                       \
 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "                         \
 "ON CONFLICT (policy_domain, week, domain, ip, dkim, spf, disposition, cause, "  \
 "flags) DO UPDATE SET count" n " = week_ip.count" n " + excluded.count" n        \
 ", reports" n " = week_ip.reports" n " + excluded.reports" n

/* Does this key belong to the same group as the one before? They come together. */
static bool
is_same_group(struct rollup_group *last, struct sceau_slice group)
{
    if (last->len == group.len && memcmp(last->octets, group.ptr, group.len) == 0)
        return true;
    memcpy(last->octets, group.ptr, group.len);
    last->len = group.len;
    return false;
}

static bool
take_ip(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    static const char *const into[DAYS_A_WEEK] = {INTO_DAY("0"), INTO_DAY("1"),
                                                  INTO_DAY("2"), INTO_DAY("3"),
                                                  INTO_DAY("4"), INTO_DAY("5"),
                                                  INTO_DAY("6")};
    struct rollup *r = self;
    struct sceau_slice all = key;
    struct sceau_slice policy_domain = tally_take_text(&key);
    int64_t week = tally_take_number(&key);
    if (!is_same_group(&r->week, slice_sub(all, 0, all.len - key.len)) &&
        !week_changed(r->db, policy_domain, week, r->received))
        return false;
    struct sceau_slice domain = tally_take_text(&key);
    struct sceau_slice ip = tally_take_octets(&key);
    int64_t small[5];
    for (int n = 0; n < 5; n++)
        small[n] = tally_take_small(&key);
    struct statement *s = database_prepare(r->db, into[tally_take_small(&key)]);
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, week);
    bind_text(s, 3, domain);
    bind_blob(s, 4, ip);
    for (int n = 0; n < 5; n++)
        bind_int(s, 5 + n, small[n]);
    bind_int(s, 10, r->sign * values[0]);
    bind_int(s, 11, r->sign * rollup_reports(values[1]));
    return statement_step(s) == 0;
}

static bool
take_total(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct rollup *r = self;
    struct statement *s = database_prepare(
        r->db, "INSERT INTO day_total (policy_domain, day, domain, dkim, spf, "
               "disposition, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
               "ON CONFLICT (policy_domain, day, domain, dkim, spf, disposition) "
               "DO UPDATE SET count = day_total.count + excluded.count");
    bind_text(s, 1, tally_take_text(&key));
    bind_int(s, 2, tally_take_number(&key));
    bind_text(s, 3, tally_take_text(&key));
    for (int n = 4; n <= 6; n++)
        bind_int(s, n, tally_take_small(&key));
    bind_int(s, 7, r->sign * values[0]);
    return statement_step(s) == 0;
}

static bool
take_selector(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct rollup *r = self;
    struct statement *s = database_prepare(
        r->db,
        "INSERT INTO selector_seen (policy_domain, selector, last_day) "
        "VALUES (?1, ?2, ?3) ON CONFLICT (policy_domain, selector) DO UPDATE SET "
        "last_day = excluded.last_day WHERE excluded.last_day > "
        "selector_seen.last_day");
    bind_text(s, 1, tally_take_text(&key));
    bind_text(s, 2, tally_take_text(&key));
    bind_int(s, 3, values[0]);
    return statement_step(s) == 0;
}

static void
add_selector(struct rollup *r, struct sceau_slice policy_domain,
             struct sceau_slice selector, int64_t day)
{
    struct tally_key key;
    tally_key_begin(&key);
    tally_key_text(&key, policy_domain);
    tally_key_text(&key, selector);
    tally_add(&r->sums[ROLLUP_SELECTORS], &key, day, 0);
}

static bool
take_key(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct rollup *r = self;
    struct statement *s = database_prepare(
        r->db, "INSERT INTO day_key (policy_domain, day, signer, selector, "
               "reporter_name, pass, fail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
               "ON CONFLICT (policy_domain, day, signer, selector, reporter_name) "
               "DO UPDATE SET pass = day_key.pass + excluded.pass, "
               "fail = day_key.fail + excluded.fail");
    struct sceau_slice policy_domain = tally_take_text(&key);
    int64_t day = tally_take_number(&key);
    struct sceau_slice signer = tally_take_text(&key), selector = tally_take_text(&key);
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, day);
    bind_text(s, 3, signer);
    bind_text(s, 4, selector);
    bind_text(s, 5, tally_take_text(&key));
    bind_int(s, 6, r->sign * values[0]);
    bind_int(s, 7, r->sign * values[1]);
    if (r->sign > 0) /* what is taken back is seen anew by recount.c */
        add_selector(r, policy_domain, selector, day);
    return statement_step(s) == 0;
}

/* Is this one pair of one domain, day, address and report too many? */
static bool
is_beyond(struct rollup *r, struct sceau_slice group)
{
    if (!is_same_group(&r->pair_group, group))
        r->pair_count = 0;
    return r->pair_count++ >= ROLLUP_PAIRS_MAX;
}

static bool
take_pair(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct rollup *r = self;
    struct sceau_slice all = key;
    struct statement *s = database_prepare(
        r->db, "INSERT INTO day_pair (policy_domain, domain, day, ip, envelope_from, "
               "signer, selector, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
               "ON CONFLICT (policy_domain, domain, day, ip, envelope_from, signer, "
               "selector) DO UPDATE SET count = day_pair.count + excluded.count");
    bind_text(s, 1, tally_take_text(&key));
    bind_text(s, 2, tally_take_text(&key));
    bind_int(s, 3, tally_take_number(&key));
    bind_blob(s, 4, tally_take_octets(&key));
    bool has_limit = tally_take_number(&key) != 0;
    if (has_limit && is_beyond(r, slice_sub(all, 0, all.len - key.len)))
        return true;
    for (int n = 5; n <= 7; n++)
        bind_text(s, n, tally_take_text(&key));
    bind_int(s, 8, r->sign * values[0]);
    return statement_step(s) == 0;
}

/* The signer of most messages stays, whatever the order they come in: each message is a vote
 * for its signer, or against the one that leads (Boyer and Moore, 1981). */
static bool
take_seen(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct rollup *r = self;
    if (r->sign < 0)
        return true; /* others may have seen it as well */
    struct statement *s = database_prepare(
        r->db,
        "INSERT INTO seen (policy_domain, ip, first_day, last_day, signer, votes) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (policy_domain, ip) DO UPDATE SET "
        "first_day = CASE WHEN excluded.first_day < seen.first_day THEN "
        "excluded.first_day ELSE seen.first_day END, last_day = CASE WHEN "
        "excluded.last_day > seen.last_day THEN excluded.last_day ELSE "
        "seen.last_day END, signer = CASE WHEN excluded.votes > seen.votes THEN "
        "excluded.signer ELSE seen.signer END, votes = CASE WHEN excluded.signer = "
        "seen.signer THEN seen.votes + excluded.votes WHEN excluded.votes > seen.votes "
        "THEN excluded.votes - seen.votes ELSE seen.votes - excluded.votes END");
    bind_text(s, 1, tally_take_text(&key));
    bind_blob(s, 2, tally_take_octets(&key));
    bind_int(s, 3, rollup_first_day(values[1]));
    bind_int(s, 4, rollup_last_day(values[1]));
    bind_text(s, 5, tally_take_text(&key));
    bind_int(s, 6, values[0]);
    return statement_step(s) == 0;
}

static bool
take_policy(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct rollup *r = self;
    struct statement *s = database_prepare(
        r->db,
        "INSERT INTO day_policy (policy_domain, day, p, sp, np, adkim, aspf, pct, "
        "testing, reports) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
        "ON CONFLICT (policy_domain, day, p, sp, np, adkim, aspf, pct, testing) "
        "DO UPDATE SET reports = day_policy.reports + excluded.reports");
    bind_text(s, 1, tally_take_text(&key));
    bind_int(s, 2, tally_take_number(&key));
    for (int n = 3; n <= 7; n++)
        bind_int(s, n, tally_take_small(&key));
    bind_text(s, 8, tally_take_text(&key));
    bind_int(s, 9, tally_take_small(&key));
    bind_int(s, 10, r->sign * values[0]);
    return statement_step(s) == 0;
}

bool (*const rollup_takes[ROLLUP_SUMS])(void *self, struct sceau_slice key,
                                        const int64_t values[TALLY_VALUES]) = {
    [ROLLUP_IPS] = take_ip,          [ROLLUP_TOTALS] = take_total,
    [ROLLUP_KEYS] = take_key,        [ROLLUP_SELECTORS] = take_selector,
    [ROLLUP_PAIRS] = take_pair,      [ROLLUP_SEEN] = take_seen,
    [ROLLUP_POLICIES] = take_policy,
};

/* ---- of a report as a whole ---- */

static bool
write_reporter(struct rollup *r, const struct report_aggregate *report, unsigned n)
{
    const struct report_totals *t = &report->totals;
    struct statement *s = database_prepare(
        r->db, "INSERT INTO day_reporter (policy_domain, day, reporter_name, messages, "
               "fails, reports, delay_seconds) VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6) "
               "ON CONFLICT (policy_domain, day, reporter_name) DO UPDATE SET "
               "messages = day_reporter.messages + excluded.messages, "
               "fails = day_reporter.fails + excluded.fails, "
               "reports = day_reporter.reports + 1, "
               "delay_seconds = excluded.delay_seconds");
    int64_t delay =
        report->end > 0 && r->received > report->end ? r->received - report->end : 0;
    bind_text(s, 1, r->policy_domain);
    bind_int(s, 2, r->days.first + n);
    bind_text(s, 3, r->reporter_name);
    bind_int(s, 4, days_part(&r->days, n, (int64_t)t->messages, 0));
    bind_int(s, 5, days_part(&r->days, n, (int64_t)t->neither, 0));
    bind_int(s, 6, delay);
    return statement_step(s) == 0;
}

bool
rollup_reporter(struct rollup *r, const struct report_aggregate *report)
{
    bool is_good = true;
    for (unsigned n = 0; n < r->days.count && is_good; n++)
        is_good = write_reporter(r, report, n);
    return is_good;
}
