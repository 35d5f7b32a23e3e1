/* The bars of days. What is aligned is summed while the sources are gathered; whose the
 * failures are is known when all sources are: their sparks have the days of a month, and a
 * longer range is read a second time. */
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
days_note(struct scope *s, const struct analysis_row *row)
{
    bool dkim = row->dkim == REPORT_ALIGNED_PASS, spf = row->spf == REPORT_ALIGNED_PASS;
    int first = s->days[0].day, at = row->day - first;
    if (at < 0 || row->day > s->to_day || (s->is_whole && !s->days_of_whole))
        return;
    struct insight_day *day = &s->days[at];
    if (dkim && spf)
        day->both += row->count;
    else if (dkim || spf)
        day->one += row->count;
    day->is_spread = day->is_spread || (row->flags & ANALYSIS_FLAG_SPREAD) != 0;
}

/* ---- whose failures ---- */

struct splitter {
    struct row_reader reader;
    struct analysis_sources *sources;
    struct insight_day *days;
};

static bool
split(struct row_reader *self, const struct analysis_row *row)
{
    struct splitter *s = (struct splitter *)self;
    struct insight_day *day = &s->days[row->day - s->days[0].day];
    if (row->dkim == REPORT_ALIGNED_PASS || row->spf == REPORT_ALIGNED_PASS)
        return true;
    const struct analysis_source *source = analysis_source_of_ip(s->sources, &row->ip);
    *(source != NULL && is_ours(source) ? &day->fails_ours : &day->fails_others) +=
        row->count;
    return true;
}

static void
split_sparks(struct scope *s, struct analysis_source *const *list, size_t count)
{
    int days = day_count(s);
    for (size_t i = 0; i < count; i++)
        for (int n = 0; n < days; n++) {
            uint64_t fails = list[i]->spark_fails[ANALYSIS_SPARK_DAYS - days + n];
            *(is_ours(list[i]) ? &s->days[n].fails_ours : &s->days[n].fails_others) +=
                fails;
        }
}

struct insight_day *
days_make(struct scope *s, struct analysis_sources *sources,
          struct analysis_source *const *list, size_t list_count, size_t *count)
{
    struct splitter splitter = {{split}, sources, s->days};
    *count = (size_t)day_count(s);
    if (day_count(s) <= ANALYSIS_SPARK_DAYS) {
        split_sparks(s, list, list_count);
        return s->days;
    }
    s->only_fails = true;
    bool is_read = scope_rows(s, &splitter.reader);
    s->only_fails = false;
    return is_read ? s->days : NULL;
}
