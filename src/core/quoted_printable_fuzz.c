/* Lines that are written are short and plain, and read back they are the octets; what is read of
 * any text is no longer than it. */
#include "quoted_printable.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The octets as lines that end with LF. */
static struct sceau_slice
as_lines(struct sceau_arena *arena, struct sceau_slice octets)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_slice line;
    text_reserve(&t, 1);
    while (octets.len > 0 && slice_next(&octets, '\n', &line)) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        text_slice(&t, line);
        text_octet(&t, '\n');
    }
    return text_done(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(64 * size + 65536);
    struct sceau_slice in = {(const char *)data, size}, line;
    struct text t = text_new(arena, SIZE_MAX);
    text_reserve(&t, 1);
    quoted_printable_write(&t, in);
    struct sceau_slice written = text_done(&t), rest = written;
    CHECK(slice_eq(quoted_printable_decoded(arena, written), as_lines(arena, in)));
    while (rest.len > 0 && slice_next(&rest, '\n', &line)) {
        CHECK(line.len <= QUOTED_PRINTABLE_LINE + 1 && slice_is_ascii(line));
        CHECK(!slice_starts_ci(line, SCEAU_SLICE("--")));
    }
    CHECK(quoted_printable_decoded(arena, in).len <= size);
    sceau_arena_free(arena);
    return 0;
}
