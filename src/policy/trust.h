/* Whom we believe more than DMARC: sealers of ARC chains that the administrator named
 * (RFC 8617 section 7.2.1). */
#ifndef POLICY_TRUST_H
#define POLICY_TRUST_H

#include "policy.h"

enum policy_arc_finding {
    POLICY_ARC_SAYS_NOTHING,
    POLICY_ARC_EXCUSES,   /* a trusted chain says that the message passed before */
    POLICY_ARC_UNDECIDED, /* it would, but its keys could not be asked for */
};

/* Do we trust seals of `domain` for this message: its time, its recipients? */
bool policy_sealer_is_trusted(const struct policy_config *config,
                              const struct policy_facts *facts,
                              struct sceau_slice domain);

/* Does the chain of this message excuse its DMARC failure? Trust must hold for the newest
 * seal and every one down to the set whose results are used, and these must say dmarc=pass
 * for the author domain at hand.
 *
 * comment  for EXCUSES: "arc=pass as[2].d=… as[2].s=… as[1].d=…", RFC 8617 section 7.2.2's
 *          form; empty when the arena is full */
enum policy_arc_finding policy_arc_excuse(struct sceau_arena *arena,
                                          const struct policy_config *config,
                                          const struct sceau_verdict *verdict,
                                          const struct policy_facts *facts,
                                          struct sceau_slice *comment);

#endif
