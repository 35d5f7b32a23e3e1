/* Each fault has a zone that meets its rule and zones that do not, with the place and the
 * mended line. The zone is example.test; "HEAD" stands for a sound beginning of six lines,
 * so that the case's first line is line 7. */
#include "lint.h"

#include "../../tests/unit.h"
#include "core/text.h"

#define NOW 1780000000 /* 2026-05-28 */

#define HEAD                                 \
 "$TTL 3600\n"                               \
 "@ IN SOA ns root 2026052801 1d 2h 4w 1h\n" \
 "@ IN NS ns\n"                              \
 "@ IN NS ns.other.example.\n"               \
 "ns IN A 192.0.2.1\n"                       \
 "mail IN A 192.0.2.2\n"

static const char *const names[] = {
    [ZONE_FAULT_SYNTAX] = "syntax",
    [ZONE_FAULT_CUT] = "cut",
    [ZONE_FAULT_OWNER] = "owner",
    [ZONE_FAULT_RNAME] = "rname",
    [ZONE_FAULT_NO_SOA] = "no-soa",
    [ZONE_FAULT_SECOND_SOA] = "second-soa",
    [ZONE_FAULT_NO_NS] = "no-ns",
    [ZONE_FAULT_NS_ADDRESS] = "ns-address",
    [ZONE_FAULT_DOT] = "dot",
    [ZONE_FAULT_DOUBLED] = "doubled",
    [ZONE_FAULT_OUT_OF_ZONE] = "outside",
    [ZONE_FAULT_BELOW_CUT] = "cut-off",
    [ZONE_FAULT_CNAME] = "cname",
    [ZONE_FAULT_WILDCARD] = "wildcard",
    [ZONE_FAULT_REPORTS] = "reports",
    [ZONE_FAULT_KEY_OWNER] = "key-owner",
    [ZONE_FAULT_DUPLICATE] = "twice",
    [ZONE_FAULT_NEAR_DUPLICATE] = "near",
    [ZONE_FAULT_TTL_DIFFERS] = "ttl-differs",
    [ZONE_FAULT_SEMICOLON] = "semicolon",
    [ZONE_FAULT_BLANKS] = "blanks",
    [ZONE_FAULT_BACKSLASH] = "backslash",
    [ZONE_FAULT_TYPOGRAPHY] = "typography",
    [ZONE_FAULT_LONG_SPF] = "long-spf",
    [ZONE_FAULT_LONG_KEY] = "long-key",
    [ZONE_FAULT_LONG_TEXT] = "long-text",
    [ZONE_FAULT_SERIAL_FUTURE] = "future",
    [ZONE_FAULT_NO_TTL] = "no-ttl",
    [ZONE_FAULT_TTL_SHORT] = "ttl-short",
    [ZONE_FAULT_TTL_LONG] = "ttl-long",
};

#define TEN       "0123456789"
#define FIFTY     TEN TEN TEN TEN TEN
#define TWO_FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY

/* clang-format off */
static const struct {
    const char *text;
    const char *findings; /* fault@line:column ... */
    const char *written, *meant, *line; /* of the first; NULL: not looked at */
    const char *why;
} cases[] = {
    {HEAD "@ MX 10 mail\n_dmarc TXT \"v=DMARC1; p=reject\"\n@ TXT \"v=spf1 mx -all\"\n", "", NULL, NULL, NULL, "nothing to say"},
    /* the text */
    {HEAD "a A 192.0.2.256\n", "syntax@7:5", "a A 192.0.2.256", NULL, "", "an address"},
    {HEAD "@ TXT \"v=spf1 -all\n", "syntax@7:7", NULL, NULL, "@ TXT \"v=spf1 -all\"", "a quote that is not closed is closed"},
    {HEAD "@ TXT \"v=spf1\" \"-all\n", "syntax@7:16", NULL, NULL, "", "which of several, nobody can tell"},
    {HEAD "IN MX 10 mail\n", "owner@7:1", "IN", "IN.example.test.", "    IN MX 10 mail", "the blank in front is missing"},
    {HEAD "7200 IN MX 10 mail\n", "owner@7:1", "7200", "7200.example.test.", "    7200 IN MX 10 mail", "the same before a TTL"},
    {HEAD "7 PTR mail\n", "", NULL, NULL, NULL, "a number is a name in reverse zones"},
    {HEAD "mx A 192.0.2.1\n", "", NULL, NULL, NULL, "a host called mx"},
    {"$TTL 3600\nwww A 192.0.2.1\n", "no-soa@1:1", NULL, NULL, "", "no SOA"},
    {HEAD "sub SOA ns root 1 2 3 4 5\n", "second-soa@7:5", NULL, NULL, "", "a second SOA"},
    {"$TTL 3600\n@ SOA ns.other.example. root 1 2 3 4 5\n", "no-ns@1:1", NULL, NULL, "", "no name server"},
    {HEAD "@ NS ns2\n", "ns-address@7:6", "ns2.example.test.", NULL, "", "a name server without address"},
    {"$TTL 3600\n@ SOA ns.other.example. root@example.test. 1 2 3 4 5\n@ NS ns.other.example.\n", "rname@2:25", "root@example.test.",
     "root.example.test.", "@ SOA ns.other.example. root.example.test. 1 2 3 4 5", "the SOA's mail address"},
    {"$TTL 3600\n@ SOA ns.other.example. a.b@example.test 1 2 3 4 5\n@ NS ns.other.example.\n", "rname@2:25", NULL,
     "a\\.b.example.test.", NULL, "its dots before the at sign"},
    /* final dots */
    {HEAD "_dmarc.support.example.test TXT \"v=DMARC1; p=none\"\n", "dot@7:1", "_dmarc.support.example.test",
     "_dmarc.support.example.test.example.test.", "_dmarc.support.example.test. TXT \"v=DMARC1; p=none\"", "seed 2: an owner"},
    {HEAD "_dmarc.support TXT \"v=DMARC1; p=none\"\n", "", NULL, NULL, NULL, "seed 2: relative and right"},
    {HEAD "@ MX 10 mail.example.test ; main\n", "dot@7:9", NULL, NULL, "@ MX 10 mail.example.test. ; main", "an MX; the comment stays"},
    {HEAD "www CNAME example.test\n", "dot@7:11", NULL, NULL, "www CNAME example.test.", "a CNAME"},
    {HEAD "@ MX 10 aspmx.l.google.com\n", "dot@7:9", NULL, "aspmx.l.google.com.example.test.", "@ MX 10 aspmx.l.google.com.", "a public ending"},
    {HEAD "@ MX 10 smtp.eu\nsmtp.eu A 192.0.2.9\n", "", NULL, NULL, NULL, "a name that does exist so"},
    {HEAD "@ MX 10 smtp.paris\n", "dot@7:9", "smtp.paris", NULL, "@ MX 10 smtp.paris.", "an ending of the list"},
    {HEAD "@ MX 10 mx.example.co.uk\n", "dot@7:9", NULL, NULL, "@ MX 10 mx.example.co.uk.", "one of two labels"},
    {HEAD "@ MX 10 smtp.lab\n", "", NULL, NULL, NULL, "an ending that is a name: mx.target_resolves tells"},
    {HEAD "@ MX 10 mail\n", "", NULL, NULL, NULL, "a host in the zone, though the list has its name"},
    {HEAD "@ MX 10 com\n", "", NULL, NULL, NULL, "one label is no name outside"},
    {HEAD "@ MX 10 in.mail\n*.mail A 192.0.2.9\n", "", NULL, NULL, NULL, "a wildcard has it"},
    {HEAD "@ MX 10 in.mail\nmail NS ns.other.example.\n", "", NULL, NULL, NULL, "it may be on the servers of a delegation"},
    {HEAD "@ MX 10 in.mail\nin.mail AX 192.0.2.9\n", "syntax@8:9", NULL, NULL, NULL, "a line that was refused may have it"},
    {HEAD "_sip._tcp SRV 0 0 5060 sip.example.test\n", "dot@7:24", NULL, NULL, NULL, "an SRV"},
    {HEAD "a.example.test.example.test. A 192.0.2.1\n", "doubled@7:1", "a.example.test.example.test.", "a.example.test.", "a.example.test. A 192.0.2.1", "written twice"},
    {HEAD "$ORIGIN example.test\na A 192.0.2.1\n", "dot@7:9", "example.test", "example.test.example.test.", "$ORIGIN example.test.", "$ORIGIN"},
    {HEAD "other.example. A 192.0.2.1\n", "outside@7:1", "other.example.", NULL, "", "outside the zone"},
    {HEAD "sub NS ns.other.example.\n_dmarc.sub TXT \"v=DMARC1; p=none\"\n", "cut-off@8:1", NULL, NULL, "", "below a delegation"},
    {HEAD "sub NS ns.sub\nns.sub A 192.0.2.3\n", "", NULL, NULL, NULL, "glue belongs there"},
    /* aliases */
    {HEAD "smtp CNAME mail\nsmtp MX 10 mail\n", "cname@7:1", "smtp.example.test.", NULL, "smtp.example.test. 3600 IN A 192.0.2.2", "an MX at an alias: seed 1's reason"},
    {HEAD "smtp CNAME other.example.\nsmtp CNAME third.example.\n", "cname@7:1", NULL, NULL, "", "two aliases"},
    {HEAD "old DNAME a.example.\nold DNAME b.example.\n", "cname@7:1", "old.example.test.", NULL, "", "two of another kind"},
    {HEAD "@ 60 A 192.0.2.3\nx PTR mail\n@ 90 A 192.0.2.4\n", "ttl-differs@7:3", "60", "90", "@ 90 A 192.0.2.3", "BIND takes the TTL that comes last"},
    {HEAD "smtp CNAME mail\n", "", NULL, NULL, NULL, "an alias alone"},
    {HEAD "* TXT \"v=spf1 -all\"\n", "wildcard@7:1", "*.example.test.", NULL, NULL, "answers for _dmarc of every name"},
    {HEAD "* MX 10 mail\n* A 192.0.2.1\n", "", NULL, NULL, NULL, "other types do not"},
    {HEAD "*._report._dmarc TXT \"v=DMARC1\"\n", "reports@7:1", NULL, NULL, "", "reports of anyone"},
    {HEAD "other.example._report._dmarc TXT \"v=DMARC1\"\n", "", NULL, NULL, NULL, "of one domain"},
    {HEAD "s._domainkey TXT ( \"v=DKIM1; k=rsa; \"\n \"p=MIIB\" ) ; ----- DKIM key s for sub.example.test\n", "key-owner@7:1", "s._domainkey.example.test.",
     "s._domainkey.sub.example.test.", "s._domainkey.sub.example.test. TXT ( \"v=DKIM1; k=rsa; \"\n \"p=MIIB\" ) ; ----- DKIM key s for sub.example.test", "seed 1: a key of a subdomain in the parent's zone"},
    {HEAD "s._domainkey.sub TXT \"v=DKIM1; p=MIIB\" ; ----- DKIM key s for sub.example.test\n", "", NULL, NULL, NULL, "at its right name"},
    {HEAD "s TXT \"v=DKIM1; p=MIIB\"\n", "key-owner@7:1", "s.example.test.", NULL, "", "no _domainkey"},
    /* sets */
    {HEAD "mail A 192.0.2.2\n", "twice@7:1", "mail A 192.0.2.2", NULL, "", "the same again"},
    {HEAD "mail 60 A 192.0.2.3\n", "ttl-differs@7:6", "60", "3600", "mail 3600 A 192.0.2.3", "another TTL"},
    {HEAD "mail A 192.0.2.3\n", "", NULL, NULL, NULL, "another address"},
    {HEAD "@ MX 10 mail\n@ MX 10 MAIL\n", "near@8:1", NULL, NULL, "", "letter case"},
    {HEAD "@ TXT \"a\" \"b\"\n@ TXT \"ab\"\n", "near@8:1", NULL, NULL, "", "the cut of strings"},
    {HEAD "@ MX 10 mail\n@ MX 20 mail\n", "", NULL, NULL, NULL, "another preference: mx.duplicate tells"},
    /* texts */
    {HEAD "_dmarc TXT v=DMARC1; p=none; rua=mailto:a@example.test\n", "semicolon@7:12", "v=DMARC1", NULL,
     "_dmarc TXT \"v=DMARC1; p=none; rua=mailto:a@example.test\"", "a semicolon begins a comment"},
    {HEAD "_dmarc TXT \"v=DMARC1; p=none\"; comment\n", "", NULL, NULL, NULL, "quoted"},
    {HEAD "x TXT word ; comment\n", "", NULL, NULL, NULL, "a comment behind a blank"},
    {HEAD "@ TXT v=spf1 mx -all\n", "blanks@7:7", "v=spf1mx-all", NULL, "@ TXT \"v=spf1 mx -all\"", "blanks"},
    {HEAD "@ TXT \"v=spf1 mx \" \"-all\"\n", "", NULL, NULL, NULL, "strings"},
    {HEAD "@ TXT \"\\\"v=spf1 mx -all\\\"\"\n", "backslash@7:7", "\"v=spf1 mx -all\"", NULL, "@ TXT \"v=spf1 mx -all\"", "quotes inside"},
    {HEAD "_dmarc TXT \"v=DMARC1\\; p=none\"\n", "", NULL, NULL, NULL, "an escaped semicolon is one"},
    {HEAD "@ TXT \"v=spf1 mx \xe2\x80\x93" "all\"\n", "typography@7:18", "U+2013", "-", "@ TXT \"v=spf1 mx -all\"", "an en dash"},
    {HEAD "@ TXT \xe2\x80\x9cv=spf1\xc2\xa0-all\xe2\x80\x9d\n", "typography@7:7", "U+201C", "\"", "@ TXT \"v=spf1 -all\"", "curly quotes, a no-break space"},
    {HEAD "@ TXT \"Soci\xc3\xa9t\xc3\xa9 \xc2\xab X \xc2\xbb\"\n", "", NULL, NULL, NULL, "a text for people"},
    {"\xef\xbb\xbf" HEAD, "syntax@1:13 no-ttl@2:6 typography@1:1", NULL, NULL, NULL, "a byte order mark"},
    {HEAD "@ TXT \"v=spf1 " TWO_FIFTY "\"\n", "long-spf@7:7", "257", NULL, NULL, "a string of 257 octets"},
    {HEAD "s._domainkey TXT \"v=DKIM1; p=" TWO_FIFTY "\"\n", "long-key@7:18", NULL, NULL,
     "s._domainkey TXT ( \"v=DKIM1; p=" FIFTY FIFTY FIFTY FIFTY TEN TEN TEN TEN "0123\" \"456789\" )", "a key in one string"},
    {HEAD "x TXT \"" TWO_FIFTY TEN "\"\n", "long-text@7:7", NULL, NULL, NULL, "another text"},
    {HEAD "x TXT \"" TWO_FIFTY "01234\"\n", "", NULL, NULL, NULL, "255 are fine"},
    /* numbers */
    {"$TTL 3600\n@ SOA ns.other.example. root 2026123101 1 2 3 4\n@ NS ns.other.example.\n", "future@2:30", "2026123101", "2026052801", "", "a serial of tomorrow"},
    {"$TTL 3600\n@ SOA ns.other.example. root 2026052999 1 2 3 4\n@ NS ns.other.example.\n", "", NULL, NULL, NULL, "tomorrow, where it is tomorrow already"},
    {"$TTL 3600\n@ SOA ns.other.example. root 4000000000 1 2 3 4\n@ NS ns.other.example.\n", "", NULL, NULL, NULL, "no date"},
    {"@ 3600 SOA ns.other.example. root 1 2 3 4 5\n@ NS ns.other.example.\n", "no-ttl@2:3", NULL, NULL, "$TTL 3600", "no $TTL"},
    {"@ 3600 SOA ns.other.example. root 1 2 3 4 5\n@ 3600 NS ns.other.example.\n", "", NULL, NULL, NULL, "none needed"},
    {HEAD "@ 60 MX 10 mail\n", "ttl-short@7:3", "60", "300", "@ 300 MX 10 mail", "too short"},
    {HEAD "@ 1w TXT \"v=spf1 mx -all\"\n", "ttl-long@7:3", "604800", "86400", "@ 86400 TXT \"v=spf1 mx -all\"", "too long"},
    {HEAD "x 60 TXT \"anything\"\n", "", NULL, NULL, NULL, "no mail record"},
    /* $GENERATE and $INCLUDE have no line to mend */
    {HEAD "$GENERATE 1-2 h$ MX \"10 mail.example.test\"\n", "", NULL, NULL, NULL, "generated names are not looked at for dots"},
};
/* clang-format on */

static const char suffixes[] = "com\nparis\nco.uk\nmail\nau\n";
static struct sceau_psl *psl;

static void
lint(const char *text, struct zone_lint *lint_out)
{
    struct dns_name *origin = sceau_arena_alloc(unit_arena, sizeof *origin);
    struct zone_document *document = sceau_arena_alloc(unit_arena, sizeof *document);
    struct zone_part *part = sceau_arena_alloc(unit_arena, sizeof *part);
    struct zone_index index;
    assert_true(dns_name_from_asked(SCEAU_SLICE("example.test"), origin));
    assert_int_equal(zone_document_read(unit_arena, SCEAU_SLICE("z"),
                                        sceau_slice_from(text), origin, NULL, document),
                     SCEAU_OK);
    *part = (struct zone_part){document, dns_name_slice(origin), false};
    assert_int_equal(zone_index_make(unit_arena, part, 1, &index), SCEAU_OK);
    assert_int_equal(zone_lint(unit_arena, &index, 0, psl, NOW, lint_out), SCEAU_OK);
}

static void
test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct zone_lint result;
        struct text t = text_new(unit_arena, SIZE_MAX);
        lint(cases[i].text, &result);
        text_string(&t, "");
        for (size_t k = 0; k < result.count; k++)
            text_format(&t, "%s%s@%zu:%zu", k > 0 ? " " : "",
                        names[result.findings[k].fault], result.findings[k].place.line,
                        result.findings[k].place.column);
        assert_slice(text_done(&t), cases[i].findings);
        if (cases[i].written != NULL)
            assert_slice(result.findings[0].written, cases[i].written);
        if (cases[i].meant != NULL)
            assert_slice(result.findings[0].meant, cases[i].meant);
        if (cases[i].line != NULL)
            assert_slice(result.findings[0].line, cases[i].line);
        sceau_arena_clear(unit_arena);
    }
}

/* Thousands of faults end somewhere. */
static void
test_limit(void **state)
{
    (void)state;
    struct zone_lint result;
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, HEAD);
    for (size_t i = 0; i <= ZONE_FINDINGS_MAX; i++)
        text_format(&t, "h%zu 60 MX 10 mail\n", i);
    text_octet(&t, '\0');
    lint(text_done(&t).ptr, &result);
    assert_int_equal(result.count, ZONE_FINDINGS_MAX);
    assert_true(result.is_cut);
    sceau_arena_clear(unit_arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_limit),
    };
    psl = sceau_psl_new(sceau_slice_from(suffixes));
    int failed = psl == NULL
                     ? 1
                     : cmocka_run_group_tests_name("zone/lint", tests, unit_arena_up,
                                                   unit_arena_down);
    sceau_psl_free(psl);
    return failed;
}
