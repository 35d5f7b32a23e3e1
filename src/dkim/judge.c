/* The steps of a verification (RFC 6376 sections 6.1.2, 6.1.3), each refusal one line.
 * What a PERMFAIL of the RFC becomes in RFC 8601 section 2.7.1: "fail" when a hash or a
 * signature did not match, "permerror" for everything before that. */
#include "judge.h"

#include "sceau/dns.h"

#include "core/base64.h"
#include "core/text.h"
#include "core/trace.h"
#include "hash_input.h"

enum {
    KEY_TEXTS_MAX = 16, /* TXT records looked at under a key's name */
    TRACE_MEMORY = 16 * 1024
};

void
judgement_init(struct judgement *j, struct sceau_context *context,
               const struct dkim_signature *signature)
{
    *j = (struct judgement){
        .context = context,
        .signature = signature,
        .result = SCEAU_DKIM_NEUTRAL,
    };
}

void
judgement_clear(struct judgement *j)
{
    shared_key_release(j->key);
    j->key = NULL;
}

bool
judge_refuse(struct judgement *j, enum sceau_dkim_result result, const char *reason)
{
    j->result = result;
    j->reason = reason;
    return false;
}

/* ---- 6.1.2: the key ----------------------------------------------------------------- */

/* Why a question for a key stayed without an answer, or NULL when it did not. */
static const char *
trouble_reason(enum sceau_dns_status status)
{
    switch (status) {
    case SCEAU_DNS_OK:
    case SCEAU_DNS_NODATA:
    case SCEAU_DNS_NXDOMAIN:
    case SCEAU_DNS_INVALID: return NULL;
    case SCEAU_DNS_SERVFAIL: return N_("no answer for the key: SERVFAIL");
    case SCEAU_DNS_REFUSED: return N_("no answer for the key: REFUSED");
    case SCEAU_DNS_TIMEOUT: return N_("no answer for the key: time-out");
    case SCEAU_DNS_BOGUS: return N_("no answer for the key: DNSSEC validation failed");
    case SCEAU_DNS_LIMIT: return N_("no answer for the key: it is too large");
    }
    return N_("no answer for the key");
}

/* Step 4: the RFC leaves open what several key records mean. Here: nothing, so that the
 * order of an answer never decides. Texts that are no key record do not count; when all
 * are such, the first one's refusal is the reason. */
static bool
choose_record(struct judgement *j, struct sceau_key_cache *keys,
              const struct sceau_dns_answer *answer)
{
    if (answer->count > KEY_TEXTS_MAX)
        return judge_refuse(j, SCEAU_DKIM_PERMERROR,
                            "more than 16 TXT records at the key's name");
    size_t records = 0;
    for (size_t i = 0; i < answer->count; i++) {
        struct shared_key *key = sceau_key_cache_get(keys, answer->rrs[i].text);
        if (key == NULL)
            return judge_refuse(j, SCEAU_DKIM_TEMPERROR, "no memory for the key");
        bool is_record = shared_key_view(key)->is_record;
        records += is_record;
        if (j->key == NULL || (is_record && records == 1)) {
            shared_key_release(j->key);
            j->key = key;
        } else {
            shared_key_release(key);
        }
    }
    if (records > 1)
        return judge_refuse(j, SCEAU_DKIM_PERMERROR, "several key records");
    return true;
}

static void
trace_key(struct judgement *j, const struct dkim_key *key)
{
    if (key->refusal != NULL)
        TRACE(j->context, N_("the record gives no key: {reason}"),
              TRACE_PHRASE("reason", key->refusal));
    else
        TRACE(
            j->context,
            key->type == DKIM_KEY_RSA
                ? N_("the record means: an RSA key of {bits} bits{testing}{strict}")
                : N_("the record means: an Ed25519 key of {bits} bits{testing}{strict}"),
            TRACE_NUMBER("bits", key->bits),
            TRACE_PHRASE("testing", key->is_testing ? N_(", in testing (t=y)") : ""),
            TRACE_PHRASE("strict",
                         key->is_strict ? N_(", no subdomain in i= (t=s)") : ""));
}

static bool
fits(const struct dkim_signature *signature, const struct dkim_key *key)
{
    switch (key->type) {
    case DKIM_KEY_RSA: return signature->algorithm == SCEAU_DKIM_RSA_SHA256;
    case DKIM_KEY_ED25519: return signature->algorithm == SCEAU_DKIM_ED25519_SHA256;
    }
    return false;
}

bool
judge_key(struct judgement *j, struct sceau_key_cache *keys)
{
    const struct dkim_signature *s = j->signature;
    struct sceau_dns_answer answer;
    sceau_dns_lookup(j->context, s->question, SCEAU_DNS_TXT, &answer);
    j->secure = answer.secure;
    if (sceau_dns_is_trouble(answer.status))
        return judge_refuse(j, SCEAU_DKIM_TEMPERROR, trouble_reason(answer.status));
    if (answer.status != SCEAU_DNS_OK || answer.count == 0)
        return judge_refuse(j, SCEAU_DKIM_PERMERROR, "no key");
    if (!choose_record(j, keys, &answer))
        return false;
    const struct dkim_key *key = shared_key_view(j->key);
    j->bits = key->bits;
    j->is_testing = key->is_testing;
    trace_key(j, key);
    if (key->refusal != NULL)
        return judge_refuse(j, SCEAU_DKIM_PERMERROR, key->refusal);
    if (!fits(s, key))
        return judge_refuse(j, SCEAU_DKIM_PERMERROR,
                            "the key is of another type than a=");
    if (s->kind == DKIM_SIGNATURE && key->is_strict &&
        !slice_eq(s->identity_domain, s->domain))
        return judge_refuse(j, SCEAU_DKIM_PERMERROR,
                            "the key allows no subdomain in i= (t=s)");
    return true;
}

/* ---- 6.1.3: the hashes -------------------------------------------------------------- */

static void
trace_body(struct judgement *j, const uint8_t *computed)
{
    const struct dkim_signature *s = j->signature;
    struct sceau_arena *scratch = sceau_arena_new(TRACE_MEMORY);
    if (scratch == NULL)
        return;
    TRACE(j->context, N_("the body has {count} octets, {form}"),
          TRACE_NUMBER("count", j->body_octets),
          TRACE_NAME("form", s->body_how == SCEAU_RELAXED ? "relaxed" : "simple"));
    if (s->body_length >= 0)
        TRACE(j->context, N_("l= signs the first {count} of them"),
              TRACE_NUMBER("count", s->body_length));
    struct sceau_slice said =
        base64_encoded(scratch,
                       (struct sceau_slice){(const char *)s->body_hash, SHA256_OCTETS});
    struct sceau_slice found =
        base64_encoded(scratch,
                       (struct sceau_slice){(const char *)computed, SHA256_OCTETS});
    if (memcmp(s->body_hash, computed, SHA256_OCTETS) == 0)
        TRACE(j->context, N_("body hash: {hash}, as bh= says"),
              TRACE_SLICE("hash", found));
    else
        TRACE(j->context, N_("body hash: {hash}, but bh= says {said}"),
              TRACE_SLICE("hash", found), TRACE_SLICE("said", said));
    sceau_arena_free(scratch);
}

bool
judge_body(struct judgement *j, const struct body_hash *body)
{
    const struct dkim_signature *s = j->signature;
    if (body == NULL)
        return judge_refuse(j, SCEAU_DKIM_TEMPERROR, "no memory for the body hash");
    j->body_octets = body_hash_octets(body);
    if (trace_is_on(j->context))
        trace_body(j, body_hash_digest(body));
    /* Section 3.5: l= "MUST NOT be larger than the actual number of octets". */
    if (s->body_length >= 0 && (uint64_t)s->body_length > j->body_octets)
        return judge_refuse(j, SCEAU_DKIM_PERMERROR, "l= is larger than the body");
    if (memcmp(s->body_hash, body_hash_digest(body), SHA256_OCTETS) != 0)
        return judge_refuse(j, SCEAU_DKIM_FAIL, "body hash mismatch");
    return true;
}

/* "from, to, subject": the names whose field was found, or those without one. */
static void
trace_names(struct judgement *j, const struct sceau_field *const *selected,
            bool was_found, const char *sentence)
{
    const struct dkim_signature *s = j->signature;
    struct sceau_arena *scratch = sceau_arena_new(TRACE_MEMORY);
    if (scratch == NULL)
        return;
    struct text names = text_new(scratch, SCEAU_DKIM_KEY_RECORD_MAX);
    for (size_t i = 0; i < s->name_count; i++) {
        if ((selected[i] != NULL) != was_found)
            continue;
        text_string(&names, names.len > 0 ? ", " : "");
        text_lower(&names, s->names[i]);
    }
    struct sceau_slice line = text_so_far(&names);
    if (line.len > 0)
        TRACE(j->context, sentence, TRACE_SLICE("fields", line));
    sceau_arena_free(scratch);
}

bool
judge_digest(struct judgement *j, struct field_index *index,
             uint8_t digest[SHA256_OCTETS])
{
    const struct dkim_signature *s = j->signature;
    struct hash_input input;
    const struct sceau_field **selected =
        sceau_arena_alloc(j->context->arena, s->name_count * sizeof(*selected));
    if (index == NULL || selected == NULL)
        return judge_refuse(j, SCEAU_DKIM_TEMPERROR, "no memory for the header hash");
    field_index_select(index, s->names, s->name_count, s->field, selected);
    if (trace_is_on(j->context)) {
        trace_names(j, selected, true, N_("signed fields: {fields}"));
        trace_names(j, selected, false, N_("signed as absent: {fields}"));
    }
    hash_input_init(&input, s->header_how);
    for (size_t i = 0; i < s->name_count; i++) {
        if (selected[i] != NULL)
            hash_input_add(&input, selected[i]);
    }
    bool is_done = hash_input_finish(&input, s->field, s->gap, s->gap_length, digest);
    hash_input_clear(&input);
    return is_done ||
           judge_refuse(j, SCEAU_DKIM_TEMPERROR, "no memory for the header hash");
}

bool
judge_signature(struct judgement *j, const uint8_t digest[SHA256_OCTETS])
{
    switch (crypto_verify(shared_key_view(j->key)->crypto, digest,
                          j->signature->signature)) {
    case CRYPTO_GOOD: trace_text(j->context, N_("the signature verifies")); return true;
    case CRYPTO_BAD:
        trace_text(j->context, N_("the signature does not verify: a signed field was "
                                  "changed, or another key signed"));
        return judge_refuse(j, SCEAU_DKIM_FAIL, "signature mismatch");
    case CRYPTO_TROUBLE: break;
    }
    return judge_refuse(j, SCEAU_DKIM_TEMPERROR, "no memory for the verification");
}
