/* The statements of our Authentication-Results, from verdicts put together by hand: what
 * is told, what is left out, and that nothing of a stranger's text escapes its quotes. */
#include "sceau/verify.h"

#include "../../tests/unit.h"
#include "authres/authres.h"

#define LINE_MAX_OCTETS 998

/* A verdict in which nothing was found. */
static struct sceau_verdict
empty_verdict(void)
{
    return (struct sceau_verdict){
        .author = {.status = SCEAU_AUTHOR_ONE, .domain = SCEAU_SLICE("example.com")},
    };
}

static struct sceau_slice
field_of(const struct sceau_verdict *verdict)
{
    sceau_arena_clear(unit_arena);
    return sceau_verdict_authentication_results(unit_arena, verdict,
                                                SCEAU_SLICE("mx.test"));
}

/* The field read again: what a filter downstream takes from it. */
static const struct authres_result_read *
read_result(struct sceau_slice field, const char *method, size_t n)
{
    static struct authres read;
    assert_int_equal(authres_parse(unit_arena, field, &read, NULL), SCEAU_OK);
    for (size_t i = 0; i < read.result_count; i++)
        if (slice_eq(read.results[i].method, sceau_slice_from(method)) && n-- == 0)
            return &read.results[i];
    return NULL;
}

static struct sceau_slice
property(const struct authres_result_read *result, const char *ptype, const char *name)
{
    assert_non_null(result);
    for (size_t i = 0; i < result->property_count; i++)
        if (slice_eq(result->properties[i].ptype, sceau_slice_from(ptype)) &&
            slice_eq(result->properties[i].property, sceau_slice_from(name)))
            return result->properties[i].value;
    return SLICE_NONE;
}

static void
tells_what_was_not_found(void **state)
{
    (void)state;
    struct sceau_verdict verdict = empty_verdict();
    struct sceau_slice field = field_of(&verdict);
    assert_null(read_result(field, "spf", 0)); /* no envelope: nothing to say */
    assert_null(read_result(field, "iprev", 0));
    assert_slice(read_result(field, "dkim", 0)->result, "none");
    assert_slice(read_result(field, "arc", 0)->result, "none");
    assert_slice(read_result(field, "dmarc", 0)->result, "none");
    assert_slice(property(read_result(field, "dmarc", 0), "header", "from"),
                 "example.com");
}

static void
tells_both_spf_identities(void **state)
{
    (void)state;
    struct sceau_verdict verdict = empty_verdict();
    verdict.has_spf = true;
    verdict.envelope.ip = (struct sceau_ip){
        .version = 4, .octets = {192, 0, 2, 1}
    };
    verdict.spf_mail_from = (struct sceau_spf_outcome){
        .result = SCEAU_SPF_FAIL,
        .domain = SCEAU_SLICE("example.com"),
        .mechanism = SCEAU_SLICE("-all"),
    };
    verdict.spf_helo = (struct sceau_spf_outcome){
        .result = SCEAU_SPF_PERMERROR,
        .identity = SCEAU_SPF_HELO,
        .domain = SCEAU_SLICE("mx.example.com"),
        .reason = "two records",
    };
    struct sceau_slice field = field_of(&verdict);
    const struct authres_result_read *helo = read_result(field, "spf", 0);
    assert_slice(helo->result, "permerror");
    assert_slice(helo->reason, "two records");
    assert_slice(property(helo, "smtp", "helo"), "mx.example.com");
    /* last: that is the one a reader of one spf= takes */
    const struct authres_result_read *mail_from = read_result(field, "spf", 1);
    assert_slice(mail_from->result, "fail");
    assert_slice(property(mail_from, "smtp", "mailfrom"), "example.com");
    assert_null(read_result(field, "spf", 2));
}

static const struct {
    const char *identity;
    bool is_smtputf8;
    const char *shown;
    const char *why;
} identities[] = {
    {"a@sub.example.com",       false, "a@sub.example.com",       "ASCII is shown as written"  },
    {"@example.com",            false, "@example.com",            "the default of i="          },
    {"\xc3\xa9@b\xc3\xbc.test", false, "xn--b-eha.test",          "not SMTPUTF8: no local part"},
    {"\xc3\xa9@b\xc3\xbc.test", true,  "\xc3\xa9@xn--b-eha.test",
     "SMTPUTF8: it is shown"                                                                   },
    {"\xff\xfe",                false, "??",                      "no UTF-8: nobody's name"    },
    {"a@b; dmarc=pass",         false, "a@b; dmarc=pass",         "no domain: inside quotes"   },
};

static void
shows_identities(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        struct sceau_dkim_outcome outcome = {
            .result = SCEAU_DKIM_PASS,
            .domain = SCEAU_SLICE("example.com"),
            .selector = SCEAU_SLICE("s1"),
            .identity = sceau_slice_from(identities[i].identity),
            .signature = SCEAU_SLICE("abcdefghijkl"),
            .algorithm = SCEAU_DKIM_RSA_SHA256,
        };
        struct sceau_verdict verdict = empty_verdict();
        UNIT_CASE(identities[i].why);
        verdict.dkim = &outcome;
        verdict.dkim_count = 1;
        verdict.envelope.is_smtputf8 = identities[i].is_smtputf8;
        const struct authres_result_read *read =
            read_result(field_of(&verdict), "dkim", 0);
        assert_slice(property(read, "header", "i"), identities[i].shown);
        assert_slice(property(read, "header", "d"), "example.com");
        assert_slice(property(read, "header", "s"), "s1");
        assert_slice(property(read, "header", "a"), "rsa-sha256");
        assert_slice(property(read, "header", "b"), "abcdefgh");
    }
}

/* RFC 6008: the value must be unique among the results, whoever copied a beginning. */
static void
tells_signatures_apart(void **state)
{
    (void)state;
    const struct sceau_dkim_outcome outcomes[] = {
        {.signature = SCEAU_SLICE("abcdefghijX")},
        {.signature = SCEAU_SLICE("abcdefghijYz")},
        {.signature = SCEAU_SLICE("mnopqrstuv")},
        {.signature = SCEAU_SLICE("abc")},
    };
    static const char *const names[] = {"abcdefghijX", "abcdefghijY", "mnopqrst",
                                        "abc"};
    struct sceau_verdict verdict = empty_verdict();
    verdict.dkim = outcomes;
    verdict.dkim_count = 4;
    struct sceau_slice field = field_of(&verdict);
    for (size_t i = 0; i < 4; i++)
        assert_slice(property(read_result(field, "dkim", i), "header", "b"), names[i]);
}

static void
tells_a_chain_that_passed(void **state)
{
    (void)state;
    const struct sceau_arc_set sets[] = {
        {.instance = 1, .seal_domain = SCEAU_SLICE("lists.example.org")  },
        {.instance = 2, .seal_domain = SCEAU_SLICE("forward.example.net")},
    };
    struct sceau_verdict verdict = empty_verdict();
    verdict.envelope.ip = (struct sceau_ip){
        .version = 4, .octets = {192, 0, 2, 1}
    };
    verdict.arc = (struct sceau_arc_outcome){
        .result = SCEAU_ARC_PASS,
        .instances = 2,
        .oldest_pass = 2,
        .sets = sets,
        .set_count = 2,
    };
    const struct authres_result_read *read = read_result(field_of(&verdict), "arc", 0);
    assert_slice(read->result, "pass");
    assert_slice(property(read, "smtp", "remote-ip"), "192.0.2.1");
    assert_slice(property(read, "header", "oldest-pass"), "2");
    assert_slice(property(read, "arc", "chain"),
                 "lists.example.org:forward.example.net");

    verdict.arc.result =
        SCEAU_ARC_FAIL; /* RFC 8617 section 5.2: as if there were none */
    read = read_result(field_of(&verdict), "arc", 0);
    assert_slice(property(read, "arc", "chain"), "");
}

static void
tells_the_policy_after_t(void **state)
{
    (void)state;
    const struct sceau_dmarc_record record = {.is_testing = true};
    struct sceau_verdict verdict = empty_verdict();
    verdict.dmarc = (struct sceau_dmarc_outcome){
        .result = SCEAU_DMARC_FAIL,
        .record = &record,
        .policy_domain = SCEAU_SLICE("example.com"),
        .policy = SCEAU_DMARC_POLICY_REJECT,
        .disposition = SCEAU_DMARC_POLICY_QUARANTINE,
        .applied_tag = SCEAU_DMARC_TAG_SP,
    };
    struct sceau_slice field = field_of(&verdict);
    assert_slice(property(read_result(field, "dmarc", 0), "policy", "dmarc"),
                 "quarantine");
    assert_non_null(memmem(field.ptr, field.len, "(sp=reject at example.com)", 26));
}

static void
keeps_strangers_in_their_quotes(void **state)
{
    (void)state;
    static const char hostile[] = "x\"; dmarc=pass (\r\n\x1b[31m\0)\\ header.from=a";
    const struct sceau_slice text = {hostile, sizeof hostile - 1};
    struct sceau_dkim_outcome outcome = {
        .result = SCEAU_DKIM_FAIL,
        .domain = text,
        .selector = text,
        .identity = text,
        .signature = text,
    };
    struct sceau_verdict verdict = empty_verdict();
    verdict.has_spf = true;
    verdict.spf_mail_from =
        (struct sceau_spf_outcome){.domain = text, .mechanism = text};
    verdict.spf_helo = verdict.spf_mail_from;
    verdict.dkim = &outcome;
    verdict.dkim_count = 1;
    verdict.iprev = SCEAU_IPREV_PASS;
    verdict.iprev_name = text;
    struct sceau_slice field = field_of(&verdict);
    assert_slice(read_result(field, "dmarc", 0)->result, "none");
    assert_null(read_result(field, "dmarc", 1));
    assert_true(slice_find(field, '\x1b') == field.len);
    assert_true(slice_find(field, '\0') == field.len);
}

static void
folds_fifty_signatures(void **state)
{
    (void)state;
    static struct sceau_dkim_outcome outcomes[SCEAU_DKIM_PARSED_MAX];
    static char label[253];
    struct sceau_verdict verdict = empty_verdict();
    size_t line = 0;
    memset(label, 'a', sizeof label);
    for (size_t i = 0; i < SCEAU_DKIM_PARSED_MAX; i++)
        outcomes[i] = (struct sceau_dkim_outcome){
            .domain = {label, sizeof label},
            .selector = {label, sizeof label},
            .identity = {label, sizeof label},
            .reason = "the key says no",
        };
    verdict.dkim = outcomes;
    verdict.dkim_count = SCEAU_DKIM_PARSED_MAX;
    struct sceau_slice field = field_of(&verdict);
    for (size_t i = 0; i < field.len; i++) {
        line = field.ptr[i] == '\n' ? 0 : line + 1;
        assert_true(line <= LINE_MAX_OCTETS);
    }
    assert_non_null(read_result(field, "dkim", SCEAU_DKIM_PARSED_MAX - 1));
    assert_null(read_result(field, "dkim", SCEAU_DKIM_PARSED_MAX));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_was_not_found),
        cmocka_unit_test(tells_both_spf_identities),
        cmocka_unit_test(shows_identities),
        cmocka_unit_test(tells_signatures_apart),
        cmocka_unit_test(tells_a_chain_that_passed),
        cmocka_unit_test(tells_the_policy_after_t),
        cmocka_unit_test(keeps_strangers_in_their_quotes),
        cmocka_unit_test(folds_fifty_signatures),
    };
    return cmocka_run_group_tests_name("verify/results", tests, unit_arena_up,
                                       unit_arena_down);
}
