/* The ruling on one message: the procedure that an administrator's questions are about. */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include "policy.h"

struct policy_question {
    struct sceau_arena *arena;
    const struct policy_config *config;
    const struct policy_facts *facts;
    const struct sceau_verdict *verdict;
};

/* What a refusal is for: its words differ. */
enum policy_cause {
    POLICY_CAUSE_DMARC, /* or no author, or no memory */
    POLICY_CAUSE_SPF,
    POLICY_CAUSE_OWN_DOMAIN,
    POLICY_CAUSE_LIST,
};

struct policy_ruling {
    enum policy_action action;
    const char *reason; /* static text */
    struct policy_override override;
    enum policy_cause cause;
    bool is_list_mail; /* marked, not held */
    bool claims_own_domain;
};

/* Does the client stand in a trusted network (or on a Unix socket that is exempt)? Then its
 * mail is exempt, and its result fields are ours. */
bool policy_is_from_trusted(const struct policy_config *config,
                            const struct policy_facts *facts);

/* RFC 9989 section 5.3.6, with the exceptions of sections 5.4 and 7.4. */
struct policy_ruling policy_rule(const struct policy_question *question);

#endif
