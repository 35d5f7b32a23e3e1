/* The protocol of a session: negotiation, one answer for each command, broken peers, chunk
 * borders. */
#include "session.h"

#include "session_testing.h"

/* ---- the negotiation ---------------------------------------------------------------------- */

static const struct {
    const char *why;
    uint32_t version, actions, steps;
    bool is_agreed;
    uint32_t agreed_version, agreed_actions, agreed_steps;
} negotiations[] = {
    {"Postfix, milter_protocol = 6: no reply before the end, spaces as they stood", 6,
     0x1ff,                                                                                   0x1fffff, true,  6, 0x111, 0x1ff780},
    {"nothing is asked for that was not offered",                                   6, 0x1f,  0x100000, true,  6, 0x11,
     0x100000                                                                                                                    },
    {"Postfix, milter_protocol = 2",                                                2, 0x3f,  0x7f,     true,  2, 0x11,  0       },
    {"a newer MTA",                                                                 7, 0x1ff, 0x1fffff, true,  6, 0x111, 0x1ff780},
    {"version 1 has no end of header",                                              1, 0x1ff, 0x7f,     false, 0, 0,     0       },
    {"without deletions forged fields would stay",                                  6, 0x01,  0x1fffff, false, 0, 0,     0       },
    {"without additions there would be no verdict",                                 6, 0x10,  0x1fffff, false, 0, 0,     0       },
};

static void
negotiates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof negotiations / sizeof *negotiations; i++) {
        struct text out = fresh();
        const struct milter_negotiation n = {negotiations[i].version,
                                             negotiations[i].actions,
                                             negotiations[i].steps};
        struct mta_outcome outcome;
        enum milter_next next;
        const char *error;
        UNIT_CASE(negotiations[i].why);
        mta_negotiate(&out, &n);
        run(&out, SIZE_MAX, &next, &error);
        assert_int_equal(next, negotiations[i].is_agreed ? MILTER_MORE : MILTER_CLOSE);
        assert_int_equal(error == NULL, negotiations[i].is_agreed);
        assert_int_equal(mta_outcome_read(peer.arena, text_so_far(&peer.replies), NULL,
                                          0, 0, &outcome),
                         SCEAU_OK);
        assert_int_equal(outcome.has_negotiation, negotiations[i].is_agreed);
        assert_int_equal(outcome.negotiation.version, negotiations[i].agreed_version);
        assert_int_equal(outcome.negotiation.actions, negotiations[i].agreed_actions);
        assert_int_equal(outcome.negotiation.steps, negotiations[i].agreed_steps);
    }
}

static void
negotiates_holding(void **state)
{
    (void)state;
    enum milter_next next;
    const char *error;
    peer.policy.quarantine = POLICY_QUARANTINE_BOTH;
    struct text out = fresh();
    const struct milter_negotiation n = {6, 0x1f, 0x1fffff};
    mta_negotiate(&out, &n);
    run(&out, SIZE_MAX, &next, &error);
    assert_int_equal(next, MILTER_CLOSE);
    assert_non_null(strstr(error, "hold"));
    peer.policy.quarantine = POLICY_QUARANTINE_HEADER;
}

/* ---- broken protocol ------------------------------------------------------------------------ */

static void
put_nothing(struct text *out)
{
    say_connect(out, "192.0.2.1");
}

static void
put_two_negotiations(struct text *out)
{
    say_hello(out, "192.0.2.1");
    say_negotiate(out, 6, 0);
}

static void
put_reply_code(struct text *out)
{
    say_hello(out, "192.0.2.1");
    text_slice(out, SCEAU_SLICE("\0\0\0\1c"));
}

static void
put_bad_connect(struct text *out)
{
    say_negotiate(out, 6, 0x1fffff);
    say(out, MILTER_CONNECT, "x");
}

static void
put_bad_macros(struct text *out)
{
    say_negotiate(out, 6, 0x1fffff);
    mta_data(out, MILTER_MACRO, SCEAU_SLICE("Cj"));
}

static void
put_bad_mail(struct text *out)
{
    say_hello(out, "192.0.2.1");
    mta_data(out, MILTER_MAIL, SCEAU_SLICE("<a@b.test>"));
}

static void
put_bad_header(struct text *out)
{
    say_hello(out, "192.0.2.1");
    say(out, MILTER_MAIL, sender);
    mta_data(out, MILTER_HEADER, SCEAU_SLICE("From"));
}

static const struct {
    const char *why;
    void (*put)(struct text *out);
} broken[] = {
    {"a command before the negotiation", put_nothing         },
    {"two negotiations",                 put_two_negotiations},
    {"a filter's word from an MTA",      put_reply_code      },
    {"CONNECT without a family",         put_bad_connect     },
    {"a macro without a value",          put_bad_macros      },
    {"a path without its end",           put_bad_mail        },
    {"a field without a value",          put_bad_header      },
};

static void
closes_on_broken_protocol(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct text out = fresh();
        enum milter_next next;
        const char *error;
        UNIT_CASE(broken[i].why);
        broken[i].put(&out);
        run(&out, SIZE_MAX, &next, &error);
        assert_int_equal(next, MILTER_CLOSE);
        assert_non_null(error);
        assert_int_equal(peer.messages, 0);
    }
}

static void
quits(void **state)
{
    (void)state;
    struct text out = fresh();
    enum milter_next next;
    const char *error;
    say_hello(&out, "192.0.2.1");
    mta_plain(&out, MILTER_QUIT);
    say_message(&out, "Q1", sender, good_from); /* nobody listens any more */
    run(&out, SIZE_MAX, &next, &error);
    assert_int_equal(next, MILTER_CLOSE);
    assert_null(error);
    assert_int_equal(peer.messages, 0);
}

/* ---- the conversation --------------------------------------------------------------------- */

/* Codes of all replies, in order. */
static struct sceau_slice
reply_codes(void)
{
    struct text codes = text_new(peer.arena, SIZE_MAX);
    struct sceau_slice rest = text_so_far(&peer.replies);
    while (rest.len >= MILTER_HEAD) {
        const uint8_t *o = (const uint8_t *)rest.ptr;
        size_t len = (size_t)o[0] << 24 | (size_t)o[1] << 16 | (size_t)o[2] << 8 | o[3];
        text_octet(&codes, rest.ptr[4]);
        rest = slice_skip(rest, 4 + len);
    }
    assert_int_equal(rest.len, 0);
    return text_done(&codes);
}

static const struct {
    const char *why;
    uint32_t steps;
    const char *codes;
} conversations[] = {
    {"lock-step: one answer for CONNECT HELO MAIL RCPT DATA, two fields, EOH, body", 0,
     "Occcccccccic"                                                                                                },
    {"the MTA knows SKIP: no signature needs this body",                             MILTER_CAN_SKIP,
     "Occccccccsic"                                                                                                },
    {"no replies before the end",                                                    0x1fffff,         "Oic"       },
    {"no reply to fields only",                                                      MILTER_NR_HEADER, "Occcccccic"},
};

static void
answers_each_command_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof conversations / sizeof *conversations; i++) {
        struct text out = fresh();
        UNIT_CASE(conversations[i].why);
        say_negotiate(&out, 6, conversations[i].steps);
        say_macro(&out, MILTER_CONNECT, "j", "mx.receiver.test");
        say_connect(&out, "198.51.100.25");
        say(&out, MILTER_HELO, "mta.example.net");
        say_message(&out, "Q1", sender, good_from);
        mta_plain(&out, MILTER_ABORT);
        run_well(&out);
        assert_slice(reply_codes(), conversations[i].codes);
    }
}

static void
wants_bodies_that_are_signed(void **state)
{
    (void)state;
    struct text out = fresh();
    say_negotiate(&out, 6, MILTER_CAN_SKIP | 0xff080); /* no replies but for the body */
    say_connect(&out, "198.51.100.25");
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "dkim-signature", " v=1");
    mta_data(&out, MILTER_BODY, SCEAU_SLICE("x"));
    run_well(&out);
    struct sceau_slice codes = reply_codes();
    assert_true(slice_find(codes, 's') == codes.len);
}

/* Wherever the octets are cut, the answers are the same. */
static void
does_not_depend_on_chunks(void **state)
{
    (void)state;
    struct text out = text_new(peer.arena, SIZE_MAX);
    char *copy;
    size_t len, replies_len;
    char *replies;
    out = fresh();
    say_hello(&out, "198.51.100.25");
    say_message(&out, "Q1", sender, good_from);
    say_message(&out, "Q2", sender, victim_from);
    len = out.len;
    copy = malloc(len);
    memcpy(copy, out.ptr, len);
    run_well(&out);
    replies_len = peer.replies.len;
    replies = malloc(replies_len);
    memcpy(replies, peer.replies.ptr, replies_len);
    for (size_t step = 1; step < len; step += 1 + step / 8) {
        enum milter_next next;
        const char *error;
        peer_forget(&peer);
        struct text again = text_new(peer.arena, SIZE_MAX);
        text_slice(&again, (struct sceau_slice){copy, len});
        run(&again, step, &next, &error);
        assert_int_equal(peer.replies.len, replies_len);
        assert_memory_equal(peer.replies.ptr, replies, replies_len);
    }
    free(copy);
    free(replies);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(negotiates),
        cmocka_unit_test(negotiates_holding),
        cmocka_unit_test(closes_on_broken_protocol),
        cmocka_unit_test(quits),
        cmocka_unit_test(answers_each_command_once),
        cmocka_unit_test(wants_bodies_that_are_signed),
        cmocka_unit_test(does_not_depend_on_chunks),
    };
    return cmocka_run_group_tests_name("milter/session", tests, set_up, tear_down);
}
