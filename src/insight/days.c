/* The bars of days: sums from the roll-up without addresses, and which failures are ours
 * from the one with them. */
#include "days.h"

static bool
is_ours(const struct analysis_source *s)
{
    return s->class == ANALYSIS_OURS || s->class == ANALYSIS_SENDS_WELL ||
           s->class == ANALYSIS_TO_FIX;
}

struct splitter {
    struct row_reader reader;
    struct analysis_sources *sources;
    struct insight_day *days;
    int from_day;
};

static bool
split(struct row_reader *self, const struct analysis_row *row)
{
    struct splitter *s = (struct splitter *)self;
    struct insight_day *day = &s->days[row->day - s->from_day];
    bool dkim = row->dkim == REPORT_ALIGNED_PASS, spf = row->spf == REPORT_ALIGNED_PASS;
    const struct analysis_source *source =
        dkim || spf ? NULL : analysis_source_of_ip(s->sources, &row->ip);
    uint64_t *sum = dkim && spf                         ? &day->both
                    : dkim || spf                       ? &day->one
                    : source != NULL && is_ours(source) ? &day->fails_ours
                                                        : &day->fails_others;
    *sum += row->count;
    day->is_spread = day->is_spread || (row->flags & ANALYSIS_FLAG_SPREAD) != 0;
    return true;
}

struct insight_day *
days_make(struct scope *s, struct analysis_sources *sources, size_t *count)
{
    size_t days = (size_t)(s->to_day - s->from_day + 1);
    struct splitter splitter = {{split}, sources, NULL, s->from_day};
    splitter.days = sceau_arena_alloc(s->in->arena, days * sizeof *splitter.days);
    if (splitter.days == NULL) {
        scope_full(s->in);
        return NULL;
    }
    for (size_t i = 0; i < days; i++)
        splitter.days[i].day = s->from_day + (int)i;
    *count = days;
    return scope_rows(s, &splitter.reader) ? splitter.days : NULL;
}
