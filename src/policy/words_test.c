/* Replies and log lines: what a peer or a record wrote stays in its place. */
#include "words.h"

#include "../../tests/unit.h"

/* A failing message with hostile text wherever text can come from. */
static struct sceau_verdict
hostile_verdict(struct sceau_dkim_outcome *dkim)
{
    struct sceau_verdict v = {0};
    v.author.domain = SCEAU_SLICE("example.com");
    v.dmarc.result = SCEAU_DMARC_FAIL;
    v.dmarc.policy_domain = SCEAU_SLICE("example.com");
    v.spf_mail_from.result = SCEAU_SPF_PASS;
    v.spf_mail_from.domain = SCEAU_SLICE("x\" dmarc=pass from=example.com \"");
    v.spf_helo.domain = SCEAU_SLICE("a\r\nQ2: dmarc=pass\\");
    *dkim = (struct sceau_dkim_outcome){
        .result = SCEAU_DKIM_FAIL,
        .domain = SCEAU_SLICE("d\x80\xff; dmarc=pass"),
        .reason = "body hash mismatch",
    };
    v.dkim = dkim;
    v.dkim_count = 1;
    return v;
}

static void
logs_one_safe_line(void **state)
{
    (void)state;
    struct sceau_dkim_outcome dkim;
    const struct sceau_verdict v = hostile_verdict(&dkim);
    const struct policy_facts facts = {
        .queue_id = SCEAU_SLICE("4XyZ"),
        .login = SCEAU_SLICE("ann\x1b[2J"),
        .client = {4, {192, 0, 2, 1}},
        .recipient_count = 2
    };
    const struct policy_decision d = {
        .action = POLICY_ACCEPT,
        .reason = "authenticated session",
        .override = {POLICY_OVERRIDE_LOCAL_POLICY,
                     SCEAU_SLICE("authenticated session")},
        .removed_count = 1
    };
    assert_slice(
        policy_log_line(unit_arena, &facts, &v, &d),
        "4XyZ: action=accept reason=\"authenticated session\" dmarc=fail "
        "from=example.com asks=none policy_domain=\"example.com\" "
        "spf=pass/\"x\\\" dmarc=pass from=example.com \\\"\" "
        "helo=none/\"a\\x0d\\x0aQ2: dmarc=pass\\\\\" "
        "dkim=fail/\"d\\x80\\xff; dmarc=pass\"/\"body hash mismatch\" arc=none "
        "override=local_policy comment=\"authenticated session\" client=192.0.2.1 "
        "rcpts=2 login=\"ann\\x1b[2J\" removed=1");
}

static void
logs_without_a_verdict(void **state)
{
    (void)state;
    const struct policy_facts facts = {.queue_id = SCEAU_SLICE("Q1 dmarc=pass"),
                                       .is_local_socket = true};
    const struct policy_decision d = {.action = POLICY_TEMPFAIL, .reason = "no MAIL"};
    assert_slice(policy_log_line(unit_arena, &facts, NULL, &d),
                 "\"Q1 dmarc=pass\": action=tempfail reason=\"no MAIL\" client=local "
                 "rcpts=0");
}

static void
cuts_long_values(void **state)
{
    (void)state;
    char helo[70000];
    struct sceau_verdict v = {0};
    struct sceau_dkim_outcome dkim[60] = {0};
    const struct policy_facts facts = {0};
    const struct policy_decision d = {.action = POLICY_ACCEPT, .reason = "passed"};
    memset(helo, '"', sizeof helo);
    v.spf_helo.domain = (struct sceau_slice){helo, sizeof helo};
    v.dkim = dkim;
    v.dkim_count = 60;
    struct sceau_slice line = policy_log_line(unit_arena, &facts, &v, &d);
    assert_true(line.len < 1200);
    assert_non_null(
        memmem(line.ptr, line.len, "\\\"...\"", 6)); /* says that it is cut */
    assert_non_null(memmem(line.ptr, line.len, "dkim_more=52", 12));
}

struct reply_case {
    const char *why;
    const char *author, *url;
    enum sceau_dkim_result dkim;
    size_t dkim_count;
    const char *reply;
};

static const struct reply_case replies[] = {
    {"P7: domain and reason",               "example.com", "",                   SCEAU_DKIM_NONE, 0,
     "550 5.7.1 example.com asks to reject mail that fails DMARC, and this message "
     "does: SPF fail, no DKIM signature"                              },
    {"and a URL",                           "example.com", "https://r.test/why", SCEAU_DKIM_FAIL, 1,
     "550 5.7.1 example.com asks to reject mail that fails DMARC, and this message "
     "does: SPF fail, no valid DKIM signature; see https://r.test/why"},
    {"signed, but by others",               "example.com", "",                   SCEAU_DKIM_PASS, 1,
     "550 5.7.1 example.com asks to reject mail that fails DMARC, and this message "
     "does: SPF fail, DKIM signatures of other domains only"          },
    {"a URL from a careless configuration", "example.com", "x\r\n250 ok",
     SCEAU_DKIM_NONE,                                                                             0,
     "550 5.7.1 example.com asks to reject mail that fails DMARC, and this message "
     "does: SPF fail, no DKIM signature; see x\\x0d\\x0a250 ok"       },
};

static void
replies_to_failures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        const struct reply_case *c = &replies[i];
        const struct sceau_dkim_outcome dkim = {.result = c->dkim};
        struct sceau_verdict v = {.dkim = &dkim, .dkim_count = c->dkim_count};
        struct policy_config config = {.url = sceau_slice_from(c->url)};
        UNIT_CASE(c->why);
        v.author.domain = sceau_slice_from(c->author);
        v.spf_mail_from.result = SCEAU_SPF_FAIL;
        assert_slice(policy_reply_failed(unit_arena, &config, &v), c->reply);
    }
}

/* What the domain says about its own refusal is told as its words, or left out whole; it cannot
 * end the line. */
static void
replies_with_explanations(void **state)
{
    (void)state;
    char longest[POLICY_REPLY_MAX];
    struct sceau_verdict v = {0};
    const struct policy_config config = {.url = SCEAU_SLICE("https://r.test")};
    const char *plain = "550 5.7.23 example.net does not let this client send for it "
                        "(SPF fail); see https://r.test";
    v.spf_mail_from.domain = SCEAU_SLICE("example.net");
    assert_slice(policy_reply_spf(unit_arena, &config, &v), plain);
    memset(longest, 'e', sizeof longest);
    v.spf_mail_from.explanation = (struct sceau_slice){longest, sizeof longest};
    assert_slice(policy_reply_spf(unit_arena, &config, &v), plain);
    v.spf_mail_from.explanation = SCEAU_SLICE("use our server\r\n250 ok");
    assert_slice(policy_reply_spf(unit_arena, &config, &v),
                 "550 5.7.23 example.net does not let this client send for it (SPF "
                 "fail); that domain says: use our server\\x0d\\x0a250 ok; see "
                 "https://r.test");
}

/* The longest domain leaves room for the reason; a URL that does not fit is left out whole. */
static void
replies_stay_short(void **state)
{
    (void)state;
    char domain[253], url[400];
    struct sceau_verdict v = {0};
    struct policy_config config = {
        .url = {url, sizeof url}
    };
    memset(domain, 'a', sizeof domain);
    memset(url, 'u', sizeof url);
    v.author.domain = (struct sceau_slice){domain, sizeof domain};
    struct sceau_slice reply = policy_reply_failed(unit_arena, &config, &v);
    assert_true(reply.len > sizeof domain && reply.len <= POLICY_REPLY_MAX);
    assert_null(memmem(reply.ptr, reply.len, "; see", 5));
    config.url.len = 10;
    reply = policy_reply_later(unit_arena, &config, v.author.domain, "DNS is down");
    assert_true(reply.len <= POLICY_REPLY_MAX);
    assert_non_null(memmem(reply.ptr, reply.len, "; see uuuuuuuuuu", 16));
}

static void
replies_to_bad_messages(void **state)
{
    (void)state;
    const struct policy_config config = {0};
    assert_slice(policy_reply_refused(unit_arena, &config, "no single author",
                                      "more than one From field"),
                 "550 5.7.1 no single author: more than one From field");
    assert_slice(policy_reply_refused(unit_arena, &config, "too large", NULL),
                 "550 5.7.1 too large");
    assert_slice(policy_reply_later(unit_arena, &config, SLICE_NONE, "no MAIL"),
                 "451 4.7.1 no MAIL, try again later");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_one_safe_line),
        cmocka_unit_test(logs_without_a_verdict),
        cmocka_unit_test(cuts_long_values),
        cmocka_unit_test(replies_to_failures),
        cmocka_unit_test(replies_with_explanations),
        cmocka_unit_test(replies_stay_short),
        cmocka_unit_test(replies_to_bad_messages),
    };
    return cmocka_run_group_tests_name("policy/words", tests, unit_arena_up,
                                       unit_arena_down);
}
