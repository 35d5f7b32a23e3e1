/* Bars of days. */
#ifndef INSIGHT_DAYS_H
#define INSIGHT_DAYS_H

#include "scope.h"

/* One entry for each day of the scope, whose rows are read again; sources tell whose
 * failures are ours. NULL: an error. */
struct insight_day *days_make(struct scope *s, struct analysis_sources *sources,
                              size_t *count);

#endif
