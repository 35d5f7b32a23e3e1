/* Any octets as TLSA rdata, and as a certificate that is held against it: what was read
 * lies inside, and a record made for a certificate fits it. */
#include "tlsa.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice in = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    const struct tlsa_chain chain = {&in, 1};
    struct tlsa record, own;
    struct sceau_diag diag = {0};
    uint8_t digest[TLSA_DIGEST];
    if (arena == NULL)
        return 0;
    enum sceau_status status = tlsa_parse(in, &record, &diag);
    CHECK(status != SCEAU_E_SYNTAX || (diag.offset <= size && diag.expected != NULL));
    if (status == SCEAU_OK) {
        CHECK(record.usage <= 3 && record.selector <= 1 && record.matching <= 2);
        CHECK(record.data.ptr == in.ptr + 3 && record.data.len == size - 3);
        struct text t = text_new(arena, SIZE_MAX);
        tlsa_present(&t, &record);
        CHECK(t.has_failed || text_so_far(&t).len == 6 + 2 * record.data.len);
        CHECK((tlsa_judge(&record, &chain, NULL, 0, 0) == TLSA_UNUSABLE) ==
              (record.usage < 2));
    }
    if (tlsa_for(in, digest, &own))
        CHECK(tlsa_judge(&own, &chain, NULL, 0, 0) == TLSA_MATCHES);
    sceau_arena_free(arena);
    return 0;
}
