/* Messages without an aligned pass, by what is the matter with them. */
#ifndef ANALYSIS_FAILURES_H
#define ANALYSIS_FAILURES_H

#include "analysis.h"

#define ANALYSIS_FAILURE_SOURCES 20 /* of a group that are told */

/* The groups that have messages: by cause, the largest first, and forgeries last. NULL,
 * with *count 0, when there is none or the arena is full. */
struct analysis_failure_group *analysis_failures_make(
    struct sceau_arena *arena, struct analysis_source *const *sources,
    size_t source_count, size_t *count);

#endif
