/* The class of one source: six rules, in their order. */
#ifndef ANALYSIS_CLASS_H
#define ANALYSIS_CLASS_H

#include "sources.h"

/* Decide by counts, reports and days; `own` is what says that it is ours, or NULL; `mark`
 * the administrator's word, or NULL. */
void analysis_classify(struct analysis_source *source, const struct analysis_own *own,
                       const struct analysis_mark *mark);

#endif
