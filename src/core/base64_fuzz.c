/* Octets to base64 and back are the same; text that decodes is what encoding gives, but
 * for white space and unused bits. */
#include "base64.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(16 * size + 4096);
    struct sceau_slice in = {(const char *)data, size};
    struct sceau_slice text = base64_encoded(arena, in);
    CHECK(text.ptr != NULL && text.len == (size + 2) / 3 * 4);
    CHECK(slice_eq(base64_decoded(arena, text), in));

    struct sceau_slice octets = base64_decoded(arena, in);
    CHECK(octets.ptr == NULL || octets.len <= size / 4 * 3 + 3);
    if (octets.ptr != NULL)
        CHECK(base64_encoded(arena, octets).len <= size);
    sceau_arena_free(arena);
    return 0;
}
