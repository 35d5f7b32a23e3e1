/* Mail of a source that is not yours is a forgery, whatever it lacks; all other mail is
 * grouped by its cause. */
#include "failures.h"

#include <stdlib.h>

#define SPOOF  ANALYSIS_CAUSES /* its place among the groups */
#define GROUPS (ANALYSIS_CAUSES + 1)

/* A source, by the messages that concern the group at hand. */
struct entry {
    const struct analysis_source *source;
    uint64_t messages;
};

static uint64_t
messages_of(const struct analysis_source *s, size_t group)
{
    bool is_spoof = s->class == ANALYSIS_NOT_YOURS;
    if (group == SPOOF)
        return is_spoof ? s->counts.neither : 0;
    return is_spoof || group == ANALYSIS_CAUSE_NONE ? 0 : s->counts.causes[group];
}

static int
by_messages(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return (x->messages < y->messages) - (x->messages > y->messages);
}

static bool
fill(struct sceau_arena *arena, struct entry *entries,
     struct analysis_source *const *sources, size_t source_count, size_t group,
     struct analysis_failure_group *g)
{
    size_t count = 0;
    g->is_spoof = group == SPOOF;
    g->cause = g->is_spoof ? ANALYSIS_CAUSE_NONE : (enum analysis_cause)group;
    for (size_t i = 0; i < source_count; i++) {
        uint64_t messages = messages_of(sources[i], group);
        if (messages > 0)
            entries[count++] = (struct entry){sources[i], messages};
        g->messages += messages;
        if (sources[i]->class == ANALYSIS_FORWARDER)
            g->passed_on += messages;
    }
    qsort(entries, count, sizeof *entries, by_messages);
    g->source_count = count;
    g->shown = count < ANALYSIS_FAILURE_SOURCES ? count : ANALYSIS_FAILURE_SOURCES;
    const struct analysis_source **shown =
        sceau_arena_alloc(arena, (g->shown + 1) * sizeof *shown);
    for (size_t i = 0; shown != NULL && i < g->shown; i++)
        shown[i] = entries[i].source;
    g->sources = shown;
    return shown != NULL;
}

static int
by_group(const void *a, const void *b)
{
    const struct analysis_failure_group *x = a, *y = b;
    if (x->is_spoof != y->is_spoof)
        return x->is_spoof ? 1 : -1;
    return (x->messages < y->messages) - (x->messages > y->messages);
}

struct analysis_failure_group *
analysis_failures_make(struct sceau_arena *arena,
                       struct analysis_source *const *sources, size_t source_count,
                       size_t *count)
{
    struct analysis_failure_group *groups =
        sceau_arena_alloc(arena, GROUPS * sizeof *groups);
    struct entry *entries =
        sceau_arena_alloc(arena, (source_count + 1) * sizeof *entries);
    *count = 0;
    if (groups == NULL || entries == NULL)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < GROUPS; i++) {
        groups[used] = (struct analysis_failure_group){0};
        if (!fill(arena, entries, sources, source_count, i, &groups[used]))
            return NULL;
        used += groups[used].messages > 0;
    }
    qsort(groups, used, sizeof *groups, by_group);
    *count = used;
    return groups;
}
