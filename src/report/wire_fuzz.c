/* Any octets as frames: none is believed, and what was understood is written again octet
 * by octet as it stood there. */
#include "wire.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct echo {
    struct wire_writer writer;
    struct sceau_slice frame; /* the one at hand */
    unsigned written;
};

static void
compare(struct wire_writer *self, struct sceau_slice frame)
{
    struct echo *e = (struct echo *)self;
    CHECK(slice_eq(frame, e->frame));
    e->written++;
}

/* What wire_read would take, were it understood. */
static struct sceau_slice
frame_at(struct sceau_slice rest)
{
    uint64_t len = 0;
    for (size_t i = 0; i < 4; i++)
        len |= (uint64_t)(uint8_t)rest.ptr[1 + i] << 8 * i;
    return slice_sub(rest, 0, WIRE_HEAD + (size_t)len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice rest = {(const char *)data, size};
    struct echo echo;
    enum wire_step step = WIRE_FRAME;
    wire_writer_init(&echo.writer, compare);
    while (step == WIRE_FRAME) {
        size_t taken;
        echo.written = 0;
        echo.frame = SLICE_NONE;
        if (rest.len >= WIRE_HEAD)
            echo.frame = frame_at(rest);
        step = wire_read(rest, &taken, &echo.writer.sink);
        CHECK(taken <= rest.len);
        CHECK(step != WIRE_FRAME || (taken == echo.frame.len && echo.written == 1));
        CHECK(step == WIRE_FRAME || echo.written == 0);
        rest = slice_skip(rest, taken);
    }
    wire_writer_clear(&echo.writer);
    return 0;
}
