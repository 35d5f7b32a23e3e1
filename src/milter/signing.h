/* The signatures of one message, between the end of its header and its answer. Nobody pays
 * for it who does not sign: no memory is taken and no octet looked at before a message is
 * to be signed. */
#ifndef MILTER_SIGNING_H
#define MILTER_SIGNING_H

#include "sceau/arc.h"

#include "session.h"

#define MILTER_LINE_MAX \
 998 /* octets of a line without its end, RFC 5322 section 2.1.1 */
#define MILTER_TOP_MAX (KEYRING_KEYS_MAX + 3) /* signatures, and an ARC set */

/* A field in a new form: the nth of that name, from 1, after what is removed is gone. */
struct milter_changed_field {
    struct sceau_slice name;
    size_t nth;
    struct sceau_slice value;
};

/* What an answer carries beside a decision. */
struct milter_dress {
    struct milter_changed_field *changed;
    size_t changed_count;
    struct policy_added_field top[MILTER_TOP_MAX]; /* the last one stands topmost */
    size_t top_count;
};

struct milter_signing;

/* What a signing needs of its message; all of it outlives the signing. */
struct milter_signing_start {
    const struct milter_session_options *options;
    struct sceau_context *context;
    const struct policy_facts *facts;
    const struct sceau_header *header;
    const struct sceau_author *author;
    struct sceau_verify *verify; /* NULL: the message is not verified */
};

/* At the end of the header: decide, and ask for hashes of the body.
 *
 * told  always set
 *
 * NULL when nothing is to be done until the answer. */
struct milter_signing *milter_signing_begin(const struct milter_signing_start *start,
                                            struct milter_signed *told);

/* The next octets of the body. */
void milter_signing_body(struct milter_signing *signing, struct sceau_slice chunk);

/* At the end, when the decision is made: sign what will leave. A message that cannot be
 * signed may get another decision (sign.on_error, sign.long_lines).
 *
 * verdict  NULL when it was not verified
 * dress    all zero; filled in */
void milter_signing_finish(struct milter_signing *signing, struct milter_signed *told,
                           const struct sceau_verdict *verdict,
                           struct policy_decision *decision,
                           struct milter_dress *dress);

/* Give back what is held outside the arena. NULL is fine. */
void milter_signing_free(struct milter_signing *signing);

#endif
