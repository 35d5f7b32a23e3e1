/* What becomes of aggregate reports: records, repairs with their lines, refusals. */
#include "aggregate.h"

#include "telling_testing.h"

/* clang-format off */
#define META                                                     \
 "<report_metadata><org_name>r</org_name><email>e</email>"      \
 "<report_id>i</report_id><date_range><begin>100</begin>"       \
 "<end>200</end></date_range></report_metadata>\n"
#define POLICY "<policy_published><domain>d.test</domain><p>none</p></policy_published>\n"
#define HEAD "<feedback>\n" META POLICY
#define ROW(ip, count, disposition, dkim, spf)                            \
 "<row><source_ip>" ip "</source_ip><count>" count                       \
 "</count><policy_evaluated><disposition>" disposition                   \
 "</disposition><dkim>" dkim "</dkim><spf>" spf "</spf></policy_evaluated></row>"
#define IDENTIFIERS "<identifiers><header_from>d.test</header_from></identifiers>"
#define SPF "<auth_results><spf><domain>d.test</domain><result>pass</result></spf></auth_results>"
#define RECORD(row) "<record>" row IDENTIFIERS SPF "</record>\n"
#define GOOD RECORD(ROW("192.0.2.1", "2", "none", "pass", "fail"))
#define GOOD_TOLD "192.0.2.1 x2 none dkim=pass spf=fail from=d.test SPF=d.test//?/pass\n"
#define TAIL "</feedback>"
#define LONG_NAME_HEAD                                                    \
 HEAD "<record>" ROW("192.0.2.1", "2", "none", "pass", "fail")           \
 "<identifiers><header_from>"
#define LONG_NAME_TAIL "</header_from></identifiers>" SPF "</record>" TAIL
/* clang-format on */
#define ONE "r d.test 100-200: 1 records, 2 messages\n"

/* clang-format off */
static const struct {
    const char *xml;
    const char *told;
    const char *why;
} reads[] = {
    {HEAD GOOD TAIL, GOOD_TOLD ONE, "as RFC 7489 has it, without a namespace"},
    {"<?xml version=\"1.0\"?>\n<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">\n"
     "<version>1.0</version>" META POLICY
     "<extension><x:y xmlns:x=\"urn:x\"><x:count>9</x:count></x:y></extension>"
     "<record>" ROW("2001:db8::1", "3", "pass", "pass", "pass") IDENTIFIERS
     "<auth_results><dkim><domain>d.test</domain><selector>s</selector>"
     "<result>pass</result></dkim></auth_results>"
     "<x:more xmlns:x=\"urn:x\"><x:row/></x:more></record>" TAIL,
     "2001:db8::1 x3 pass dkim=pass spf=pass from=d.test DKIM=d.test/s/?/pass\n"
     "r d.test 100-200: 1 records, 3 messages\n",
     "RFC 9990, with extensions of other namespaces at both places, and the disposition pass"},
    {"<d:feedback xmlns:d=\"urn:ietf:params:xml:ns:dmarc-2.0\">" META POLICY GOOD
     "</d:feedback>",
     GOOD_TOLD ONE, "the root in a namespace, its elements in none"},
    {"<f:feedback>" META POLICY GOOD "</f:feedback>",
     "line 1: a prefix that nothing declares: f\n" GOOD_TOLD ONE, "an undeclared prefix"},
    {"<feedback xmlns=\"http://other.test/\">" META POLICY GOOD TAIL,
     "line 1: a namespace of no DMARC report: http://other.test/\n" GOOD_TOLD ONE,
     "whatever the root's namespace is, it is the document's"},
    {HEAD "<record xmlns=\"urn:other\"><row/></record>" GOOD TAIL, GOOD_TOLD ONE,
     "an element of another namespace is none of ours, whatever its name"},
    {"<xs:schema xmlns:xs=\"urn:xs\"><feedback>" META POLICY GOOD "</feedback></xs:schema>",
     "line 1: elements around the report\n" GOOD_TOLD ONE, "seen: a schema around it"},
    {"<feedback>\n" GOOD POLICY META TAIL,
     GOOD_TOLD "line 3: an element out of order: policy_published\n"
               "line 4: an element out of order: report_metadata\n" ONE,
     "wrong order; the metadata come behind the records"},
    {"<Feedback>" META POLICY GOOD "</Feedback>",
     "line 1: an element in other letter case: Feedback\n" GOOD_TOLD ONE, "letter case"},
    {HEAD GOOD "<record/>\n" TAIL,
     GOOD_TOLD "line 5: missing or empty: row\nline 5: missing or empty: identifiers\n"
               "line 5: missing or empty: auth_results\n"
               "line 5: a record without a usable count; it is left out\n" ONE,
     "an empty record counts nothing"},
    {HEAD RECORD(ROW("192.0.2.1", "2", " None", "Pass", "SoftFail")) TAIL,
     "line 4: a word in another spelling: None\n"
     "line 4: a word in another spelling: Pass\n"
     "line 4: a word in another spelling: SoftFail\n" GOOD_TOLD ONE,
     "words in other letter case, results where pass or fail belongs"},
    {HEAD RECORD(ROW("192.0.2.1", "2", "destroyed", "maybe", "")) TAIL,
     "line 4: a word that the standard does not have: destroyed\n"
     "line 4: a word that the standard does not have: maybe\n"
     "line 4: missing or empty: spf\n"
     "192.0.2.1 x2 ? dkim=? spf=? from=d.test SPF=d.test//?/pass\n" ONE,
     "unknown words are not guessed at"},
    {HEAD RECORD(ROW("[IPv6:2001:DB8::1]", "+2", "none", "fail", "fail"))
     RECORD(ROW("::ffff:192.0.2.7", "3.0", "none", "fail", "fail"))
     RECORD(ROW("192.000.002.009", "0", "none", "fail", "fail"))
     RECORD(ROW("mail.d.test", "1", "none", "fail", "fail")) TAIL,
     "line 4: an address in an unusual form: [IPv6:2001:DB8::1]\n"
     "2001:db8::1 x2 none dkim=fail spf=fail from=d.test SPF=d.test//?/pass\n"
     "192.0.2.7 x3 none dkim=fail spf=fail from=d.test SPF=d.test//?/pass\n"
     "line 6: an address in an unusual form: 192.000.002.009\n"
     "line 6: a record of no message\n"
     "192.0.2.9 x0 none dkim=fail spf=fail from=d.test SPF=d.test//?/pass\n"
     "line 7: no address that can be read: mail.d.test\n"
     "unknown x1 none dkim=fail spf=fail from=d.test SPF=d.test//?/pass\n"
     "r d.test 100-200: 4 records, 6 messages\n",
     "addresses and counts in their forms; IPv4 inside IPv6 is IPv4"},
    {HEAD RECORD(ROW("192.0.2.1", "-2", "none", "fail", "fail"))
     RECORD(ROW("192.0.2.1", "1000000000001", "none", "fail", "fail"))
     RECORD(ROW("192.0.2.1", "99999999999999999999999", "none", "fail", "fail"))
     RECORD(ROW("192.0.2.1", "1e3", "none", "fail", "fail"))
     RECORD(ROW("192.0.2.1", "1000000000000", "none", "fail", "fail")) TAIL,
     "line 4: no number, or out of range: -2\n"
     "line 4: a record without a usable count; it is left out\n"
     "line 5: no number, or out of range: 1000000000001\n"
     "line 5: a record without a usable count; it is left out\n"
     "line 6: no number, or out of range: 99999999999999999999999\n"
     "line 6: a record without a usable count; it is left out\n"
     "line 7: no number, or out of range: 1e3\n"
     "line 7: a record without a usable count; it is left out\n"
     "192.0.2.1 x1000000000000 none dkim=fail spf=fail from=d.test SPF=d.test//?/pass\n"
     "r d.test 100-200: 1 records, 1000000000000 messages\n",
     "counts out of range are left out; the limit itself is in"},
    {"<feedback><report_metadata><org_name>r</org_name><email>e</email>"
     "<report_id>i</report_id><date_range><begin>1700000000000</begin>"
     "<end>2023-11-15T00:13:19+02:00</end></date_range></report_metadata>" POLICY GOOD TAIL,
     "line 1: a time in another unit than seconds: 1700000000000\n"
     "line 1: a time as text instead of seconds: 2023-11-15T00:13:19+02:00\n" GOOD_TOLD
     "line 3: the period ends before it begins\n"
     "r d.test 1700000000-1699999999: 1 records, 2 messages\n",
     "times in milliseconds and as text"},
    {HEAD "<record>" ROW("192.0.2.1", "2", "none", "pass", "fail")
     "<identifiers><header_from>D.TEST.</header_from></identifiers>"
     "<auth_results><dkim><domain>b\xc3\xbc" "cher.test</domain><result>temperror</result></dkim>"
     "<spf><domain></domain><scope>helo</scope><result>unknown</result></spf></auth_results>"
     "</record>" TAIL,
     "line 4: a word in another spelling: unknown\n"
     "192.0.2.1 x2 none dkim=pass spf=fail from=d.test DKIM=xn--bcher-kva.test//?/temperror "
     "SPF=//helo/temperror\n" ONE,
     "domains in their normal form; \"unknown\" is an old temperror; the null path has no domain"},
    {HEAD "<record><row><source_ip>192.0.2.1</source_ip><count>2</count><policy_evaluated>"
     "<disposition>none</disposition><dkim>fail</dkim><spf>fail</spf>"
     "<reason><type>mailing_list</type><comment>a &amp; b</comment></reason>"
     "<reason><type>Forwarded</type></reason><reason><type>magic</type></reason><reason/>"
     "</policy_evaluated></row>" IDENTIFIERS SPF "</record>" TAIL,
     "line 4: a word in another spelling: Forwarded\n"
     "line 4: a word that the standard does not have: magic\n"
     "line 4: missing or empty: type\n"
     "192.0.2.1 x2 none dkim=fail spf=fail from=d.test SPF=d.test//?/pass "
     "mailing_list(a & b) forwarded() other() ?()\n" ONE,
     "reasons of both standards, others, and an empty one"},
    {HEAD "<record>\n\t  " ROW("192.0.2.1", "2", "none", "Pass", "fail") "\r\n    \r\n   "
     IDENTIFIERS "\n   <auth_results>\n   <spf>\n    <domain>\n      d.test\n    </domain>\n"
     "    <result>\r\n      Pass\r\n    </result>\r\n  </spf>\n </auth_results></record>" TAIL,
     "line 5: a word in another spelling: Pass\nline 15: a word in another spelling: Pass\n"
     GOOD_TOLD ONE, "indented, by lines of two kinds: repairs have the right one"},
    {HEAD "<record><row><source_ip>192.0.2.1</source_ip><count>2</count><policy_evaluated>"
     "<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>"
     "<reason><type>other</type><comment>a>\n   b\n   &lt;c</comment></reason>"
     "<reason><type>other</type><comment><![CDATA[a>\n   <b]]></comment></reason>"
     "</policy_evaluated></row>" IDENTIFIERS SPF "</record>" TAIL,
     "192.0.2.1 x2 none dkim=pass spf=fail from=d.test SPF=d.test//?/pass "
     "other(a>\n   b\n   <c) other(a>\n   <b)\n" ONE,
     "blanks inside a text are part of it, whatever stands around them"},
    {HEAD "<record>" ROW("192.0.2.1", "2", "none", "pass", "fail")
     ROW("192.0.2.2", "7", "none", "pass", "fail") IDENTIFIERS SPF "</record>" TAIL,
     "line 4: an element that stands there twice; the first counts: row\n" GOOD_TOLD ONE,
     "a second row in a record never adds"},
    {HEAD "<record>" ROW("192.0.2.1", "2", "none", "pass", "fail")
     "<note><count>9</count></note>" IDENTIFIERS SPF "</record>" TAIL,
     "line 4: an element that no schema has; it is passed over: note\n" GOOD_TOLD ONE,
     "what is inside an unknown element is not ours"},
    {"\n\n " HEAD GOOD TAIL,
     "line 3: octets before the XML\n" GOOD_TOLD ONE, "blank lines before it; lines still count"},
    {"\n<?xml version=\"1.0\"?>" HEAD GOOD TAIL,
     "line 2: octets before the XML\n" GOOD_TOLD ONE,
     "and before the declaration, where XML forbids them"},
    {HEAD GOOD TAIL "\nEOF",
     GOOD_TOLD "line 6: octets behind the end of the report\n" ONE, "a tail"},
    {HEAD GOOD "<record><row><source_ip>192.",
     GOOD_TOLD "line 5: the report ends in the middle\n"
               "r d.test 100-200: 1 records, 2 messages, not whole\n",
     "cut off: what was whole counts, and it is said"},
    {HEAD GOOD "<record></row>" GOOD TAIL,
     GOOD_TOLD "line 5: the XML breaks here; nothing behind is read\n"
               "r d.test 100-200: 1 records, 2 messages, not whole\n",
     "broken"},
    {HEAD TAIL, "line 4: no record\nr d.test 100-200: 0 records, 0 messages\n",
     "a report of no mail"},
    {"<feedback>" META "<policy_published><domain>d.test</domain><p>none</p><np>x</np>"
     "</policy_published>" GOOD TAIL,
     "line 2: a word that the standard does not have: x\n" GOOD_TOLD ONE, "a policy"},
    {HEAD "<record>" ROW("192.0.2.1", "2", "none", "pass", "fail") "<identifiers><header_from>"
     "AT&T & &unknown; &#27; \x01\xff</header_from></identifiers>" SPF "</record>" TAIL,
     "line 4: an ampersand that begins nothing XML knows\n"
     "line 4: an ampersand that begins nothing XML knows\n"
     "line 4: an ampersand that begins nothing XML knows\n"
     "line 4: an ampersand that begins nothing XML knows\n"
     "line 4: octets that are no text; a question mark stands for each\n"
     "line 4: octets that are no text; a question mark stands for each\n"
     "line 4: no domain name: AT&T & &unknown; &#27; ??\n"
     "192.0.2.1 x2 none dkim=pass spf=fail from=AT&T & &unknown; &#27; ?? "
     "SPF=d.test//?/pass\n" ONE,
     "ampersands, a reference to a control character, octets that are no UTF-8"},
    {"<feedback><!-- & --><report_metadata><org_name><![CDATA[a & b <c>]]></org_name>"
     "<email>e</email><report_id>i</report_id><date_range><begin>100</begin><end>200</end>"
     "</date_range></report_metadata>" POLICY GOOD TAIL,
     "line 1: an ampersand that begins nothing XML knows\n" GOOD_TOLD
     "a & b <c> d.test 100-200: 1 records, 2 messages\n", "CDATA stays as it is"},
    {"<?xml version=\"1.0\" encoding=\"windows-1252\"?>" HEAD RECORD(
         ROW("192.0.2.1", "2", "none", "pass", "fail") "<!-- \xe9 -->") TAIL,
     "line 1: an unknown encoding, read as ISO 8859-1: windows-1252\n" GOOD_TOLD ONE,
     "an encoding that expat does not know"},
    {"<?xml version='1.0' encoding='iso-8859-1'?><feedback><report_metadata>"
     "<org_name>caf\xe9</org_name><email>e</email><report_id>i</report_id><date_range>"
     "<begin>100</begin><end>200</end></date_range></report_metadata>" POLICY GOOD TAIL,
     GOOD_TOLD "caf\xc3\xa9 d.test 100-200: 1 records, 2 messages\n", "and one that it knows"},
    /* refused */
    {"", "refused at 1: it is empty\n", "nothing"},
    {" \n\n", "refused at 3: it is empty\n", "nothing but line ends"},
    {"<html><body><p>Not found</p></body></html>", "refused at 1: no report was found in it\n",
     "XML, but no report"},
    {"<html><br></html>", "line 1: the XML breaks here; nothing behind is read\n"
     "refused at 1: the XML breaks before anything of use\n", "not even XML"},
    {"<feedback/>",
     "line 1: missing or empty: report_metadata\nline 1: missing or empty: policy_published\n"
     "refused at 1: it has neither a record nor a domain\n", "nothing usable"},
    {"<!DOCTYPE feedback [<!ENTITY a \"b\">]>" HEAD GOOD TAIL,
     "refused at 1: the XML has a DOCTYPE, which no report needs\n", "entities"},
    {"<!DOCTYPE feedback SYSTEM \"file:///etc/passwd\">" HEAD GOOD TAIL,
     "refused at 1: the XML has a DOCTYPE, which no report needs\n", "somebody's files"},
    {HEAD GOOD "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>" TAIL,
     GOOD_TOLD "line 5: an element that no schema has; it is passed over: a\n"
               "refused at 5: the XML is deeper than 16 elements\n",
     "17 deep, behind a record that no longer counts"},
    {HEAD "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>"
          "</a></a></a></a></a></a></a></a></a></a></a></a></a></a></a>" GOOD TAIL,
     "line 4: an element that no schema has; it is passed over: a\n" GOOD_TOLD ONE, "16 deep"},
};
/* clang-format on */

static void
read_with(struct aggregate_reader *reader, struct sceau_slice xml, size_t size)
{
    assert_non_null(reader);
    for (size_t from = 0; from < xml.len; from += size) {
        size_t len = xml.len - from < size ? xml.len - from : size;
        struct sceau_slice chunk = unit_copy(slice_sub(xml, from, len));
        bool wants_more = aggregate_feed(reader, chunk);
        unit_free(chunk);
        if (!wants_more)
            break;
    }
    aggregate_end(reader);
    aggregate_free(reader);
}

static void
read_in_chunks(struct sceau_slice xml, size_t size, struct telling *telling)
{
    read_with(aggregate_new(&telling->sink), xml, size);
}

/* Whatever the chunks, the same is heard, the lines included. */
static void
test_reads(void **state)
{
    static const size_t sizes[] = {1, 7, 4096};
    (void)state;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        UNIT_CASE(reads[i].why);
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct telling telling = telling_new(true);
            read_in_chunks(sceau_slice_from(reads[i].xml), sizes[s], &telling);
            assert_slice(text_done(&telling.text), reads[i].told);
        }
        sceau_arena_clear(unit_arena);
    }
}

/* clang-format off */
/* What may stand between records: plain, and all that is none of that. */
static const char *const pieces[] = {
    GOOD, GOOD, GOOD,
    "\n\n" GOOD "\t \n",
    RECORD(ROW("192.0.2.1", "2", "none", "Pass", "fail")),             /* a repair: its line */
    "<record><row>\n<source_ip>192.0.2.1</source_ip>\n<coun/></row></record>",
    "<record/>\n<record></record>",
    RECORD(ROW("192.0.2.1", "2", "none", "pass", "fail") "<a:b/>"),    /* a prefix */
    RECORD(ROW("192.0.2.1", "2", "none", "pass", "fail") "<b a=\"\"/>"),
    RECORD(ROW("192.0.2.1", "2", "none<!-- <record> -->", "pass", "fail")),
    RECORD(ROW("192.0.2.1", "2", "<![CDATA[none]]>", "pass", "fail")),
    RECORD(ROW("192.0.2.1", "2", "no&#110;e", "pass", "fail")),
    RECORD(ROW("192.0.2.1", "2", "no]ne", "p>ss", "f\xc3\xa9il")),
    RECORD(ROW("192.0.2.1", "2 & 3", "none", "pass", "fail")),         /* the cleaner's repair */
    "<record xmlns=\"urn:other\">" ROW("192.0.2.1", "2", "none", "pass", "fail") "</record>\n",
    "<!-- " GOOD "<record> --><?x <record>?>" GOOD,
    "<![CDATA[<record>]]>" GOOD,
    "text " GOOD "text",
    "<record ><row><count>1</count></row ></record >",
    "<record><row>a<count>b<c/>3</count>d</row></record>\r\n",         /* mixed */
    "<a><record><a><record>" GOOD "</record></a></record></a>",
};
/* clang-format on */
#define PIECES (sizeof pieces / sizeof *pieces)

/* Long enough that they lie across every place where octets are cut. */
static struct sceau_slice
many_pieces(size_t from, size_t step)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, HEAD);
    for (size_t i = 0; i < 400; i++)
        text_string(&t, pieces[(from + i * step) % PIECES]);
    text_string(&t, TAIL);
    return text_done(&t);
}

static struct sceau_slice
read_both_ways_in(struct sceau_slice xml, size_t size)
{
    struct telling one = telling_new(true), other = telling_new(true);
    read_with(aggregate_new(&one.sink), xml, size);
    read_with(aggregate_new_by_expat(&other.sink), xml, size);
    struct sceau_slice told = text_done(&one.text);
    assert_true(told.len > 0);
    assert_true(slice_eq(told, text_done(&other.text)));
    return told;
}

static struct sceau_slice
read_both_ways(struct sceau_slice xml)
{
    return read_both_ways_in(xml, 4096);
}

/* What is read past expat is what expat reads, to the lines of repairs. */
static void
test_reads_past_expat(void **state)
{
    (void)state;
    for (size_t from = 0; from < PIECES; from++)
        for (size_t step = 0; step < 3; step++) {
            UNIT_CASE(pieces[from]);
            read_both_ways(many_pieces(from, step));
            sceau_arena_clear(unit_arena);
        }
}

/* clang-format off */
/* What may stand before the records, and before what is about all of them. */
static const struct {
    const char *xml;
    const char *why;
} heads[] = {
    {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feedback>\n" META POLICY, "a declaration"},
    {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><feedback>" META POLICY "\xe9", "another encoding"},
    {"<?xml version=\"1.0\" encoding=\"x>y\"?><feedback>" META POLICY, "an end inside it"},
    {"<!-- > <feedback> > -->\n<feedback>" META POLICY, "the root in a comment"},
    {"<?x <feedback> > ?><feedback >" META POLICY, "and in an instruction"},
    {"<!DOCTYPE feedback><feedback>" META POLICY, "a document type"},
    {"<feedback a=\">\" b='>'>" META POLICY, "an end in the root's attributes"},
    {"<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">" META POLICY, "a namespace of ours"},
    {"<feedback xmlns=\"urn:other\" xmlns:p=\"urn:p\">" META POLICY "<p:version>1</p:version>", "others"},
    {"<p:feedback xmlns:p=\"urn:p\">" META POLICY, "a root with a prefix"},
    {"<a><FEEDBACK>" META "</FEEDBACK></a>", "a root inside, in other letters"},
    {"<a><b/><feedback><version>1</version>" META META "text" POLICY POLICY, "things twice, and a text"},
    {"<feedback>" META "<!-- " POLICY " -->" POLICY "<policy_published/>", "a policy in a comment"},
    {"<feedback><report_metadata xmlns=\"urn:other\"></report_metadata>" META POLICY, "another's metadata"},
    {"<feedback/>" META POLICY, "a root of nothing, and things behind it"},
    {"\xef\xbb\xbf  \n<feedback>" META POLICY, "marks and blanks first"},
    {"junk > junk <feedback>" META POLICY, "a text first"},
};
/* clang-format on */

static void
test_reads_heads_past_expat(void **state)
{
    static const size_t sizes[] = {1, 7, 4096};
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        for (size_t far = 0; far < 2; far++)
            for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
                /* `far`: the root is beyond where it is looked for */
                struct text t = text_new(unit_arena, SIZE_MAX);
                for (size_t n = 0; n < 100 * far; n++)
                    text_string(&t, "<!--> -->\n");
                text_string(&t, heads[i].xml);
                text_string(&t, GOOD TAIL);
                UNIT_CASE(heads[i].why);
                read_both_ways_in(text_done(&t), sizes[s]);
                sceau_arena_clear(unit_arena);
            }
}

/* The limit of a comment is the same, wherever octets that look like a record stand in it. */
static void
test_limits_past_expat(void **state)
{
    (void)state;
    for (size_t len = 2 * REPORT_MARKUP_MAX - 5000; len < 2 * REPORT_MARKUP_MAX + 30000;
         len += 997) {
        struct text t = text_new(unit_arena, SIZE_MAX);
        text_string(&t, HEAD GOOD "<!--");
        for (size_t i = 0; i < len; i++)
            text_string(&t, i % 7919 == 0 ? "<record>" : "x");
        text_string(&t, "-->" GOOD TAIL);
        read_both_ways(text_done(&t));
        sceau_arena_clear(unit_arena);
    }
}

/* `xml` in UTF-16, least octet first. */
static void
put_utf16(struct text *t, const char *xml)
{
    for (; *xml != '\0'; xml++) {
        text_octet(t, *xml);
        text_octet(t, '\0');
    }
}

/* A text of other signs whose octets spell a record is none. */
static void
test_reads_utf16(void **state)
{
    static const char forged[] =
        RECORD(ROW("192.0.2.66", "1000", "none", "pass", "pass"));
    (void)state;
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, "\xff\xfe");
    put_utf16(&t, HEAD GOOD);
    text_string(&t, sizeof forged % 2 == 0 ? "\n" : "");
    text_string(&t, forged);
    put_utf16(&t, TAIL);
    assert_slice(read_both_ways(text_done(&t)), GOOD_TOLD ONE);
}

/* `before`, a run of `c`, `behind`. */
static struct sceau_slice
padded(const char *before, char c, size_t count, const char *behind)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, before);
    for (size_t i = 0; i < count; i++)
        text_octet(&t, c);
    text_string(&t, behind);
    return text_done(&t);
}

static void
test_keeps_limits_of_length(void **state)
{
    static const struct {
        const char *before, *behind;
        size_t count;
        const char *told;
    } cases[] = {
        {HEAD "<a b=\"", "\"/>" GOOD TAIL, 2 * REPORT_MARKUP_MAX + 20000,
         "refused at 4: a tag or comment is longer than 64 KiB\n"                      },
        {HEAD "<!--",    "-->" GOOD TAIL,  REPORT_MARKUP_MAX - 1000,      GOOD_TOLD ONE},
        {LONG_NAME_HEAD, LONG_NAME_TAIL,   REPORT_TEXT_MAX + 1,
         "line 4: a value over 4 KiB; it is not used: header_from\n"
         "192.0.2.1 x2 none dkim=pass spf=fail from= SPF=d.test//?/pass\n" ONE         },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct telling telling = telling_new(true);
        read_in_chunks(padded(cases[i].before, 'x', cases[i].count, cases[i].behind),
                       4096, &telling);
        assert_slice(text_done(&telling.text), cases[i].told);
        sceau_arena_clear(unit_arena);
    }
}

/* A sink that only counts. */
struct counting {
    struct telling telling;
    size_t records, repairs;
};

static void
count_record(struct report_sink *self, const struct report_record *record)
{
    (void)record;
    ((struct counting *)self)->records++;
}

static void
count_repair(struct report_sink *self, const struct report_repair *repair)
{
    (void)repair;
    ((struct counting *)self)->repairs++;
}

static void
test_keeps_limit_of_records(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct counting c = {.telling = telling_new(false)};
        c.telling.sink.record = count_record;
        c.telling.sink.repair = count_repair;
        struct aggregate_reader *reader = aggregate_new(&c.telling.sink);
        aggregate_feed(reader, SCEAU_SLICE(HEAD));
        for (size_t i = 0; i < REPORT_RECORDS_MAX + more; i++)
            aggregate_feed(reader,
                           SCEAU_SLICE("<record><row><count>1</count></row></record>"));
        aggregate_feed(reader, SCEAU_SLICE(TAIL));
        aggregate_end(reader);
        aggregate_free(reader);
        assert_int_equal(c.records, REPORT_RECORDS_MAX);
        /* Each record lacks something: ten of a kind are told. */
        assert_int_equal(c.repairs, REPORT_REPAIRS_TOLD);
        assert_slice(text_done(&c.telling.text),
                     more ? "refused at 4: more than 1,000,000 records\n"
                          : "r d.test 100-200: 1000000 records, 1000000 messages\n");
    }
}

/* Octets that are no text by the million are no slow repair. */
static void
test_gives_up_on_noise(void **state)
{
    (void)state;
    struct counting c = {.telling = telling_new(false)};
    c.telling.sink.repair = count_repair;
    read_in_chunks(padded(HEAD "<record>", '\1', 200000, TAIL), 4096, &c.telling);
    assert_true(c.repairs < 30);
    assert_slice(text_done(&c.telling.text),
                 "refused at 4: the XML breaks before anything of use\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_reads_past_expat),
        cmocka_unit_test(test_reads_heads_past_expat),
        cmocka_unit_test(test_limits_past_expat),
        cmocka_unit_test(test_reads_utf16),
        cmocka_unit_test(test_keeps_limits_of_length),
        cmocka_unit_test(test_keeps_limit_of_records),
        cmocka_unit_test(test_gives_up_on_noise),
    };
    return cmocka_run_group_tests_name("report/aggregate", tests, unit_arena_up,
                                       unit_arena_down);
}
