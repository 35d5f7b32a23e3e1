/* Any octets as the body of each of the three signature fields. What is accepted keeps
 * what the verifier relies on. */
#include "signature.h"

#include "core/domain.h"

#include <assert.h>
#include <stdlib.h>

static void
check_name(struct sceau_slice name)
{
    assert(domain_is_ldh(name));
    for (size_t i = 0; i < name.len; i++)
        assert(name.ptr[i] == ascii_lower(name.ptr[i]));
}

static bool
is_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

static void
check_accepted(const struct dkim_signature *s)
{
    struct sceau_slice body = s->field->body;
    check_name(s->domain);
    check_name(s->selector);
    assert(domain_labels(s->domain) >= 2 && domain_is_askable(s->question));
    assert(slice_ends_ci(s->question, s->domain));
    assert(s->signature.len > 0 && s->signature_text.len >= s->signature.len);
    assert(s->algorithm == SCEAU_DKIM_RSA_SHA256 ||
           s->algorithm == SCEAU_DKIM_ED25519_SHA256);
    /* The gap is the value of b=: an equals sign before it, a semicolon or nothing
     * behind. */
    assert(s->gap > 0 && s->gap + s->gap_length <= body.len);
    assert(body.ptr[s->gap - 1] == '=');
    assert(s->gap + s->gap_length == body.len ||
           body.ptr[s->gap + s->gap_length] == ';');
    assert(s->kind == DKIM_SIGNATURE || (s->instance >= 1 && s->instance <= 50));
    assert(s->kind != DKIM_SIGNATURE ||
           domain_is_within(s->identity_domain, s->domain));
    assert(s->kind != ARC_SEAL || s->name_count == 0);
    assert(s->name_count <= SCEAU_DKIM_H_MAX && s->timestamp >= -1 &&
           s->body_length >= -1 && s->expiration >= -1);
    assert(!dkim_signature_has_expired(s, 0) &&
           !dkim_signature_is_from_future(s, INT64_MAX));
    assert(s->timestamp < SCEAU_DKIM_CLOCK_SKEW ||
           dkim_signature_is_from_future(s, -1));
    bool has_from = s->kind == ARC_SEAL;
    for (size_t i = 0; i < s->name_count; i++) {
        assert(s->names[i].len > 0 && is_inside(s->names[i], body));
        has_from |= slice_eq_ci(s->names[i], SCEAU_SLICE("from"));
    }
    assert(has_from);
}

/* In an arena of any size: the same signature, or a refusal. */
static void
check_small_arena(enum signature_kind kind, const struct sceau_field *field,
                  const struct dkim_signature *whole)
{
    for (size_t ceiling = 0; ceiling < (size_t)16 * 1024; ceiling = ceiling * 2 + 100) {
        struct sceau_arena *arena = sceau_arena_new(ceiling);
        struct dkim_signature signature;
        if (arena == NULL)
            abort();
        dkim_signature_parse(arena, kind, field, &signature);
        assert(
            signature.refusal != NULL ||
            (whole->refusal == NULL && slice_eq(signature.question, whole->question)));
        sceau_arena_free(arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum signature_kind kinds[] = {DKIM_SIGNATURE, ARC_MESSAGE_SIGNATURE,
                                                ARC_SEAL};
    struct sceau_slice body = {(const char *)data, size};
    struct sceau_field field = {
        .raw = body, .name = {"x", 1},
             .body = body
    };
    for (size_t i = 0; i < 3; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct dkim_signature signature;
        if (arena == NULL)
            abort();
        dkim_signature_parse(arena, kinds[i], &field, &signature);
        if (signature.refusal == NULL)
            check_accepted(&signature);
        check_small_arena(kinds[i], &field, &signature);
        sceau_arena_free(arena);
    }
    return 0;
}
