/* What becomes of TLS reports. */
#include "tls.h"

#include "telling_testing.h"

#define HEAD                                                        \
 "{\"organization-name\":\"o\",\"report-id\":\"i\",\"date-range\":" \
 "{\"start-datetime\":\"2024-01-01T00:00:00Z\",\"end-datetime\":\"2024-01-01T23:59:59Z\"},"
#define ONE "o i 1704067200-1704153599: "

/* clang-format off */
static const struct {
    const char *json, *told, *why;
} reads[] = {
    {HEAD "\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"D.test\",\"mx-host\":[\"a\",\"b\"]},"
     "\"summary\":{\"total-successful-session-count\":5,\"total-failure-session-count\":2},\"failure-details\":["
     "{\"result-type\":\"certificate-expired\",\"failed-session-count\":2,\"receiving-mx-hostname\":\"mx\"}]}]}",
     "sts d.test +5 -2 mx=a b\n  certificate-expired x2 mx\n" ONE "+5 -2\n", "as RFC 8460 section 4.4 has it"},
    {HEAD "\"policies\":[{\"policy\":{\"policy-type\":\"tlsa\",\"policy-domain\":\"d.test\"},\"summary\":"
     "{\"total-successful-session-count\":\"5\",\"total-failure-session-count\":1.5}}]}",
     "line 0: a word in another spelling: total-successful-session-count\n"
     "line 0: no number, or out of range: total-failure-session-count\n"
     "tlsa d.test +5 -0 mx=\n" ONE "+5 -0\n", "numbers as text, and what is none"},
    {HEAD "\"policies\":[{\"policy\":{\"policy-type\":\"sts\",\"policy-domain\":\"d.test\",\"mx-host\":\"a\"},\"summary\":"
     "{\"total-successful-session-count\":1000000000001,\"total-failure-session-count\":1}}]}",
     "line 0: no number, or out of range: total-successful-session-count\n"
     "sts d.test +0 -1 mx=a\nline 0: the parts do not add up to the total: total-failure-session-count\n" ONE "+0 -1\n",
     "out of range, a lone mx-host, failures that nothing details"},
    {"{\"policies\":[]}", "line 0: missing or empty: organization-name\nline 0: missing or empty: report-id\n"
     "line 0: missing or empty: start-datetime\nline 0: missing or empty: end-datetime\n"
     "line 0: missing or empty: policies\n  0-0: +0 -0\n", "nothing in it"},
    {"{\"policies\":7}", "refused at 0: the JSON is no TLS report\n", "a number for a list"},
    {"{\n\"policies\":", "refused at 2: the JSON is no TLS report\n", "cut off; the line is told"},
    {"[]", "refused at 0: the JSON is no TLS report\n", "a list"},
};
/* clang-format on */

static void
test_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        UNIT_CASE(reads[i].why);
        struct telling telling = telling_new(true);
        struct sceau_slice json = unit_copy(sceau_slice_from(reads[i].json));
        tls_read(json, &telling.sink);
        unit_free(json);
        assert_slice(text_done(&telling.text), reads[i].told);
    }
}

/* Every code that the standard has is a text; what it has not stays as it is. */
static const struct {
    const char *code, *text, *why;
} codes[] = {
    {"starttls-not-supported",    "no STARTTLS offered",          "section 4.3.1"        },
    {"certificate-host-mismatch", "certificate of another name",  "section 4.3.1"        },
    {"certificate-expired",       "certificate expired",          "section 4.3.1"        },
    {"certificate-not-trusted",   "certificate not trusted",      "section 4.3.1"        },
    {"validation-failure",        "another failure of TLS",       "section 4.3.1"        },
    {"tlsa-invalid",              "no valid TLSA record",         "section 4.3.2.1"      },
    {"dnssec-invalid",            "DNSSEC does not validate",     "section 4.3.2.1"      },
    {"dane-required",             "DANE asked for, without TLSA", "section 4.3.2.1"      },
    {"sts-policy-fetch-error",    "MTA-STS file not to be had",   "section 4.3.2.2"      },
    {"sts-policy-invalid",        "MTA-STS file invalid",         "section 4.3.2.2"      },
    {"sts-webpki-invalid",        "MTA-STS over untrusted HTTPS", "section 4.3.2.2"      },
    {"Certificate-Expired",       "certificate expired",          "in other letters"     },
    {"certificate-expire",        NULL,                           "no beginning of one"  },
    {"",                          NULL,                           "none"                 },
    {"sts",                       NULL,                           "a policy is no result"},
};

static void
test_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        UNIT_CASE(codes[i].why);
        struct sceau_slice code = unit_copy(sceau_slice_from(codes[i].code));
        const char *text = report_tls_result_text(code);
        unit_free(code);
        if (codes[i].text == NULL)
            assert_null(text);
        else
            assert_string_equal(text, codes[i].text);
    }
    assert_string_equal(report_tls_policy_text(SCEAU_SLICE("sts")), "MTA-STS");
    assert_string_equal(report_tls_policy_text(SCEAU_SLICE("tlsa")), "DANE");
    assert_string_equal(report_tls_policy_text(SCEAU_SLICE("no-policy-found")),
                        "no policy");
    assert_null(report_tls_policy_text(SCEAU_SLICE("dane-required")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reads),
                                       cmocka_unit_test(test_codes)};
    return cmocka_run_group_tests_name("report/tls", tests, unit_arena_up,
                                       unit_arena_down);
}
