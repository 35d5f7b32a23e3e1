/* A path that was read lies in the input, and is read again as itself. The null path is
 * "<>" or nothing. */
#include "sceau/message.h"

#include "../../tests/fuzz/check.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_again(struct sceau_arena *arena, const struct sceau_path *path)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_path again;
    text_octet(&t, '<');
    text_slice(&t, path->text);
    text_octet(&t, '>');
    sceau_path_parse(arena, text_done(&t), &again);
    CHECK(again.is_valid && !again.is_null);
    CHECK(slice_eq(again.local, path->local));
    CHECK(slice_eq(again.domain, path->domain));
    CHECK(slice_eq(again.text, path->text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(16 * size + 4096);
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_path path;
    sceau_path_parse(arena, text, &path);
    struct sceau_slice trimmed = slice_trim(text);
    bool is_null = trimmed.len == 0 || slice_eq(trimmed, SCEAU_SLICE("<>"));
    CHECK(path.is_null == is_null);
    CHECK(!path.is_null || path.is_valid);
    if (path.is_valid && !path.is_null) {
        CHECK(path.domain.len > 0 && slice_find_last(path.text, '@') < path.text.len);
        CHECK(path.domain.ptr[path.domain.len - 1] != '.');
        for (size_t i = 0; i < path.text.len; i++)
            CHECK((unsigned char)path.text.ptr[i] >= 0x20 && path.text.ptr[i] != 0x7f);
        check_again(arena, &path);
    } else {
        CHECK(path.local.len + path.domain.len + path.text.len == 0);
    }
    sceau_arena_free(arena);
    return 0;
}
