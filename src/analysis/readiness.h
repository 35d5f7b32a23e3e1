/* May the policy of a domain take its next step? Six lines, each with its numbers, and what
 * a refusal of everything unaligned would have cost. */
#ifndef ANALYSIS_READINESS_H
#define ANALYSIS_READINESS_H

#include "analysis.h"

#define ANALYSIS_READY_DAYS      28
#define ANALYSIS_READY_REPORTED  21 /* of those days */
#define ANALYSIS_READY_REPORTERS 3
#define ANALYSIS_READY_RECENT    14  /* days, for what is to fix and what is new */
#define ANALYSIS_READY_TO_FIX    10  /* messages that do not matter */
#define ANALYSIS_READY_DKIM      980 /* thousandths of a source of ours */

struct analysis_readiness_facts {
    enum report_disposition policy; /* 0: not known */
    bool is_testing;
    struct analysis_source *const *sources; /* of the 28 days that end with to_day */
    size_t source_count;
    unsigned days;      /* with a report, of the 28 */
    unsigned reporters; /* in the 28 */
    int from_day, to_day;
    int known_since; /* 0: not known */
    bool is_checked; /* the checker looked; its findings: */
    unsigned problems, warnings;
    struct sceau_slice check_example;
};

/* False when the arena is full. */
bool analysis_readiness_make(struct sceau_arena *arena,
                             const struct analysis_readiness_facts *facts,
                             struct analysis_readiness *readiness);

#endif
