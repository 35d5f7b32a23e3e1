/* Readiness of one policy domain over sources that were read already. */
#ifndef INSIGHT_READINESS_H
#define INSIGHT_READINESS_H

#include "analysis/readiness.h"
#include "scope.h"

/* `list` is of the 28 days that the scope has. `check` NULL: nothing is known. */
bool readiness_read(struct scope *s, struct analysis_source *const *list, size_t count,
                    const struct insight_check *check, struct analysis_readiness *out);

/* What the checker last found, as kept; is_known false when nothing is. */
bool readiness_check(struct insight *in, struct sceau_slice domain,
                     struct insight_check *check);

#endif
