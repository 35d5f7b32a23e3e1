/* Any octets as a line of an IMAP server: what is read lies inside, and a part of a FETCH
 * response gives only numbers that stand in it. */
#include "imap_line.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct sceau_slice part, struct sceau_slice in)
{
    CHECK(part.len == 0 ||
          (part.ptr >= in.ptr && part.ptr + part.len <= in.ptr + in.len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice in = {(const char *)data, size};
    struct imap_line line = imap_line_read(in);
    struct imap_fetched fetched = {0};
    uint64_t octets;
    uint32_t number;
    check_inside(line.tag, in);
    check_inside(line.code, in);
    check_inside(line.word, in);
    check_inside(line.rest, in);
    CHECK(line.kind != IMAP_TAGGED || line.status != IMAP_STATUS_NONE);
    CHECK(line.kind != IMAP_TAGGED || line.tag.len > 0);
    if (imap_line_literal(in, &octets))
        CHECK(in.ptr[in.len - 1] == '}');
    imap_fetched_read(in, &fetched);
    CHECK(!fetched.has_uid || fetched.uid > 0);
    CHECK(!fetched.has_body || slice_find(in, '{') < in.len);
    imap_code_number(in, SCEAU_SLICE("UIDVALIDITY"), &number);
    (void)imap_has_word(in, SCEAU_SLICE("MOVE"));
    return 0;
}
