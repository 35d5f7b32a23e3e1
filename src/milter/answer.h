/* A decision as milter packets. */
#ifndef MILTER_ANSWER_H
#define MILTER_ANSWER_H

#include "packet.h"
#include "policy/policy.h"
#include "signing.h"

/* Append all packets that answer the end of a message, the final one last.
 *
 * dress  what signing adds; NULL: nothing
 * steps  what was negotiated */
void milter_put_answer(struct text *out, const struct policy_decision *decision,
                       const struct milter_dress *dress, uint32_t steps);

#endif
