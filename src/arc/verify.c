/* ARC validation of one message: the duties of RFC 8617 section 5.2, in order.
 *
 * A key that could not be asked for is "temperror" here. Section 5.2.1 calls DNS failures
 * permanent, for a sealer that must write something; a receiver who may still defer the
 * message is told what happened. Either way the chain counts for nothing. */
#include "sceau/arc.h"
#include "sceau/dns.h"

#include "arc.h"
#include "core/trace.h"
#include "dkim/hash_input.h"
#include "dkim/judge.h"

/* One validation under way. */
struct validation {
    struct sceau_context *context;
    const struct sceau_arc *arc;
    struct field_index *index;
    enum sceau_arc_result result;
    const char *reason;
    unsigned oldest_pass;
};

const char *
sceau_arc_result_name(enum sceau_arc_result result)
{
    switch (result) {
    case SCEAU_ARC_NONE: return "none";
    case SCEAU_ARC_PASS: return "pass";
    case SCEAU_ARC_FAIL: return "fail";
    case SCEAU_ARC_TEMPERROR: return "temperror";
    }
    return "unknown";
}

/* ---- end of header ------------------------------------------------------------------- */

static void
describe(const struct arc_set *set, unsigned instance, struct sceau_arc_set *out)
{
    *out = (struct sceau_arc_set){
        .instance = instance,
        .seal_domain = set->seal.domain,
        .seal_selector = set->seal.selector,
        .signature_domain = set->signature.domain,
        .results = set->results,
        .timestamp = set->seal.timestamp,
    };
}

/* Ask for what every way to a pass needs: all seals' keys and the newest AMS's. Older
 * ones mostly have their seal's key. */
static void
begin(struct sceau_context *context, struct sceau_arc *arc,
      struct sceau_body_hashes *hashes)
{
    const struct arc_chain *chain = &arc->chain;
    for (unsigned i = chain->highest; i > 0; i--) {
        const struct arc_set *set = &chain->sets[i - 1];
        const struct dkim_signature *ams = &set->signature;
        if (ams->refusal == NULL && i == chain->highest)
            sceau_dns_prefetch(context, ams->question, SCEAU_DNS_TXT);
        if (set->seal.refusal == NULL)
            sceau_dns_prefetch(context, set->seal.question, SCEAU_DNS_TXT);
        /* Whatever its l=: one that leaves octets unsigned is refused anyway. */
        if (ams->refusal == NULL)
            arc->bodies[i - 1] = body_hashes_want(hashes, ams->body_how, BODY_WHOLE);
        describe(set, i, &arc->sets[i - 1]);
    }
}

struct sceau_arc *
sceau_arc_start(struct sceau_context *context, const struct sceau_header *header,
                struct sceau_body_hashes *hashes, struct sceau_key_cache *keys)
{
    struct sceau_arc *arc = sceau_arena_alloc(context->arena, sizeof *arc);
    if (arc == NULL || !arc_chain_read(context->arena, header, &arc->chain))
        return NULL;
    arc->header = header;
    arc->keys = keys;
    if (!arc->chain.is_present || arc->chain.defect != NULL ||
        (header->defects & SCEAU_HEADER_LIMIT) != 0)
        return arc;
    arc->sets =
        sceau_arena_alloc(context->arena, arc->chain.highest * sizeof *arc->sets);
    if (arc->sets == NULL)
        return NULL;
    begin(context, arc, hashes);
    return arc;
}

/* ---- end of message ------------------------------------------------------------------ */

static bool
refuse(struct validation *v, enum sceau_arc_result result, const char *reason)
{
    v->result = result;
    v->reason = reason;
    return false;
}

/* The result of one signature as the chain's. */
static bool
refuse_by(struct validation *v, const struct judgement *j)
{
    bool is_trouble = j->result == SCEAU_DKIM_TEMPERROR;
    return refuse(v, is_trouble ? SCEAU_ARC_TEMPERROR : SCEAU_ARC_FAIL, j->reason);
}

/* What stands before any question: the field's syntax, and x= of an AMS. A t= in the
 * future is left alone: RFC 8617 has no such rule, and trust in a sealer does not hang on
 * its clock. */
static bool
judge_field(struct judgement *j)
{
    const struct dkim_signature *s = j->signature;
    if (s->refusal != NULL)
        return judge_refuse(j, SCEAU_DKIM_PERMERROR, s->refusal);
    if (dkim_signature_has_expired(s, j->context->now))
        return judge_refuse(j, SCEAU_DKIM_PERMERROR, "the signature has expired (x=)");
    return true;
}

/* An l= that stops before the body's end leaves it open to whoever comes behind the
 * sealer: not counted, as with DKIM. */
static bool
judge_length(struct judgement *j, const struct body_hash *body)
{
    int64_t length = j->signature->body_length;
    if (body == NULL || length < 0 || (uint64_t)length >= body_hash_octets(body))
        return true;
    return judge_refuse(j, SCEAU_DKIM_POLICY, "body octets after l= are unsigned");
}

static void
trace_field(struct sceau_context *context, const char *name,
            const struct dkim_signature *s)
{
    TRACE(context, "{field} i={instance}: d={domain} s={selector} a={algorithm}",
          TRACE_NAME("field", name), TRACE_NUMBER("instance", s->instance),
          TRACE_SLICE("domain", s->domain), TRACE_SLICE("selector", s->selector),
          TRACE_NAME("algorithm", sceau_dkim_algorithm_name(s->algorithm)));
}

static void
trace_outcome(struct sceau_context *context, const struct judgement *j, bool is_valid)
{
    if (is_valid)
        trace_text(context, N_("valid"));
    else
        TRACE(context, N_("not valid: {reason}"), TRACE_PHRASE("reason", j->reason));
}

/* Does the AMS of that instance verify? The judgement says why not. */
static bool
validate_signature(struct validation *v, unsigned instance, struct judgement *j)
{
    const struct arc_set *set = &v->arc->chain.sets[instance - 1];
    const struct body_hash *body = v->arc->bodies[instance - 1];
    uint8_t digest[SHA256_OCTETS];
    judgement_init(j, v->context, &set->signature);
    trace_field(v->context, "ARC-Message-Signature", &set->signature);
    trace_enter(v->context);
    bool is_valid = judge_field(j) && judge_key(j, v->arc->keys) &&
                    judge_length(j, body) && judge_body(j, body) &&
                    judge_digest(j, v->index, digest) && judge_signature(j, digest);
    trace_outcome(v->context, j, is_valid);
    trace_leave(v->context);
    judgement_clear(j);
    v->arc->sets[instance - 1].signature_is_valid = is_valid;
    return is_valid;
}

/* Does the AS of that instance verify over its digest? */
static bool
validate_seal(struct validation *v, unsigned instance,
              const uint8_t digest[SHA256_OCTETS], struct judgement *j)
{
    const struct arc_set *set = &v->arc->chain.sets[instance - 1];
    judgement_init(j, v->context, &set->seal);
    trace_field(v->context, "ARC-Seal", &set->seal);
    trace_enter(v->context);
    bool is_valid =
        judge_field(j) && judge_key(j, v->arc->keys) && judge_signature(j, digest);
    trace_outcome(v->context, j, is_valid);
    trace_leave(v->context);
    judgement_clear(j);
    v->arc->sets[instance - 1].seal_is_valid = is_valid;
    return is_valid;
}

/* Section 5.1.1: a seal signs all sets up to its own, itself last and without b=. Each
 * digest continues where the one below it stood, so all of them cost one pass over the
 * fields, not fifty. */
static bool
digest_seals(const struct arc_chain *chain, uint8_t (*digests)[SHA256_OCTETS])
{
    struct hash_input below, own;
    bool is_done = true;
    hash_input_init(&below, SCEAU_RELAXED);
    for (unsigned i = 0; i < chain->highest && is_done; i++) {
        const struct arc_set *set = &chain->sets[i];
        hash_input_add(&below, set->results_field);
        hash_input_add(&below, set->signature_field);
        hash_input_copy(&own, &below);
        is_done = hash_input_finish(&own, set->seal_field, set->seal.gap,
                                    set->seal.gap_length, digests[i]);
        hash_input_clear(&own);
        hash_input_add(&below, set->seal_field);
    }
    hash_input_clear(&below);
    return is_done;
}

/* Steps 1 to 3: is there a chain to validate? */
static bool
validate_structure(struct validation *v)
{
    const struct arc_chain *chain = &v->arc->chain;
    if (!chain->is_present)
        return refuse(v, SCEAU_ARC_NONE, NULL);
    if ((v->arc->header->defects & SCEAU_HEADER_LIMIT) != 0)
        return refuse(v, SCEAU_ARC_FAIL, "the header block is over its limits");
    if (chain->highest > 0) {
        const struct arc_set *newest = &chain->sets[chain->highest - 1];
        if (newest->seal_field != NULL && newest->seal.refusal == NULL &&
            newest->seal.cv == CV_FAIL)
            return refuse(v, SCEAU_ARC_FAIL, "the newest seal says cv=fail");
    }
    return chain->defect == NULL || refuse(v, SCEAU_ARC_FAIL, chain->defect);
}

/* Step 5: down to which instance does the message still say what was signed? */
static void
find_oldest_pass(struct validation *v)
{
    struct judgement j;
    v->oldest_pass = 0;
    for (unsigned i = v->arc->chain.highest - 1; i > 0; i--) {
        if (!validate_signature(v, i, &j)) {
            v->oldest_pass = i + 1;
            return;
        }
    }
}

/* Step 6. */
static bool
validate_seals(struct validation *v)
{
    uint8_t digests[SCEAU_ARC_SETS_MAX][SHA256_OCTETS];
    struct judgement j;
    if (!digest_seals(&v->arc->chain, digests))
        return refuse(v, SCEAU_ARC_TEMPERROR, "no memory for the header hash");
    for (unsigned i = v->arc->chain.highest; i > 0; i--) {
        if (!validate_seal(v, i, digests[i - 1], &j))
            return refuse_by(v, &j);
    }
    return true;
}

/* Section 5.2. */
static void
validate(struct validation *v)
{
    struct judgement j;
    if (!validate_structure(v)) /* 1 to 3 */
        return;
    v->index = field_index_new(v->context->arena, v->arc->header);
    if (!validate_signature(v, v->arc->chain.highest, &j)) { /* 4 */
        refuse_by(v, &j);
        return;
    }
    find_oldest_pass(v);    /* 5 */
    if (!validate_seals(v)) /* 6 */
        return;
    v->result = SCEAU_ARC_PASS; /* 7 */
}

void
sceau_arc_finish(struct sceau_context *context, struct sceau_arc *arc,
                 struct sceau_arc_outcome *outcome)
{
    struct validation v = {.context = context, .arc = arc};
    validate(&v);
    *outcome = (struct sceau_arc_outcome){
        .result = v.result,
        .reason = v.reason,
        .instances = arc->chain.highest,
        .oldest_pass = v.result == SCEAU_ARC_PASS ? v.oldest_pass : 0,
        .sets = arc->sets,
        .set_count = arc->sets != NULL ? arc->chain.highest : 0,
    };
    TRACE(context, v.reason != NULL ? N_("arc={result}: {reason}") : "arc={result}",
          TRACE_NAME("result", sceau_arc_result_name(v.result)),
          TRACE_PHRASE("reason", v.reason != NULL ? v.reason : ""));
}
