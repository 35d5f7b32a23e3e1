/* Canonicalisation: the examples of RFC 6376 section 3.4.5, and what chunks, line ends
 * and white space can do to a streamed body. */
#include "canon.h"

#include "../../tests/unit.h"
#include "fixture.h"

struct collected {
    char octets[8192];
    size_t len;
};

static void
collect(void *self, struct sceau_slice octets)
{
    struct collected *c = self;
    assert_true(octets.len <= sizeof c->octets - c->len);
    memcpy(c->octets + c->len, octets.ptr, octets.len);
    c->len += octets.len;
}

/* ---- header fields ---- */

static const struct {
    const char *raw;
    const char *relaxed;
    const char *why;
} fields[] = {
    {"A: X",                                     "a:X\r\n",                 "section 3.4.5 example 1"                              },
    {"B : Y\t\r\n\tZ  ",                         "b:Y Z\r\n",               "section 3.4.5 example 1: fold and WSP"                },
    {"SUBJect: AbC",                             "subject:AbC\r\n",         "only the name loses its case"                         },
    {"Subject:",                                 "subject:\r\n",            "an empty value"                                       },
    {"Subject: \t \r\n \t ",                     "subject:\r\n",            "white space only"                                     },
    {"Subject:a\r\n  b\r\n\tc",                  "subject:a b c\r\n",       "several folds"                                        },
    {"Subject:a  b\t\tc \td",                    "subject:a b c d\r\n",     "runs of WSP become one space"                         },
    {"Subject: a\rb",                            "subject:a\rb\r\n",        "a lone CR is text"                                    },
    {"Subject: a\nb",                            "subject:a\nb\r\n",        "a lone LF is text"                                    },
    {"Subject: a \r b",                          "subject:a \r b\r\n",      "WSP beside a lone CR stays"                           },
    {"Subject: a\r\nb",                          "subject:a\r\nb\r\n",      "a CRLF that folds nothing is text"                    },
    {"X:a: b",                                   "x:a: b\r\n",              "only the first colon loses its WSP"                   },
    {"X: \xc3\xa9  \xc3\xa8",                    "x:\xc3\xa9 \xc3\xa8\r\n",
     "UTF-8 is left alone (RFC 8616)"                                                                                              },
    {"X-Y_Z: 12345678901234567890 abcdefgh  ij",
     "x-y_z:12345678901234567890 abcdefgh ij\r\n",                          "words longer than the eight octets looked at together"},
};

static void
canonicalises_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        UNIT_CASE(fields[i].why);
        struct sceau_slice raw = unit_copy(sceau_slice_from(fields[i].raw));
        struct sceau_field field = fixture_field(raw);
        while (field.name.len > 0 && ascii_is_wsp(field.name.ptr[field.name.len - 1]))
            field.name.len--;
        struct collected relaxed = {.len = 0}, simple = {.len = 0};
        struct canon_out out;
        canon_out_init(&out, collect, &relaxed);
        canon_field(&out, SCEAU_RELAXED, &field);
        canon_out_flush(&out);
        assert_slice(((struct sceau_slice){relaxed.octets, relaxed.len}),
                     fields[i].relaxed);
        canon_out_init(&out, collect, &simple);
        canon_field(&out, SCEAU_SIMPLE, &field);
        canon_out_flush(&out);
        assert_int_equal(simple.len, raw.len + 2);
        assert_memory_equal(simple.octets, raw.ptr, raw.len);
        assert_memory_equal(simple.octets + raw.len, "\r\n", 2);
        unit_free(raw);
    }
}

/* The signature field enters its own hash without the value of b=, white space around
 * it included, and without a CRLF (section 3.7). */
static void
leaves_out_the_signature(void **state)
{
    (void)state;
    struct sceau_slice raw =
        unit_copy(SCEAU_SLICE("DKIM-Signature: a=1;\r\n b= xx\r\n yy ; c=2"));
    struct sceau_field field = fixture_field(raw);
    size_t gap = sizeof " a=1;\r\n b=" - 1, gap_length = sizeof " xx\r\n yy " - 1;
    struct collected got = {.len = 0};
    struct canon_out out;
    canon_out_init(&out, collect, &got);
    canon_field_without(&out, SCEAU_SIMPLE, &field, gap, gap_length);
    canon_out_flush(&out);
    assert_slice(((struct sceau_slice){got.octets, got.len}),
                 "DKIM-Signature: a=1;\r\n b=; c=2");
    got.len = 0;
    canon_field_without(&out, SCEAU_RELAXED, &field, gap, gap_length);
    canon_out_flush(&out);
    assert_slice(((struct sceau_slice){got.octets, got.len}),
                 "dkim-signature:a=1; b=; c=2");
    unit_free(raw);
}

/* ---- bodies ---- */

static const struct {
    const char *body;
    const char *simple;
    const char *relaxed;
    const char *why;
} bodies[] = {
    {"",                                                          "\r\n",                   "",                                                         "no body: 3.4.3 makes a CRLF, 3.4.4 nothing"},
    {"\r\n",                                                      "\r\n",                   "",                                                         "one empty line"                            },
    {"\r\n\r\n\r\n",                                              "\r\n",                   "",                                                         "empty lines only"                          },
    {" C \r\nD \t E\r\n\r\n\r\n",                                 " C \r\nD \t E\r\n",      " C\r\nD E\r\n",
     "section 3.4.5 examples 1 and 2"                                                                                                                                                               },
    {"a",                                                         "a\r\n",                  "a\r\n",                                                    "a last line without CRLF gets one"         },
    {"a\r\n\r\nb\r\n",                                            "a\r\n\r\nb\r\n",         "a\r\n\r\nb\r\n",
     "an empty line inside stays"                                                                                                                                                                   },
    {"a\r\n\r\n\r\n\r\nb",                                        "a\r\n\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\n\r\nb\r\n",
     "several of them too"                                                                                                                                                                          },
    {"\r\n\r\na\r\n",                                             "\r\n\r\na\r\n",          "\r\n\r\na\r\n",                                            "empty lines before text stay"              },
    {"a \t\r\n",                                                  "a \t\r\n",               "a\r\n",                                                    "white space at the end of a line"          },
    {"a\r\n \t\r\n\r\n",                                          "a\r\n \t\r\n",           "a\r\n",
     "a line of white space is empty when relaxed"                                                                                                                                                  },
    {" \t",                                                       " \t\r\n",                "",                                                         "white space only, no CRLF"                 },
    {"a\r\n ",                                                    "a\r\n \r\n",             "a\r\n",                                                    "white space after the last CRLF"           },
    {"a\r\n  b",                                                  "a\r\n  b\r\n",           "a\r\n b\r\n",
     "white space at the start of a line is kept"                                                                                                                                                   },
    {"a  b \t c",                                                 "a  b \t c\r\n",          "a b c\r\n",                                                "runs become one space"                     },
    {"a\tb",                                                      "a\tb\r\n",               "a b\r\n",                                                  "a tab becomes a space"                     },
    {"a\rb",                                                      "a\rb\r\n",               "a\rb\r\n",                                                 "a lone CR is text"                         },
    {"a\r",                                                       "a\r\r\n",                "a\r\r\n",                                                  "a CR at the very end"                      },
    {"a\r\r\n",                                                   "a\r\r\n",                "a\r\r\n",                                                  "CR before CRLF"                            },
    {"\r",                                                        "\r\r\n",                 "\r\r\n",                                                   "a CR alone"                                },
    {"a\nb\n",                                                    "a\nb\n\r\n",             "a\nb\n\r\n",                                               "lone LFs are text"                         },
    {"\n\r\n",                                                    "\n\r\n",                 "\n\r\n",                                                   "a lone LF first"                           },
    {"a\r\n\n",                                                   "a\r\n\n\r\n",            "a\r\n\n\r\n",                                              "a lone LF behind CRLF"                     },
    {"a \r b",                                                    "a \r b\r\n",             "a \r b\r\n",                                               "white space before a lone CR"              },
    {"a \r \r\n",                                                 "a \r \r\n",              "a \r\r\n",                                                 "and behind it"                             },
    {"a \n",                                                      "a \n\r\n",               "a \n\r\n",
     "white space before a lone LF is not at a line's end"                                                                                                                                          },
    {"a\r\n\r",                                                   "a\r\n\r\r\n",            "a\r\n\r\r\n",                                              "a CR held back at the end"                 },
    {"12345678 90abcdefghijk\r\nlmnopq  rstuvwxyz0123456789\r\n",
     "12345678 90abcdefghijk\r\nlmnopq  rstuvwxyz0123456789\r\n",                           "12345678 90abcdefghijk\r\nlmnopq rstuvwxyz0123456789\r\n",
     "words of eight octets and more"                                                                                                                                                               },
};

/* Feed the body in two or three parts and compare. */
static void
check_body(enum sceau_canonicalization how, struct sceau_slice body, size_t cut,
           size_t second_cut, const char *want)
{
    struct sceau_slice parts[] = {
        unit_copy(slice_sub(body, 0, cut)),
        unit_copy(slice_sub(body, cut, second_cut - cut)),
        unit_copy(slice_skip(body, second_cut)),
    };
    struct collected got = {.len = 0};
    struct canon_body canon;
    canon_body_init(&canon, how, collect, &got);
    for (size_t i = 0; i < 3; i++) {
        canon_body_update(&canon, parts[i]);
        unit_free(parts[i]);
    }
    canon_body_finish(&canon);
    assert_slice(((struct sceau_slice){got.octets, got.len}), want);
    assert_int_equal(canon.octets, got.len);
}

/* Every cut into two chunks, and every cut into three. */
static void
canonicalises_bodies_cut_anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct sceau_slice body = sceau_slice_from(bodies[i].body);
        UNIT_CASE(bodies[i].why);
        for (size_t cut = 0; cut <= body.len; cut++) {
            for (size_t second = cut; second <= body.len; second++) {
                check_body(SCEAU_SIMPLE, body, cut, second, bodies[i].simple);
                check_body(SCEAU_RELAXED, body, cut, second, bodies[i].relaxed);
            }
        }
    }
}

/* Octet by octet: every state meets every chunk border. */
static void
canonicalises_single_octets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct collected got = {.len = 0};
        struct canon_body canon;
        canon_body_init(&canon, SCEAU_RELAXED, collect, &got);
        for (const char *p = bodies[i].body; *p != '\0'; p++)
            canon_body_update(&canon, (struct sceau_slice){p, 1});
        canon_body_finish(&canon);
        assert_slice(((struct sceau_slice){got.octets, got.len}), bodies[i].relaxed);
    }
}

/* Lines that outgrow the buffer come out in order. */
static void
survives_its_buffer(void **state)
{
    (void)state;
    char body[3 * CANON_BUFFER], want[3 * CANON_BUFFER + 2];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = i % 700 == 699 ? ' ' : (char)('a' + i % 26);
    memcpy(want, body, sizeof body);
    memcpy(want + sizeof body, "\r\n", 2);
    for (size_t chunk = 1; chunk <= sizeof body; chunk = chunk * 3 + 1) {
        struct collected got = {.len = 0};
        struct canon_body canon;
        canon_body_init(&canon, SCEAU_RELAXED, collect, &got);
        for (size_t i = 0; i < sizeof body; i += chunk) {
            size_t len = sizeof body - i < chunk ? sizeof body - i : chunk;
            canon_body_update(&canon, (struct sceau_slice){body + i, len});
        }
        canon_body_finish(&canon);
        assert_int_equal(got.len, sizeof want);
        assert_memory_equal(got.octets, want, sizeof want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonicalises_fields),
        cmocka_unit_test(leaves_out_the_signature),
        cmocka_unit_test(canonicalises_bodies_cut_anywhere),
        cmocka_unit_test(canonicalises_single_octets),
        cmocka_unit_test(survives_its_buffer),
    };
    return cmocka_run_group_tests_name("dkim/canon", tests, NULL, NULL);
}
