/* What was read lies in the body and within the limits; and whoever the strict reader says
 * wrote the field, the reader of ids for removal says so too. */
#include "../../tests/fuzz/check.h"
#include "authres/authres.h"
#include "core/domain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_keyword(struct sceau_slice word)
{
    CHECK(word.len > 0);
    for (size_t i = 0; i < word.len; i++)
        CHECK(word.ptr[i] == ascii_lower(word.ptr[i]) && word.ptr[i] > ' ');
}

static void
check_results(struct sceau_slice body, const struct authres *authres)
{
    const char *after = body.ptr;
    CHECK(authres->result_count <= AUTHRES_RESULTS_MAX);
    for (size_t i = 0; i < authres->result_count; i++) {
        const struct authres_result_read *result = &authres->results[i];
        check_keyword(result->method);
        check_keyword(result->result);
        CHECK(result->text.ptr >= after && result->text.len > 0);
        after = result->text.ptr + result->text.len;
        CHECK(after <= body.ptr + body.len);
        CHECK(result->property_count <= AUTHRES_PROPERTIES_MAX);
        for (size_t k = 0; k < result->property_count; k++) {
            check_keyword(result->properties[k].ptype);
            check_keyword(result->properties[k].property);
            CHECK(result->properties[k].value.ptr != NULL);
        }
    }
}

/* A result alone behind the same id is that result. */
static void
check_alone(struct sceau_arena *arena, const struct authres_result_read *result)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct authres alone;
    text_string(&t, "id;");
    text_slice(&t, result->text);
    CHECK(authres_parse(arena, text_done(&t), &alone, NULL) == SCEAU_OK);
    CHECK(alone.result_count == 1);
    CHECK(slice_eq(alone.results[0].method, result->method));
    CHECK(slice_eq(alone.results[0].result, result->result));
    CHECK(alone.results[0].property_count == result->property_count);
}

/* With less memory it is the same status, or a limit. */
static void
check_short_of_memory(struct sceau_slice body, enum sceau_status whole)
{
    struct sceau_arena *small = sceau_arena_new(64 + 32 * (body.len % 64));
    struct authres authres;
    enum sceau_status status = authres_parse(small, body, &authres, NULL);
    CHECK(status == whole || status == SCEAU_E_LIMIT);
    sceau_arena_free(small);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(512 * size + (size_t)1024 * 1024);
    struct sceau_slice body = {(const char *)data, size};
    struct authres authres;
    struct sceau_diag diag = {0};
    enum sceau_status status = authres_parse(arena, body, &authres, &diag);
    check_short_of_memory(body, status);
    switch (status) {
    case SCEAU_OK:
        check_results(body, &authres);
        if (domain_is_ldh(authres.authserv_id))
            CHECK(authres_is_from(arena, body, authres.authserv_id));
        if (authres.result_count > 0)
            check_alone(arena, &authres.results[authres.result_count - 1]);
        break;
    case SCEAU_E_SYNTAX: CHECK(diag.offset <= size && diag.expected != NULL); break;
    case SCEAU_E_LIMIT: break;
    case SCEAU_E_SYSTEM: CHECK(false);
    }
    sceau_arena_free(arena);
    return 0;
}
