/* DKIM verification of one message (RFC 6376 section 6): which signatures are read,
 * which of them are looked up, and the verdict on each.
 *
 * The work is bounded whatever a message holds: 50 fields are parsed, 8 keys asked for,
 * 8 verifications made (section 6.1 lets a verifier limit them). Signatures of the author
 * domain go first, those around it next: junk above or below never pushes them out of
 * the 8, nor does its slow DNS take their time. */
#include "sceau/dkim.h"
#include "sceau/dns.h"

#include "canon.h"
#include "core/domain.h"
#include "core/text.h"
#include "core/trace.h"
#include "judge.h"

/* One DKIM-Signature field between the end of the header and the verdict. */
struct candidate {
    struct dkim_signature signature;
    const char *refusal;    /* why it is not looked up; NULL when it is */
    struct body_hash *body; /* NULL: not looked up, or out of memory */
};

struct sceau_dkim {
    const struct sceau_header *header;
    struct sceau_key_cache *keys;
    struct candidate *candidates; /* top first */
    size_t count;
    size_t looked_up[SCEAU_DKIM_LOOKED_UP_MAX]; /* indexes, in the order of judgement */
    size_t looked_up_count;
    const struct sceau_field *first_unread; /* beyond SCEAU_DKIM_PARSED_MAX; or NULL */
    struct sceau_dkim_outcome *outcomes; /* room for all, taken at the start: an arena
                                             * that fills later hides no signature */
};

const char *
sceau_dkim_result_name(enum sceau_dkim_result result)
{
    switch (result) {
    case SCEAU_DKIM_NONE: return "none";
    case SCEAU_DKIM_PASS: return "pass";
    case SCEAU_DKIM_FAIL: return "fail";
    case SCEAU_DKIM_POLICY: return "policy";
    case SCEAU_DKIM_NEUTRAL: return "neutral";
    case SCEAU_DKIM_TEMPERROR: return "temperror";
    case SCEAU_DKIM_PERMERROR: return "permerror";
    }
    return "unknown";
}

const char *
sceau_dkim_algorithm_name(enum sceau_dkim_algorithm algorithm)
{
    switch (algorithm) {
    case SCEAU_DKIM_ALGORITHM_UNKNOWN: return "unknown";
    case SCEAU_DKIM_RSA_SHA1: return "rsa-sha1";
    case SCEAU_DKIM_RSA_SHA256: return "rsa-sha256";
    case SCEAU_DKIM_ED25519_SHA256: return "ed25519-sha256";
    }
    return "unknown";
}

/* ---- end of header: what to ask ------------------------------------------------------ */

/* Section 6.1.1, and what is no question of syntax. */
static const char *
find_refusal(const struct dkim_signature *signature, const struct sceau_header *header,
             int64_t now)
{
    if ((header->defects & SCEAU_HEADER_LIMIT) != 0)
        return N_("the header block is over its limits");
    if (signature->refusal != NULL)
        return signature->refusal;
    if (dkim_signature_has_expired(signature, now))
        return N_("the signature has expired (x=)");
    if (dkim_signature_is_from_future(signature, now))
        return N_("the signature is from the future (t=)");
    return NULL;
}

static bool
read_candidates(struct sceau_context *context, struct sceau_dkim *dkim)
{
    const struct sceau_header *header = dkim->header;
    size_t fields = 0;
    for (size_t i = 0; i < header->count; i++)
        fields += slice_eq_ci(header->fields[i].name, SCEAU_SLICE("DKIM-Signature"));
    size_t room = fields < SCEAU_DKIM_PARSED_MAX ? fields : SCEAU_DKIM_PARSED_MAX;
    dkim->candidates =
        sceau_arena_alloc(context->arena, room * sizeof *dkim->candidates);
    dkim->outcomes =
        sceau_arena_alloc(context->arena, (room + 1) * sizeof *dkim->outcomes);
    if (dkim->candidates == NULL || dkim->outcomes == NULL)
        return false;
    for (size_t i = 0; i < header->count && dkim->first_unread == NULL; i++) {
        const struct sceau_field *field = &header->fields[i];
        if (!slice_eq_ci(field->name, SCEAU_SLICE("DKIM-Signature")))
            continue;
        if (dkim->count == room) {
            dkim->first_unread = field;
            continue;
        }
        struct candidate *c = &dkim->candidates[dkim->count++];
        dkim_signature_parse(context->arena, DKIM_SIGNATURE, field, &c->signature);
        c->refusal = find_refusal(&c->signature, header, context->now);
    }
    return true;
}

/* Whose signatures are looked up first. */
enum rank {
    RANK_AUTHOR,    /* d= is the author domain */
    RANK_RELATED,   /* one is within the other: it may align */
    RANK_NEIGHBOUR, /* both end in the same two labels: it may align as well */
    RANK_OTHER,
    RANK_COUNT
};

static enum rank
rank_of(struct sceau_slice domain, struct sceau_slice author)
{
    if (slice_eq_ci(domain, author))
        return RANK_AUTHOR;
    if (author.len > 0 &&
        (domain_is_within(domain, author) || domain_is_within(author, domain)))
        return RANK_RELATED;
    if (slice_eq_ci(domain_last_labels(domain, 2), domain_last_labels(author, 2)))
        return RANK_NEIGHBOUR;
    return RANK_OTHER;
}

/* Its key and its body hash will be needed. */
static void
begin(struct sceau_context *context, struct sceau_body_hashes *hashes,
      struct candidate *c)
{
    const struct dkim_signature *s = &c->signature;
    sceau_dns_prefetch(context, s->question, SCEAU_DNS_TXT);
    c->body = body_hashes_want(hashes, s->body_how,
                               s->body_length < 0 ? BODY_WHOLE : s->body_length);
}

/* Choose whom to look up: by rank, then from the top. */
static void
choose(struct sceau_context *context, struct sceau_dkim *dkim,
       struct sceau_body_hashes *hashes, struct sceau_slice author)
{
    for (enum rank rank = 0; rank < RANK_COUNT; rank++) {
        for (size_t i = 0; i < dkim->count; i++) {
            struct candidate *c = &dkim->candidates[i];
            if (c->refusal != NULL || rank_of(c->signature.domain, author) != rank)
                continue;
            if (dkim->looked_up_count == SCEAU_DKIM_LOOKED_UP_MAX) {
                c->refusal = N_("more than 8 signatures");
                continue;
            }
            dkim->looked_up[dkim->looked_up_count++] = i;
            begin(context, hashes, c);
        }
    }
}

struct sceau_dkim *
sceau_dkim_start(struct sceau_context *context, const struct sceau_header *header,
                 struct sceau_body_hashes *hashes, struct sceau_slice author,
                 struct sceau_key_cache *keys)
{
    struct sceau_dkim *dkim = sceau_arena_alloc(context->arena, sizeof *dkim);
    if (dkim == NULL)
        return NULL;
    dkim->header = header;
    dkim->keys = keys;
    if (!read_candidates(context, dkim))
        return NULL;
    choose(context, dkim, hashes, author);
    return dkim;
}

/* ---- end of message: the verdicts ---------------------------------------------------- */

/* For whoever asked why: when the body was changed, was the header too? */
static void
explain_header(struct judgement *j, struct field_index *index)
{
    struct judgement second = *j;
    uint8_t digest[SHA256_OCTETS];
    if (judge_digest(&second, index, digest))
        judge_signature(&second, digest);
}

/* One signature, in the order of sections 6.1.2 and 6.1.3. */
static void
judge(struct judgement *j, const struct candidate *c, struct sceau_key_cache *keys,
      struct field_index *index)
{
    const struct dkim_signature *s = &c->signature;
    uint8_t digest[SHA256_OCTETS];
    if (!judge_key(j, keys))
        return;
    if (!judge_body(j, c->body)) {
        if (trace_is_on(j->context) && j->result == SCEAU_DKIM_FAIL)
            explain_header(j, index);
        return;
    }
    if (!judge_digest(j, index, digest) || !judge_signature(j, digest))
        return;
    /* Section 6.1.3: unsigned octets may be treated as if the signature were invalid.
     * They are: anything may stand in them (section 8.2). */
    if (s->body_length >= 0 && (uint64_t)s->body_length < j->body_octets)
        judge_refuse(j, SCEAU_DKIM_POLICY, "body octets after l= are unsigned");
    else
        j->result = SCEAU_DKIM_PASS;
}

static void
describe(const struct sceau_header *header, const struct dkim_signature *s,
         struct sceau_dkim_outcome *outcome)
{
    *outcome = (struct sceau_dkim_outcome){
        .domain = s->domain,
        .selector = s->selector,
        .identity = s->identity,
        .signature = s->signature_text,
        .algorithm = s->algorithm,
        .header_canonicalization = s->header_how,
        .body_canonicalization = s->body_how,
        .timestamp = s->timestamp,
        .expiration = s->expiration,
        .body_length = s->body_length,
        .field = (size_t)(s->field - header->fields),
    };
}

static void
trace_candidate(struct sceau_context *context, const struct sceau_dkim *dkim, size_t i)
{
    const struct dkim_signature *s = &dkim->candidates[i].signature;
    TRACE(context,
          N_("signature {number} of {count}: d={domain} s={selector} a={algorithm} "
             "c={header}/{body}"),
          TRACE_NUMBER("number", i + 1), TRACE_NUMBER("count", dkim->count),
          TRACE_SLICE("domain", s->domain), TRACE_SLICE("selector", s->selector),
          TRACE_NAME("algorithm", sceau_dkim_algorithm_name(s->algorithm)),
          TRACE_NAME("header", canon_name(s->header_how)),
          TRACE_NAME("body", canon_name(s->body_how)));
}

static void
trace_result(struct sceau_context *context, const struct sceau_dkim_outcome *outcome)
{
    const char *reason = outcome->reason;
    TRACE(context, reason != NULL ? N_("dkim={result}: {reason}") : "dkim={result}",
          TRACE_NAME("result", sceau_dkim_result_name(outcome->result)),
          TRACE_PHRASE("reason", reason != NULL ? reason : ""));
}

static void
judge_candidate(struct sceau_context *context, const struct sceau_dkim *dkim, size_t i,
                struct field_index *index, struct sceau_dkim_outcome *outcome)
{
    const struct candidate *c = &dkim->candidates[i];
    struct judgement j;
    judgement_init(&j, context, &c->signature);
    trace_candidate(context, dkim, i);
    trace_enter(context);
    if (c->refusal != NULL)
        judge_refuse(&j, SCEAU_DKIM_PERMERROR, c->refusal);
    else
        judge(&j, c, dkim->keys, index);
    describe(dkim->header, &c->signature, outcome);
    outcome->result = j.result;
    outcome->reason = j.reason;
    outcome->bits = j.bits;
    outcome->is_testing = j.is_testing;
    outcome->is_expired = dkim_signature_has_expired(&c->signature, context->now);
    outcome->secure = j.secure;
    outcome->body_octets = j.body_octets;
    trace_result(context, outcome);
    trace_leave(context);
    judgement_clear(&j);
}

/* The fields that were not read get one outcome together: a limit that was hit is
 * always seen. */
static void
describe_unread(const struct sceau_dkim *dkim, struct sceau_dkim_outcome *outcome)
{
    struct dkim_signature unread = {
        .field = dkim->first_unread,
        .timestamp = -1,
        .expiration = -1,
        .body_length = -1,
    };
    describe(dkim->header, &unread, outcome);
    outcome->result = SCEAU_DKIM_PERMERROR;
    outcome->reason = N_("more than 50 signatures: the others were not read");
}

size_t
sceau_dkim_finish(struct sceau_context *context, struct sceau_dkim *dkim,
                  const struct sceau_dkim_outcome **outcomes)
{
    struct sceau_dkim_outcome *out = dkim->outcomes;
    struct field_index *index = NULL;
    if (dkim->looked_up_count > 0)
        index = field_index_new(context->arena, dkim->header);
    for (size_t i = 0; i < dkim->looked_up_count; i++) {
        size_t chosen = dkim->looked_up[i];
        judge_candidate(context, dkim, chosen, index, &out[chosen]);
    }
    for (size_t i = 0; i < dkim->count; i++) {
        if (dkim->candidates[i].refusal != NULL)
            judge_candidate(context, dkim, i, index, &out[i]);
    }
    if (dkim->first_unread != NULL)
        describe_unread(dkim, &out[dkim->count]);
    *outcomes = out;
    return dkim->count + (dkim->first_unread != NULL);
}
