/* ARC: the chain of custody a message carries (RFC 8617). */
#ifndef SCEAU_ARC_H
#define SCEAU_ARC_H

#include "sceau/core.h"
#include "sceau/dkim.h"
#include "sceau/message.h"

#ifdef __cplusplus
extern "C" {
#endif

enum sceau_arc_result {
    SCEAU_ARC_NONE,
    SCEAU_ARC_PASS,
    SCEAU_ARC_FAIL,
    SCEAU_ARC_TEMPERROR, /* a key could not be asked for: the chain is not judged */
};

#define SCEAU_ARC_SETS_MAX 50 /* RFC 8617 section 4.2.1 */

/* One ARC Set. */
struct sceau_arc_set {
    unsigned instance;
    struct sceau_slice seal_domain; /* AS d=, A-labels, lower case */
    struct sceau_slice seal_selector;
    struct sceau_slice signature_domain; /* AMS d= */
    struct sceau_slice results; /* AAR body, after "i=N;": authserv-id and results */
    bool seal_is_valid;         /* its AS verified */
    bool signature_is_valid; /* its AMS verified; newest and, for oldest_pass, others */
    int64_t timestamp;       /* AS t=; -1 when absent */
};

struct sceau_arc_outcome {
    enum sceau_arc_result result;
    const char *reason; /* why not pass, static text; else NULL */
    unsigned instances; /* sets found, or the highest instance seen when broken */
    unsigned
        oldest_pass; /* RFC 8617 section 5.2: lowest instance whose AMS still verifies;
                            * 0 when all do */
    const struct sceau_arc_set
        *sets; /* by instance, `instances` of them, when well formed */
    size_t set_count;
};

SCEAU_API
const char *sceau_arc_result_name(enum sceau_arc_result result);

struct sceau_arc;

/** Read the ARC fields, check their structure, register body hashes, start the key
 * questions. As sceau_dkim_start. Returns NULL when the arena is full. */
SCEAU_API
struct sceau_arc *sceau_arc_start(struct sceau_context *context,
                                  const struct sceau_header *header,
                                  struct sceau_body_hashes *hashes,
                                  struct sceau_key_cache *keys);

/** The duties of section 5.2 in order. A chain that fails never worsens a DMARC verdict. */
SCEAU_API
void sceau_arc_finish(struct sceau_context *context, struct sceau_arc *arc,
                      struct sceau_arc_outcome *outcome);

#ifdef __cplusplus
}
#endif
#endif
