/* Rows come week by week, the last one first, policy domain by policy domain: weeks that lie packed
 * as octets (store/week_pack.h), the others out of the table, put into octets on their way. Who
 * makes sources of them has the addresses looked up some at a time, before. Where a domain has
 * more addresses than sources are made of, the last weeks are those that they are made of. */
#include "addresses.h"
#include "store/days.h"
#include "store/report_rows.h"
#include "store/week_pack.h"

#define PIECE_ON_THE_WAY ((size_t)32 * 1024) /* octets */
#define ROWS_AT_ONCE     256

struct telling {
    struct scope *s;
    struct row_reader *reader;
    struct sceau_slice policy;               /* the policy domain */
    int64_t week;                            /* of the rows at hand */
    struct analysis_week held[ROWS_AT_ONCE]; /* taken out of octets, to be told */
    size_t count;
    struct report_rows_reader pieces; /* of reports, and their row at hand */
    struct reported_row reported;
};

_Static_assert(REPORT_ALIGNED_PASS == 1, "statements of what fails say so too");

bool
scope_asks(const struct scope *s, const struct analysis_row *row)
{
    const struct filter *f = s->f;
    if ((s->author.len > 0 && !slice_eq(row->domain, s->author)) ||
        (s->only_fails && !analysis_row_fails(row)))
        return false;
    if (s->is_whole)
        return true;
    return (f->result == FILTER_ALL ||
            analysis_row_fails(row) == (f->result == FILTER_FAILS)) &&
           (!f->has_cause || row->cause == f->cause) &&
           (!f->has_disposition || row->disposition == f->disposition) &&
           (!f->has_network ||
            ip_in_network(&row->ip, &f->network.address, f->network.prefix));
}

/* A reporter is known to raw rows only, a selector to pairs. */
static bool
asks_reporter(const struct scope *s)
{
    return !s->is_whole && s->f->reporter.len > 0;
}

static bool
asks_selector(const struct scope *s)
{
    return !s->is_whole && !asks_reporter(s) && s->f->selector.len > 0;
}

static bool
is_damaged(struct insight *in)
{
    in->error = N_("a week of the store is damaged");
    return false;
}

/* ---- octets to rows ---- */

/* Days outside the range have nothing. */
static void
clip(const struct telling *t, struct analysis_week *week)
{
    int64_t first = t->week * DAYS_A_WEEK;
    week->row.day = (int)first;
    for (int n = 0; n < DAYS_A_WEEK; n++)
        if (first + n < t->s->from_day || first + n > t->s->to_day)
            week->counts[n] = week->reports[n] = 0;
}

/* The next row that is asked for. */
static bool
next_asked(const struct telling *t, struct week_reader *r, struct analysis_week *week)
{
    while (week_reader_next(r, week)) {
        clip(t, week);
        if (scope_asks(t->s, &week->row))
            return true;
    }
    return false;
}

/* The rows that come next: as many as are held, or whose addresses one question asks for. */
static bool
take_rows(struct telling *t, struct week_reader *r)
{
    struct sceau_ip ips[ADDRESSES_AT_ONCE];
    size_t wanted = 0;
    struct analysis_week *week = t->held;
    for (t->count = 0; t->count < ROWS_AT_ONCE && wanted < ADDRESSES_AT_ONCE &&
                       next_asked(t, r, week);
         t->count++, week++) {
        bool is_same = t->count > 0 && memcmp(&week[-1].row.ip, &week->row.ip,
                                              sizeof week->row.ip) == 0;
        week->row.ip_hash = is_same
                                ? week[-1].row.ip_hash
                                : analysis_ip_hash(&t->s->question.key, &week->row.ip);
        /* A row that is none to ask for may be followed by one of that address that is. */
        bool is_wanted = wanted > 0 && memcmp(&ips[wanted - 1], &week->row.ip,
                                              sizeof week->row.ip) == 0;
        if (t->reader->wants != NULL && !is_wanted &&
            t->reader->wants(t->reader, week, wanted))
            ips[wanted++] = week->row.ip;
    }
    return wanted == 0 || addresses_expect(t->s, ips, wanted);
}

static bool
tell_octets(struct telling *t, struct sceau_slice octets)
{
    struct week_reader r = week_reader_over(octets);
    while (r.in.rest.len > 0 && !r.in.is_broken) {
        if (!take_rows(t, &r))
            return false;
        for (size_t i = 0; i < t->count; i++)
            if (!t->reader->row(t->reader, &t->held[i]))
                return scope_full(t->s->in);
    }
    return !r.in.is_broken || is_damaged(t->s->in);
}

/* ---- weeks that are not packed ---- */

/* Rows into octets, told whenever there is no room for one more, or another week begins. */
static bool
collect(struct telling *t, struct week_writer *w, const struct analysis_week *week)
{
    int64_t of = week->row.day / DAYS_A_WEEK;
    bool is_told = true;
    if (of != t->week || !week_writer_add(w, week)) {
        is_told = tell_octets(t, (struct sceau_slice){w->octets, w->len});
        week_writer_begin(w, w->octets, w->size);
        week_writer_add(w, week);
    }
    t->week = of;
    return is_told;
}

/* Of those weeks, the last one first. */
static bool
tell_rows(struct telling *t, int64_t from, int64_t to)
{
    char octets[PIECE_ON_THE_WAY];
    struct week_writer w;
    struct analysis_week week;
    struct week_place place = {.week = to + 1}, next = place;
    bool only_fails =
        t->s->only_fails || (!t->s->is_whole && t->s->f->result == FILTER_FAILS);
    int rows = WEEK_PAGE_ROWS;
    week_writer_begin(&w, octets, sizeof octets);
    while (rows == WEEK_PAGE_ROWS) {
        struct statement *st =
            week_page(t->s->in->db, t->policy, from, &place, only_fails);
        int step;
        for (rows = 0; (step = statement_step(st)) > 0; rows++) {
            week_row_read(st, &week);
            bool is_good = collect(t, &w, &week);
            if (is_good && rows + 1 == WEEK_PAGE_ROWS && !week_place_note(&next, st))
                is_good = is_damaged(t->s->in);
            if (!is_good) {
                statement_reset(st);
                return false;
            }
        }
        if (step < 0)
            return scope_fail(t->s->in);
        place = next;
    }
    return tell_octets(t, (struct sceau_slice){octets, w.len});
}

/* Those whose addresses signed with the selector that is asked for; in no order. */
static bool
tell_selected(struct telling *t, int64_t from, int64_t to)
{
    char octets[PIECE_ON_THE_WAY];
    struct week_writer w;
    struct analysis_week week;
    const struct scope *s = t->s;
    struct statement *st =
        database_prepare(s->in->db,
                         "SELECT " WEEK_COLUMNS
                         "WHERE policy_domain = ?1 AND week BETWEEN ?2 AND ?3 "
                         "AND ip IN (SELECT ip FROM day_pair WHERE policy_domain "
                         "= ?1 AND selector = ?4 AND day BETWEEN ?5 AND ?6)");
    int step;
    bind_text(st, 1, t->policy);
    bind_int(st, 2, from);
    bind_int(st, 3, to);
    bind_text(st, 4, s->f->selector);
    bind_int(st, 5, s->from_day);
    bind_int(st, 6, s->to_day);
    week_writer_begin(&w, octets, sizeof octets);
    while ((step = statement_step(st)) > 0) {
        week_row_read(st, &week);
        if (!collect(t, &w, &week)) {
            statement_reset(st);
            return false;
        }
    }
    return step == 0 ? tell_octets(t, (struct sceau_slice){octets, w.len})
                     : scope_fail(s->in);
}

/* ---- all of them ---- */

/* Weeks that are not packed lie between those that are. A week that is packed meanwhile is read
 * out of the table still: one statement says which ones are. */
static bool
tell_weeks(struct telling *t, int64_t first, int64_t last)
{
    struct scope *s = t->s;
    struct statement *st = database_prepare(
        s->in->db,
        "SELECT week, octets FROM week_pack WHERE policy_domain = ?1 AND week "
        "BETWEEN ?2 AND ?3 ORDER BY week DESC, piece DESC");
    int step;
    bind_text(st, 1, t->policy);
    bind_int(st, 2, first);
    bind_int(st, 3, last);
    int64_t next = last; /* which is not told yet */
    while ((step = statement_step(st)) > 0) {
        int64_t week = column_int(st, 0);
        bool is_told = week >= next || tell_rows(t, week + 1, next);
        next = week - 1;
        t->week = week;
        if (!is_told || !tell_octets(t, column_blob(st, 1))) {
            statement_reset(st);
            return false;
        }
    }
    if (step < 0)
        return scope_fail(s->in);
    return next < first || tell_rows(t, first, next);
}

/* ---- of one reporter ---- */

/* Those of a report's piece. */
static bool
tell_piece(struct telling *t, int day, struct sceau_slice octets)
{
    struct report_rows_reader *r = &t->pieces;
    const struct report_record *record = &t->reported.record;
    report_rows_over(r, octets);
    while (report_rows_next(r, &t->reported)) {
        const struct analysis_week week = {
            .row = {.ip = record->ip,
                    .domain = t->reported.domain,
                    .dkim = record->dkim,
                    .spf = record->spf,
                    .disposition = record->disposition,
                    .cause = t->reported.judgement.cause,
                    .flags = t->reported.judgement.flags,
                    .day = day},
            .counts = {record->count              },
            .reports = {1},
        };
        if (scope_asks(t->s, &week.row) && !t->reader->row(t->reader, &week))
            return scope_full(t->s->in);
    }
    return !r->in.is_broken || scope_broken_report(t->s->in);
}

static bool
tell_reported(struct telling *t)
{
    struct scope *s = t->s;
    struct statement *st =
        database_prepare(s->in->db,
                         "SELECT r.day, w.octets FROM report r JOIN report_pack w ON "
                         "w.report = r.id WHERE r.policy_domain = ?1 AND r.day BETWEEN "
                         "?2 AND ?3 AND r.counted = 1 AND r.org_name = ?4");
    int step;
    bind_text(st, 1, t->policy);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    bind_text(st, 4, s->f->reporter);
    while ((step = statement_step(st)) > 0)
        if (!tell_piece(t, (int)column_int(st, 0), column_blob(st, 1))) {
            statement_reset(st);
            return false;
        }
    return step == 0 || scope_fail(s->in);
}

bool
scope_rows(struct scope *s, struct row_reader *reader)
{
    int64_t first = s->from_day / DAYS_A_WEEK, last = s->to_day / DAYS_A_WEEK;
    struct telling t;
    t.s = s;
    t.reader = reader;
    for (size_t i = 0; i < s->policy_count; i++) {
        t.policy = s->policies[i];
        t.week = 0;
        bool is_told = asks_reporter(s)   ? tell_reported(&t)
                       : asks_selector(s) ? tell_selected(&t, first, last)
                                          : tell_weeks(&t, first, last);
        if (!is_told)
            return false;
    }
    return true;
}
