/* Messages of a session: each is judged by itself, whatever came before it. */
#include "message.h"

#include "session_testing.h"

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

/* P8: told as it would be, and let go as it came, whatever the reason: a reject, a list's
 * two kinds of recipients, a message without MAIL. */
static void
shadow_lets_go(void **state)
{
    (void)state;
    static const struct policy_list list = {
        .address = {"dev@receiver.test", 17},
          .refuse_restrictive = true
    };
    struct text out = fresh();
    peer.policy.is_shadow = true;
    peer.policy.lists = &list;
    peer.policy.list_count = 1;
    say_hello(&out, "198.51.100.25");
    say_message(&out, "Q1", sender, victim_from);
    say(&out, MILTER_MAIL, sender);
    say(&out, MILTER_RCPT, "<dev@receiver.test>");
    say(&out, MILTER_RCPT, "<user@receiver.test>");
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    mta_plain(&out, MILTER_END);
    run_well(&out);
    peer.policy.is_shadow = false;
    peer.policy.list_count = 0;
    assert_true(says(0, "Q1: would=reject"));
    assert_true(says(1, "would=reject"));
    assert_true(says(2, "would=tempfail"));
    static const char go_on[] = "\0\0\0\1c";
    struct sceau_slice sent = text_so_far(&peer.replies);
    for (size_t n = 0; n < 3; n++)
        assert_memory_equal(sent.ptr + sent.len - (n + 1) * 5, go_on, 5);
    assert_null(memmem(sent.ptr, sent.len, "\1y", 2));
    assert_null(memmem(sent.ptr, sent.len, "452", 3));
}

/* P4: all recipients of this message, and none of the one before it, are asked about. */
static void
knows_recipients(void **state)
{
    (void)state;
    static const struct sceau_slice exempt = {"receiver.test", 13};
    struct text out = fresh();
    peer.policy.exempt_recipients = (struct policy_names){&exempt, 1};
    say_hello(&out, "198.51.100.25");
    say_message(&out, "Q1", sender, victim_from);
    say(&out, MILTER_MAIL, sender);
    say(&out, MILTER_RCPT, "<user@Receiver.TEST>");
    say(&out, MILTER_RCPT, "<user@other.test>");
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    say(&out, MILTER_MAIL, sender);
    say(&out, MILTER_RCPT, "nonsense");
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    say(&out, MILTER_MAIL, sender);
    for (size_t i = 0; i <= MILTER_RECIPIENTS_MAX; i++)
        say(&out, MILTER_RCPT, "<user@receiver.test>");
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    say_message(&out, "Q5", sender, victim_from);
    run_well(&out);
    peer.policy.exempt_recipients.count = 0;
    assert_true(says(0, "action=accept reason=\"exempt recipient\""));
    assert_true(says(1, "action=reject"));
    assert_true(says(1, "rcpts=2"));
    assert_true(says(2, "action=reject"));
    assert_true(says(3, "action=reject"));
    assert_true(says(3, "rcpts=1001"));
    assert_true(says(4, "Q5: action=accept"));
}

/* L1: a post and mail for people do not share a transaction; the post's From is changed. */
static void
keeps_lists_apart(void **state)
{
    (void)state;
    const struct policy_list list = {.address = SCEAU_SLICE("dev@receiver.test"),
                                     .rewrite_from = POLICY_REWRITE_DMARC};
    static const char refusal[] = "452 4.5.3";
    struct text out = fresh();
    peer.policy.lists = &list;
    peer.policy.list_count = 1;
    say_hello(&out, "192.0.2.10");
    say_macro(&out, MILTER_MAIL, "i", "Q1");
    say(&out, MILTER_MAIL, "<admin@example.com>");
    say(&out, MILTER_RCPT, "<dev@receiver.test>");
    say(&out, MILTER_RCPT, "<user@receiver.test>");
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END_HEADER);
    mta_plain(&out, MILTER_END);
    run_well(&out);
    struct sceau_slice sent = text_so_far(&peer.replies);
    const char *first = memmem(sent.ptr, sent.len, refusal, sizeof refusal - 1);
    assert_non_null(first);
    assert_true(says(0, "Q1: action=accept"));
    assert_true(says(0, "rcpts=1"));
    assert_true(says(0, "rewritten_for=\"dev@receiver.test\""));
    static const char change[] =
        "m\0\0\0\1From\0 \"admin via dev\" <dev@receiver.test>";
    assert_non_null(memmem(sent.ptr, sent.len, change, sizeof change));
    static const char original[] = "X-Original-From\0 <admin@example.com>";
    assert_non_null(memmem(sent.ptr, sent.len, original, sizeof original));

    out = fresh();
    say_hello(&out, "192.0.2.10");
    say_message(&out, "Q2", "<admin@example.com>", victim_from);
    say_macro(&out, MILTER_MAIL, "i", "Q3");
    say(&out, MILTER_MAIL, "<admin@example.com>");
    say(&out, MILTER_RCPT, "<user@receiver.test>");
    say(&out, MILTER_RCPT, "<other@receiver.test>");
    say(&out, MILTER_RCPT, "<dev@receiver.test>");
    say_header(&out, "From", victim_from);
    mta_plain(&out, MILTER_END);
    run_well(&out);
    sent = text_so_far(&peer.replies);
    assert_non_null(memmem(sent.ptr, sent.len, refusal, sizeof refusal - 1));
    assert_false(says(0, "rewritten_for"));
    assert_true(says(1, "rcpts=2"));
    assert_false(says(1, "rewritten_for"));
    peer.policy.list_count = 0;
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

/* ---- what is kept for a report on a failure -------------------------------------------------- */

struct keeper {
    struct milter_owner owner;
    char said[8][64]; /* of each message: ENVID, port, the body that was kept */
    size_t count;
};

static void
keep_sample(struct milter_owner *self, const struct milter_message *m)
{
    struct keeper *k = (struct keeper *)self;
    snprintf(k->said[k->count++ % 8], 64, "%.*s %u %.*s%s", SLICE_ARG(m->envelope_id),
             m->client_port, SLICE_ARG(m->body), m->is_body_whole ? "" : "...");
}

static void
say_body(struct text *out, const char *first, const char *second)
{
    const struct sceau_slice arguments[] = {sceau_slice_from(sender),
                                            SCEAU_SLICE("envid=Q+2B1")};
    mta_strings(out, MILTER_MAIL, arguments, 2);
    say_header(out, "From", good_from);
    mta_plain(out, MILTER_END_HEADER);
    mta_data(out, MILTER_BODY, sceau_slice_from(first));
    mta_data(out, MILTER_END, sceau_slice_from(second));
}

/* A body that nobody signed is skipped but for what is to be kept; nothing reaches the next
 * message. */
static void
keeps_what_reports_tell(void **state)
{
    (void)state;
    struct keeper keeper = {
        .owner = {ignore_send, keep_sample, NULL}
    };
    struct text out = fresh();
    say_negotiate(&out, 6, 0x1fffff);
    say_connect(&out, "198.51.100.25");
    say_body(&out, "ab", "cd");
    say_body(&out, "ab", "cdef");
    say(&out, MILTER_MAIL, sender);
    say_header(&out, "From", good_from);
    mta_plain(&out, MILTER_END);
    say_connect(&out, "local:/run/x");
    say_body(&out, "abcdef", "");
    peer.options.body_kept = 4;
    struct milter_session *session =
        milter_session_new(&peer.options, peer.resolver, &keeper.owner);
    (void)peer_feed(session, text_so_far(&out), SIZE_MAX);
    milter_session_free(session);
    peer.options.body_kept = 0;
    session = milter_session_new(&peer.options, peer.resolver, &keeper.owner);
    (void)peer_feed(session, text_so_far(&out), SIZE_MAX);
    milter_session_free(session);
    static const char *const want[] = {"Q+2B1 25 abcd", "Q+2B1 25 abcd...", " 25 ",
                                       "Q+2B1 0 abcd...", "Q+2B1 25 ..."};
    assert_int_equal(keeper.count, 8);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_string_equal(keeper.said[i], want[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers_and_refuses),
        cmocka_unit_test(shadow_lets_go),
        cmocka_unit_test(knows_recipients),
        cmocka_unit_test(keeps_lists_apart),
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
        cmocka_unit_test(rebuilds_fields),
        cmocka_unit_test(knows_smtputf8),
        cmocka_unit_test(keeps_what_reports_tell),
    };
    return cmocka_run_group_tests_name("milter/message", tests, set_up, tear_down);
}
