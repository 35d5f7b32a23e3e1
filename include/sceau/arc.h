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

/* ---- sealing ------------------------------------------------------------------------ */

/* Who seals, and what. */
struct sceau_arc_sealing_options {
    struct sceau_slice domain;   /* d= of both, A-labels */
    struct sceau_slice selector; /* s= of both */
    /* h= of the ARC-Message-Signature. NULL: as a DKIM-Signature by default, and the
     * DKIM-Signature fields there are. */
    const struct sceau_slice *names;
    size_t name_count;
    int64_t timestamp; /* t= of both; -1: none */
};

/* The three fields of one ARC Set: bodies, without a space in front. Put the results on
 * top, then the signature above it, then the seal above both. */
struct sceau_arc_sealed {
    unsigned instance;            /* 0: nothing is to be added */
    const char *reason;           /* why nothing is: static text; else NULL */
    struct sceau_slice results;   /* ARC-Authentication-Results */
    struct sceau_slice signature; /* ARC-Message-Signature */
    struct sceau_slice seal;      /* ARC-Seal */
};

struct sceau_arc_sealing;

/** Before the body: its hash is asked of `hashes`. NULL when the arena is full. The
 * options are borrowed until the end. */
SCEAU_API
struct sceau_arc_sealing *sceau_arc_sealing_start(
    struct sceau_context *context, struct sceau_body_hashes *hashes,
    const struct sceau_arc_sealing_options *options);

/** The sealer's actions of RFC 8617 section 5.1, in order; all else, DKIM-Signatures too,
 * is on the message by now.
 *
 * header   as the message will leave, without the new set
 * arc      the chain the message came with, and its outcome; cv= is that result
 * results  what this host found: the body of its Authentication-Results field
 * signer   RSA or Ed25519
 *
 * Nothing is added to a chain whose newest seal says cv=fail (step 2), beyond
 * SCEAU_ARC_SETS_MAX, and when a key could not be asked for: the chain is left for
 * somebody who can judge it. Returns as sceau_dkim_signing_finish. */
SCEAU_API
enum sceau_status sceau_arc_sealing_finish(
    struct sceau_context *context, struct sceau_arc_sealing *sealing,
    const struct sceau_header *header, const struct sceau_arc *arc,
    const struct sceau_arc_outcome *outcome, struct sceau_slice results,
    struct sceau_signer *signer, struct sceau_arc_sealed *sealed);

#ifdef __cplusplus
}
#endif
#endif
