/* The examples of RFC 7208 section 7.4 and the corners around them. */
#include "macro.h"

#include "../../tests/unit.h"

#define TEN(s) s s s s s s s s s s

/* The mail of section 7.4. */
static struct spf_macro_values
example(const char *ip)
{
    struct spf_macro_values values = {
        .sender = SCEAU_SLICE("strong-bad@email.example.com"),
        .local_part = SCEAU_SLICE("strong-bad"),
        .sender_domain = SCEAU_SLICE("email.example.com"),
        .domain = SCEAU_SLICE("email.example.com"),
        .validated_name = SCEAU_SLICE("mx.example.org"),
        .helo = SCEAU_SLICE("mx.example.org"),
        .now = 1767225600,
    };
    assert_true(sceau_ip_parse(sceau_slice_from(ip), &values.ip));
    return values;
}

static const struct {
    const char *text;
    const char *want;
    const char *why;
} targets[] = {
    {"%{s}",                                "strong-bad@email.example.com",                 "section 7.4"                               },
    {"%{o}",                                "email.example.com",                            "section 7.4"                               },
    {"%{d}",                                "email.example.com",                            "section 7.4"                               },
    {"%{d4}",                               "email.example.com",                            "section 7.4: more parts than there are"    },
    {"%{d3}",                               "email.example.com",                            "section 7.4"                               },
    {"%{d2}",                               "example.com",                                  "section 7.4"                               },
    {"%{d1}",                               "com",                                          "section 7.4"                               },
    {"%{dr}",                               "com.example.email",                            "section 7.4"                               },
    {"%{d2r}",                              "example.email",                                "section 7.4"                               },
    {"%{l}",                                "strong-bad",                                   "section 7.4"                               },
    {"%{l-}",                               "strong.bad",                                   "section 7.4"                               },
    {"%{lr}",                               "strong-bad",                                   "section 7.4"                               },
    {"%{lr-}",                              "bad.strong",                                   "section 7.4"                               },
    {"%{l1r-}",                             "strong",                                       "section 7.4"                               },
    {"%{ir}.%{v}._spf.%{d2}",               "3.2.0.192.in-addr._spf.example.com",           "section 7.4"                               },
    {"%{lr-}.lp._spf.%{d2}",                "bad.strong.lp._spf.example.com",               "section 7.4"                               },
    {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
     "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",                                    "section 7.4"                               },
    {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",    "3.2.0.192.in-addr.strong.lp._spf.example.com",
     "section 7.4"                                                                                                                      },
    {"%{d2}.trusted-domains.example.net",   "example.com.trusted-domains.example.net",
     "section 7.4"                                                                                                                      },
    {"%{p}.x.test",                         "mx.example.org.x.test",                        "the validated name, section 7.3"           },
    {"%{h}",                                "mx.example.org",                               "HELO, section 7.2"                         },
    {"a.%%.%_.%-.test",                     "a.%. .%20.test",                               "section 7.1"                               },
    {"a.test.",                             "a.test",                                       "one final dot is no part of the name asked"},
    {"%{d00000000000000000002}",            "example.com",                                  "digits are a number"                       },
    {"%{d127}",                             "email.example.com",                            "section 7.3: 127 MUST be understood"       },
    {"%{d4294967298}",                      "email.example.com",                            "2^32 + 2 must not wrap to 2"               },
    {"%{d999999999999999999999999999999r}", "com.example.email",                            "nor thirty digits"                         },
    {"%{DR}",                               "com.example.email",                            "R is r: ABNF knows no letter case"         },
    {"%{i3+}",                              "192.0.2.3",                                    "a delimiter that is not there: one part"   },
    {"%{S}",                                "strong-bad%40email.example.com",               "upper case is escaped, section 7.3"        },
    {"%{L-}",                               "strong.bad",                                   "the joining dot is unreserved"             },
    {"%{s-.}",                              "strong.bad@email.example.com",                 "several delimiters"                        },
    {"%{s1-.}",                             "com",                                          "several delimiters, the last part"         },
};

static void
expands_targets(void **state)
{
    (void)state;
    struct spf_macro_values values = example("192.0.2.3");
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(targets[i].text));
        UNIT_CASE(targets[i].why);
        struct cursor c = cursor_over(text);
        spf_domain_spec_parse(&c);
        assert_true(cursor_at_end(&c));
        assert_slice(spf_domain_spec_expand(unit_arena, text, &values),
                     targets[i].want);
        unit_free(text);
    }
}

static void
expands_ip6(void **state)
{
    (void)state;
    struct spf_macro_values values = example("2001:db8::cb01");
    assert_slice(spf_domain_spec_expand(unit_arena,
                                        SCEAU_SLICE("%{ir}.%{v}._spf.%{d2}"), &values),
                 "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6."
                 "_spf.example.com");
    assert_slice(spf_explanation_expand(unit_arena, SCEAU_SLICE("%{c} %{i1}"), &values),
                 "2001:db8::cb01 1");
    values = example("::ffff:192.0.2.3");
    assert_slice(spf_domain_spec_expand(unit_arena, SCEAU_SLICE("%{i}.%{v}"), &values),
                 "192.0.2.3.in-addr");
}

/* "No special treatment is given to leading, trailing, or consecutive delimiters". */
static void
splits_into_empty_parts(void **state)
{
    (void)state;
    struct spf_macro_values values = example("192.0.2.3");
    static const struct {
        const char *local_part, *text, *want;
    } cases[] = {
        {"-a--b-",      "%{l-}.x",    ".a..b..x"   },
        {"-a--b-",      "%{lr-}.x",   ".b..a..x"   },
        {"-a--b-",      "%{l2-}.x",   "b..x"       },
        {"-a--b-",      "%{l2r-}.x",  "a..x"       },
        {"a=b+c/d_e,f", "%{lr+=/_,}", "f.e.d.c.b.a"},
        {"",            "x%{l3r-}.x", "x.x"        },
        {"a.b-c.d",     "%{l-}",      "a.b.c.d"    },
        {"a.b-c.d",     "%{lr-}",     "c.d.a.b"    },
        {"---",         "%{l1-}.x",   ".x"         },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        values.local_part = sceau_slice_from(cases[i].local_part);
        assert_slice(spf_domain_spec_expand(unit_arena, sceau_slice_from(cases[i].text),
                                            &values),
                     cases[i].want);
    }
}

/* Section 7.3: labels go from the left until 253 octets are left. */
static void
drops_labels_from_the_left(void **state)
{
    (void)state;
    struct spf_macro_values values = example("192.0.2.3");
    values.local_part =
        SCEAU_SLICE(TEN("123456789.") TEN("123456789.") "123456789."
                                                        "123456789."); /* 220 octets */
    struct sceau_slice fits = SCEAU_SLICE("%{l}12345678901234567890123.example.x");
    struct sceau_slice name = spf_domain_spec_expand(unit_arena, fits, &values);
    assert_int_equal(name.len, SCEAU_SPF_MACRO_MAX);
    assert_int_equal(name.ptr[0], '1');
    struct sceau_slice over = SCEAU_SLICE("a%{l}12345678901234567890123.example.x");
    name = spf_domain_spec_expand(unit_arena, over, &values);
    assert_int_equal(name.len, SCEAU_SPF_MACRO_MAX + 1 - 11);
    struct sceau_slice with_dot = SCEAU_SLICE("%{l}12345678901234567890123.example.x.");
    name = spf_domain_spec_expand(unit_arena, with_dot, &values);
    assert_int_equal(name.len, SCEAU_SPF_MACRO_MAX);
    static char long_spec[8 * 1024];
    for (size_t i = 0; i < sizeof long_spec; i += 4)
        memcpy(long_spec + i, "%{l}", 4);
    struct sceau_slice huge = {long_spec, sizeof long_spec};
    values.local_part = SCEAU_SLICE("a.bc");
    name = spf_domain_spec_expand(unit_arena, huge, &values);
    assert_int_equal(name.len, 250); /* 62 labels of three octets, one of two */
    assert_memory_equal(name.ptr, "bca.bca", 7);
    values.local_part = SCEAU_SLICE("abcd");
    name = spf_domain_spec_expand(unit_arena, huge, &values);
    assert_true(name.len == 0 && name.ptr != NULL); /* one label, and it does not fit */
}

/* A long HELO named two thousand times costs no more than the limit. */
static void
stops_at_its_limit(void **state)
{
    (void)state;
    struct spf_macro_values values = example("192.0.2.3");
    static char spec[2048 * 5], helo[SPF_EXPANSION_MAX / 2048];
    memset(helo, 'x', sizeof helo);
    for (size_t i = 0; i < sizeof spec; i += 5)
        memcpy(spec + i, "%{h}.", 5);
    memcpy(spec + sizeof spec - 5, "%{d1}", 5);
    struct sceau_slice text = {spec, sizeof spec};
    values.helo = (struct sceau_slice){helo, sizeof helo - 1};
    struct sceau_slice name = spf_domain_spec_expand(unit_arena, text, &values);
    assert_true(name.len > 0);
    values.helo.len++;
    name = spf_domain_spec_expand(unit_arena, text, &values);
    assert_true(name.len == 0 && name.ptr != NULL);
    assert_null(spf_explanation_expand(unit_arena, text, &values).ptr);
}

/* RFC 8616 section 4: such a term matches nothing, so it has no name. */
static void
gives_no_name_for_8bit(void **state)
{
    (void)state;
    struct spf_macro_values values = example("192.0.2.3");
    values.local_part = SCEAU_SLICE("us\xc3\xa9r");
    static const char *const specs[] = {"%{l}.test", "%{L}.test", "%{l1r-}.test"};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct sceau_slice name =
            spf_domain_spec_expand(unit_arena, sceau_slice_from(specs[i]), &values);
        assert_true(name.len == 0 && name.ptr != NULL);
    }
    assert_slice(spf_domain_spec_expand(unit_arena, SCEAU_SLICE("%{d}"), &values),
                 "email.example.com");
}

static const struct {
    const char *text;
    const char *want; /* NULL: not used */
    const char *why;
} explanations[] = {
    {"Mail from %{o}  has no %_ business here.",
     "Mail from email.example.com  has no   "
     "business here.",                                                                     "spaces stay"                     },
    {"%{i} is not one of %{d}'s designated mail servers.",
     "192.0.2.3 is not one of email.example.com's designated mail servers.",               "section 6.2"                     },
    {"See http://%{d}/why.html?s=%{S}&i=%{I}",
     "See http://email.example.com/why.html?s=strong-bad%40email.example.com&i=192.0.2.3",
     "section 6.2"                                                                                                           },
    {"%{c} %{r} %{t}",                                     "192.0.2.3 unknown 1767225600",
     "c, r and t are for explanations, section 7.2"                                                                          },
    {"",                                                   "",                             "an empty text is a text"         },
    {"50%",                                                NULL,                           "a percent sign alone is an error"},
    {"%{x}",                                               NULL,                           "an unknown letter"               },
    {"a\tb",                                               NULL,                           "a tab is no SP"                  },
    {"caf\xc3\xa9",                                        NULL,                           "not ASCII, section 6.2"          },
    {"a\r\nb",                                             NULL,                           "a line end would forge a reply"  },
};

static void
expands_explanations(void **state)
{
    (void)state;
    struct spf_macro_values values = example("192.0.2.3");
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(explanations[i].text));
        UNIT_CASE(explanations[i].why);
        struct sceau_slice got = spf_explanation_expand(unit_arena, text, &values);
        assert_int_equal(got.ptr != NULL, explanations[i].want != NULL);
        if (explanations[i].want != NULL)
            assert_slice(got, explanations[i].want);
        unit_free(text);
    }
}

/* Octets that the envelope brings in count as well. */
static void
checks_explanations_once_expanded(void **state)
{
    (void)state;
    struct spf_macro_values values = example("192.0.2.3");
    struct sceau_slice plain = SCEAU_SLICE("%{l}"), escaped = SCEAU_SLICE("%{L}");
    values.local_part = SCEAU_SLICE("\xff\xfe\x80 b\r\n");
    assert_null(spf_explanation_expand(unit_arena, plain, &values).ptr);
    assert_slice(spf_explanation_expand(unit_arena, escaped, &values),
                 "%FF%FE%80%20b%0D%0A");
    static char text[SPF_EXPLANATION_MAX + 1];
    memset(text, 'x', sizeof text);
    struct sceau_slice fits = {text, SPF_EXPLANATION_MAX};
    assert_int_equal(spf_explanation_expand(unit_arena, fits, &values).len,
                     SPF_EXPLANATION_MAX);
    fits.len++;
    assert_null(spf_explanation_expand(unit_arena, fits, &values).ptr);
}

static void
finds_letters(void **state)
{
    (void)state;
    assert_true(spf_macro_uses(SCEAU_SLICE("a.%{Pr}.test"), 'p'));
    assert_false(spf_macro_uses(SCEAU_SLICE("p.%%{p}.%{d}"), 'p'));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expands_targets),
        cmocka_unit_test(expands_ip6),
        cmocka_unit_test(splits_into_empty_parts),
        cmocka_unit_test(drops_labels_from_the_left),
        cmocka_unit_test(stops_at_its_limit),
        cmocka_unit_test(gives_no_name_for_8bit),
        cmocka_unit_test(expands_explanations),
        cmocka_unit_test(checks_explanations_once_expanded),
        cmocka_unit_test(finds_letters),
    };
    return cmocka_run_group_tests_name("spf/macro", tests, unit_arena_up,
                                       unit_arena_down);
}
