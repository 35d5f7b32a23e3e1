/* P2: how is this domain? */
#include "core/text.h"
#include "days.h"
#include "findings.h"
#include "report/words.h"

#include <stdlib.h>

static struct statement *
prepare_for(struct scope *s, const char *sql)
{
    struct statement *st = database_prepare(s->in->db, sql);
    bind_text(st, 1, s->policy_domain);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    return st;
}

static enum report_disposition
disposition_at(struct statement *st, int column)
{
    int64_t value = column_int(st, column);
    return value > 0 && value < REPORT_DISPOSITIONS ? (enum report_disposition)value
                                                    : REPORT_DISPOSITION_UNKNOWN;
}

static bool
same_policy(const struct insight_policy *a, const struct insight_policy *b)
{
    return a->p == b->p && a->sp == b->sp && a->np == b->np && a->adkim == b->adkim &&
           a->aspf == b->aspf && a->testing == b->testing && slice_eq(a->pct, b->pct);
}

/* On each day the policy that most reports saw; only where it changes. */
static bool
read_policies(struct scope *s, struct insight_domain *out)
{
    struct growing list = {.arena = s->in->arena,
                           .size = sizeof(struct insight_policy)};
    struct statement *st = prepare_for(
        s,
        "SELECT day, p, sp, np, adkim, aspf, testing, pct, reports FROM day_policy "
        "WHERE policy_domain = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, reports DESC, p");
    int step, last_day = -1;
    while ((step = statement_step(st)) > 0) {
        struct insight_policy p = {
            .day = (int)column_int(st, 0),
            .p = disposition_at(st, 1),
            .sp = disposition_at(st, 2),
            .np = disposition_at(st, 3),
            .adkim = (enum report_mode)column_int(st, 4),
            .aspf = (enum report_mode)column_int(st, 5),
            .testing = (enum report_testing)column_int(st, 6),
            .pct = scope_text(s->in, st, 7),
            .reports = (uint64_t)column_int(st, 8),
        };
        struct insight_policy *before = list.items;
        if (p.day == last_day)
            continue;
        last_day = p.day;
        if (list.count > 0 && same_policy(&before[list.count - 1], &p))
            continue;
        struct insight_policy *next = growing_add(&list);
        if (next == NULL)
            return scope_full(s->in);
        *next = p;
    }
    out->policies = list.items;
    out->policy_count = list.count;
    return step == 0 || scope_fail(s->in);
}

static bool
add_event(struct scope *s, struct growing *list, int day, enum insight_event_kind kind,
          struct sceau_slice what)
{
    struct insight_event *e = growing_add(list);
    if (e == NULL || what.ptr == NULL)
        return scope_full(s->in);
    *e = (struct insight_event){day, kind, what};
    return true;
}

static bool
note_policies(struct scope *s, struct growing *list, const struct insight_domain *out)
{
    for (size_t i = 1; i < out->policy_count; i++) {
        struct text what = text_new(s->in->arena, SIZE_MAX);
        const char *word = word_name(WORDS_POLICY, out->policies[i].p);
        text_format(&what, "p=%s", word != NULL ? word : "?");
        if (!add_event(s, list, out->policies[i].day, INSIGHT_POLICY_SEEN,
                       text_done(&what)))
            return false;
    }
    return true;
}

static bool
note_records(struct scope *s, struct growing *list)
{
    struct statement *st = database_prepare(
        s->in->db, "SELECT name, type, first FROM dns_record r WHERE domain = ?1 "
                   "AND first BETWEEN ?2 AND ?3 AND EXISTS (SELECT 1 FROM dns_record o "
                   "WHERE o.name = r.name AND o.type = r.type AND o.first < r.first)");
    int step;
    bind_text(st, 1, s->policy_domain);
    bind_int(st, 2, (int64_t)s->from_day * 86400);
    bind_int(st, 3, (int64_t)(s->to_day + 1) * 86400 - 1);
    while ((step = statement_step(st)) > 0) {
        struct text what = text_new(s->in->arena, SIZE_MAX);
        text_slice(&what, column_text(st, 0));
        text_octet(&what, ' ');
        text_slice(&what, column_text(st, 1));
        if (!add_event(s, list, (int)(column_int(st, 2) / 86400),
                       INSIGHT_RECORD_CHANGED, text_done(&what)))
            return false;
    }
    return step == 0 || scope_fail(s->in);
}

/* Keys of the domain's own that came into use or left it within the range. */
static bool
note_keys(struct scope *s, struct growing *list)
{
    struct statement *st = database_prepare(
        s->in->db,
        "SELECT selector, min(day), max(day) FROM day_key WHERE policy_domain = ?1 "
        "AND day BETWEEN ?2 AND ?3 AND pass > 0 AND signer = ?1 GROUP BY selector");
    int step;
    bind_text(st, 1, s->policy_domain);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    while ((step = statement_step(st)) > 0) {
        int first = (int)column_int(st, 1), last = (int)column_int(st, 2);
        struct sceau_slice selector = scope_text(s->in, st, 0);
        if (first > s->from_day + 2 &&
            !add_event(s, list, first, INSIGHT_KEY_FIRST, selector))
            return false;
        if (last < s->to_day - 4 &&
            !add_event(s, list, last, INSIGHT_KEY_LAST, selector))
            return false;
    }
    return step == 0 || scope_fail(s->in);
}

/* Those of a day in an order that no engine chooses. */
static int
by_day(const void *a, const void *b)
{
    const struct insight_event *x = a, *y = b;
    if (x->day != y->day)
        return x->day - y->day;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return scope_order(x->what, y->what);
}

static bool
read_events(struct scope *s, struct insight_domain *out)
{
    struct growing list = {.arena = s->in->arena, .size = sizeof(struct insight_event)};
    if (!note_policies(s, &list, out) || !note_records(s, &list) ||
        !note_keys(s, &list))
        return false;
    if (list.count > 1)
        qsort(list.items, list.count, sizeof(struct insight_event), by_day);
    out->events = list.items;
    out->event_count = list.count;
    return true;
}

static bool
read_subdomains(struct scope *s, struct insight_domain *out)
{
    struct growing list = {.arena = s->in->arena, .size = sizeof(struct sceau_slice)};
    struct statement *st =
        prepare_for(s, "SELECT domain FROM day_total WHERE policy_domain = ?1 "
                       "AND day BETWEEN ?2 AND ?3 AND domain <> ?1 GROUP BY domain "
                       "ORDER BY sum(count) DESC, domain LIMIT 100");
    int step;
    while ((step = statement_step(st)) > 0) {
        struct sceau_slice *next = growing_add(&list);
        if (next == NULL)
            return scope_full(s->in);
        *next = scope_text(s->in, st, 0);
    }
    out->subdomains = list.items;
    out->subdomain_count = list.count;
    return step == 0 || scope_fail(s->in);
}

bool
insight_domain(struct insight *in, const struct filter *f, struct insight_domain *out)
{
    struct scope s;
    struct analysis_source *const *list;
    struct analysis_sources *sources;
    *out = (struct insight_domain){.domain = f->domain};
    if (!scope_open(&s, in, f) || !days_want(&s))
        return false;
    s.wants_recent = true;
    sources = scope_sources(&s, &list, &out->source_count);
    if (sources == NULL)
        return false;
    for (size_t i = 0; i < out->source_count; i++) {
        analysis_counts_join(&out->counts, &list[i]->counts);
        out->new_count += list[i]->is_new;
    }
    out->rejected = out->counts.dispositions[REPORT_DISPOSITION_QUARANTINE] +
                    out->counts.dispositions[REPORT_DISPOSITION_REJECT];
    out->days = days_make(&s, sources, list, out->source_count, &out->day_count);
    return out->days != NULL && read_policies(&s, out) && read_events(&s, out) &&
           read_subdomains(&s, out) &&
           insight_findings(in, f->domain, false, &out->findings, &out->finding_count);
}
