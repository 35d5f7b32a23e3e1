/* The explanation of a "fail" (RFC 7208 section 6.2). */
#ifndef SPF_EXPLAIN_H
#define SPF_EXPLAIN_H

#include "evaluation.h"

/* The text that the record which decided names in exp=, expanded; the caller's default
 * when there is none, when it cannot be had, or when it is not wanted. Never changes the
 * result: DNS trouble and bad text are as no exp= at all. At most one TXT query, and those
 * of a %{p}. */
struct sceau_slice spf_explain(struct spf_evaluation *e);

#endif
