/* Any octets as a TLS-RPT record: URIs lie inside, and each can be used alone. */
#include "tlsrpt.h"

#include "../../tests/fuzz/check.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A record with this URI alone has this URI. */
static void
check_uri(struct sceau_arena *arena, struct sceau_slice uri)
{
    struct tlsrpt_record record;
    struct sceau_diag diag;
    struct text t = text_new(arena, SIZE_MAX);
    text_string(&t, "v=TLSRPTv1; rua=");
    text_slice(&t, uri);
    struct sceau_slice text = text_done(&t);
    if (text.ptr == NULL ||
        tlsrpt_record_parse(arena, text, &record, &diag) == SCEAU_E_LIMIT)
        return;
    CHECK(record.rua_count == 1 && slice_eq(record.rua[0], uri));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct tlsrpt_record record;
    struct sceau_diag diag = {0};
    if (arena == NULL)
        return 0;
    enum sceau_status status = tlsrpt_record_parse(arena, text, &record, &diag);
    CHECK(status != SCEAU_E_SYNTAX || (diag.offset <= size && diag.expected != NULL));
    CHECK(status != SCEAU_OK || tlsrpt_is_record(text));
    for (size_t i = 0; status == SCEAU_OK && i < record.rua_count; i++) {
        struct sceau_slice uri = record.rua[i];
        CHECK(uri.ptr >= text.ptr && uri.ptr + uri.len <= text.ptr + text.len);
        check_uri(arena, uri);
    }
    sceau_arena_free(arena);
    return 0;
}
