/* Which failure reports a message calls for (RFC 9991): those that its domain's owner asks for
 * by fo= (RFC 9989 section 4.7), unless one could begin a loop or is nobody's business. Pure,
 * as all of policy. */
#ifndef POLICY_FAILURE_H
#define POLICY_FAILURE_H

#include "policy.h"

/* What a report is about. The first takes the place of the others: it says what they would
 * (RFC 9991 section 3 leaves that to us). */
enum policy_failure_kind {
    POLICY_FAILURE_DMARC, /* fo=0, fo=1 */
    POLICY_FAILURE_DKIM,  /* fo=d */
    POLICY_FAILURE_SPF,   /* fo=s */
};

#define POLICY_FAILURES_MAX 2 /* of one message */

/* What is wrong with a signature, in the words of RFC 6591 section 3.3. */
enum policy_failure_fault {
    POLICY_FAULT_SIGNATURE,
    POLICY_FAULT_BODY_HASH,
    POLICY_FAULT_REVOKED,
};

struct policy_failure {
    enum policy_failure_kind kind;
    uint8_t cause; /* a number for each kind and way to fail, none of it the sender's
                    * free choice: what reports are counted by */
    const struct sceau_dkim_outcome
        *signature;                  /* that failed, an aligned one first; or NULL */
    enum policy_failure_fault fault; /* of it */
};

/* Addresses that our own reports come from and that their bounces go to: mail to or from one
 * of them is never told about, with a part behind "+" or without. */
struct policy_failure_config {
    struct policy_names own_addresses;
};

/** What to tell of this message. Returns how many of `failures` were set.
 *
 * A mechanism that DNS left open is no failure (rule R7); neither is a message of our own
 * users, one that this host refused for another reason, or one of a shadow. Asks no DNS. Linear
 * in the header block. */
size_t policy_failures(const struct policy_config *config,
                       const struct policy_failure_config *options,
                       const struct policy_facts *facts,
                       const struct sceau_verdict *verdict,
                       const struct policy_decision *decision,
                       struct policy_failure failures[POLICY_FAILURES_MAX]);

#endif
