/* policy.mode = reject-direct (P1): did this message come straight from whoever sent it? */
#ifndef POLICY_DIRECT_H
#define POLICY_DIRECT_H

#include "policy.h"

/* The first sign that a list or forwarder handled this failing message, static text ("an ARC
 * chain"), or NULL: nothing suggests an indirect path. A forger can fake any of these signs,
 * and gains by it what the mode `quarantine` gives him anyway. */
const char *policy_indirect_sign(const struct sceau_verdict *verdict);

#endif
