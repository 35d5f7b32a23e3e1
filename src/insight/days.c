/* The bars of days. What is aligned is summed while the sources are gathered; whose the
 * failures are is known when all sources are: their sparks have the days of a month, and they
 * have the weeks before that. Where these are too many, the rows are read a second time. */
#include "days.h"

static bool
is_ours(const struct analysis_source *s)
{
    return s->class == ANALYSIS_OURS || s->class == ANALYSIS_SENDS_WELL ||
           s->class == ANALYSIS_TO_FIX;
}

static int
day_count(const struct scope *s)
{
    return s->to_day - s->from_day + 1;
}

bool
days_want(struct scope *s)
{
    size_t days = (size_t)day_count(s);
    s->days = sceau_arena_alloc(s->in->arena, days * sizeof *s->days);
    for (size_t i = 0; s->days != NULL && i < days; i++)
        s->days[i].day = s->from_day + (int)i;
    return s->days != NULL || scope_full(s->in);
}

void
days_note(struct scope *s, const struct analysis_week *week)
{
    const struct analysis_row *row = &week->row;
    bool dkim = row->dkim == REPORT_ALIGNED_PASS, spf = row->spf == REPORT_ALIGNED_PASS;
    bool is_spread = (row->flags & ANALYSIS_FLAG_SPREAD) != 0;
    int first = s->days[0].day;
    if ((!dkim && !spf && !is_spread) || (s->is_whole && !s->days_of_whole))
        return;
    for (int n = 0; n < ANALYSIS_WEEK; n++) {
        int at = row->day + n - first;
        if (at < 0 || row->day + n > s->to_day ||
            (week->counts[n] == 0 && week->reports[n] == 0))
            continue;
        struct insight_day *day = &s->days[at];
        if (dkim && spf)
            day->both += week->counts[n];
        else if (dkim || spf)
            day->one += week->counts[n];
        day->is_spread = day->is_spread || is_spread;
    }
}

/* ---- whose failures ---- */

/* Failures of day number n, of sources that are ours, or not. */
static void
add_fails(struct scope *s, int n, const struct analysis_source *source, uint64_t fails)
{
    struct insight_day *day = &s->days[n];
    *(source != NULL && is_ours(source) ? &day->fails_ours : &day->fails_others) +=
        fails;
}

static void
add_before(struct scope *s, const struct analysis_source *source)
{
    const struct analysis_fails *f;
    int first = s->days[0].day, last = s->to_day - ANALYSIS_SPARK_DAYS;
    for (f = source->fails_before; f != NULL; f = f->next)
        for (int n = 0; n < ANALYSIS_WEEK; n++)
            if (f->counts[n] > 0 && f->day + n >= first && f->day + n <= last)
                add_fails(s, f->day + n - first, source, f->counts[n]);
}

static void
add_sparks(struct scope *s, struct analysis_source *const *list, size_t count)
{
    int days = day_count(s);
    int sparks = days < ANALYSIS_SPARK_DAYS ? days : ANALYSIS_SPARK_DAYS;
    for (size_t i = 0; i < count; i++) {
        for (int n = 1; n <= sparks; n++)
            add_fails(s, days - n, list[i],
                      list[i]->spark_fails[ANALYSIS_SPARK_DAYS - n]);
        add_before(s, list[i]);
    }
}

/* ---- reading again ---- */

struct splitter {
    struct row_reader reader;
    struct scope *scope;
    struct analysis_sources *sources;
};

static bool
split(struct row_reader *self, const struct analysis_week *week)
{
    struct splitter *s = (struct splitter *)self;
    const struct analysis_row *row = &week->row;
    if (!analysis_row_fails(row))
        return true;
    const struct analysis_source *source = analysis_source_of_ip(s->sources, &row->ip);
    for (int n = 0; n < ANALYSIS_WEEK; n++)
        if (week->counts[n] > 0)
            add_fails(s->scope, row->day + n - s->scope->days[0].day, source,
                      week->counts[n]);
    return true;
}

struct insight_day *
days_make(struct scope *s, struct analysis_sources *sources,
          struct analysis_source *const *list, size_t list_count, size_t *count)
{
    struct splitter splitter = {
        {split, NULL},
        s, sources
    };
    *count = (size_t)day_count(s);
    if (analysis_sources_have_fails(sources)) {
        add_sparks(s, list, list_count);
        return s->days;
    }
    s->only_fails = true;
    bool is_read = scope_rows(s, &splitter.reader);
    s->only_fails = false;
    return is_read ? s->days : NULL;
}
