/* Bars of days. */
#ifndef INSIGHT_DAYS_H
#define INSIGHT_DAYS_H

#include "scope.h"

/* Have the days gathered while sources are: before scope_sources. False: the arena. */
bool days_want(struct scope *s);

/* For scope.c: one row more. Days outside the range are left out. */
void days_note(struct scope *s, const struct analysis_week *week);

/* After it: one entry for each day; sources tell whose failures are ours. NULL: an error. */
struct insight_day *days_make(struct scope *s, struct analysis_sources *sources,
                              struct analysis_source *const *list, size_t list_count,
                              size_t *count);

#endif
