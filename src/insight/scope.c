/* What a question concerns, and the sources that its rows make; rows.c reads them. */
#include "scope.h"

#include "addresses.h"
#include "analysis/readiness.h"
#include "core/domain.h"
#include "core/ip.h"
#include "days.h"
#include "kept.h"
#include "store/meta.h"
#include "store/report_rows.h"

#include <sys/random.h>

#define CLASS_DAYS 28 /* a class needs so many, however short the range that is asked */

bool
scope_fail(struct insight *in)
{
    in->error = database_error(in->db);
    return false;
}

bool
scope_full(struct insight *in)
{
    in->error = N_("more memory is needed than one answer may have");
    return false;
}

bool
scope_broken_report(struct insight *in)
{
    in->error = REPORT_ROWS_DAMAGED;
    return false;
}

const char *
insight_error(const struct insight *in)
{
    return in->error != NULL ? in->error : "";
}

bool
scope_note(struct insight *in, struct sceau_slice name, struct sceau_slice value)
{
    return meta_write(in->db, name, value) || scope_fail(in);
}

void
scope_like(struct text *t, struct sceau_slice part)
{
    for (size_t i = 0; i < part.len; i++) {
        char c = ascii_lower(part.ptr[i]);
        if (c == '%' || c == '_' || c == '!')
            text_octet(t, '!');
        text_octet(t, c);
    }
}

int
scope_order(struct sceau_slice a, struct sceau_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

struct sceau_slice
scope_text(struct insight *in, struct statement *s, int column)
{
    struct sceau_slice text = column_text(s, column);
    return text.len > 0 ? slice_copy(in->arena, text) : SCEAU_SLICE("");
}

struct sceau_ip
scope_ip(struct statement *s, int column)
{
    return ip_of_octets(column_blob(s, column));
}

void *
growing_add(struct growing *g)
{
    if (g->count == g->capacity && !g->is_full) {
        size_t capacity = g->capacity > 0 ? g->capacity * 2 : 32;
        char *room = sceau_arena_alloc(g->arena, capacity * g->size);
        g->is_full = room == NULL;
        if (room != NULL && g->count > 0)
            memcpy(room, g->items, g->count * g->size);
        if (room != NULL) {
            g->items = room;
            g->capacity = capacity;
        }
    }
    return g->is_full ? NULL : (char *)g->items + g->count++ * g->size;
}

/* The store steps from one name to the next in the key: no row between is read. */
bool
scope_policy_domains(struct insight *in, const struct sceau_slice **domains,
                     size_t *count)
{
    struct growing list = {.arena = in->arena, .size = sizeof(struct sceau_slice)};
    struct statement *s = database_prepare(
        in->db,
        "WITH RECURSIVE n(name) AS (SELECT (SELECT policy_domain FROM day_total "
        "WHERE policy_domain > '' ORDER BY policy_domain LIMIT 1) UNION ALL SELECT (SELECT policy_domain "
        "FROM day_total WHERE policy_domain > n.name ORDER BY policy_domain LIMIT "
        "1) FROM n WHERE n.name IS NOT NULL) SELECT name FROM n WHERE name IS NOT "
        "NULL ORDER BY name");
    int step;
    while ((step = statement_step(s)) > 0) {
        struct sceau_slice *next = growing_add(&list);
        struct sceau_slice name = scope_text(in, s, 0);
        if (next == NULL || name.ptr == NULL) {
            statement_reset(s);
            return scope_full(in);
        }
        *next = name;
    }
    *domains = list.items;
    *count = list.count;
    return step == 0 || scope_fail(in);
}

bool
insight_domains(struct insight *in, const struct sceau_slice **domains, size_t *count)
{
    return scope_policy_domains(in, domains, count);
}

/* ---- opening ---- */

static bool
load_marks(struct scope *s)
{
    struct insight *in = s->in;
    struct growing list = {.arena = in->arena, .size = sizeof(struct analysis_mark)};
    struct statement *st =
        database_prepare(in->db,
                         "SELECT domain, source, class, note, author, until FROM mark");
    int step;
    while ((step = statement_step(st)) > 0) {
        int64_t class = column_int(st, 2);
        struct analysis_mark *m = growing_add(&list);
        if (m == NULL)
            return scope_full(in);
        m->domain = scope_text(in, st, 0);
        m->source = scope_text(in, st, 1);
        m->class = class >= 0 && class < ANALYSIS_CLASSES ? (enum analysis_class) class
                                                          : ANALYSIS_TOO_LITTLE;
        m->note = scope_text(in, st, 3);
        m->author = scope_text(in, st, 4);
        m->until = column_int(st, 5);
    }
    s->question.marks = list.items;
    s->question.mark_count = list.count;
    return step == 0 || scope_fail(in);
}

static bool
find_known_since(struct scope *s)
{
    struct statement *st =
        database_prepare(s->in->db,
                         "SELECT day FROM day_reporter WHERE policy_domain = ?1 "
                         "ORDER BY policy_domain, day LIMIT 1");
    bind_text(st, 1, s->policy_domain);
    int step = statement_step(st);
    if (step > 0)
        s->question.known_since = (int)column_int(st, 0);
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

/* Was anything reported under it? 1, 0, or -1: an error. */
static int
has_reports(struct insight *in, struct sceau_slice policy_domain)
{
    struct statement *s =
        database_prepare(in->db,
                         "SELECT 1 FROM day_total WHERE policy_domain = ?1 LIMIT 1");
    bind_text(s, 1, policy_domain);
    int step = statement_step(s);
    statement_reset(s);
    return step;
}

/* A policy domain, or the policy domains under which mail From it was reported: those above
 * it, the nearest first. */
static bool
resolve(struct scope *s, struct sceau_slice domain)
{
    struct growing list = {.arena = s->in->arena, .size = sizeof(struct sceau_slice)};
    if (domain.len == 0)
        return scope_policy_domains(s->in, &s->policies, &s->policy_count);
    s->author = domain;
    for (struct sceau_slice name = domain; name.len > 0; name = domain_parent(name)) {
        int has = has_reports(s->in, name);
        struct sceau_slice *one = has > 0 ? growing_add(&list) : NULL;
        if (has < 0)
            return scope_fail(s->in);
        if (has == 0)
            continue;
        if (one == NULL)
            return scope_full(s->in);
        *one = name;
        if (name.len == domain.len) {
            s->author = SLICE_NONE;
            break;
        }
    }
    s->policies = list.items;
    s->policy_count = list.count;
    if (list.count > 0)
        s->policy_domain = s->policies[0];
    return true;
}

void
scope_days(struct scope *s, int from_day, int to_day)
{
    s->from_day = s->question.from_day = from_day;
    s->to_day = s->question.to_day = to_day;
}

bool
scope_open(struct scope *s, struct insight *in, const struct filter *f)
{
    *s = (struct scope){.in = in, .f = f, .describer = {addresses_describe}};
    s->question = (struct analysis_question){.arena = in->arena,
                                             .today = f->today,
                                             .now = in->now,
                                             .ours = in->ours,
                                             .describer = &s->describer};
    if (getrandom(&s->question.key, sizeof s->question.key, 0) !=
        (ssize_t)sizeof s->question.key)
        return scope_full(in);
    scope_days(s, f->from_day, f->to_day);
    if (!resolve(s, f->domain))
        return false;
    s->question.domain = s->author.len > 0 ? s->author : s->policy_domain;
    return load_marks(s) && find_known_since(s);
}

/* ---- sources ---- */

struct gatherer {
    struct row_reader reader;
    struct scope *scope;
    struct analysis_sources *sources;
    struct analysis_sources *recent; /* of fewer days; NULL: not wanted */
};

static bool
add(struct scope *s, struct analysis_sources *sources, const struct analysis_week *week)
{
    if (s->days != NULL)
        days_note(s, week);
    return analysis_sources_add_week(sources, week);
}

static bool
gather(struct row_reader *self, const struct analysis_week *week)
{
    const struct gatherer *g = (const struct gatherer *)self;
    struct scope *part = g->scope->part;
    return add(g->scope, g->sources, week) &&
           (g->recent == NULL || analysis_sources_add_week(g->recent, week)) &&
           (part == NULL || !scope_asks(part, &week->row) ||
            add(part, part->gathered, week));
}

/* Those of fewer days, or of some rows, are among those of all, but for those that found no room
 * there. */
static bool
wants_address(struct row_reader *self, const struct analysis_week *week, size_t pending)
{
    const struct gatherer *g = (const struct gatherer *)self;
    const struct scope *s = g->scope, *part = s->part;
    if (s->whole != NULL && analysis_address_of_ip(s->whole, &week->row.ip) != NULL)
        return false;
    return analysis_sources_wants(g->sources, week, pending) ||
           (part != NULL && scope_asks(part, &week->row) &&
            analysis_sources_wants(part->gathered, week, pending) &&
            analysis_address_of_ip(g->sources, &week->row.ip) == NULL);
}

/* What is asked for is read with all that its classes are decided by. */
static bool
begin_part(struct scope *s, struct analysis_sources *whole)
{
    if (s->part == NULL)
        return true;
    s->part->reading = s;
    s->part->whole = whole;
    s->part->gathered = analysis_sources_new(&s->part->question);
    return s->part->gathered != NULL || scope_full(s->in);
}

/* Of that scope alone, and of its part. */
static struct analysis_sources *
read_sources(struct scope *s)
{
    struct gatherer g = {
        {gather, wants_address},
        s, analysis_sources_new(&s->question), NULL
    };
    if (g.sources == NULL) {
        scope_full(s->in);
        return NULL;
    }
    return begin_part(s, g.sources) && scope_rows(s, &g.reader) ? g.sources : NULL;
}

/* ---- kept ---- */

/* All that the sources point to, in the arena that is kept. */
static const struct analysis_ours *
copy_ours(struct sceau_arena *arena, const struct analysis_ours *ours)
{
    struct analysis_ours *copy = sceau_arena_alloc(arena, sizeof *copy);
    struct analysis_own *own =
        sceau_arena_alloc(arena, (ours->address_count + 1) * sizeof *own);
    if (copy == NULL || own == NULL)
        return NULL;
    for (size_t i = 0; i < ours->address_count; i++) {
        own[i] = ours->addresses[i];
        own[i].name = slice_copy(arena, own[i].name);
        own[i].domain = slice_copy(arena, own[i].domain);
    }
    *copy =
        (struct analysis_ours){.addresses = own, .address_count = ours->address_count};
    return copy;
}

/* The rows of the scope are read once, for its own days and for the recent ones. */
static bool
read_both(struct scope *s, struct scope *recent, struct kept_sources *made,
          struct kept_sources *made_recent)
{
    bool wants_recent = recent->to_day != 0;
    struct gatherer g = {
        {gather, wants_address},
        s, analysis_sources_new(&s->question), NULL
    };
    recent->whole = g.sources; /* knows the addresses already */
    if (g.sources == NULL)
        return scope_full(s->in);
    if (wants_recent)
        g.recent = analysis_sources_new(&recent->question);
    if (wants_recent && g.recent == NULL)
        return scope_full(s->in);
    if (!begin_part(s, g.sources) || !scope_rows(s, &g.reader))
        return false;
    *made = (struct kept_sources){.sources = g.sources, .days = s->days};
    made->list = analysis_sources_done(g.sources, &made->count);
    *made_recent = (struct kept_sources){.sources = g.recent};
    if (wants_recent)
        made_recent->list = analysis_sources_done(g.recent, &made_recent->count);
    return (made->list != NULL && (!wants_recent || made_recent->list != NULL)) ||
           scope_full(s->in);
}

/* As the scope asks, but into that arena. */
static bool
make_kept(void *self, struct sceau_arena *arena, const struct kept_key *key,
          struct kept_sources *made, struct kept_sources *recent)
{
    struct scope *asked = self, s = *asked, r;
    struct insight in = *asked->in;
    in.arena = arena;
    in.kept = NULL;
    in.ours = copy_ours(arena, asked->in->ours);
    s.in = &in;
    s.expected = NULL;
    s.days_of_whole = true;
    s.question.arena = arena;
    s.question.ours = in.ours;
    s.question.domain = slice_copy(arena, asked->question.domain);
    s.question.describer = &s.describer;
    bool is_made = (in.ours != NULL || scope_full(&in)) && load_marks(&s);
    r = s;
    r.part = NULL;
    r.question.describer = &r.describer;
    scope_days(&r, key->recent_from, key->recent_to);
    is_made = is_made && days_want(&s) && read_both(&s, &r, made, recent);
    asked->in->error = in.error;
    return is_made;
}

/* What readiness is about, if it lies in the days of the scope. */
static void
want_recent(const struct scope *s, struct kept_key *key)
{
    int from_day = s->f->today - ANALYSIS_READY_DAYS, to_day = s->f->today - 1;
    if (!s->wants_recent || from_day < s->from_day || to_day > s->to_day)
        return;
    key->recent_from = from_day;
    key->recent_to = to_day;
}

/* All rows of the range of the scope; with them the days, if they are wanted of these. */
static struct analysis_sources *
read_whole(struct scope *s, struct analysis_source *const **list, size_t *count)
{
    struct kept_key key = {.policy_domain = s->policy_domain,
                           .author = s->author,
                           .from_day = s->from_day,
                           .to_day = s->to_day,
                           .needs_days = s->days != NULL && s->days_of_whole,
                           .version = s->in->version};
    if (s->in->kept == NULL) {
        struct analysis_sources *whole = read_sources(s);
        *list = whole != NULL ? analysis_sources_done(whole, count) : NULL;
        if (whole != NULL && *list == NULL)
            scope_full(s->in);
        return *list != NULL ? whole : NULL;
    }
    want_recent(s, &key);
    const struct kept_sources *k = kept_take(s->in, &key, make_kept, s);
    if (k == NULL)
        return NULL;
    if (key.needs_days)
        memcpy(s->days, k->days,
               (size_t)(s->to_day - s->from_day + 1) * sizeof *s->days);
    *list = k->list;
    *count = k->count;
    return k->sources;
}

static bool
asks_of_rows(const struct filter *f)
{
    return f->result != FILTER_ALL || f->has_cause || f->has_disposition ||
           f->has_network || f->reporter.len > 0 || f->selector.len > 0;
}

/* Than what the rows of weeks tell. */
static bool
asks_more(const struct filter *f)
{
    return f->reporter.len > 0 || f->selector.len > 0;
}

struct analysis_sources *
scope_sources(struct scope *s, struct analysis_source *const **list, size_t *count)
{
    struct scope part = *s;
    struct analysis_sources *whole;
    int from_day = s->from_day, class_from = s->to_day - CLASS_DAYS + 1;
    bool is_short = class_from < from_day;
    bool is_split = is_short || asks_of_rows(s->f);
    part.question.describer = &part.describer;
    s->part = is_split && !asks_more(s->f) ? &part : NULL;
    s->is_whole = true;
    s->days_of_whole = !is_split;
    if (is_short)
        scope_days(s, class_from, s->to_day);
    whole = read_whole(s, list, count);
    s->is_whole = false;
    s->part = NULL;
    scope_days(s, from_day, s->to_day);
    if (whole == NULL || !is_split)
        return whole;
    s->whole = part.whole = whole;
    part.reading = NULL; /* what it looked up is gone */
    if (part.gathered == NULL)
        part.gathered = read_sources(&part);
    if (part.gathered == NULL)
        return NULL;
    *list = analysis_sources_done_as(part.gathered, whole, count);
    if (*list == NULL)
        scope_full(s->in);
    return *list != NULL ? part.gathered : NULL;
}

bool
scope_wants_source(const struct filter *f, const struct analysis_source *s)
{
    return (!f->has_class || s->class == f->class) &&
           (f->source.len == 0 || slice_eq_ci(s->key, f->source)) &&
           (!f->is_new || s->is_new);
}
