/* What a domain-spec comes to for the mail at hand (RFC 7208 sections 4.8, 5.5 and 7.2):
 * the validated names of the client, the macro values, the target-name. */
#ifndef SPF_TARGET_H
#define SPF_TARGET_H

#include "evaluation.h"
#include "macro.h"

/* The names of the client that point back to it, asked once an evaluation (section 5.5).
 * False when a limit was hit: an exception was set. */
bool spf_validate_names(struct spf_evaluation *e);

/* The values of all macros in `text`. A "p" in it costs a lookup term when its names were
 * not asked before (section 4.6.4). False when a limit was hit: an exception was set. */
bool spf_macro_values_init(struct spf_evaluation *e, struct sceau_slice text,
                           struct spf_macro_values *values);

/* The target-name of a domain-spec; the current domain when there is none (section 4.8).
 * An empty one is no DNS name: the mechanism does not match. False on an exception. */
bool spf_target_name(struct spf_evaluation *e, struct sceau_slice domain_spec,
                     struct sceau_slice *name);

#endif
