/* Any octets as an SMTP reply: what is read lies inside, a shorter input never gives more,
 * and a reply that was read is read again as the same. */
#include "smtp_reply.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_whole(const struct smtp_reply *reply, struct sceau_slice in)
{
    struct smtp_reply again;
    const char *expected;
    CHECK(reply->code >= 200 && reply->code <= 559);
    CHECK(reply->octets > 0 && reply->octets <= in.len &&
          reply->octets <= SMTP_REPLY_MAX);
    CHECK(reply->line_count > 0 && reply->line_count <= SMTP_REPLY_LINES_MAX);
    for (size_t i = 0; i < reply->line_count; i++) {
        struct sceau_slice line = reply->lines[i];
        CHECK(line.ptr >= in.ptr && line.ptr + line.len < in.ptr + reply->octets);
        CHECK(slice_find(line, '\n') == line.len);
    }
    CHECK(smtp_reply_read(slice_sub(in, 0, reply->octets), &again, &expected) ==
          SMTP_READING_WHOLE);
    CHECK(again.octets == reply->octets && again.line_count == reply->line_count);
    CHECK(smtp_reply_read(slice_sub(in, 0, reply->octets - 1), &again, &expected) ==
          SMTP_READING_MORE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice in = {(const char *)data, size};
    struct smtp_reply reply, part;
    const char *expected, *expected_of_part;
    enum smtp_reading reading = smtp_reply_read(in, &reply, &expected);
    CHECK((reading == SMTP_READING_BROKEN) == (expected != NULL));
    if (reading == SMTP_READING_WHOLE) {
        check_whole(&reply, in);
        (void)smtp_reply_offers(&reply, SCEAU_SLICE("STARTTLS"));
        CHECK(smtp_reply_name(&reply).len <= reply.octets);
    }
    /* more octets never mend what is broken */
    if (size > 0 && smtp_reply_read(slice_sub(in, 0, size / 2), &part,
                                    &expected_of_part) == SMTP_READING_BROKEN)
        CHECK(reading == SMTP_READING_BROKEN);
    if (reading == SMTP_READING_MORE)
        CHECK(size <= SMTP_REPLY_MAX + SMTP_REPLY_LINE_MAX);
    return 0;
}
