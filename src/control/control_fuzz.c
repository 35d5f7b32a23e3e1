/* A line as a request and as an answer: what is read is within its limits, and is written as a
 * line that reads back the same. */
#include "control/control.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_request(struct sceau_arena *arena, struct sceau_slice line)
{
    struct control_request first, second;
    struct sceau_diag diag = {0};
    enum sceau_status status = control_request_parse(arena, line, &first, &diag);
    CHECK(status == SCEAU_OK || line.len >= CONTROL_REQUEST_MAX ||
          (diag.expected != NULL && diag.offset <= line.len));
    if (status != SCEAU_OK)
        return;
    CHECK(first.name.len <= CONTROL_NAME_MAX);
    struct text out = text_new(arena, CONTROL_REQUEST_MAX);
    control_request_format(&out, &first);
    CHECK(!out.has_failed);
    struct sceau_slice again = text_so_far(&out);
    CHECK(slice_find(again, '\n') == again.len - 1);
    again.len--;
    CHECK(control_request_parse(arena, again, &second, &diag) == SCEAU_OK);
    CHECK(second.verb == first.verb && slice_eq(second.name, first.name));
}

static void
check_line(struct sceau_arena *arena, struct sceau_slice line)
{
    struct control_item first, second;
    struct sceau_slice text;
    uint64_t count;
    if (control_line_parse(line, &first, &count, &text) != CONTROL_LINE_ITEM)
        return;
    struct text out = text_new(arena, SIZE_MAX);
    control_item_format(&out, &first);
    struct sceau_slice again = text_so_far(&out);
    CHECK(!out.has_failed && slice_find(again, '\n') == again.len - 1);
    again.len--;
    /* Escaped once more, a name of backslashes may be longer than a line admits. */
    if (control_line_parse(again, &second, &count, &text) == CONTROL_LINE_ITEM)
        CHECK(second.octets == first.octets && slice_eq(second.type, first.type));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024);
    struct sceau_slice line = {(const char *)data, size};
    check_request(arena, line);
    if (size < 4096)
        check_line(arena, line);
    sceau_arena_free(arena);
    return 0;
}
