/* Bounces as mail servers write them, and what only looks like one. */
#include "bounce.h"

#include "../../tests/unit.h"
#include "core/text.h"

#define HEAD(to) \
 "From: MAILER-DAEMON@mx.test\r\nTo: " to "\r\nSubject: Undelivered\r\n\r\n"
#define PART \
 "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"

static const struct {
    const char *mail;
    const char
        *told; /* addresses, "final" or "not", the reason; "" when it is no bounce */
    const char *why;
} mails[] = {
    {HEAD("<bounce+abc@r.test>") PART
     "Final-Recipient: rfc822; rua@d.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
     "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n--b--\r\n",              "bounce+abc@r.test final 550 5.1.1 no such user", "as Postfix has it"                      },
    {HEAD("bounce+abc@r.test") PART "Action: delayed\r\nStatus: 4.4.1\r\n\r\n--b--\r\n",
     "bounce+abc@r.test not 4.4.1",                                                                                                        "a delay is no refusal"                  },
    {HEAD("bounce+abc@r.test") PART "Action: failed\r\nStatus: 4.4.7\r\n",
     "bounce+abc@r.test failed 4.4.7",                                                                                                     "given up: the destination may come back"},
    {HEAD("bounce+abc@r.test") PART "ACTION: Failed\nstatus: 5.7.1\n",
     "bounce+abc@r.test final 5.7.1",                                                                                                      "letter case, LF alone, no diagnostic"   },
    {"Delivered-To: bounce+abc@r.test\nTo: x@r.test,\n\ty+z@r.test\n\n" PART
     "Action: failed\n",                                                            "bounce+abc@r.test y+z@r.test failed ",           "the MTA's own field; a folded list"     },
    {HEAD("bounce+abc@r.test") "I am on holiday. Action: failed\r\n",                    "",
     "an answer by hand"                                                                                                                                                            },
    {"",                                                                                 "",                                               "nothing"                                },
    {"To: a+b@c",                                                                        "",                                               "cut in the header"                      },
    {HEAD("plain@r.test") PART "Action: failed\r\n",                                     "failed ",
     "no address of ours in it"                                                                                                                                                     },
};

static void
test_mails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
        struct outbox_bounce b;
        struct text t = text_new(unit_arena, SIZE_MAX);
        if (outbox_bounce_read(sceau_slice_from(mails[i].mail), &b)) {
            for (size_t k = 0; k < b.to_count; k++)
                text_format(&t, "%.*s ", SLICE_ARG(b.to[k]));
            text_format(&t, "%s %.*s",
                        b.is_final     ? "final"
                        : b.has_failed ? "failed"
                                       : "not",
                        SLICE_ARG(b.reason));
        }
        struct sceau_slice told = text_done(&t);
        if (!slice_eq(told, sceau_slice_from(mails[i].told)))
            fail_msg("%s: \"%.*s\"", mails[i].why, SLICE_ARG(told));
    }
}

/* More addresses than are looked at. */
static void
test_many(void **state)
{
    (void)state;
    struct outbox_bounce b;
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, "To: ");
    for (unsigned i = 0; i < 1000; i++)
        text_format(&t, "a+%u@b.test, ", i);
    text_string(&t, "\n\n" PART "Action: failed\n");
    assert_true(outbox_bounce_read(text_done(&t), &b));
    assert_int_equal(b.to_count, BOUNCE_ADDRESSES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mails),
                                       cmocka_unit_test(test_many)};
    return cmocka_run_group_tests_name("outbox/bounce", tests, unit_arena_up,
                                       unit_arena_down);
}
