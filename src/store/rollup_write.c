/* Sums to their tables, in the order of the table: what rollup_flush hands over. */
#include "rollup_inside.h"
#include "week_pack.h"

/* On a server rows wait for others of their table: eight in one statement, of a large report, are
 * two thirds of the server's work. SQLite keeps a copy of each page that it changes for a statement of
 * several. Keys come once and in order; those that add to one row are not of one statement. */
struct rollup_table {
    const char *one, *all; /* statements: of one row, of ROLLUP_ROWS */
    int columns;
    /* A row's columns, from number `n` on. */
    void (*bind)(const struct rollup *r, struct statement *s, int n,
                 struct sceau_slice key, const int64_t values[TALLY_VALUES]);
};

static void
bind_waiting(const struct rollup *r, struct statement *s, size_t row, int n)
{
    const struct rollup_row *it = &r->waiting[row];
    r->table->bind(r, s, n, (struct sceau_slice){it->octets, it->len}, it->values);
}

bool
rollup_write_rows(struct rollup *r)
{
    const size_t count = r->waiting_count;
    struct statement *s;
    bool is_good = true;
    r->waiting_count = 0;
    if (count == ROLLUP_ROWS) {
        s = database_prepare(r->db, r->table->all);
        for (size_t i = 0; i < count; i++)
            bind_waiting(r, s, i, 1 + (int)i * r->table->columns);
        return statement_step(s) == 0;
    }
    for (size_t i = 0; i < count && is_good; i++) {
        s = database_prepare(r->db, r->table->one);
        bind_waiting(r, s, i, 1);
        is_good = statement_step(s) == 0;
    }
    return is_good;
}

static bool
add_row(struct rollup *r, const struct rollup_table *table, struct sceau_slice key,
        const int64_t values[TALLY_VALUES])
{
    if (r->table != table && !rollup_write_rows(r))
        return false;
    struct rollup_row *row = &r->waiting[r->waiting_count++];
    r->table = table;
    memcpy(row->octets, key.ptr, key.len);
    memcpy(row->values, values, sizeof row->values);
    row->len = key.len;
    bool may_wait = database_is_shared(r->db) && r->waiting_count < ROLLUP_ROWS;
    return may_wait || rollup_write_rows(r);
}

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

#define ROW_6 "(?1, ?2, ?3, ?4, ?5, ?6)"
#define ROWS_6                      \
 ROW_6                              \
 ", (?7, ?8, ?9, ?10, ?11, ?12)"    \
 ", (?13, ?14, ?15, ?16, ?17, ?18)" \
 ", (?19, ?20, ?21, ?22, ?23, ?24)" \
 ", (?25, ?26, ?27, ?28, ?29, ?30)" \
 ", (?31, ?32, ?33, ?34, ?35, ?36)" \
 ", (?37, ?38, ?39, ?40, ?41, ?42)" \
 ", (?43, ?44, ?45, ?46, ?47, ?48)"

#define ROW_7 "(?1, ?2, ?3, ?4, ?5, ?6, ?7)"
#define ROWS_7                           \
 ROW_7                                   \
 ", (?8, ?9, ?10, ?11, ?12, ?13, ?14)"   \
 ", (?15, ?16, ?17, ?18, ?19, ?20, ?21)" \
 ", (?22, ?23, ?24, ?25, ?26, ?27, ?28)" \
 ", (?29, ?30, ?31, ?32, ?33, ?34, ?35)" \
 ", (?36, ?37, ?38, ?39, ?40, ?41, ?42)" \
 ", (?43, ?44, ?45, ?46, ?47, ?48, ?49)" \
 ", (?50, ?51, ?52, ?53, ?54, ?55, ?56)"

#define ROW_8 "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
#define ROWS_8                                \
 ROW_8                                        \
 ", (?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"  \
 ", (?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)" \
 ", (?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)" \
 ", (?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40)" \
 ", (?41, ?42, ?43, ?44, ?45, ?46, ?47, ?48)" \
 ", (?49, ?50, ?51, ?52, ?53, ?54, ?55, ?56)" \
 ", (?57, ?58, ?59, ?60, ?61, ?62, ?63, ?64)"

#define ROW_11 "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
#define ROWS_11                                              \
 ROW_11                                                      \
 ", (?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)" \
 ", (?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33)" \
 ", (?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, ?43, ?44)" \
 ", (?45, ?46, ?47, ?48, ?49, ?50, ?51, ?52, ?53, ?54, ?55)" \
 ", (?56, ?57, ?58, ?59, ?60, ?61, ?62, ?63, ?64, ?65, ?66)" \
 ", (?67, ?68, ?69, ?70, ?71, ?72, ?73, ?74, ?75, ?76, ?77)" \
 ", (?78, ?79, ?80, ?81, ?82, ?83, ?84, ?85, ?86, ?87, ?88)"

/* ---- the tables ---- */

/* A day of a week: its two columns. */
#define INTO_DAY(n)                                                               \
 "INSERT INTO week_ip (policy_domain, week, domain, ip, dkim, spf, disposition, " \
 "cause, flags, count" n ", reports" n ") VALUES "
#define ADD_DAY(n)                                                                \
 " ON CONFLICT (policy_domain, week, domain, ip, dkim, spf, disposition, cause, " \
 "flags) DO UPDATE SET count" n " = week_ip.count" n " + excluded.count" n        \
 ", reports" n " = week_ip.reports" n " + excluded.reports" n
#define DAY(n)                                                               \
 {                                                                           \
  INTO_DAY(n) ROW_11 ADD_DAY(n), INTO_DAY(n) ROWS_11 ADD_DAY(n), 11, bind_ip \
 }

static void
bind_ip(const struct rollup *r, struct statement *s, int n, struct sceau_slice key,
        const int64_t values[TALLY_VALUES])
{
    bind_text(s, n, tally_take_text(&key));
    bind_int(s, n + 1, tally_take_number(&key));
    bind_text(s, n + 2, tally_take_text(&key));
    bind_blob(s, n + 3, tally_take_octets(&key));
    for (int column = 4; column <= 8; column++)
        bind_int(s, n + column, tally_take_small(&key));
    bind_int(s, n + 9, r->sign * values[0]);
    bind_int(s, n + 10, r->sign * rollup_reports(values[1]));
}

static bool
take_ip(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    static const struct rollup_table days[DAYS_A_WEEK] = {DAY("0"), DAY("1"), DAY("2"),
                                                          DAY("3"), DAY("4"), DAY("5"),
                                                          DAY("6")};
    struct rollup *r = self;
    struct sceau_slice rest = key, policy_domain = tally_take_text(&rest);
    int64_t week = tally_take_number(&rest);
    unsigned day = (uint8_t)key.ptr[key.len - 1];
    if (!is_same_group(&r->week, slice_sub(key, 0, key.len - rest.len)) &&
        !week_changed(r->db, policy_domain, week, r->received))
        return false;
    return add_row(r, &days[day], key, values);
}

#define INTO_TOTAL                                                                    \
 "INSERT INTO day_total (policy_domain, day, domain, dkim, spf, disposition, count) " \
 "VALUES "
#define ADD_TOTAL                                                                   \
 " ON CONFLICT (policy_domain, day, domain, dkim, spf, disposition) DO UPDATE SET " \
 "count = day_total.count + excluded.count"

static void
bind_total(const struct rollup *r, struct statement *s, int n, struct sceau_slice key,
           const int64_t values[TALLY_VALUES])
{
    bind_text(s, n, tally_take_text(&key));
    bind_int(s, n + 1, tally_take_number(&key));
    bind_text(s, n + 2, tally_take_text(&key));
    for (int column = 3; column <= 5; column++)
        bind_int(s, n + column, tally_take_small(&key));
    bind_int(s, n + 6, r->sign * values[0]);
}

static bool
take_total(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    static const struct rollup_table table = {INTO_TOTAL ROW_7 ADD_TOTAL,
                                              INTO_TOTAL ROWS_7 ADD_TOTAL, 7,
                                              bind_total};
    return add_row(self, &table, key, values);
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

#define INTO_KEY                                                                    \
 "INSERT INTO day_key (policy_domain, day, signer, selector, reporter_name, pass, " \
 "fail) VALUES "
#define ADD_KEY                                                                      \
 " ON CONFLICT (policy_domain, day, signer, selector, reporter_name) DO UPDATE SET " \
 "pass = day_key.pass + excluded.pass, fail = day_key.fail + excluded.fail"

static void
bind_key(const struct rollup *r, struct statement *s, int n, struct sceau_slice key,
         const int64_t values[TALLY_VALUES])
{
    bind_text(s, n, tally_take_text(&key));
    bind_int(s, n + 1, tally_take_number(&key));
    for (int column = 2; column <= 4; column++)
        bind_text(s, n + column, tally_take_text(&key));
    bind_int(s, n + 5, r->sign * values[0]);
    bind_int(s, n + 6, r->sign * values[1]);
}

static bool
take_key(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    static const struct rollup_table table = {INTO_KEY ROW_7 ADD_KEY,
                                              INTO_KEY ROWS_7 ADD_KEY, 7, bind_key};
    struct rollup *r = self;
    struct sceau_slice rest = key, policy_domain = tally_take_text(&rest);
    int64_t day = tally_take_number(&rest);
    tally_take_text(&rest); /* who signs */
    if (r->sign > 0)        /* what is taken back is seen anew by recount.c */
        add_selector(r, policy_domain, tally_take_text(&rest), day);
    return add_row(r, &table, key, values);
}

/* Is this one pair of one domain, day, address and report too many? */
static bool
is_beyond(struct rollup *r, struct sceau_slice group)
{
    if (!is_same_group(&r->pair_group, group))
        r->pair_count = 0;
    return r->pair_count++ >= ROLLUP_PAIRS_MAX;
}

/* Another report's pairs of the same address: they may add to the same rows. The number of the
 * report ends the group. */
static bool
is_of_other_report(const struct rollup_group *last, struct sceau_slice group)
{
    size_t address = group.len - sizeof(uint64_t);
    return last->len == group.len && memcmp(last->octets, group.ptr, address) == 0 &&
           memcmp(last->octets, group.ptr, group.len) != 0;
}

#define INTO_PAIR                                                                \
 "INSERT INTO day_pair (policy_domain, domain, day, ip, envelope_from, signer, " \
 "selector, count) VALUES "
#define ADD_PAIR                                                                      \
 " ON CONFLICT (policy_domain, domain, day, ip, envelope_from, signer, selector) DO " \
 "UPDATE SET count = day_pair.count + excluded.count"

static void
bind_pair(const struct rollup *r, struct statement *s, int n, struct sceau_slice key,
          const int64_t values[TALLY_VALUES])
{
    bind_text(s, n, tally_take_text(&key));
    bind_text(s, n + 1, tally_take_text(&key));
    bind_int(s, n + 2, tally_take_number(&key));
    bind_blob(s, n + 3, tally_take_octets(&key));
    tally_take_number(&key); /* of the report */
    for (int column = 4; column <= 6; column++)
        bind_text(s, n + column, tally_take_text(&key));
    bind_int(s, n + 7, r->sign * values[0]);
}

static bool
take_pair(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    static const struct rollup_table table = {INTO_PAIR ROW_8 ADD_PAIR,
                                              INTO_PAIR ROWS_8 ADD_PAIR, 8, bind_pair};
    struct rollup *r = self;
    struct sceau_slice rest = key;
    tally_take_text(&rest);
    tally_take_text(&rest);
    tally_take_number(&rest);
    tally_take_octets(&rest);
    bool has_limit = tally_take_number(&rest) != 0;
    struct sceau_slice group = slice_sub(key, 0, key.len - rest.len);
    if (is_of_other_report(&r->pair_group, group) && !rollup_write_rows(r))
        return false;
    if (is_beyond(r, group) && has_limit)
        return true;
    return add_row(r, &table, key, values);
}

/* The signer of most messages stays, whatever the order they come in: each message is a vote
 * for its signer, or against the one that leads (Boyer and Moore, 1981). */
#define INTO_SEEN \
 "INSERT INTO seen (policy_domain, ip, first_day, last_day, signer, votes) VALUES "
#define ADD_SEEN                                                                  \
 " ON CONFLICT (policy_domain, ip) DO UPDATE SET "                                \
 "first_day = CASE WHEN excluded.first_day < seen.first_day THEN "                \
 "excluded.first_day ELSE seen.first_day END, last_day = CASE WHEN "              \
 "excluded.last_day > seen.last_day THEN excluded.last_day ELSE "                 \
 "seen.last_day END, signer = CASE WHEN excluded.votes > seen.votes THEN "        \
 "excluded.signer ELSE seen.signer END, votes = CASE WHEN excluded.signer = "     \
 "seen.signer THEN seen.votes + excluded.votes WHEN excluded.votes > seen.votes " \
 "THEN excluded.votes - seen.votes ELSE seen.votes - excluded.votes END"

static void
bind_seen(const struct rollup *r, struct statement *s, int n, struct sceau_slice key,
          const int64_t values[TALLY_VALUES])
{
    (void)r;
    bind_text(s, n, tally_take_text(&key));
    bind_blob(s, n + 1, tally_take_octets(&key));
    bind_int(s, n + 2, rollup_first_day(values[1]));
    bind_int(s, n + 3, rollup_last_day(values[1]));
    bind_text(s, n + 4, tally_take_text(&key));
    bind_int(s, n + 5, values[0]);
}

static bool
take_seen(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    static const struct rollup_table table = {INTO_SEEN ROW_6 ADD_SEEN,
                                              INTO_SEEN ROWS_6 ADD_SEEN, 6, bind_seen};
    struct rollup *r = self;
    struct sceau_slice rest = key;
    if (r->sign < 0)
        return true; /* others may have seen it as well */
    tally_take_text(&rest);
    tally_take_octets(&rest);
    /* Who else signs there adds to the same row: of another statement. */
    if (is_same_group(&r->seen_group, slice_sub(key, 0, key.len - rest.len)) &&
        !rollup_write_rows(r))
        return false;
    return add_row(r, &table, key, values);
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
