/* Any From with one author: the new From names the list and nobody else, whatever stood in the
 * name, and its octets are safe in a header. */
#include "list.h"

#include "../../tests/fuzz/input.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Printable ASCII, folded properly, no line over 998 octets. */
static void
check_lines(struct sceau_slice value)
{
    size_t line = 0;
    for (size_t i = 0; i < value.len; i++, line++) {
        if (value.ptr[i] == '\r') {
            assert(i + 2 < value.len && value.ptr[i + 1] == '\n' &&
                   value.ptr[i + 2] == '\t');
            i += 2;
            line = 0;
        }
        assert(value.ptr[i] == '\t' || (value.ptr[i] >= ' ' && value.ptr[i] <= '~'));
        assert(line < 998);
    }
}

static void
check_from(struct sceau_arena *arena, struct sceau_slice value)
{
    struct sceau_header rewritten = {0};
    struct sceau_author author;
    check_lines(value);
    assert(sceau_header_add(arena, &rewritten, SCEAU_SLICE("From"), value) == SCEAU_OK);
    assert(rewritten.defects == 0);
    sceau_author_find(arena, &rewritten, &author);
    assert(author.status == SCEAU_AUTHOR_ONE && author.mailboxes == 1);
    assert(slice_eq(author.domain, SCEAU_SLICE("lists.test")));
    assert(slice_eq(author.local, SCEAU_SLICE("dev")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice input = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_header header = {0};
    struct sceau_author author;
    if (size > 64 * 1024)
        goto out;
    const struct policy_list list = {.address = SCEAU_SLICE("dev@lists.test"),
                                     .name = input_text(&input, '\0')};
    (void)sceau_header_add(arena, &header, SCEAU_SLICE("From"), input);
    sceau_author_find(arena, &header, &author);
    if (author.status == SCEAU_AUTHOR_ONE) {
        struct sceau_slice value = list_from(arena, &list, &author);
        assert(value.len > 0);
        check_from(arena, value);
        assert(list_reply_to(arena, &author, &header.fields[0]).len > 0);
    }
out:
    sceau_arena_free(arena);
    return 0;
}
