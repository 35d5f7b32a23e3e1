/* A decision as milter packets. */
#ifndef MILTER_ANSWER_H
#define MILTER_ANSWER_H

#include "packet.h"
#include "policy/policy.h"

/* Append all packets that answer the end of a message, the final one last.
 *
 * steps  what was negotiated */
void milter_put_answer(struct text *out, const struct policy_decision *decision,
                       uint32_t steps);

#endif
