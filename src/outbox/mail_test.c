/* The mail around a report, octet by octet where it matters. */
#include "mail.h"

#include "../../tests/unit.h"
#include "core/text.h"

static struct text written;

static bool
put(struct outbox_writer *w, struct sceau_slice octets)
{
    (void)w;
    text_slice(&written, octets);
    return true;
}

static struct outbox_identity identity;

static struct outbox_mail
mail(void)
{
    identity = (struct outbox_identity){
        .receiver = SCEAU_SLICE("mx.receiver.example"),
        .policy_domain = SCEAU_SLICE("example.com"),
        .begin = 1764288000, /* 2025-11-28 */
        .end = 1764374399,
        .policy_hash = SCEAU_SLICE("h"),
    };
    return (struct outbox_mail){
        .identity = &identity,
        .id = "0123456789abcdef0123456789abcdef",
        .from = SCEAU_SLICE("dmarc@receiver.example"),
        .organization = SCEAU_SLICE("Receiver"),
        .to = SCEAU_SLICE("rua@example.com"),
        .date = 1764374405,
        .messages = 12,
        .is_bulk = true,
    };
}

static struct sceau_slice
write_mail(const struct outbox_mail *m, struct sceau_slice attachment, size_t step)
{
    static struct outbox_writer w;
    w.put = put;
    written = text_new(unit_arena, SIZE_MAX);
    outbox_mail_begin(&w, unit_arena, m);
    for (size_t at = 0; at < attachment.len; at += step)
        outbox_mail_attach(&w,
                           slice_sub(attachment, at,
                                     step < attachment.len - at ? step
                                                                : attachment.len - at));
    assert_true(outbox_mail_end(&w, m));
    return text_done(&written);
}

static bool
has(struct sceau_slice text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void
test_header(void **state)
{
    (void)state;
    struct outbox_mail m = mail();
    struct sceau_slice whole = write_mail(&m, SCEAU_SLICE("octets"), 6);
    static const char *const parts[] = {
        "From: \"Receiver\" <dmarc@receiver.example>\r\n",
        "\r\nTo: <rua@example.com>\r\n",
        "\r\nDate: Sat, 29 Nov 2025 00:00:05 +0000\r\n",
        "\r\nSubject: Report Domain: example.com\r\n Submitter: mx.receiver.example\r\n Report-ID: ",
        "@receiver.example>\r\nAuto-Submitted: auto-generated\r\nPrecedence: bulk\r\n",
        "for the day 2025-11-28 (UTC): 12 messages.\r\n",
        "\r\nContent-Type: application/gzip;\r\n name=\"mx.receiver.example!example.com!1764288000!1764374399!",
        "\r\n\r\nb2N0ZXRz\r\n\r\n--=_",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!has(whole, parts[i]))
            fail_msg("%s is not in\n%.*s", parts[i], SLICE_ARG(whole));
    m.is_bulk = false;
    assert_false(has(write_mail(&m, SCEAU_SLICE("octets"), 6), "Precedence"));
}

static const struct {
    const char *organization;
    const char *from;
    const char *why;
} names[] = {
    {"",                                                                                              "From: <dmarc@receiver.example>\r\n",                    "none at all"                                     },
    {"A \"B\" \\",                                                                                    "From: \"A \\\"B\\\" \\\\\" <dmarc",                     "quotes"                                          },
    {"H\xc3\xa9l\xc3\xa8ne",                                                                          "From: =?UTF-8?B?SMOpbMOobmU=?= <dmarc",                 "RFC 2047"                                        },
    {"a\r\nBcc: x@y.example",                                                                         "From: =?UTF-8?B?YQ0KQmNjOiB4QHkuZXhhbXBsZQ==?= <dmarc",
     "no field comes in by a line end"                                                                                                                                                                           },
    {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
     "?=\r\n =?UTF-8?B?w6nDqcOpw6k=?= <dmarc",                                                                                                                 "a long one in two words, no character cut in two"},
};

static void
test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct outbox_mail m = mail();
        m.organization = sceau_slice_from(names[i].organization);
        struct sceau_slice whole = write_mail(&m, SCEAU_SLICE(""), 1);
        if (!has(whole, names[i].from))
            fail_msg("%s:\n%.*s", names[i].why, SLICE_ARG(whole));
    }
}

/* The same mail however the attachment comes, and no line over 78 octets in it. */
static void
test_attachment(void **state)
{
    (void)state;
    char octets[1000];
    struct outbox_mail m = mail();
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(i * 7);
    struct sceau_slice all = {octets, sizeof octets};
    struct sceau_slice at_once = write_mail(&m, all, sizeof octets);
    static const size_t steps[] = {1, 56, 57, 58, 400};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_true(slice_eq(write_mail(&m, all, steps[i]), at_once));
    struct sceau_slice rest = at_once, part;
    while (slice_next(&rest, '\n', &part))
        assert_true(part.len <= 130 && slice_is_ascii(part));
}

static bool
put_nothing(struct outbox_writer *w, struct sceau_slice octets)
{
    (void)w, (void)octets;
    return false;
}

static void
test_says_that_it_failed(void **state)
{
    (void)state;
    struct outbox_writer w = {.put = put_nothing};
    struct outbox_mail m = mail();
    outbox_mail_begin(&w, unit_arena, &m);
    assert_false(outbox_mail_end(&w, &m));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_attachment),
        cmocka_unit_test(test_says_that_it_failed),
    };
    return cmocka_run_group_tests_name("outbox/mail", tests, unit_arena_up,
                                       unit_arena_down);
}
