/* Findings as rows of the table: the arguments are a JSON object of texts. For the files of
 * this folder alone. */
#ifndef INSIGHT_FINDING_STORE_H
#define INSIGHT_FINDING_STORE_H

#include "scope.h"

/* Write what is known now in place of what was, but for when each was first found. In the
 * transaction of the caller. */
bool finding_store_replace(struct insight *in, struct analysis_finding *findings,
                           size_t count);

/* For tests: the object of arguments written and read. False when it is none. */
void finding_arguments_write(struct text *out, struct sceau_arena *scratch,
                             const struct analysis_finding *finding);
bool finding_arguments_read(struct sceau_arena *arena, struct sceau_slice json,
                            struct analysis_finding *finding);

#endif
