/* The rules about SPF: for each a zone that meets it and one that does not. */
#include "rules_testing.h"

#define SPF(record) "example.com. TXT \"v=spf1 " record "\"\n"
#define MX          "example.com. MX 10 mail.example.com.\n"
#define MAIL        "mail.example.com. A 192.0.2.25\nmail.example.com. AAAA 2001:db8::25\n"
#define AT(n, r)    n ". TXT \"v=spf1 " r "\"\n"
#define DOWN        "$FAIL example.com. TXT TIMEOUT\n"
#define LONG_TERMS                                                                  \
 "ip4:192.0.2.100 ip4:192.0.2.101 ip4:192.0.2.102 ip4:192.0.2.103 ip4:192.0.2.104 " \
 "ip4:192.0.2.105 ip4:192.0.2.106 ip4:192.0.2.107 ip4:192.0.2.108 ip4:192.0.2.109 " \
 "ip4:192.0.2.110 ip4:192.0.2.111 ip4:192.0.2.112 "

/* clang-format off */
static const struct rule_case cases[] = {
    {SPF("mx -all"), "spf.exists", "ok", "v=spf1 mx -all", "there is one"},
    {MX MAIL, "spf.exists", "problem",
     "example.com. 10800 IN TXT \"v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all\"",
     "none: one is proposed from the mail hosts"},
    {"example.com. TXT \"other\"\n", "spf.exists", "problem", "\"v=spf1 -all\"", "none, and no mail host"},
    {DOWN, "spf.exists", "unknown", "no name server answered in time", "trouble is not absence"},

    {SPF("-all"), "spf.multiple", "ok", NULL, "one"},
    {SPF("mx ~all") SPF("mx ip4:192.0.2.1 -all"), "spf.multiple", "problem",
     "\"v=spf1 mx ip4:192.0.2.1 ~all\"", "two: merged, each term once, one end"},
    {DOWN, "spf.multiple", "unknown", NULL, "trouble"},

    {SPF("a mx ip4:192.0.2.0/24 -all"), "spf.syntax", "ok", NULL, "it reads"},
    {SPF("ip4:192.0.2.0/33 -all"), "spf.syntax", "problem", "Octet 22: expected", "where it breaks"},
    {SPF("include -all"), "spf.syntax", "problem", "^", "a caret under the octet"},
    {SPF("ip4=192.0.2.1 -all"), "spf.syntax", "warning", "write ip4: with a colon", "a modifier nobody knows"},
    {"example.com. TXT \"v=spf1; mx -all\"\n", "spf.syntax", "problem", "v=spf1 and a blank", "as DMARC is written"},
    {"example.com. TXT \"v=spf10 mx -all\"\n", "spf.syntax", "problem", NULL, "another version"},
    {"example.com. TXT \"x\"\n", "spf.syntax", "skipped", NULL, "nothing to read"},

    {SPF("-all"), "spf.type99", "ok", NULL, "none"},
    {SPF("-all") "example.com. SPF \"v=spf1 -all\"\n", "spf.type99", "warning", "Delete this record and keep the TXT", "the same text"},
    {SPF("-all") "example.com. SPF \"v=spf1 +all\"\n", "spf.type99", "warning", "differs from the TXT", "another text"},
    {"example.com. SPF \"v=spf1 mx -all\"\n", "spf.type99", "warning", "IN TXT \"v=spf1 mx -all\"", "alone: to be published as TXT"},
    {SPF("-all") "$FAIL example.com. SPF SERVFAIL\n", "spf.type99", "unknown", NULL, "trouble"},

    {"example.com. TXT \"v=spf1 ip4:192.0.2.1\" \" -all\"\n", "spf.split_blank", "ok", NULL, "the blank is inside"},
    {"example.com. TXT \"v=spf1 ip4:192.0.2\" \".1 -all\"\n", "spf.split_blank", "ok", NULL, "a cut inside a term is fine"},
    {"example.com. TXT \"v=spf1 ip4:192.0.2.1\" \"ip4:192.0.2.2 -all\"\n", "spf.split_blank", "problem",
     "\"v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all\"", "two terms become one word"},
    {"example.com. TXT \"v=spf1 mx\" \"-all\"\n", "spf.split_blank", "problem", "\"v=spf1 mx -all\"", "and the end too"},

    {SPF("mx -all"), "spf.size", "ok", NULL, "small"},
    {"example.com. TXT \"v=spf1 " LONG_TERMS "\" \"" LONG_TERMS "\" \"" LONG_TERMS " -all\"\n", "spf.size", "info", "octets", "long"},

    {SPF("mx -all") MX MAIL, "spf.lookups", "ok", "1 of 10 lookups: mx 1", "few"},
    {SPF("ip4:192.0.2.1 -all"), "spf.lookups", "ok", NULL, "none"},
    {SPF("a a a a a a include:b.test -all") AT("b.test", "a a -all"), "spf.lookups", "warning",
     "9 of 10 lookups: a 1, a 1, a 1, a 1, a 1, a 1, include:b.test 3", "one include more is too many"},
    {SPF("a a a a a a a include:b.test -all") AT("b.test", "a a a -all"), "spf.lookups", "problem",
     "The dearest branch is include:b.test (4)", "eleven"},
    {SPF("include:b.test -all") "$FAIL b.test. TXT SERVFAIL\n", "spf.lookups", "unknown", NULL, "nobody knows"},

    {SPF("mx -all") MX MAIL, "spf.void_lookups", "ok", NULL, "none is void"},
    {SPF("a:x.test mx -all") MX MAIL, "spf.void_lookups", "info", "Remove a:x.test", "one is told"},
    {SPF("a:x.test a:y.test a:z.test -all"), "spf.void_lookups", "problem problem problem", NULL, "three are too many"},
    {SPF("a:x.test -all") "$FAIL x.test. A TIMEOUT\n$FAIL x.test. AAAA TIMEOUT\n", "spf.void_lookups", "unknown", NULL, "trouble is not void"},

    {SPF("include:b.test -all") AT("b.test", "-all"), "spf.include_valid", "ok", NULL, "good"},
    {SPF("mx -all"), "spf.include_valid", "skipped", NULL, "nothing is included"},
    {SPF("include:b.test -all"), "spf.include_valid", "problem", "b.test has no SPF record", "absent"},
    {SPF("include:b.test -all") AT("b.test", "include:c.test -all") AT("c.test", "ip4:x -all"), "spf.include_valid",
     "problem", "the SPF record of c.test does not parse", "broken two steps down"},
    {SPF("redirect=b.test") AT("b.test", "include:example.com -all"), "spf.include_valid", "problem", "leads back to itself", "a loop"},
    {SPF("include:b.test -all") "$FAIL b.test. TXT TIMEOUT\n", "spf.include_valid", "unknown", NULL, "trouble"},

    {SPF("mx -all"), "spf.all_permissive", "ok", NULL, "restrictive"},
    {SPF("mx +all"), "spf.all_permissive", "problem", "\"v=spf1 mx ~all\"", "+all"},
    {SPF("mx all"), "spf.all_permissive", "problem", NULL, "bare all is +all"},
    {SPF("ip4:0.0.0.0/0 -all"), "spf.all_permissive", "problem", "\"v=spf1 ~all\"", "every IPv4 address"},
    {SPF("a//0 -all"), "spf.all_permissive", "problem", NULL, "every IPv6 address, by a host"},
    {SPF("include:b.test -all") AT("b.test", "+all"), "spf.all_permissive", "problem", "b.test, which your record includes, has +all", "in an include"},
    {SPF("-all +all"), "spf.all_permissive", "ok", NULL, "never reached"},

    {SPF("mx -all"), "spf.terminator", "ok", NULL, "-all"},
    {SPF("mx ~all"), "spf.terminator", "ok", NULL, "~all"},
    {SPF("redirect=b.test"), "spf.terminator", "ok", NULL, "redirect"},
    {SPF("mx"), "spf.terminator", "warning", "\"v=spf1 mx ~all\"", "no end"},
    {SPF("mx ?all"), "spf.terminator", "warning", "\"v=spf1 mx ~all\"", "?all says nothing"},

    {SPF("mx -all"), "spf.after_all", "ok", NULL, "all is last"},
    {SPF("mx -all exp=e.example.com"), "spf.after_all", "ok", NULL, "a modifier may follow"},
    {SPF("mx -all ip4:192.0.2.1"), "spf.after_all", "warning", "\"v=spf1 mx ip4:192.0.2.1 -all\"", "a mechanism may not"},
    {SPF("mx -all redirect=b.test"), "spf.after_all", "warning", "Delete redirect=b.test or -all", "a redirect beside all"},

    {SPF("mx -all"), "spf.ptr", "ok", NULL, "none"},
    {SPF("ptr -all"), "spf.ptr", "warning", "Replace ptr", "ptr"},

    {SPF("ip4:192.0.2.0/24 ip6:2001:db8::/48 -all"), "spf.prefix", "ok", NULL, "networks"},
    {SPF("ip6:2001:db8:17:4::1/124 -all"), "spf.prefix", "info",
     "ip6:2001:db8:17:4::1/124 allows 16 addresses. For one host write ip6:2001:db8:17:4::1, for the network ip6:2001:db8:17:4::/124.",
     "host bits, as in seed 1"},
    {SPF("ip4:10.0.0.0/8 -all"), "spf.prefix", "info", "allows 16777216 addresses", "wide"},
    {SPF("ip6:2001:db8::/32 -all"), "spf.prefix", "info", "2^96", "wide in IPv6"},

    {MX MAIL AT("mail.example.com", "a -all"), "spf.helo", "ok", NULL, "the host passes as itself"},
    {MX MAIL, "spf.helo", "info", "mail.example.com. 10800 IN TXT \"v=spf1 a -all\"", "it has none"},
    {MX MAIL AT("mail.example.com", "ip4:192.0.2.1 -all"), "spf.helo", "info",
     "mail.example.com. 300 IN TXT \"v=spf1 ip4:192.0.2.1 ip4:192.0.2.25 ip6:2001:db8::25 -all\"", "the record it has, never a second one"},
    {MX MAIL AT("mail.example.com", "ip4:x -all"), "spf.helo", "info", "in error.\n\n", "no line beside a broken record"},
    {MX MAIL AT("mail.example.com", "include:none.test -all"), "spf.helo", "info", "in error.\n\n", "a term does not mend permerror"},
    {MX "mail.example.com. CNAME h.example.com.\nh.example.com. A 192.0.2.25\n", "spf.helo", "info", "is an alias, so no record can stand beside it: let the MX name the host itself.\n\n",
     "nothing stands beside an alias"},
    {MX MAIL AT("mail.example.com", "include:b.test -all") "$FAIL b.test. TXT TIMEOUT\n", "spf.helo", "unknown", NULL, "nobody knows whether it passes"},
    {"example.com. MX 10 mx.other.test.\nmx.other.test. A 192.0.2.9\n", "spf.helo", "skipped", NULL, "hosts of others"},
    {MX MAIL "$FAIL mail.example.com. TXT TIMEOUT\n", "spf.helo", "unknown", NULL, "trouble"},

    {"example.com. MX 0 .\n" SPF("-all"), "spf.parked", "ok", NULL, "a null MX, and it says so"},
    {"example.com. MX 0 .\n" SPF("mx ~all"), "spf.parked", "info", "\"v=spf1 -all\"", "it says otherwise"},
    {"example.com. MX 0 .\n", "spf.parked", "info", NULL, "it says nothing"},
    {MX MAIL SPF("mx -all"), "spf.parked", "skipped", NULL, "it has mail"},

    {SPF("-all"), "spf.senderid", "ok", NULL, "none"},
    {SPF("-all") "example.com. TXT \"spf2.0/pra mx -all\"\n", "spf.senderid", "info", "spf2.0/pra", "a relic"},

    {SPF("mx -all"), "spf.covers_senders", "skipped", "--sender", "nobody said who sends"},
    {SPF("mx -all"), "spf.string_255", "skipped", NULL, "only a zone file can hold one"},
};

/* With 192.0.2.25 and 2001:db8::99 as senders. */
static const struct rule_case senders[] = {
    {SPF("ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"), "spf.covers_senders", "ok", NULL, "both pass"},
    {SPF("ip4:192.0.2.25 -all"), "spf.covers_senders", "warning",
     "\"v=spf1 ip4:192.0.2.25 ip6:2001:db8::99 -all\"", "IPv6 was forgotten"},
    {SPF("include:b.test -all") "$FAIL b.test. TXT TIMEOUT\n", "spf.covers_senders", "unknown unknown", NULL, "trouble"},
};
/* clang-format on */

static void
test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        rule_check(&cases[i], "example.com", "", (struct check_options){0});
}

static void
test_senders(void **state)
{
    (void)state;
    struct sceau_ip ips[2];
    assert_true(sceau_ip_parse(SCEAU_SLICE("192.0.2.25"), &ips[0]));
    assert_true(sceau_ip_parse(SCEAU_SLICE("2001:db8::99"), &ips[1]));
    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++)
        rule_check(&senders[i], "example.com", "",
                   (struct check_options){.senders = ips, .sender_count = 2});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_senders),
    };
    return cmocka_run_group_tests(tests, unit_arena_up, unit_arena_down);
}
