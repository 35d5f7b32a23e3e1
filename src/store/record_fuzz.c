/* Octets as a segment: frames lie inside it, and a record that can be read is written
 * and read back to the same. */
#include "store/record.h"

#include "store/frame.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_record(struct sceau_arena *arena, struct sceau_slice payload)
{
    static struct record_message first, second;
    if (record_read(payload, &first) != SCEAU_OK)
        return;
    assert(record_signing_domain(&first).len > 0 || first.author_domain.len == 0);
    struct text once = text_new(arena, SIZE_MAX), twice = text_new(arena, SIZE_MAX);
    if (!record_write(&once, &first))
        return;
    assert(record_read(text_so_far(&once), &second) == SCEAU_OK);
    if (record_write(&twice, &second))
        assert(slice_eq(text_so_far(&once), text_so_far(&twice)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)1024 * 1024);
    struct sceau_slice octets = {(const char *)data, size}, payload;
    struct frame_reader r = {.octets = octets};
    check_record(arena, octets);
    while (frame_next(&r, &payload) == FRAME_GOOD) {
        assert(payload.ptr >= octets.ptr &&
               payload.ptr + payload.len <= octets.ptr + octets.len);
        check_record(arena, payload);
    }
    sceau_arena_free(arena);
    return 0;
}
