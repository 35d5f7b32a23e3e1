/* Text without "=?" is itself; decoding adds at most the growth of Latin-1 and U+FFFD. */
#include "message/encoded_word.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(32 * size + 4096);
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_slice decoded = encoded_words_decoded(arena, text);
    CHECK(decoded.ptr != NULL && decoded.len <= 3 * size);
    CHECK(encoded_words_begin(text) || slice_eq(decoded, text));
    sceau_arena_free(arena);
    return 0;
}
