/* P3: who sends as me, and one row of it opened. */
#include "core/domain.h"
#include "scope.h"
#include "store/report_rows.h"

#include <stdlib.h>

#define PAIRS_MAX  200
#define HEARD_DAYS 7 /* raw rows are read for these, the last of the range */

bool
insight_sources(struct insight *in, const struct filter *f,
                struct insight_sources *sources)
{
    struct scope scope;
    struct analysis_source *const *list;
    size_t count;
    *sources = (struct insight_sources){0};
    if (!scope_open(&scope, in, f) || scope_sources(&scope, &list, &count) == NULL)
        return false;
    const struct analysis_source **out =
        sceau_arena_alloc(in->arena, (count + 1) * sizeof *out);
    if (out == NULL)
        return scope_full(in);
    for (size_t i = 0; i < count; i++) {
        sources->of_class[list[i]->class] += list[i]->counts.messages;
        if (!scope_wants_source(f, list[i]))
            continue;
        analysis_counts_join(&sources->counts, &list[i]->counts);
        out[sources->count++] = list[i];
    }
    sources->sources = out;
    return true;
}

/* ---- one row opened ---- */

struct opened {
    struct scope scope;
    struct analysis_sources *all;
    const struct analysis_source *source;
    struct report_rows_reader rows; /* of a report, and the row at hand */
    struct reported_row row;
};

static bool
is_of(const struct opened *o, const struct sceau_ip *ip)
{
    return analysis_source_of_ip(o->all, ip) == o->source;
}

/* Largest first, and no more than PAIRS_MAX. */
static bool
read_pairs(struct opened *o, struct sceau_slice policy, struct growing *list)
{
    struct insight *in = o->scope.in;
    struct statement *st = database_prepare(
        in->db,
        "SELECT ip, domain, envelope_from, signer, selector, sum(count) FROM day_pair "
        "WHERE policy_domain = ?1 AND day BETWEEN ?2 AND ?3 "
        "GROUP BY ip, domain, envelope_from, signer, selector ORDER BY 6 DESC, 1, 2, 3, 4, 5");
    int step;
    bind_text(st, 1, policy);
    bind_int(st, 2, o->scope.from_day);
    bind_int(st, 3, o->scope.to_day);
    while ((step = statement_step(st)) > 0 && list->count < PAIRS_MAX) {
        struct sceau_ip ip = scope_ip(st, 0);
        if (!is_of(o, &ip) ||
            (o->scope.author.len > 0 && !slice_eq(column_text(st, 1), o->scope.author)))
            continue;
        struct insight_pair *p = growing_add(list);
        if (p == NULL)
            return scope_full(in);
        p->ip = ip;
        p->header_from = scope_text(in, st, 1);
        p->envelope_from = scope_text(in, st, 2);
        p->signer = scope_text(in, st, 3);
        p->selector = scope_text(in, st, 4);
        p->messages = (uint64_t)column_int(st, 5);
    }
    statement_reset(st);
    return step >= 0 || scope_fail(in);
}

static struct insight_heard *
heard_of(struct insight *in, struct growing *list, struct sceau_slice reporter)
{
    struct insight_heard *known = list->items;
    for (size_t i = 0; i < list->count; i++)
        if (slice_eq(known[i].reporter, reporter))
            return &known[i];
    struct insight_heard *h = growing_add(list);
    if (h != NULL)
        h->reporter = slice_copy(in->arena, reporter);
    return h;
}

/* The largest first, equal ones by name. */
static int
by_messages(const void *a, const void *b)
{
    const struct insight_heard *x = a, *y = b;
    if (x->messages != y->messages)
        return x->messages < y->messages ? 1 : -1;
    return scope_order(x->reporter, y->reporter);
}

/* What one piece of a report says of the source. */
static bool
hear_piece(struct opened *o, struct growing *list, struct sceau_slice reporter,
           struct sceau_slice octets)
{
    const struct report_record *record = &o->row.record;
    struct insight_heard *h = NULL;
    report_rows_over(&o->rows, octets);
    while (report_rows_next(&o->rows, &o->row)) {
        if (!is_of(o, &record->ip) ||
            (o->scope.author.len > 0 && !slice_eq(o->row.domain, o->scope.author)))
            continue;
        if (h == NULL && (h = heard_of(o->scope.in, list, reporter)) == NULL)
            return scope_full(o->scope.in);
        bool passes =
            record->dkim == REPORT_ALIGNED_PASS || record->spf == REPORT_ALIGNED_PASS;
        h->messages += record->count;
        *(passes ? &h->compliant : &h->fails) += record->count;
    }
    return !o->rows.in.is_broken || scope_broken_report(o->scope.in);
}

static bool
read_heard(struct opened *o, struct sceau_slice policy, struct growing *list)
{
    struct insight *in = o->scope.in;
    int from = o->scope.to_day - HEARD_DAYS + 1, step;
    struct statement *st = database_prepare(
        in->db,
        "SELECT r.org_name, w.octets FROM report r JOIN report_pack w ON "
        "w.report = r.id WHERE r.policy_domain = ?1 AND r.day BETWEEN ?2 AND ?3 "
        "AND r.counted = 1");
    bind_text(st, 1, policy);
    bind_int(st, 2, from > o->scope.from_day ? from : o->scope.from_day);
    bind_int(st, 3, o->scope.to_day);
    while ((step = statement_step(st)) > 0)
        if (!hear_piece(o, list, column_text(st, 0), column_blob(st, 1))) {
            statement_reset(st);
            return false;
        }
    return step == 0 || scope_fail(in);
}

/* The days of the source alone: its spark has the last of them. */
static bool
make_days(struct opened *o, struct insight_source *out)
{
    const struct analysis_source *s = o->source;
    bool is_ours = s->class == ANALYSIS_OURS || s->class == ANALYSIS_SENDS_WELL ||
                   s->class == ANALYSIS_TO_FIX;
    int days = o->scope.to_day - o->scope.from_day + 1;
    if (days > ANALYSIS_SPARK_DAYS)
        days = ANALYSIS_SPARK_DAYS;
    struct insight_day *list =
        sceau_arena_alloc(o->scope.in->arena, (size_t)days * sizeof *list);
    if (list == NULL)
        return scope_full(o->scope.in);
    for (int i = 0; i < days; i++) {
        size_t at = (size_t)(ANALYSIS_SPARK_DAYS - days + i);
        list[i].day = o->scope.to_day - days + 1 + i;
        list[i].one = s->spark[at] - s->spark_fails[at];
        *(is_ours ? &list[i].fails_ours : &list[i].fails_others) = s->spark_fails[at];
    }
    out->days = list;
    out->day_count = (size_t)days;
    return true;
}

bool
insight_source(struct insight *in, const struct filter *f, struct insight_source *out)
{
    struct opened o;
    struct analysis_source *const *list;
    size_t count;
    struct growing pairs = {.arena = in->arena, .size = sizeof(struct insight_pair)};
    struct growing heard = {.arena = in->arena, .size = sizeof(struct insight_heard)};
    *out = (struct insight_source){0};
    if (!scope_open(&o.scope, in, f))
        return false;
    o.all = scope_sources(&o.scope, &list, &count);
    if (o.all == NULL)
        return false;
    o.source = NULL;
    for (size_t i = 0; i < count; i++)
        if (slice_eq_ci(list[i]->key, f->source))
            o.source = list[i];
    if (o.source == NULL)
        return true;
    for (size_t i = 0; i < o.scope.policy_count; i++)
        if (!read_pairs(&o, o.scope.policies[i], &pairs) ||
            !read_heard(&o, o.scope.policies[i], &heard))
            return false;
    out->source = o.source;
    out->pairs = pairs.items;
    out->pair_count = pairs.count;
    if (heard.count > 1)
        qsort(heard.items, heard.count, sizeof(struct insight_heard), by_messages);
    out->reporters = heard.items;
    out->reporter_count = heard.count;
    return make_days(&o, out);
}
