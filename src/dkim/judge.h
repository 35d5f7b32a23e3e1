/* One signature from its key's name to its result: the steps of RFC 6376 sections 6.1.2
 * and 6.1.3, for DKIM-Signature and the fields of ARC alike. */
#ifndef DKIM_JUDGE_H
#define DKIM_JUDGE_H

#include "sceau/dkim.h"

#include "body.h"
#include "keycache.h"
#include "selection.h"
#include "signature.h"

/* The state of one signature, made for it alone. */
struct judgement {
    struct sceau_context *context;
    const struct dkim_signature *signature;
    struct shared_key *key; /* found by judge_key; judgement_clear releases it */
    enum sceau_dkim_result result;
    const char *reason; /* why not pass: static text */
    unsigned bits;
    bool is_testing;
    bool secure;
    uint64_t body_octets;
};

/* Begin: neither pass nor anything else yet. */
void judgement_init(struct judgement *j, struct sceau_context *context,
                    const struct dkim_signature *signature);
void judgement_clear(struct judgement *j);

/* End with that result. Always false, so a step can `return judge_refuse(...)`. */
bool judge_refuse(struct judgement *j, enum sceau_dkim_result result,
                  const char *reason);

/* Each step returns true when the next may follow; else result and reason are set. */

/* Section 6.1.2: find the key, and see whether it is one for this signature. */
bool judge_key(struct judgement *j, struct sceau_key_cache *keys);

/* Section 6.1.3 steps 1 to 3: bh= against the body. `body` may be NULL: out of memory. */
bool judge_body(struct judgement *j, const struct body_hash *body);

/* Section 6.1.3 steps 1 and 2: the header hash by h=. */
bool judge_digest(struct judgement *j, struct field_index *index,
                  uint8_t digest[SHA256_OCTETS]);

/* Section 6.1.3 step 4: b= against the digest, with the key that was found. */
bool judge_signature(struct judgement *j, const uint8_t digest[SHA256_OCTETS]);

#endif
