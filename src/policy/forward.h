/* Mail that came by way of somebody: a forwarder the administrator trusts (P6), or anybody's
 * list (L5). Never recognised by what anyone can write alone. */
#ifndef POLICY_FORWARD_H
#define POLICY_FORWARD_H

#include "policy.h"

/* The trusted forwarder that this message provably came through, within its scope and time;
 * NULL when there is none. */
const struct policy_forwarder *policy_find_forwarder(
    const struct policy_config *config, const struct policy_facts *facts,
    const struct sceau_verdict *verdict);

/* Does the header name a list (RFC 2369, RFC 2919), true or not? */
bool policy_names_a_list(const struct sceau_header *header);

/* The domain of a list or forwarder, proven by a passing signature or SPF, that List-Id or
 * List-Post name too (L5). Empty when the two do not meet. */
struct sceau_slice policy_find_list_domain(const struct sceau_verdict *verdict);

#endif
