/* What the writer writes: read back without a repair, and octet for octet where order and
 * words matter. The judge of the whole against the schema is tests/report (xmllint). */
#include "aggregate_write.h"

#include "aggregate.h"
#include "plain.h"
#include "telling_testing.h"

static struct text written;

static bool
put(struct aggregate_writer *w, struct sceau_slice octets)
{
    (void)w;
    text_slice(&written, octets);
    return true;
}

static struct sceau_slice
s(const char *text)
{
    return sceau_slice_from(text);
}

static struct report_aggregate
head(void)
{
    return (struct report_aggregate){
        .org_name = s("r.test"),
        .email = s("dmarc@r.test"),
        .report_id = s("abc1"),
        .begin = 86400,
        .end = 172799,
        .generator = s("sceau"),
        .policy = {.domain = s("d.test"),
                   .p = REPORT_DISPOSITION_REJECT,
                   .discovery = REPORT_DISCOVERY_TREEWALK,
                   .testing = REPORT_TESTING_NO},
    };
}

static struct report_record
record(void)
{
    struct report_record r = {
        .ip = {4, {192, 0, 2, 1}},
        .count = 2,
        .disposition = REPORT_DISPOSITION_PASS,
        .dkim = REPORT_ALIGNED_PASS,
        .spf = REPORT_ALIGNED_FAIL,
        .header_from = s("d.test"),
        .dkim_count = 1,
        .spf_count = 1,
    };
    r.dkim_results[0] = (struct report_auth){.domain = s("d.test"),
                                             .selector = s("k1"),
                                             .result = REPORT_RESULT_PASS};
    r.spf_results[0] = (struct report_auth){.domain = s("e.test"),
                                            .scope = REPORT_SCOPE_MFROM,
                                            .result = REPORT_RESULT_SOFTFAIL};
    return r;
}

static struct sceau_slice
write_one(enum aggregate_flavour flavour, const struct report_record *r)
{
    static struct aggregate_writer w;
    struct report_aggregate h = head();
    written = text_new(unit_arena, SIZE_MAX);
    aggregate_write_begin(&w, flavour, put, &h);
    assert_true(aggregate_write_record(&w, r));
    assert_true(aggregate_write_end(&w));
    return text_so_far(&written);
}

static struct sceau_slice
tell(struct aggregate_reader *make(struct report_sink *), struct sceau_slice xml)
{
    struct telling telling = telling_new(true);
    struct aggregate_reader *a = make(&telling.sink);
    aggregate_feed(a, xml);
    aggregate_end(a);
    aggregate_free(a);
    return text_done(&telling.text);
}

/* By the judge of our own reports, and by the reader of strangers'. */
static struct sceau_slice
read_back(struct sceau_slice xml)
{
    struct sceau_slice told = tell(aggregate_new_strict, xml);
    assert_true(slice_eq(told, tell(aggregate_new, xml)));
    return told;
}

/* ---- what the judge takes from nobody ---- */

static const struct {
    const char *from, *to; /* the first such in a good document becomes */
    const char *why;
} broken[] = {
    {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "",                          "no declaration"                 },
    {"UTF-8",                                        "utf-8",                     "another declaration"            },
    {"<feedback xmlns",                              "<feedback  xmlns",          "a blank more"                   },
    {"dmarc-2.0",                                    "dmarc-2.1",                 "a namespace that is not known"  },
    {"</row>\n",                                     "",                          "an element that is not closed"  },
    {"</row>",                                       "</record>",                 "closed by another's name"       },
    {"</row>",                                       "</row >",                   "a blank in a tag"               },
    {"<row>",                                        "<row/>",                    "an empty element"               },
    {"<row>",                                        "<row a=\"b\">",             "an attribute"                   },
    {"<row>\n",                                      "<row>",                     "two tags on one line"           },
    {"<row>\n",                                      "<row>\n\n",                 "an empty line"                  },
    {"<row>\n",                                      "<row>\r\n",                 "a carriage return"              },
    {"<row>",                                        " <row>",                    "a blank before it"              },
    {"<row>",                                        "<!-- -->\n<row>",           "a comment"                      },
    {">r.test<",                                     ">r&t<",                     "an ampersand"                   },
    {">r.test<",                                     ">&quot;<",                  "an entity that we do not write" },
    {">r.test<",                                     ">&#65;<",                   "a character reference"          },
    {">r.test<",                                     ">a>b<",                     "a bracket"                      },
    {">r.test<",                                     "><![CDATA[a]]><",           "CDATA"                          },
    {">r.test<",                                     ">a\tb<",                    "a control character"            },
    {">r.test<",                                     ">\x80<",                    "no UTF-8"                       },
    {">r.test<",                                     ">\xef\xbf\xbe<",            "no character"                   },
    {">r.test</org_name>",                           ">r.test</org_nam>",         "a leaf closed by another's name"},
    {">r.test</org_name>",                           ">r.test<org_name>",         "and not at all"                 },
    {"</feedback>\n",                                "",                          "no end"                         },
    {"</feedback>\n",                                "</feedback>",               "no line end"                    },
    {"</feedback>\n",                                "</feedback>\n\n",           "a line behind it"               },
    {"</feedback>\n",                                "</feedback>\n<feedback>\n", "a second root"                  },
};

static struct sceau_slice
changed(struct sceau_slice xml, const char *from, const char *to)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    const char *at = memmem(xml.ptr, xml.len, from, strlen(from));
    assert_non_null(at);
    size_t before = (size_t)(at - xml.ptr);
    text_slice(&t, slice_sub(xml, 0, before));
    text_string(&t, to);
    text_slice(&t, slice_skip(xml, before + strlen(from)));
    return text_done(&t);
}

static void
test_judge_takes_nothing_else(void **state)
{
    (void)state;
    struct report_record r = record();
    struct sceau_slice good = slice_copy(unit_arena, write_one(AGGREGATE_RFC9990, &r));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        UNIT_CASE(broken[i].why);
        struct sceau_slice told =
            tell(aggregate_new_strict, changed(good, broken[i].from, broken[i].to));
        assert_non_null(memmem(told.ptr, told.len, "line ", 5));
    }
}

static void
test_is_read_back(void **state)
{
    (void)state;
    struct report_record r = record();
    assert_slice(read_back(write_one(AGGREGATE_RFC9990, &r)),
                 "192.0.2.1 x2 pass dkim=pass spf=fail from=d.test "
                 "DKIM=d.test/k1/?/pass SPF=e.test//mfrom/softfail\n"
                 "r.test d.test 86400-172799: 1 records, 2 messages\n");
    assert_slice(read_back(write_one(AGGREGATE_RFC7489, &r)),
                 "192.0.2.1 x2 none dkim=pass spf=fail from=d.test "
                 "DKIM=d.test/k1/?/pass SPF=e.test//mfrom/softfail\n"
                 "r.test d.test 86400-172799: 1 records, 2 messages\n");
}

/* ---- what each flavour makes of one change to the record ---- */

static void
no_selector(struct report_record *r)
{
    r->dkim_results[0].selector = (struct sceau_slice){NULL, 0};
}

static void
helo_alone(struct report_record *r)
{
    r->spf_results[0].scope = REPORT_SCOPE_HELO;
}

static void
no_spf(struct report_record *r)
{
    r->spf_count = 0;
}

static void
test_mode(struct report_record *r)
{
    r->reasons[r->reason_count++].type = REPORT_REASON_POLICY_TEST_MODE;
}

static void
forwarded(struct report_record *r)
{
    r->reasons[r->reason_count++].type = REPORT_REASON_FORWARDED;
}

static void
hostile_comment(struct report_record *r)
{
    r->reasons[r->reason_count++] = (struct report_reason){
        REPORT_REASON_OTHER,
        s("</comment><a b='\"&]]>\x1b[31m\xff\xef\xbf\xbf\t\xc3\xa9")};
}

static void
softfail_of_dkim(struct report_record *r)
{
    r->dkim_results[0].result = REPORT_RESULT_SOFTFAIL;
}

static const struct {
    void (*change)(struct report_record *r);
    const char *modern; /* stands in the document of RFC 9990 */
    const char *old;    /* in that of RFC 7489 */
    const char *not_modern;
    const char *why;
} changes[] = {
    {no_selector,      "<auth_results>\n<spf>",
     "<dkim>\n<domain>d.test</domain>\n<result>pass",                                             "<dkim>\n<domain>",
     "selector is required since RFC 9990"                                                                                                                                       },
    {helo_alone,       "</dkim>\n</auth_results>",                         "<scope>helo</scope>", "<scope>",
     "RFC 9990 knows no scope but mfrom"                                                                                                                                         },
    {no_spf,           "</dkim>\n</auth_results>",
     "<spf>\n<domain>d.test</domain>\n<scope>mfrom</scope>\n<result>none</result>",               "<scope>",                            "RFC 7489 wants an spf element"          },
    {test_mode,        "<type>policy_test_mode</type>\n</reason>",
     "<type>other</type>\n<comment>policy_test_mode</comment>",                                   "<type>other",
     "reasons of RFC 9990 are \"other\" in RFC 7489"                                                                                                                             },
    {forwarded,        "<type>other</type>\n<comment>forwarded</comment>",
     "<type>forwarded</type>\n</reason>",                                                         "<type>forwarded",                    "and the other way round"                },
    {hostile_comment,
     "&lt;/comment&gt;&lt;a b='\"&amp;]]&gt; [31m?  \xc3\xa9</comment>",   "&lt;/comment&gt;",    "\x1b",                               "texts of strangers do not become markup"},
    {softfail_of_dkim, "<selector>k1</selector>\n<result>none</result>",
     "<selector>k1</selector>\n<result>none</result>",                                            "<result>softfail</result>\n</dkim>", "a word that is none of DKIM's"          },
};

static bool
has(struct sceau_slice text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

static void
test_keeps_to_its_standard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct report_record r = record();
        changes[i].change(&r);
        struct sceau_slice modern = write_one(AGGREGATE_RFC9990, &r);
        if (!has(modern, changes[i].modern) || has(modern, changes[i].not_modern))
            fail_msg("%s: RFC 9990:\n%.*s", changes[i].why, SLICE_ARG(modern));
        struct sceau_slice old = write_one(AGGREGATE_RFC7489, &r);
        if (!has(old, changes[i].old))
            fail_msg("%s: RFC 7489:\n%.*s", changes[i].why, SLICE_ARG(old));
    }
}

static void
test_policy_of_each(void **state)
{
    (void)state;
    struct report_record r = record();
    assert_true(
        has(write_one(AGGREGATE_RFC9990, &r),
            "<domain>d.test</domain>\n<discovery_method>treewalk</discovery_method>\n"
            "<p>reject</p>\n<testing>n</testing>\n</policy_published>"));
    assert_true(
        has(write_one(AGGREGATE_RFC7489, &r),
            "<domain>d.test</domain>\n<p>reject</p>\n<sp>reject</sp>\n<pct>100</pct>\n"
            "<fo>0</fo>\n</policy_published>"));
}

/* A record that no report may hold is not written, and none at all is no report. */
static void
test_refuses(void **state)
{
    (void)state;
    static struct aggregate_writer w;
    struct report_aggregate h = head();
    struct report_record whole = record(), r;
    written = text_new(unit_arena, SIZE_MAX);
    aggregate_write_begin(&w, AGGREGATE_RFC9990, put, &h);
    r = whole, r.ip.version = 0;
    assert_false(aggregate_write_record(&w, &r));
    r = whole, r.count = 0;
    assert_false(aggregate_write_record(&w, &r));
    r = whole, r.header_from.len = 0;
    assert_false(aggregate_write_record(&w, &r));
    assert_false(aggregate_write_end(&w));
}

static int puts_left;

static bool
put_fails(struct aggregate_writer *w, struct sceau_slice octets)
{
    (void)w, (void)octets;
    assert_true(puts_left > 0); /* nothing after the failure */
    return --puts_left > 0;
}

static void
test_says_that_it_failed(void **state)
{
    (void)state;
    static struct aggregate_writer w;
    struct report_aggregate h = head();
    struct report_record r = record();
    puts_left = 2;
    aggregate_write_begin(&w, AGGREGATE_RFC9990, put_fails, &h);
    for (int i = 0; i < 1000; i++)
        aggregate_write_record(&w, &r);
    assert_false(aggregate_write_end(&w));
    assert_int_equal(puts_left, 0);
}

static void
test_orders_signatures(void **state)
{
    (void)state;
    struct report_auth a[7] =
        {
            0
    },
                       up[2] = {
                           {.domain = s("other.test"), .result = REPORT_RESULT_PASS},
                           {.domain = s("d.test"), .result = REPORT_RESULT_PASS},
                       };
    static const struct {
        const char *domain, *selector;
        enum report_result result;
    } signatures[] = {
        {"x.test",      "",  REPORT_RESULT_FAIL},
        {"other.test",  "",  REPORT_RESULT_PASS},
        {"d.test",      "",  REPORT_RESULT_PASS},
        {"nd.test",     "",  REPORT_RESULT_PASS},
        {"news.d.test", "",  REPORT_RESULT_FAIL},
        {"news.d.test", "a", REPORT_RESULT_PASS},
        {"news.d.test", "b", REPORT_RESULT_PASS},
    };
    static const char *const order[] = {"news.d.test/a", "news.d.test/b", "d.test/",
                                        "other.test/",   "nd.test/",      "x.test/",
                                        "news.d.test/"};
    for (size_t i = 0; i < 7; i++)
        a[i] = (struct report_auth){.domain = s(signatures[i].domain),
                                    .selector = s(signatures[i].selector),
                                    .result = signatures[i].result};
    aggregate_order_signatures(a, 7, s("news.d.test"), s("d.test"));
    for (size_t i = 0; i < 7; i++) {
        struct text t = text_new(unit_arena, SIZE_MAX);
        text_format(&t, "%.*s/%.*s", SLICE_ARG(a[i].domain), SLICE_ARG(a[i].selector));
        assert_slice(text_done(&t), order[i]);
    }
    /* a record at the subdomain itself: the signature of the domain above it is aligned */
    aggregate_order_signatures(up, 2, s("news.d.test"), s("news.d.test"));
    assert_slice(up[0].domain, "d.test");
}

/* Whom the null reverse-path names, and what is no name. */
static void
test_envelope_from(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want, *want_old, *why;
    } cases[] = {
        {"e.test",      "<envelope_from>e.test<", "<envelope_from>e.test<", "a name"               },
        {"",            "<envelope_from><",       "<envelope_from><",       "the null reverse-path"},
        {"[192.0.2.1]", NULL,                     "<envelope_from><",       "an address"           },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct report_record r = record();
        r.envelope_from = s(cases[i].name);
        UNIT_CASE(cases[i].why);
        struct sceau_slice xml = write_one(AGGREGATE_RFC9990, &r);
        const char *want = cases[i].want != NULL ? cases[i].want : "envelope_from";
        assert_int_equal(memmem(xml.ptr, xml.len, want, strlen(want)) != NULL,
                         cases[i].want != NULL);
        read_back(xml);
        xml = write_one(AGGREGATE_RFC7489, &r);
        assert_non_null(
            memmem(xml.ptr, xml.len, cases[i].want_old, strlen(cases[i].want_old)));
    }
}

/* Each octet, at each place of a text, among octets that differ in every bit. */
static void
test_plain(void **state)
{
    (void)state;
    for (unsigned around = 0; around < 256; around++) {
        if (!plain_octet((char)around))
            continue;
        for (size_t at = 0; at < 17; at++) {
            for (unsigned c = 0; c < 256; c++) {
                char text[17];
                memset(text, (int)around, sizeof text);
                text[at] = (char)c;
                bool is_plain =
                    c >= 0x20 && c <= 0x7e && c != 0x26 && c != 0x3c && c != 0x3e;
                assert_int_equal(plain_length((struct sceau_slice){text, sizeof text}),
                                 is_plain ? sizeof text : at);
            }
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_is_read_back),
        cmocka_unit_test(test_judge_takes_nothing_else),
        cmocka_unit_test(test_keeps_to_its_standard),
        cmocka_unit_test(test_policy_of_each),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_says_that_it_failed),
        cmocka_unit_test(test_orders_signatures),
        cmocka_unit_test(test_envelope_from),
    };
    return cmocka_run_group_tests_name("report/aggregate_write", tests, unit_arena_up,
                                       unit_arena_down);
}
