/* MTA-STS of our domains as rows: what is in force, and what sceau check says of it. Who asks
 * src/check is the program (apps/common/stored_policies.h). */
#ifndef INSIGHT_TLS_POLICIES_H
#define INSIGHT_TLS_POLICIES_H

#include "check/mtasts_sight.h"
#include "tls_published.h"

struct insight_tls_policy {
    struct sceau_slice domain;
    int64_t seen; /* the policy's host answered so; 0: it was not asked */
    struct mtasts_sight sight;
    const struct check_finding *findings; /* the worst first */
};

/* A domain a row. */
struct table insight_tls_policies_table(struct sceau_arena *arena,
                                        const struct insight_tls_policy *policies,
                                        size_t count);

/* A finding a row, those that passed left out. In the language of the findings. */
struct table insight_tls_advice_table(struct sceau_arena *arena,
                                      const struct insight_tls_policy *policies,
                                      size_t count);

/* Is it something to tell? */
bool insight_is_advice(const struct check_finding *finding);

/* Its cells, behind that of the name it is about: rule, outcome, found, why, what to do, record. */
void insight_put_finding(struct table_maker *m, const struct check_finding *finding);

/* The patterns of a policy, a blank between them. */
struct sceau_slice insight_mtasts_patterns(struct sceau_arena *arena,
                                           const struct mtasts_policy *policy);

#endif
