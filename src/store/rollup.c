/* Records are added up in memory and go to each table in the order of its key, a key once a
 * transaction: the table is walked through instead of searched. Keys of the sums are those of
 * the tables, with a day or the number of a report among them where the values need it. */
#include "rollup.h"

#include "core/domain.h"
#include "core/ip.h"
#include "cut.h"
#include "rollup_inside.h"

/* Names longer than a domain may be are cut: those of a broken report. */
static struct sceau_slice
bounded(struct sceau_slice name)
{
    return cut_text(name, DOMAIN_MAX);
}

/* ---- values that are no sums ---- */

/* Which reports had a key: the numbers of the first and of the last, and how many there are.
 * Records of a report come together, so that one that comes again is the last of those before.
 * Numbers begin anew after a million. */
#define NUMBER_BITS 20

static int64_t
had_by(uint64_t first, uint64_t last, int64_t reports)
{
    const uint64_t mask = (UINT64_C(1) << NUMBER_BITS) - 1;
    return (int64_t)((first & mask) << (NUMBER_BITS + ROLLUP_COUNT_BITS) |
                     (last & mask) << ROLLUP_COUNT_BITS) |
           reports;
}

static void
merge_ip(int64_t values[TALLY_VALUES], const int64_t later[TALLY_VALUES])
{
    const uint64_t mask = (UINT64_C(1) << NUMBER_BITS) - 1;
    uint64_t had = (uint64_t)values[1], has = (uint64_t)later[1];
    uint64_t first = had >> (NUMBER_BITS + ROLLUP_COUNT_BITS);
    bool is_same =
        (had >> ROLLUP_COUNT_BITS & mask) == has >> (NUMBER_BITS + ROLLUP_COUNT_BITS);
    values[0] += later[0];
    values[1] = had_by(first, has >> ROLLUP_COUNT_BITS,
                       rollup_reports(values[1]) + rollup_reports(later[1]) - is_same);
}

static void
merge_selector(int64_t values[TALLY_VALUES], const int64_t later[TALLY_VALUES])
{
    if (later[0] > values[0])
        values[0] = later[0];
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
    int64_t first = rollup_first_day(values[1]), last = rollup_last_day(values[1]);
    int64_t from = rollup_first_day(later[1]), until = rollup_last_day(later[1]);
    values[0] += later[0];
    values[1] = days_between(from < first ? from : first, until > last ? until : last);
}

/* ---- of the transaction ---- */

void
rollup_init(struct rollup *r, struct database *db)
{
    const char *folder = database_folder(db);
    *r = (struct rollup){.db = db, .sign = 1};
    for (size_t i = 0; i < ROLLUP_SUMS; i++)
        tally_init(&r->sums[i], folder, rollup_takes[i], r);
    tally_merge_by(&r->sums[ROLLUP_IPS], merge_ip);
    tally_merge_by(&r->sums[ROLLUP_SELECTORS], merge_selector);
    tally_merge_by(&r->sums[ROLLUP_SEEN], merge_seen);
}

void
rollup_clear(struct rollup *r)
{
    for (size_t i = 0; i < ROLLUP_SUMS; i++)
        tally_clear(&r->sums[i]);
}

/* What was handed over is of a transaction that ends. */
static void
forget_rows(struct rollup *r)
{
    r->week.len = r->pair_group.len = r->seen_group.len = 0;
    r->waiting_count = 0;
}

bool
rollup_flush(struct rollup *r)
{
    bool is_good = true;
    for (size_t i = 0; i < ROLLUP_SUMS && is_good; i++)
        is_good = tally_flush(&r->sums[i]) && rollup_write_rows(r);
    forget_rows(r);
    return is_good;
}

void
rollup_drop(struct rollup *r)
{
    for (size_t i = 0; i < ROLLUP_SUMS; i++)
        tally_drop(&r->sums[i]);
    forget_rows(r);
}

const char *
rollup_error(const struct rollup *r)
{
    for (size_t i = 0; i < ROLLUP_SUMS; i++)
        if (tally_why(&r->sums[i]) != 0)
            return strerror(tally_why(&r->sums[i]));
    return database_error(r->db);
}

void
rollup_take_back(struct rollup *r, bool is_taken_back)
{
    r->sign = is_taken_back ? -1 : 1;
}

/* ---- out of the records ---- */

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
    /* Few records have no pair too many: theirs are summed up with those of others. */
    r->pair_limit = report->totals.records > ROLLUP_PAIRS_MAX ? r->number : 0;
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
    tally_add(&r->sums[ROLLUP_IPS], &key, count, had_by(r->number, r->number, 1));
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
    tally_add(&r->sums[ROLLUP_TOTALS], &key, count, 0);
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
        tally_add(&r->sums[ROLLUP_KEYS], &key, has_passed ? count : 0,
                  has_passed ? 0 : count);
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
    tally_key_number(&key, (int64_t)r->pair_limit);
    tally_key_text(&key, bounded(envelope_of(record)));
    tally_key_text(&key, bounded(signature->domain));
    tally_key_text(&key, bounded(signature->selector));
    tally_add(&r->sums[ROLLUP_PAIRS], &key, count, 0);
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
    tally_add(&r->sums[ROLLUP_SEEN], &key, (int64_t)record->count,
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

/* The policy as the reporter saw it. */
static void
add_policy(struct rollup *r, const struct report_policy *policy, int64_t day)
{
    struct tally_key key;
    tally_key_begin(&key);
    tally_key_text(&key, r->policy_domain);
    tally_key_number(&key, day);
    tally_key_small(&key, policy->p);
    tally_key_small(&key, policy->sp);
    tally_key_small(&key, policy->np);
    tally_key_small(&key, policy->adkim);
    tally_key_small(&key, policy->aspf);
    tally_key_text(&key, bounded(policy->pct));
    tally_key_small(&key, policy->testing);
    tally_add(&r->sums[ROLLUP_POLICIES], &key, 1, 0);
}

void
rollup_end(struct rollup *r, const struct report_aggregate *report)
{
    for (unsigned n = 0; n < r->days.count; n++)
        add_policy(r, &report->policy, r->days.first + n);
}
