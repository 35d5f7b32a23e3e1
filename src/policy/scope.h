/* Whom an exception is for: names, networks, recipients. */
#ifndef POLICY_SCOPE_H
#define POLICY_SCOPE_H

#include "policy.h"

/* Is `domain` one of them, or below one? Addresses among them do not count. */
bool scope_covers_domain(const struct policy_names *names, struct sceau_slice domain);

/* Is the address one of them, or its domain? */
bool scope_covers_address(const struct policy_names *names, struct sceau_slice address);

/* Every recipient of the message: one who is not covered must not gain from the others. False
 * when some are not known, or there is none. */
bool scope_covers_recipients(const struct policy_names *names,
                             const struct policy_facts *facts);

/* Does the client stand in one of them? Nobody does whose address is not known. */
bool scope_covers_client(const struct policy_networks *networks,
                         const struct policy_facts *facts);

/* The domain of a passing signature, or of a passing and not all-embracing SPF check, that one
 * of them covers; empty when there is none. */
struct sceau_slice scope_find_signer(const struct policy_names *names,
                                     const struct sceau_verdict *verdict);
struct sceau_slice scope_find_spf(const struct policy_names *names,
                                  const struct sceau_verdict *verdict);

#endif
