/* Authentication-Results as we write it: whatever a stranger chose stays in its place. */
#include "../../tests/unit.h"
#include "authres/authres.h"

/* How one property value comes out; NULL: left out. */
static const struct {
    const char *value;
    const char *ascii;    /* as written in an ordinary message */
    const char *smtputf8; /* in an SMTPUTF8 one; NULL: the same */
    const char *why;
} values[] = {
    {"example.com",                        "example.com",                            NULL,                                   "a token stands bare"                   },
    {"a@example.com",                      "a@example.com",                          NULL,
     "a mailbox is local-part@domain (RFC 8601 section 2.2)"                                                                                                         },
    {"@example.com",                       "@example.com",                           NULL,                                   "no local part: i= by default"          },
    {"a.b-c@Example.COM.",                 "a.b-c@example.com",                      NULL,                                   "the domain in its normal form"         },
    {"a b@example.com",                    "\"a b\"@example.com",                    NULL,
     "a local part with a space is quoted"                                                                                                                           },
    {"a\"b\\@example.com",                 "\"a\\\"b\\\\\"@example.com",             NULL,
     "and its quotes escaped"                                                                                                                                        },
    {"a..b@example.com",                   "\"a..b\"@example.com",                   NULL,                                   "no dot-atom"                           },
    {"x;dmarc=pass@example.com",           "\"x;dmarc=pass\"@example.com",           NULL,
     "a semicolon in a local part"                                                                                                                                   },
    {"dmarc=pass@example.com",             "\"dmarc=pass\"@example.com",             NULL,
     "atext to RFC 5322, a result to a careless reader"                                                                                                              },
    {"a@b@example.com",                    "\"a@b\"@example.com",                    NULL,                                   "the last at counts, ENV-09"            },
    {"a@[192.0.2.1]",                      "\"a@[192.0.2.1]\"",                      NULL,                                   "a literal is no domain-name"           },
    {"a@b c",                              "\"a@b c\"",                              NULL,                                   "what is no domain is quoted whole"     },
    {"mta; dmarc=pass header.from=x.test", "\"mta; dmarc=pass header.from=x.test\"",
     NULL,                                                                                                                   "ENV-17"                                },
    {"x\" ; dmarc=pass",                   "\"x\\\" ; dmarc=pass\"",                 NULL,                                   "a quote in it"                         },
    {"x\r\nX-Injected: 1",                 "\"x  X-Injected: 1\"",                   NULL,                                   "no line end, RES-13"                   },
    {"x\x01y\x7fz",                        "\"x?y?z\"",                              NULL,                                   "control octets"                        },
    {"a(b",                                "\"a(b\"",                                NULL,                                   "no comment opens"                      },
    {"2001:db8::1",                        "\"2001:db8::1\"",                        NULL,                                   "a colon is a tspecial (RFC 2045)"      },
    {"ab/c+d==",                           "\"ab/c+d==\"",                           NULL,                                   "base64: slash and equals are tspecials"},
    {".a",                                 "\".a\"",                                 NULL,                                   "a dot in front"                        },
    {"",                                   NULL,                                     NULL,                                   "nothing"                               },
    {" \t\r\n",                            NULL,                                     NULL,                                   "nothing but white space"               },
    {"\x01",                               "\"?\"",                                  NULL,                                   "nothing but control octets"            },
    {"b\xc3\xbc"
     "cher.example",                  "xn--bcher-kva.example",                  "xn--bcher-kva.example",                "U-label to A-label"                    },
    {"ex\xd0\xb0mple.com",                 "xn--exmple-4nf.com",                     "xn--exmple-4nf.com",
     "a look-alike shows itself"                                                                                                                                     },
    {"r\xc3\xa9n@b\xc3\xbc"
     "cher.example",                  "xn--bcher-kva.example",                  "\"r\xc3\xa9n\"@xn--bcher-kva.example",
     "8-bit local part: domain only"                                                                                                                                 },
    {"caf\xc3\xa9 x",                      "\"caf? x\"",                             "\"caf\xc3\xa9 x\"",                    "8-bit text"                            },
    {"exa\xffmple.com",                    "\"exa?mple.com\"",                       NULL,
     "a broken name does not become another"                                                                                                                         },
    {"caf\xe9 x",                          "\"caf? x\"",                             "\"caf? x\"",                           "what is no UTF-8, in any case"         },
};

static struct sceau_slice
property_alone(struct sceau_slice value, bool is_smtputf8)
{
    struct authres_writer w;
    authres_begin(&w, unit_arena, SCEAU_SLICE("mx.test"), is_smtputf8);
    authres_result(&w, "x", "pass");
    authres_property(&w, "y", "z", value);
    return authres_end(&w);
}

static void
check_value(struct sceau_slice value, const char *want, bool is_smtputf8)
{
    struct sceau_slice body = property_alone(value, is_smtputf8);
    struct sceau_slice head = SCEAU_SLICE("mx.test;\r\n\tx=pass");
    assert_true(slice_starts_ci(body, head));
    body = slice_skip(body, head.len);
    if (want == NULL) {
        assert_slice(body, "");
        return;
    }
    struct sceau_slice value_at = slice_skip(body, slice_find(body, 'y'));
    assert_true(slice_starts_ci(value_at, SCEAU_SLICE("y.z=")));
    assert_slice(slice_skip(value_at, 4), want);
}

static void
values_stay_in_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct sceau_slice value = unit_copy(sceau_slice_from(values[i].value));
        const char *smtputf8 =
            values[i].smtputf8 != NULL ? values[i].smtputf8 : values[i].ascii;
        UNIT_CASE(values[i].why);
        check_value(value, values[i].ascii, false);
        check_value(value, smtputf8, true);
        unit_free(value);
    }
    check_value((struct sceau_slice){"a\0b", 3}, "\"a?b\"", false);
}

static void
a_whole_field(void **state)
{
    (void)state;
    struct authres_writer w;
    authres_begin(&w, unit_arena, SCEAU_SLICE("mx.example.org"), false);
    authres_result(&w, "spf", "fail");
    authres_comment(&w, SCEAU_SLICE("192.0.2.1 is (not) one of example.com's hosts, it "
                                    "says so itself"));
    authres_property(&w, "smtp", "mailfrom", SCEAU_SLICE("a@example.com"));
    authres_result(&w, "dkim", "policy");
    authres_reason(&w, SCEAU_SLICE("key of 768 \"bits\""));
    authres_property(&w, "header", "d", SCEAU_SLICE("example.com"));
    authres_property(&w, "header", "s", SCEAU_SLICE("sel"));
    authres_property(&w, "header", "b", SCEAU_SLICE("abcdefgh"));
    authres_result(&w, "arc", "none");
    assert_slice(
        authres_end(&w),
        "mx.example.org;\r\n"
        "\tspf=fail (192.0.2.1 is \\(not\\) one of example.com's hosts, it says so\r\n"
        "\titself) smtp.mailfrom=a@example.com;\r\n"
        "\tdkim=policy reason=\"key of 768 \\\"bits\\\"\" header.d=example.com "
        "header.s=sel\r\n\theader.b=abcdefgh;\r\n"
        "\tarc=none");
}

static void
no_result_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *body;
    } ids[] = {
        {"mx.example.org",        "mx.example.org; none"       },
        {"mx example",            "\"mx example\"; none"       },
        {"b\xc3\xbc"
         "cher.example", "xn--bcher-kva.example; none"},
        {"",                      "unknown; none"              },
        {"a;b",                   "\"a;b\"; none"              },
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct authres_writer w;
        authres_begin(&w, unit_arena, sceau_slice_from(ids[i].id), false);
        assert_slice(authres_end(&w), ids[i].body);
    }
}

/* `count` times the octet. */
static struct sceau_slice
repeated(char octet, size_t count)
{
    char *octets = sceau_arena_alloc(unit_arena, count + 1);
    memset(octets, octet, count);
    return (struct sceau_slice){octets, count};
}

static size_t
longest_line(struct sceau_slice body)
{
    size_t longest = 0;
    struct sceau_slice line;
    while (slice_next(&body, '\n', &line))
        longest = line.len > longest ? line.len : longest;
    return longest;
}

static void
no_line_is_too_long(void **state)
{
    (void)state;
    struct authres_writer w;
    authres_begin(&w, unit_arena, SCEAU_SLICE("mx.example.org"), false);
    for (size_t len = 1; len < 3000; len += 37) {
        authres_result(&w, "spf", "pass");
        authres_comment(&w, repeated('x', len));
        authres_reason(&w, repeated('"', len));
        authres_property(&w, "smtp", "helo", repeated(' ', len));
        authres_property(&w, "smtp", "helo", repeated('y', len));
    }
    struct sceau_slice body = authres_end(&w);
    assert_true(body.len > 0);
    assert_true(longest_line(body) + strlen("Authentication-Results: ") <= 998);

    check_value(repeated('y', FOLD_VALUE), repeated('y', FOLD_VALUE).ptr, false);
    check_value(repeated('y', FOLD_VALUE + 1), NULL, false); /* never cut */
}

/* The comment is cut, between two characters. */
static void
a_long_comment_is_cut(void **state)
{
    (void)state;
    struct authres_writer w;
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (int i = 0; i < FOLD_VALUE; i++)
        text_string(&t, "\xc3\xa9");
    text_string(&t, ")");
    authres_begin(&w, unit_arena, SCEAU_SLICE("mx"), true);
    authres_result(&w, "x", "pass");
    authres_comment(&w, text_done(&t));
    struct sceau_slice body = authres_end(&w);
    assert_true(slice_is_utf8(body));
    assert_true(slice_ends_ci(body, SCEAU_SLICE("\xc3\xa9)")));
    assert_true(longest_line(body) < 998);
}

static void
a_full_arena_writes_nothing(void **state)
{
    (void)state;
    unsigned written = 0;
    for (size_t ceiling = 0; ceiling < 4096; ceiling += 16) {
        struct sceau_arena *small = sceau_arena_new(ceiling);
        struct authres_writer w;
        authres_begin(&w, small, SCEAU_SLICE("mx"), false);
        authres_result(&w, "spf", "pass");
        authres_comment(&w, SCEAU_SLICE("a b"));
        authres_property(&w, "smtp", "mailfrom", SCEAU_SLICE("a b@example.com"));
        struct sceau_slice body = authres_end(&w);
        written += body.len > 0;
        if (body.len > 0)
            assert_slice(body, "mx;\r\n\tspf=pass (a b) "
                               "smtp.mailfrom=\"a b\"@example.com");
        sceau_arena_free(small);
    }
    assert_true(written > 0 && written < 4096 / 16);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stay_in_their_place),
        cmocka_unit_test(a_whole_field),
        cmocka_unit_test(no_result_is_none),
        cmocka_unit_test(no_line_is_too_long),
        cmocka_unit_test(a_long_comment_is_cut),
        cmocka_unit_test(a_full_arena_writes_nothing),
    };
    return cmocka_run_group_tests_name("authres/writer", tests, unit_arena_up,
                                       unit_arena_down);
}
