/* What becomes of failure reports. */
#include "failure.h"

#include "telling_testing.h"

#define FIELDS  "Feedback-Type: auth-failure\r\nUser-Agent: u\r\nVersion: 1\r\n"
#define MESSAGE "From: a@d.test\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n"

/* clang-format off */
static const struct {
    const char *fields, *text, *original, *told, *why;
} reads[] = {
    {FIELDS "Auth-Failure: dmarc\r\nAuthentication-Results: x;\r\n dmarc=fail\r\nIdentity-Alignment: spf\r\n"
     "Reported-Domain: D.test\r\nSource-IP: 2001:DB8::1\r\nIncidents: 12\r\n", "", MESSAGE,
     "auth-failure dmarc d.test from 2001:db8::1, x12, subject: caf\xc3\xa9\n", "RFC 9991 section 4"},
    {"feedback-type: abuse\nUSER-AGENT: u\nVersion: 0.1\nSource-IP: [192.0.2.1]\n", "", MESSAGE,
     "line 0: an address in an unusual form: [192.0.2.1]\nabuse   from 192.0.2.1, x1, subject: caf\xc3\xa9\n",
     "LF, names in other letter case, another kind; without Incidents it is one"},
    {FIELDS "Auth-Failure: dmarc\r\nIncidents: many\r\n", "", "",
     "line 0: no number, or out of range: Incidents\nline 0: missing or empty: Authentication-Results\n"
     "line 0: missing or empty: Identity-Alignment\nline 0: missing or empty: message/rfc822\n"
     "auth-failure dmarc  from unknown, x1, subject: \n", "what RFC 6591 and RFC 9991 ask for, and is not there"},
    {"Version: 1\r\n", "", "", "refused at 0: the failure report has no Feedback-Type\n", "nothing says what it is"},
    {NULL, "A message failed.\n\n  Sender Domain: d.test\n  Sender IP Address: 192.0.2.7\n", "",
     "line 0: no message/feedback-report; read from the text\nauth-failure  d.test from 192.0.2.7, x1, subject: \n",
     "Exim's, without a message/feedback-report"},
};
/* clang-format on */

static void
test_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        UNIT_CASE(reads[i].why);
        struct telling telling = telling_new(true);
        struct sceau_slice fields = unit_copy(sceau_slice_from(reads[i].fields));
        struct failure_parts parts = {
            .fields = reads[i].fields != NULL ? fields : SLICE_NONE,
            .text = sceau_slice_from(reads[i].text),
            .original = sceau_slice_from(reads[i].original),
        };
        failure_read(&parts, &telling.sink);
        unit_free(fields);
        assert_slice(text_done(&telling.text), reads[i].told);
    }
}

static void
test_knows_texts(void **state)
{
    (void)state;
    assert_true(failure_is_told(sceau_slice_from(reads[4].text)));
    assert_false(failure_is_told(SCEAU_SLICE("Sender Domain: d.test\n")));
    assert_false(failure_is_told(SLICE_NONE));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reads),
                                       cmocka_unit_test(test_knows_texts)};
    return cmocka_run_group_tests_name("report/failure", tests, unit_arena_up,
                                       unit_arena_down);
}
