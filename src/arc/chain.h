/* The ARC fields of a message as one chain of sets (RFC 8617 sections 4.2, 4.3). */
#ifndef ARC_CHAIN_H
#define ARC_CHAIN_H

#include "sceau/arc.h"

#include "dkim/signature.h"

/* One ARC Set as it was read. A field that is missing is NULL. */
struct arc_set {
    const struct sceau_field *results_field; /* ARC-Authentication-Results */
    const struct sceau_field *signature_field;
    const struct sceau_field *seal_field;
    struct sceau_slice results;      /* behind "i=N;" */
    struct dkim_signature signature; /* ARC-Message-Signature, when it is there */
    struct dkim_signature seal;      /* ARC-Seal, when it is there */
};

struct arc_chain {
    struct arc_set *sets; /* by instance - 1; room for SCEAU_ARC_SETS_MAX */
    unsigned highest;     /* instance seen; 0: no ARC field at all, or none readable */
    bool is_present;      /* there is an ARC field */
    const char *defect;   /* why the fields form no chain: static text; else NULL */
};

/* Collect the ARC fields and check what section 5.2 step 3 asks of them. Reads until the
 * first defect, so at most three fields for each possible instance and one more. False
 * when the arena is full. */
bool arc_chain_read(struct sceau_arena *arena, const struct sceau_header *header,
                    struct arc_chain *chain);

/* arc-info = instance [CFWS] ";" authres-payload (section 4.1.1): the instance, and what
 * is behind the semicolon. 0 when the body does not begin so. */
unsigned arc_results_instance(struct sceau_slice body, struct sceau_slice *payload);

#endif
