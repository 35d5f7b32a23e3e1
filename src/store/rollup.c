/* Records are added up in memory and go to each table in the order of its key, a key
 * once a transaction: the table is walked through instead of searched. Keys of the tallies
 * are those of the tables, with the number of a report or a day among their columns where
 * the table's values need it. */
#include "rollup.h"

#include "core/domain.h"
#include "core/ip.h"
#include "cut.h"
#include "week_pack.h"

/* Names longer than a domain may be are cut: those of a broken report. */
static struct sceau_slice
bounded(struct sceau_slice name)
{
    return cut_text(name, DOMAIN_MAX);
}

/* ---- into the database, one key each ---- */

/* A day of a week: its two columns. */
#define INTO_DAY(n)                                                               \
 "INSERT INTO week_ip (policy_domain, week, domain, ip, dkim, spf, disposition, " \
 "cause, flags, count" n ", reports" n ") "                                       \
 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "                         \
 "ON CONFLICT (policy_domain, week, domain, ip, dkim, spf, disposition, cause, "  \
 "flags) DO UPDATE SET count" n " = week_ip.count" n " + excluded.count" n        \
 ", reports" n " = week_ip.reports" n " + excluded.reports" n

/* Which reports had a key: the numbers of the first and of the last, and how many there are.
 * Records of a report come together, so that one that comes again is the last of those before.
 * Numbers begin anew after a million. */
#define NUMBER_BITS 20
#define COUNT_BITS  23

static int64_t
had_by(uint64_t first, uint64_t last, uint64_t reports)
{
    const uint64_t mask = (UINT64_C(1) << NUMBER_BITS) - 1;
    return (int64_t)((first & mask) << (NUMBER_BITS + COUNT_BITS) |
                     (last & mask) << COUNT_BITS | reports);
}

static uint64_t
reports_of(int64_t had)
{
    return (uint64_t)had & ((UINT64_C(1) << COUNT_BITS) - 1);
}

static void
merge_ip(int64_t values[TALLY_VALUES], const int64_t later[TALLY_VALUES])
{
    const uint64_t mask = (UINT64_C(1) << NUMBER_BITS) - 1;
    uint64_t had = (uint64_t)values[1], has = (uint64_t)later[1];
    uint64_t first = had >> (NUMBER_BITS + COUNT_BITS);
    bool is_same = (had >> COUNT_BITS & mask) == has >> (NUMBER_BITS + COUNT_BITS);
    values[0] += later[0];
    values[1] = had_by(first, has >> COUNT_BITS,
                       reports_of(values[1]) + reports_of(later[1]) - is_same);
}

/* Entries of a week come together. */
static bool
note_week(struct rollup *r, struct sceau_slice policy_domain, int64_t week,
          struct sceau_slice octets)
{
    if (r->week.len > 0 && slice_eq(r->week, octets))
        return true;
    memcpy(r->week_octets, octets.ptr, octets.len);
    r->week = (struct sceau_slice){r->week_octets, octets.len};
    return week_changed(r->db, policy_domain, week, r->received);
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
    if (!note_week(r, policy_domain, week, slice_sub(all, 0, all.len - key.len)))
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
    bind_int(s, 11, r->sign * (int64_t)reports_of(values[1]));
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

static void
merge_selector(int64_t values[TALLY_VALUES], const int64_t later[TALLY_VALUES])
{
    if (later[0] > values[0])
        values[0] = later[0];
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
    tally_add(&r->selectors, &key, day, 0);
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

/* Is this one pair of one domain, day, address and report too many? They come together. */
static bool
is_beyond(struct rollup *r, struct sceau_slice group)
{
    if (r->pair_group.len > 0 && slice_eq(r->pair_group, group))
        return r->pair_count++ >= ROLLUP_PAIRS_MAX;
    memcpy(r->group, group.ptr, group.len);
    r->pair_group = (struct sceau_slice){r->group, group.len};
    r->pair_count = 1;
    return false;
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
    tally_take_number(&key); /* of the report */
    if (is_beyond(r, slice_sub(all, 0, all.len - key.len)))
        return true;
    for (int n = 5; n <= 7; n++)
        bind_text(s, n, tally_take_text(&key));
    bind_int(s, 8, r->sign * values[0]);
    return statement_step(s) == 0;
}

/* The first day and the last. */
static int64_t
days_between(int64_t first, int64_t last)
{
    return first << 32 | last;
}

static void
merge_seen(int64_t values[TALLY_VALUES], const int64_t later[TALLY_VALUES])
{
    int64_t first = values[1] >> 32, last = values[1] & UINT32_MAX;
    int64_t from = later[1] >> 32, until = later[1] & UINT32_MAX;
    values[0] += later[0];
    values[1] = days_between(from < first ? from : first, until > last ? until : last);
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
    bind_int(s, 3, values[1] >> 32);
    bind_int(s, 4, values[1] & UINT32_MAX);
    bind_text(s, 5, tally_take_text(&key));
    bind_int(s, 6, values[0]);
    return statement_step(s) == 0;
}

/* ---- out of the records ---- */

/* In the order they are flushed: selectors come out of keys. */
#define TALLIES(r)                                                              \
 {                                                                              \
  &(r)->ips, &(r)->totals, &(r)->keys, &(r)->selectors, &(r)->pairs, &(r)->seen \
 }
#define TALLY_COUNT 6

void
rollup_init(struct rollup *r, struct database *db)
{
    const char *folder = database_folder(db);
    *r = (struct rollup){.db = db, .sign = 1};
    tally_init(&r->ips, folder, take_ip, r);
    tally_init(&r->totals, folder, take_total, r);
    tally_init(&r->keys, folder, take_key, r);
    tally_init(&r->selectors, folder, take_selector, r);
    tally_init(&r->pairs, folder, take_pair, r);
    tally_init(&r->seen, folder, take_seen, r);
    tally_merge_by(&r->ips, merge_ip);
    tally_merge_by(&r->selectors, merge_selector);
    tally_merge_by(&r->seen, merge_seen);
}

void
rollup_clear(struct rollup *r)
{
    struct tally *const tallies[TALLY_COUNT] = TALLIES(r);
    for (size_t i = 0; i < TALLY_COUNT; i++)
        tally_clear(tallies[i]);
}

void
rollup_take_back(struct rollup *r)
{
    r->sign = -1;
}

void
rollup_begin(struct rollup *r, const struct report_aggregate *report,
             const struct days *days, int64_t received)
{
    r->policy_domain = bounded(report->policy.domain);
    r->reporter_name = report->org_name;
    r->days = *days;
    r->received = received;
    r->rows = 0;
    r->number++;
}

/* In the order of the table, whose rows are weeks; the day within comes last. */
static void
add_ip(struct rollup *r, const struct report_record *record, struct sceau_slice domain,
       const struct analysis_judgement *judgement, int64_t day, int64_t count)
{
    struct tally_key key;
    unsigned spread = r->days.count > 1 ? ANALYSIS_FLAG_SPREAD : 0;
    tally_key_begin(&key);
    tally_key_text(&key, r->policy_domain);
    tally_key_number(&key, day / DAYS_A_WEEK);
    tally_key_text(&key, domain);
    tally_key_octets(&key, ip_octets(&record->ip));
    tally_key_small(&key, record->dkim);
    tally_key_small(&key, record->spf);
    tally_key_small(&key, record->disposition);
    tally_key_small(&key, judgement->cause);
    tally_key_small(&key, judgement->flags | spread);
    tally_key_small(&key, (unsigned)(day % DAYS_A_WEEK));
    tally_add(&r->ips, &key, count, had_by(r->number, r->number, 1));
}

static void
add_total(struct rollup *r, const struct report_record *record,
          struct sceau_slice domain, int64_t day, int64_t count)
{
    struct tally_key key;
    tally_key_begin(&key);
    tally_key_text(&key, r->policy_domain);
    tally_key_number(&key, day);
    tally_key_text(&key, domain);
    tally_key_small(&key, record->dkim);
    tally_key_small(&key, record->spf);
    tally_key_small(&key, record->disposition);
    tally_add(&r->totals, &key, count, 0);
}

/* Each signature counts once a record. One without a domain that can be one is nobody's. */
static void
add_keys(struct rollup *r, const struct report_record *record, int64_t day,
         int64_t count)
{
    for (size_t i = 0; i < record->dkim_count; i++) {
        const struct report_auth *auth = &record->dkim_results[i];
        bool has_passed = auth->result == REPORT_RESULT_PASS;
        struct tally_key key;
        tally_key_begin(&key);
        if (!domain_is_ldh(auth->domain))
            continue;
        tally_key_text(&key, r->policy_domain);
        tally_key_number(&key, day);
        tally_key_text(&key, auth->domain);
        tally_key_text(&key, bounded(auth->selector));
        tally_key_text(&key, r->reporter_name);
        tally_add(&r->keys, &key, has_passed ? count : 0, has_passed ? 0 : count);
    }
}

/* The signature that says most: one that passed, else the first. */
static const struct report_auth *
best_signature(const struct report_record *record)
{
    static const struct report_auth none = {.result = REPORT_RESULT_NONE};
    for (size_t i = 0; i < record->dkim_count; i++)
        if (record->dkim_results[i].result == REPORT_RESULT_PASS)
            return &record->dkim_results[i];
    return record->dkim_count > 0 ? &record->dkim_results[0] : &none;
}

static struct sceau_slice
envelope_of(const struct report_record *record)
{
    if (record->envelope_from.len > 0 || record->spf_count == 0)
        return record->envelope_from;
    return record->spf_results[0].domain; /* RFC 7489 reports leave the other out */
}

static void
add_pair(struct rollup *r, const struct report_record *record,
         struct sceau_slice domain, int64_t day, int64_t count)
{
    const struct report_auth *signature = best_signature(record);
    struct tally_key key;
    tally_key_begin(&key);
    tally_key_text(&key, r->policy_domain);
    tally_key_text(&key, domain);
    tally_key_number(&key, day);
    tally_key_octets(&key, ip_octets(&record->ip));
    tally_key_number(&key, (int64_t)r->number);
    tally_key_text(&key, bounded(envelope_of(record)));
    tally_key_text(&key, bounded(signature->domain));
    tally_key_text(&key, bounded(signature->selector));
    tally_add(&r->pairs, &key, count, 0);
}

/* A passing signature of somebody else, the first of several; empty: there is none. */
static struct sceau_slice
other_signer(const struct rollup *r, const struct report_record *record)
{
    for (size_t i = 0; i < record->dkim_count; i++) {
        const struct report_auth *auth = &record->dkim_results[i];
        if (auth->result == REPORT_RESULT_PASS &&
            !domain_is_within(auth->domain, r->policy_domain) &&
            !domain_is_within(r->policy_domain, auth->domain) &&
            domain_is_ldh(auth->domain))
            return auth->domain;
    }
    return SCEAU_SLICE("");
}

static void
add_seen(struct rollup *r, const struct report_record *record)
{
    struct tally_key key;
    tally_key_begin(&key);
    if (record->ip.version == 0)
        return;
    tally_key_text(&key, r->policy_domain);
    tally_key_octets(&key, ip_octets(&record->ip));
    tally_key_text(&key, other_signer(r, record));
    tally_add(&r->seen, &key, (int64_t)record->count,
              days_between(r->days.first, r->days.first + r->days.count - 1));
}

void
rollup_record(struct rollup *r, const struct report_record *record,
              struct sceau_slice domain, const struct analysis_judgement *judgement)
{
    uint64_t turn = r->rows++;
    domain = bounded(domain);
    for (unsigned n = 0; n < r->days.count; n++) {
        int64_t day = r->days.first + n;
        int64_t count = days_part(&r->days, n, (int64_t)record->count, turn);
        if (count == 0)
            continue;
        add_ip(r, record, domain, judgement, day, count);
        add_total(r, record, domain, day, count);
        add_keys(r, record, day, count);
        add_pair(r, record, domain, day, count);
    }
    add_seen(r, record);
}

/* ---- of the report as a whole ---- */

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

static bool
write_policy(struct rollup *r, const struct report_policy *p, unsigned n)
{
    struct statement *s = database_prepare(
        r->db,
        "INSERT INTO day_policy (policy_domain, day, p, sp, np, adkim, aspf, pct, "
        "testing, reports) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
        "ON CONFLICT (policy_domain, day, p, sp, np, adkim, aspf, pct, testing) "
        "DO UPDATE SET reports = day_policy.reports + excluded.reports");
    const int words[] = {(int)p->p, (int)p->sp, (int)p->np, (int)p->adkim,
                         (int)p->aspf};
    bind_text(s, 1, r->policy_domain);
    bind_int(s, 2, r->days.first + n);
    for (int i = 0; i < 5; i++)
        bind_int(s, 3 + i, words[i]);
    bind_text(s, 8, bounded(p->pct));
    bind_int(s, 9, (int)p->testing);
    bind_int(s, 10, r->sign);
    return statement_step(s) == 0;
}

bool
rollup_end(struct rollup *r, const struct report_aggregate *report)
{
    bool is_good = true;
    for (unsigned n = 0; n < r->days.count && is_good; n++)
        is_good = write_policy(r, &report->policy, n);
    return is_good;
}

bool
rollup_reporter(struct rollup *r, const struct report_aggregate *report)
{
    bool is_good = true;
    for (unsigned n = 0; n < r->days.count && is_good; n++)
        is_good = write_reporter(r, report, n);
    return is_good;
}

/* ---- of the transaction ---- */

bool
rollup_flush(struct rollup *r)
{
    struct tally *const tallies[TALLY_COUNT] = TALLIES(r);
    bool is_good = true;
    r->week = r->pair_group = SLICE_NONE;
    for (size_t i = 0; i < TALLY_COUNT && is_good; i++)
        is_good = tally_flush(tallies[i]);
    return is_good;
}

void
rollup_drop(struct rollup *r)
{
    struct tally *const tallies[TALLY_COUNT] = TALLIES(r);
    for (size_t i = 0; i < TALLY_COUNT; i++)
        tally_drop(tallies[i]);
}

const char *
rollup_error(const struct rollup *r)
{
    const struct tally *const tallies[TALLY_COUNT] = TALLIES(r);
    for (size_t i = 0; i < TALLY_COUNT; i++)
        if (tally_why(tallies[i]) != 0)
            return strerror(tally_why(tallies[i]));
    return database_error(r->db);
}
