/* Rows come week by week, policy domain by policy domain: weeks that lie packed as octets
 * (store/week_pack.h), the others out of the table, put into octets on their way. Who makes
 * sources of them has the addresses looked up some at a time, before. */
#include "addresses.h"
#include "store/days.h"
#include "store/week_pack.h"

#define PIECE_ON_THE_WAY ((size_t)32 * 1024) /* octets */

struct telling {
    struct scope *s;
    struct row_reader *reader;
    struct sceau_slice policy; /* the policy domain */
    int64_t week;              /* of the rows at hand */
    bool *has_pack;            /* of each week of the range: it was packed */
};

_Static_assert(REPORT_ALIGNED_PASS == 1, "statements of what fails say so too");

static bool
is_asked(const struct scope *s, const struct analysis_row *row)
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
        if (is_asked(t->s, &week->row))
            return true;
    }
    return false;
}

/* Look up the addresses of the rows ahead, as far as one question goes: *rows. */
static bool
look_ahead(struct telling *t, struct week_reader ahead, size_t *rows)
{
    struct sceau_ip ips[ADDRESSES_AT_ONCE];
    size_t count = 0;
    struct analysis_week week;
    for (*rows = 0; count < ADDRESSES_AT_ONCE && next_asked(t, &ahead, &week);
         ++*rows) {
        bool is_same =
            count > 0 && memcmp(&ips[count - 1], &week.row.ip, sizeof week.row.ip) == 0;
        if (!is_same && t->reader->wants(t->reader, &week, count))
            ips[count++] = week.row.ip;
    }
    return count == 0 || addresses_expect(t->s, ips, count);
}

static bool
tell_octets(struct telling *t, struct sceau_slice octets)
{
    struct week_reader r = week_reader_over(octets);
    struct analysis_week week;
    size_t rows = 0;
    while (r.rest.len > 0 && !r.is_broken) {
        if (t->reader->wants != NULL && rows == 0 && !look_ahead(t, r, &rows))
            return false;
        rows -= rows > 0;
        if (next_asked(t, &r, &week) && !t->reader->row(t->reader, &week))
            return scope_full(t->s->in);
    }
    if (r.is_broken)
        t->s->in->error = N_("a week of the store is damaged");
    return !r.is_broken;
}

/* ---- weeks that are packed ---- */

static bool
tell_packs(struct telling *t)
{
    struct scope *s = t->s;
    int64_t first = s->from_day / DAYS_A_WEEK;
    struct statement *st = database_prepare(
        s->in->db,
        "SELECT week, octets FROM week_pack WHERE policy_domain = ?1 AND week "
        "BETWEEN ?2 AND ?3 ORDER BY week, piece");
    int step;
    bind_text(st, 1, t->policy);
    bind_int(st, 2, first);
    bind_int(st, 3, s->to_day / DAYS_A_WEEK);
    while ((step = statement_step(st)) > 0) {
        t->week = column_int(st, 0);
        t->has_pack[t->week - first] = true;
        if (!tell_octets(t, column_blob(st, 1))) {
            statement_reset(st);
            return false;
        }
    }
    return step == 0 || scope_fail(s->in);
}

/* ---- weeks that are not ---- */

static struct statement *
prepare_rows(const struct telling *t)
{
    const struct scope *s = t->s;
#define OF_WEEKS \
 "SELECT " WEEK_COLUMNS "WHERE policy_domain = ?1 AND week BETWEEN ?2 AND ?3 "
    if (asks_selector(s)) {
        struct statement *st =
            database_prepare(s->in->db, OF_WEEKS
                             "AND ip IN (SELECT ip FROM day_pair WHERE policy_domain "
                             "= ?1 AND selector = ?4 AND day BETWEEN ?5 AND ?6)");
        bind_text(st, 4, s->f->selector);
        bind_int(st, 5, s->from_day);
        bind_int(st, 6, s->to_day);
        return st;
    }
    if (s->only_fails || (!s->is_whole && s->f->result == FILTER_FAILS))
        return database_prepare(s->in->db, OF_WEEKS "AND dkim <> 1 AND spf <> 1");
    return database_prepare(s->in->db, OF_WEEKS);
}

/* Rows of one week after another, a piece at a time. */
static bool
tell_rows(struct telling *t, int64_t from, int64_t to)
{
    char octets[PIECE_ON_THE_WAY];
    struct week_writer w;
    struct analysis_week week;
    struct statement *st = prepare_rows(t);
    int step;
    bind_text(st, 1, t->policy);
    bind_int(st, 2, from);
    bind_int(st, 3, to);
    week_writer_begin(&w, octets, sizeof octets);
    while ((step = statement_step(st)) > 0) {
        week_row_read(st, &week);
        bool is_next = week.row.day != t->week * DAYS_A_WEEK;
        if (is_next || !week_writer_add(&w, &week)) {
            if (!tell_octets(t, (struct sceau_slice){octets, w.len})) {
                statement_reset(st);
                return false;
            }
            week_writer_begin(&w, octets, sizeof octets);
            week_writer_add(&w, &week);
        }
        t->week = week.row.day / DAYS_A_WEEK;
    }
    return step == 0 ? tell_octets(t, (struct sceau_slice){octets, w.len})
                     : scope_fail(t->s->in);
}

/* Each stretch of weeks without a pack. */
static bool
tell_gaps(struct telling *t)
{
    int64_t first = t->s->from_day / DAYS_A_WEEK, last = t->s->to_day / DAYS_A_WEEK;
    for (int64_t from = first, to; from <= last; from = to + 1) {
        to = from;
        if (t->has_pack[from - first])
            continue;
        while (to < last && !t->has_pack[to + 1 - first])
            to++;
        if (!tell_rows(t, from, to))
            return false;
    }
    return true;
}

/* ---- of one reporter ---- */

static bool
tell_reported(struct telling *t)
{
    struct scope *s = t->s;
    struct analysis_week week = {0};
    struct analysis_row *row = &week.row;
    struct statement *st =
        database_prepare(s->in->db,
                         "SELECT w.ip, w.dkim, w.spf, w.disposition, w.cause, w.flags, "
                         "w.domain, r.day, w.count "
                         "FROM report r JOIN report_row w ON w.report = r.id "
                         "WHERE r.policy_domain = ?1 AND r.day BETWEEN ?2 AND ?3 "
                         "AND r.counted = 1 AND r.org_name = ?4");
    int step;
    bind_text(st, 1, t->policy);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    bind_text(st, 4, s->f->reporter);
    while ((step = statement_step(st)) > 0) {
        week_row_head_read(st, row);
        row->day = (int)column_int(st, 7);
        week.counts[0] = column_int(st, 8) > 0 ? (uint64_t)column_int(st, 8) : 0;
        week.reports[0] = 1;
        if (is_asked(s, row) && !t->reader->row(t->reader, &week)) {
            statement_reset(st);
            return scope_full(s->in);
        }
    }
    return step == 0 || scope_fail(s->in);
}

bool
scope_rows(struct scope *s, struct row_reader *reader)
{
    int64_t first = s->from_day / DAYS_A_WEEK, last = s->to_day / DAYS_A_WEEK;
    size_t weeks = last >= first ? (size_t)(last - first + 1) : 0;
    struct telling t = {.s = s, .reader = reader};
    t.has_pack = sceau_arena_alloc(s->in->arena, weeks + 1);
    if (t.has_pack == NULL)
        return scope_full(s->in);
    for (size_t i = 0; i < s->policy_count; i++) {
        t.policy = s->policies[i];
        memset(t.has_pack, 0, weeks);
        bool is_told = asks_reporter(s)   ? tell_reported(&t)
                       : asks_selector(s) ? tell_rows(&t, first, last)
                                          : tell_packs(&t) && tell_gaps(&t);
        if (!is_told)
            return false;
    }
    return true;
}
