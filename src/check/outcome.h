/* What a check comes to. */
#ifndef CHECK_OUTCOME_H
#define CHECK_OUTCOME_H

#include "sceau/core.h"

/* Not in the order of weight: check_outcome_weight has that. */
enum check_outcome {
    CHECK_OK,      /* the test is met */
    CHECK_INFO,    /* worth knowing */
    CHECK_WARNING, /* mail may suffer */
    CHECK_PROBLEM, /* mail does suffer */
    CHECK_UNKNOWN, /* DNS, SMTP or HTTP gave no usable answer: never "absent" */
    CHECK_SKIPPED, /* its premise is false, or it was not asked for; says why */
};

/* "ok", "info", "warning", "problem", "unknown", "skipped". Static text. */
const char *check_outcome_name(enum check_outcome outcome);

/* Larger is worse to read about: problem, warning, unknown, info, ok, skipped. */
unsigned check_outcome_weight(enum check_outcome outcome);

#endif
