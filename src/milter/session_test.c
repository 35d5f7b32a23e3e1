/* Sessions as MTAs hold them, and as they never should. */
#include "session.h"

#include "../../tests/unit.h"
#include "peer_testing.h"

static struct peer peer;

static const char sender[] = "<bounce@example.net>";
static const char good_from[] = " <bounce@example.net>";
static const char victim_from[] = " <admin@example.com>";

/* Say it all on a new session; the session's fate is in *next, its error in *error. */
static void
run(struct text *octets, size_t step, enum milter_next *next, const char **error)
{
    struct milter_session *session =
        milter_session_new(&peer.options, peer.resolver, &peer.owner);
    assert_non_null(session);
    assert_false(octets->has_failed);
    *next = peer_feed(session, text_so_far(octets), step);
    *error = milter_session_error(session);
    milter_session_free(session);
}

static void
run_well(struct text *octets)
{
    enum milter_next next;
    const char *error;
    run(octets, SIZE_MAX, &next, &error);
    assert_int_equal(next, MILTER_MORE);
    assert_null(error);
}

/* The nth line told of the messages answered, from 0. */
static struct sceau_slice
line(size_t n)
{
    struct sceau_slice rest = text_so_far(&peer.told), part = SLICE_NONE;
    do {
        assert_true(slice_next(&rest, '\n', &part));
    } while (n-- > 0);
    return part;
}

static bool
says(size_t n, const char *words)
{
    struct sceau_slice text = line(n);
    return memmem(text.ptr, text.len, words, strlen(words)) != NULL;
}

static struct text
fresh(void)
{
    peer_forget(&peer);
    return text_new(peer.arena, SIZE_MAX);
}

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

/* ---- messages ---------------------------------------------------------------------------- */

static void
delivers_and_refuses(void **state)
{
    (void)state;
    struct text out = fresh();
    say_hello(&out, "198.51.100.25");
    say_message(&out, "Q1", sender, good_from);
    say_message(&out, "Q2", sender, victim_from);
    run_well(&out);
    assert_int_equal(peer.messages, 2);
    assert_true(says(0, "Q1: action=accept reason=\"passed\" dmarc=pass "
                        "from=example.net"));
    assert_true(says(1, "Q2: action=reject"));
    assert_true(says(1, "dmarc=fail from=example.com"));
    assert_true(says(1, "client=198.51.100.25 rcpts=1"));
}

/* WIR-09: the second message is judged as if it were alone. */
static void
inherits_nothing(void **state)
{
    (void)state;
    static const char *const froms[] = {" <a@example.com>", " <a@example.net>"};
    static const char *const mails[] = {"<billing@example.com>",
                                        "<bounce@example.net>"};
    char alone[2][1000];
    for (size_t i = 0; i < 2; i++) {
        struct text out = fresh();
        say_hello(&out, "192.0.2.10");
        say_message(&out, "Q", mails[i], froms[0]);
        run_well(&out);
        snprintf(alone[i], sizeof alone[i], "%.*s", SLICE_ARG(line(0)));
    }
    assert_non_null(strstr(alone[0], "dmarc=pass"));
    assert_non_null(strstr(alone[1], "dmarc=fail"));
    for (size_t first = 0; first < 2; first++) {
        struct text out = fresh();
        say_hello(&out, "192.0.2.10");
        say_message(&out, "Q", mails[first], froms[0]);
        say_message(&out, "Q", mails[1 - first], froms[0]);
        run_well(&out);
        assert_slice(line(0), alone[first]);
        assert_slice(line(1), alone[1 - first]);
    }
}

/* Queue id, login and sender of one message are not those of the next. */
static void
inherits_no_macros_and_no_sender(void **state)
{
    (void)state;
    struct text out = fresh();
    const struct sceau_slice macros[] = {SCEAU_SLICE("i"), SCEAU_SLICE("Q1"),
                                         SCEAU_SLICE("{auth_authen}"),
                                         SCEAU_SLICE("ann")};
    say_hello(&out, "198.51.100.25");
    mta_macros(&out, MILTER_MAIL, macros, 4);
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    /* neither macros nor MAIL */
    say_header(&out, "From", good_from);
    mta_plain(&out, MILTER_END_HEADER);
    mta_plain(&out, MILTER_END);
    /* MAIL without macros */
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    run_well(&out);
    assert_true(says(0, "Q1: action=accept reason=\"authenticated session\""));
    assert_true(says(1, "-: action=tempfail reason=\"the MTA did not name the sender"));
    assert_false(says(1, "dmarc="));
    assert_true(says(2, "-: action=reject"));
    assert_false(says(2, "login"));
}

static void
put_abort_after(struct text *out, unsigned commands)
{
    unsigned n = 0;
    if (n++ < commands)
        say_macro(out, MILTER_MAIL, "{auth_authen}", "ann");
    if (n++ < commands)
        say(out, MILTER_MAIL, "<admin@example.com>");
    if (n++ < commands)
        say(out, MILTER_RCPT, "<x@receiver.test>");
    if (n++ < commands)
        say_header(out, "From", victim_from);
    if (n++ < commands)
        mta_plain(out, MILTER_END_HEADER);
    if (n++ < commands)
        mta_data(out, MILTER_BODY, SCEAU_SLICE("x"));
}

/* ABORT, HELO or a new MAIL at any point: the next message is as if alone. */
static void
forgets_aborted_messages(void **state)
{
    (void)state;
    for (unsigned commands = 0; commands <= 6; commands++) {
        for (unsigned how = 0; how < 3; how++) {
            struct text out = fresh();
            say_hello(&out, "198.51.100.25");
            put_abort_after(&out, commands);
            if (how == 0)
                mta_plain(&out, MILTER_ABORT);
            else if (how == 1)
                say(&out, MILTER_HELO, "mta.example.net");
            say_message(&out, "Q2", sender, good_from);
            run_well(&out);
            assert_int_equal(peer.messages, 1);
            assert_true(says(0, "Q2: action=accept reason=\"passed\""));
            assert_true(says(0, "rcpts=1"));
            assert_false(says(0, "login"));
        }
    }
}

/* What came before MAIL, or behind ABORT, is of no message. */
static void
judges_nothing_without_mail(void **state)
{
    (void)state;
    struct text out = fresh();
    say_hello(&out, "198.51.100.25");
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", good_from);
    mta_plain(&out, MILTER_ABORT);
    mta_plain(&out, MILTER_END);
    say_macro(&out, MILTER_RCPT, "{auth_authen}", "ann");
    say(&out, MILTER_RCPT, "<x@receiver.test>");
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    say_macro(&out, MILTER_MAIL, "i", "Q3");
    say(&out, MILTER_RCPT, "<x@receiver.test>");
    say_header(&out, "From", victim_from);
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", good_from);
    mta_plain(&out, MILTER_END);
    run_well(&out);
    assert_true(says(0, "action=tempfail"));
    assert_true(says(1, "action=reject"));
    assert_true(says(1, "rcpts=0"));
    assert_true(says(2, "Q3: action=accept reason=\"passed\""));
    assert_true(says(2, "rcpts=0"));
}

static void
serves_the_next_connection(void **state)
{
    (void)state;
    struct text out = fresh();
    say_hello(&out, "198.51.100.25");
    say_message(&out, "Q1", sender, good_from);
    mta_plain(&out, MILTER_QUIT_NEW);
    say_message(&out, "Q2", sender, good_from); /* from nowhere: no CONNECT */
    say_connect(&out, "192.0.2.10");
    say_message(&out, "Q3", "<>", victim_from); /* no HELO either */
    run_well(&out);
    assert_true(says(0, "dmarc=pass"));
    assert_true(says(1, "dmarc=fail"));
    assert_true(says(1, "client=unknown"));
    assert_true(says(2, "client=192.0.2.10"));
    assert_true(says(2, "spf=none"));
}

static void
knows_its_client(void **state)
{
    (void)state;
    char helo[3000];
    struct text out = fresh();
    say_hello(&out, "IPv6:2001:db8::7");
    say_message(&out, "Q1", sender, good_from);
    say_connect(&out, "local:/run/x");
    say_message(&out, "Q2", sender, good_from);
    say_connect(&out, "198.51.100.25");
    say_message(&out, "Q3", "<>", good_from); /* before HELO: there is none */
    memset(helo, 'a', sizeof helo - 1);
    helo[sizeof helo - 1] = '\0';
    say(&out, MILTER_HELO, "first.example.net");
    say(&out, MILTER_HELO, helo); /* none, not a part of one */
    say_message(&out, "Q4", sender, good_from);
    run_well(&out);
    assert_true(says(0, "client=2001:db8::7"));
    assert_true(says(1, "client=local"));
    assert_false(says(2, "mta.example.net"));
    assert_true(says(3, "helo=none"));
    assert_false(says(3, "aaaa"));
    assert_false(says(3, "first"));
}

static void
takes_the_order_of_commands_seriously(void **state)
{
    (void)state;
    struct text out = fresh();
    say_hello(&out, "198.51.100.25");
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", good_from);
    mta_plain(&out, MILTER_END_HEADER);
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    say(&out, MILTER_MAIL, sender);
    mta_plain(&out, MILTER_END_HEADER);
    mta_plain(&out, MILTER_END_HEADER);
    mta_plain(&out, MILTER_END);
    say(&out, MILTER_MAIL, sender); /* no end of header, the body in the last packet */
    say_header(&out, "From", good_from);
    mta_data(&out, MILTER_END, SCEAU_SLICE("hello\r\n"));
    say(&out, MILTER_MAIL, sender); /* nothing at all */
    mta_plain(&out, MILTER_END);
    run_well(&out);
    assert_true(says(0, "tempfail reason=\"the MTA sent a header field after"));
    assert_true(says(1, "tempfail reason=\"the MTA ended the header twice"));
    assert_true(says(2, "action=accept reason=\"passed\""));
    assert_true(says(3, "action=reject"));
}

/* FRM-19: what stands behind the NUL is not cut off unseen. */
static void
sees_a_nul(void **state)
{
    (void)state;
    struct text out = fresh();
    say_hello(&out, "198.51.100.25");
    say(&out, MILTER_MAIL, sender);
    mta_header(&out, SCEAU_SLICE("From"),
               SCEAU_SLICE(" bounce@example.net\0admin@example.com"));
    mta_plain(&out, MILTER_END);
    run_well(&out);
    assert_true(says(0, "action=reject"));
    assert_false(says(0, "dmarc=pass"));
}

/* WIR-05: a field above the limit is an error verdict, not a closed connection. */
static void
refuses_a_huge_field(void **state)
{
    (void)state;
    size_t len = 3 * SCEAU_FIELD_MAX;
    char *value = malloc(len);
    memset(value, 'p', len);
    struct text out = fresh();
    say_hello(&out, "198.51.100.25");
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", good_from);
    mta_header(&out, SCEAU_SLICE("X-Pad"), (struct sceau_slice){value, len});
    mta_plain(&out, MILTER_END);
    run_well(&out);
    free(value);
    assert_true(says(0, "action=reject"));
    assert_true(says(0, "dmarc=permerror"));
}

static void
counts_tempfails(void **state)
{
    (void)state;
    for (peer.tempfails = 0; peer.tempfails < 4; peer.tempfails++) {
        struct text out = fresh();
        say_hello(&out, "198.51.100.25");
        say_message(&out, "Q1", "<a@slow.example>", " <a@slow.example>");
        run_well(&out);
        assert_true(says(0, "dmarc=temperror"));
        assert_true(says(0, peer.tempfails < 2 ? "action=tempfail" : "action=accept"));
    }
    peer.tempfails = 0;
}

static void
signs_without_verifying(void **state)
{
    (void)state;
    struct text out = fresh();
    struct mta_outcome outcome;
    const struct sceau_slice names[] = {SCEAU_SLICE("From"),
                                        SCEAU_SLICE("Authentication-Results")};
    peer.options.role = MILTER_ROLE_SIGN;
    say_negotiate(&out, 6, 0x1fffff);
    struct milter_session *session =
        milter_session_new(&peer.options, peer.resolver, &peer.owner);
    (void)peer_feed(session, text_so_far(&out), SIZE_MAX);
    out = fresh();
    say_connect(&out, "198.51.100.25");
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", victim_from);
    say_header(&out, "Authentication-Results", " mx.receiver.test; dmarc=pass");
    mta_plain(&out, MILTER_END);
    (void)peer_feed(session, text_so_far(&out), SIZE_MAX);
    milter_session_free(session);
    peer.options.role = MILTER_ROLE_VERIFY;
    assert_true(says(0, "action=accept reason=\"this listener does not verify\""));
    assert_int_equal(mta_outcome_read(peer.arena, text_so_far(&peer.replies), names, 2,
                                      MILTER_LEADING_SPACE, &outcome),
                     SCEAU_OK);
    assert_int_equal(outcome.removed_count, 1);
    assert_int_equal(outcome.added_count, 0);
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

/* ---- header values without their space ------------------------------------------------------- */

struct watcher {
    struct milter_owner owner;
    char raw[64];
    bool is_smtputf8;
};

static void
ignore_send(struct milter_owner *self, struct sceau_slice packets)
{
    (void)self;
    (void)packets;
}

static void
keep_raw(struct milter_owner *self, const struct milter_message *message)
{
    struct sceau_slice raw = message->verdict->header->fields[0].raw;
    snprintf(((struct watcher *)self)->raw, 64, "%.*s", SLICE_ARG(raw));
    ((struct watcher *)self)->is_smtputf8 = message->verdict->envelope.is_smtputf8;
}

static const struct {
    const char *why;
    uint32_t steps;
    const char *value, *raw;
} values[] = {
    {"negotiated: as it stood",           MILTER_LEADING_SPACE, " a",   "X: a"    },
    {"negotiated: without a space too",   MILTER_LEADING_SPACE, "a",    "X:a"     },
    {"eaten: one is put back",            0,                    "a",    "X: a"    },
    {"eaten: the second of two is there", 0,                    " a",   "X:  a"   },
    {"not a space, not eaten",            0,                    "\ta",  "X:\ta"   },
    {"a fold at once",                    0,                    "\n a", "X:\r\n a"},
    {"nothing",                           0,                    "",     "X:"      },
};

/* Run on a new session that only the watcher owns. */
static void
watch(struct watcher *watcher, const struct text *octets)
{
    struct milter_session *session =
        milter_session_new(&peer.options, peer.resolver, &watcher->owner);
    assert_non_null(session);
    assert_int_equal(peer_feed(session, text_so_far(octets), SIZE_MAX), MILTER_MORE);
    milter_session_free(session);
}

static void
rebuilds_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct watcher watcher = {
            .owner = {ignore_send, keep_raw, NULL}
        };
        struct text out = fresh();
        UNIT_CASE(values[i].why);
        say_negotiate(&out, 6, values[i].steps);
        say(&out, MILTER_MAIL, sender);
        say_header(&out, "X", values[i].value);
        mta_plain(&out, MILTER_END);
        watch(&watcher, &out);
        assert_string_equal(watcher.raw, values[i].raw);
    }
}

static const struct {
    const char *parameters[2];
    bool is_smtputf8;
} mails[] = {
    {{"SIZE=100", "SMTPUTF8"},         true },
    {{"smtputf8", "BODY=8BITMIME"},    true },
    {{"BODY=8BITMIME", "SMTPUTF8=no"}, false},
};

static void
knows_smtputf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mails / sizeof *mails; i++) {
        struct watcher watcher = {
            .owner = {ignore_send, keep_raw, NULL}
        };
        struct text out = fresh();
        const struct sceau_slice arguments[] = {
            sceau_slice_from(sender), sceau_slice_from(mails[i].parameters[0]),
            sceau_slice_from(mails[i].parameters[1])};
        say_negotiate(&out, 6, 0x1fffff);
        mta_strings(&out, MILTER_MAIL, arguments, 3);
        say_header(&out, "From", good_from);
        mta_plain(&out, MILTER_END);
        watch(&watcher, &out);
        assert_int_equal(watcher.is_smtputf8, mails[i].is_smtputf8);
    }
}

static int
set_up(void **state)
{
    (void)state;
    peer_open(&peer);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    peer_close(&peer);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(negotiates),
        cmocka_unit_test(negotiates_holding),
        cmocka_unit_test(closes_on_broken_protocol),
        cmocka_unit_test(quits),
        cmocka_unit_test(delivers_and_refuses),
        cmocka_unit_test(inherits_nothing),
        cmocka_unit_test(inherits_no_macros_and_no_sender),
        cmocka_unit_test(forgets_aborted_messages),
        cmocka_unit_test(judges_nothing_without_mail),
        cmocka_unit_test(serves_the_next_connection),
        cmocka_unit_test(knows_its_client),
        cmocka_unit_test(takes_the_order_of_commands_seriously),
        cmocka_unit_test(sees_a_nul),
        cmocka_unit_test(refuses_a_huge_field),
        cmocka_unit_test(counts_tempfails),
        cmocka_unit_test(signs_without_verifying),
        cmocka_unit_test(answers_each_command_once),
        cmocka_unit_test(wants_bodies_that_are_signed),
        cmocka_unit_test(does_not_depend_on_chunks),
        cmocka_unit_test(rebuilds_fields),
        cmocka_unit_test(knows_smtputf8),
    };
    return cmocka_run_group_tests_name("milter/session", tests, set_up, tear_down);
}
