/* Never longer than what came, and of valid UTF-8 comes valid UTF-8. */
#include "html_text.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(16 * size + 4096);
    struct sceau_slice in = {(const char *)data, size};
    struct sceau_slice text = html_as_text(arena, in, true);
    CHECK(text.ptr != NULL && text.len <= size);
    CHECK(!slice_is_utf8(in) || slice_is_utf8(text));
    CHECK(html_as_text(arena, in, false).len <= size);
    sceau_arena_free(arena);
    return 0;
}
