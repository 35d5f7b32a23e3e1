/* The mechanisms of RFC 7208 section 5, without include. */
#ifndef SPF_MECHANISM_H
#define SPF_MECHANISM_H

#include "evaluation.h"

/* Does the client match this term? Its lookup term was spent already. Never
 * SPF_INCLUDED; SPF_NO_MATCH for what is no mechanism, and for include. */
enum spf_match spf_match_term(struct spf_evaluation *e, const struct spf_term *term);

#endif
