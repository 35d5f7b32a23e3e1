/* Sealing: the actions of RFC 8617 section 5.1, in order. The message signature and the
 * seal are made by the code that makes a DKIM-Signature. */
#include "arc.h"
#include "core/base64.h"
#include "core/text.h"
#include "dkim/sign.h"

#define RESULTS_NAME   SCEAU_SLICE("ARC-Authentication-Results")
#define SIGNATURE_NAME SCEAU_SLICE("ARC-Message-Signature")
#define SEAL_NAME      SCEAU_SLICE("ARC-Seal")

struct sceau_arc_sealing {
    const struct sceau_arc_sealing_options *options;
    const struct body_hash *body;
};

/* One sealing under way. */
struct sealer {
    struct sceau_arena *arena;
    const struct sceau_arc_sealing *sealing;
    const struct sceau_header *header;
    const struct sceau_arc *arc;
    const struct sceau_arc_outcome *outcome;
    struct sceau_signer *signer;
    struct sceau_arc_sealed *sealed;
};

struct sceau_arc_sealing *
sceau_arc_sealing_start(struct sceau_context *context, struct sceau_body_hashes *hashes,
                        const struct sceau_arc_sealing_options *options)
{
    struct sceau_arc_sealing *sealing =
        sceau_arena_alloc(context->arena, sizeof *sealing);
    if (sealing == NULL)
        return NULL;
    sealing->options = options;
    sealing->body = body_hashes_want(hashes, SCEAU_RELAXED, BODY_WHOLE);
    return sealing->body != NULL ? sealing : NULL;
}

/* 4.A: "i=N; " and the results (section 4.1.1). */
static bool
write_results(struct sealer *s, struct sceau_slice results, struct sceau_field *field)
{
    struct text t = text_new(s->arena, SIZE_MAX);
    text_format(&t, "i=%u; ", s->sealed->instance);
    text_slice(&t, slice_trim(results));
    s->sealed->results = text_done(&t);
    return dkim_field_make(s->arena, RESULTS_NAME, s->sealed->results, field);
}

/* The fields a message signature covers when nobody says. Section 4.1.2: DKIM-Signature
 * fields too; never ARC-Seal and Authentication-Results. */
static const struct sceau_slice *
signature_names(struct sealer *s, size_t *count)
{
    const struct sceau_arc_sealing_options *o = s->sealing->options;
    *count = o->name_count;
    if (o->names != NULL)
        return o->name_count <= SCEAU_DKIM_H_MAX ? o->names : NULL;
    const struct sceau_slice *names = dkim_default_names(s->arena, s->header, count);
    struct sceau_slice *all =
        sceau_arena_alloc(s->arena, SCEAU_DKIM_H_MAX * sizeof *all);
    if (names == NULL || all == NULL)
        return NULL;
    memcpy(all, names, *count * sizeof *all);
    for (size_t n = 0; *count < SCEAU_DKIM_H_MAX; n++) {
        if (sceau_header_find(s->header, SCEAU_SLICE("DKIM-Signature"), n) == NULL)
            return all;
        all[(*count)++] = SCEAU_SLICE("DKIM-Signature");
    }
    return NULL;
}

/* 4.B (section 4.1.2). Tags stand in the order of their names and values are whole, as in
 * the seals that ValiMail's suite has of others. */
static enum sceau_status
write_signature(struct sealer *s)
{
    const struct sceau_arc_sealing_options *o = s->sealing->options;
    struct sceau_slice digest = {(const char *)body_hash_digest(s->sealing->body),
                                 SHA256_OCTETS};
    struct hash_input input;
    size_t count;
    const struct sceau_slice *names = signature_names(s, &count);
    if (names == NULL)
        return SCEAU_E_LIMIT;
    struct tag_writer w =
        tag_writer_begin(s->arena, TAGS_WHOLE, SIGNATURE_NAME.len + 2);
    tag_writer_add(&w, "a",
                   sceau_slice_from(sceau_dkim_algorithm_name(s->signer->algorithm)));
    tag_writer_add_signature(&w);
    tag_writer_add_base64(&w, "bh", base64_encoded(s->arena, digest));
    tag_writer_add(&w, "c", SCEAU_SLICE("relaxed/relaxed"));
    tag_writer_add(&w, "d", o->domain);
    tag_writer_add_names(&w, "h", names, count);
    tag_writer_add_instance(&w, s->sealed->instance);
    tag_writer_add(&w, "s", o->selector);
    if (o->timestamp >= 0)
        tag_writer_add_number(&w, "t", o->timestamp);
    hash_input_init(&input, SCEAU_RELAXED);
    if (!dkim_add_named_fields(s->arena, &input, s->header, names, count)) {
        hash_input_clear(&input);
        return SCEAU_E_LIMIT;
    }
    return dkim_sign_field(s->arena, &input, SIGNATURE_NAME, &w, s->signer,
                           &s->sealed->signature);
}

/* The sets a seal covers: all of a good chain; of a broken one none but the new, for
 * nobody can tell what the others were (section 5.1.2). */
static void
add_sets(const struct sealer *s, struct hash_input *input)
{
    if (s->outcome->result != SCEAU_ARC_PASS)
        return;
    for (unsigned i = 0; i < s->arc->chain.highest; i++) {
        const struct arc_set *set = &s->arc->chain.sets[i];
        hash_input_add(input, set->results_field);
        hash_input_add(input, set->signature_field);
        hash_input_add(input, set->seal_field);
    }
}

/* 4.C (sections 4.1.3, 5.1.1). */
static enum sceau_status
write_seal(struct sealer *s, const struct sceau_field *results)
{
    const struct sceau_arc_sealing_options *o = s->sealing->options;
    struct sceau_field signature;
    struct hash_input input;
    if (!dkim_field_make(s->arena, SIGNATURE_NAME, s->sealed->signature, &signature))
        return SCEAU_E_LIMIT;
    struct tag_writer w = tag_writer_begin(s->arena, TAGS_FOLDED, SEAL_NAME.len + 2);
    tag_writer_add(&w, "a",
                   sceau_slice_from(sceau_dkim_algorithm_name(s->signer->algorithm)));
    tag_writer_add_signature(&w);
    tag_writer_add(&w, "cv",
                   sceau_slice_from(sceau_arc_result_name(s->outcome->result)));
    tag_writer_add(&w, "d", o->domain);
    tag_writer_add_instance(&w, s->sealed->instance);
    tag_writer_add(&w, "s", o->selector);
    if (o->timestamp >= 0)
        tag_writer_add_number(&w, "t", o->timestamp);
    hash_input_init(&input, SCEAU_RELAXED);
    add_sets(s, &input);
    hash_input_add(&input, results);
    hash_input_add(&input, &signature);
    return dkim_sign_field(s->arena, &input, SEAL_NAME, &w, s->signer,
                           &s->sealed->seal);
}

/* Steps 2 and 3: the instance; 0 with a reason when nothing is to be added. */
static void
find_instance(struct sealer *s)
{
    const struct arc_chain *chain = &s->arc->chain;
    const struct arc_set *newest =
        chain->highest > 0 ? &chain->sets[chain->highest - 1] : NULL;
    if (s->outcome->result == SCEAU_ARC_TEMPERROR)
        s->sealed->reason = N_("a key of the chain could not be asked for");
    else if (newest != NULL && newest->seal_field != NULL &&
             newest->seal.refusal == NULL && newest->seal.cv == CV_FAIL)
        s->sealed->reason = N_("the newest seal says cv=fail");
    else if (chain->highest >= SCEAU_ARC_SETS_MAX)
        s->sealed->reason = N_("the chain has 50 sets");
    else
        s->sealed->instance = chain->highest + 1;
}

enum sceau_status
sceau_arc_sealing_finish(struct sceau_context *context,
                         struct sceau_arc_sealing *sealing,
                         const struct sceau_header *header, const struct sceau_arc *arc,
                         const struct sceau_arc_outcome *outcome,
                         struct sceau_slice results, struct sceau_signer *signer,
                         struct sceau_arc_sealed *sealed)
{
    struct sealer s = {context->arena, sealing, header, arc, outcome, signer, sealed};
    struct sceau_field results_field;
    *sealed = (struct sceau_arc_sealed){.instance = 0};
    find_instance(&s);
    if (sealed->instance == 0)
        return SCEAU_OK;
    if (!write_results(&s, results, &results_field))
        return SCEAU_E_LIMIT;
    enum sceau_status status = write_signature(&s);
    return status == SCEAU_OK ? write_seal(&s, &results_field) : status;
}
