/* Bodies as they are told. */
#include "redact_parts.h"

#include "../../tests/unit.h"

static const uint8_t key[REDACT_KEY] = {1, 2, 3};

#define MULTI "multipart/mixed; boundary=b"

static const struct {
    const char *type, *encoding, *body; /* that came */
    const char *want; /* "ann@" stands for her hash; NULL: nothing is told */
    const char *want_type, *want_encoding; /* NULL: as it came */
    const char *why;
} cases[] = {
  /* one text */
    {NULL,                                           NULL,               "ask ann@a.test\n",                                                     "ask ann@a.test\r\n",     NULL, NULL,
     "plain text by default"                                                                                                                                                                                                                                },
    {"Text/Plain; charset=utf-8",                    "8bit",             "caf\xc3\xa9\n",                                                        "caf=C3=A9\r\n",          NULL,
     "quoted-printable",                                                                                                                                                                             "what the report could not carry"                      },
    {"text/plain",                                   NULL,               "caf\xc3\xa9 \xe9",                                                     "caf=C3=A9 ?\r\n",
     "text/plain; charset=utf-8",                                                                                                                                                "quoted-printable",
     "in a charset that the header did not say"                                                                                                                                                                                                             },
    {"text/plain; charset=iso-8859-1",               "8bit",             "caf\xe9",                                                              "caf=E9\r\n",             NULL,
     "quoted-printable",                                                                                                                                                                             "one in which ASCII is ASCII"                          },
    {"text/plain",                                   "base64",           "YXNrIGFubkBhLnRlc3Q=",                                                 "ask ann@a.test\r\n",     NULL, "7bit",
     "an address in base64"                                                                                                                                                                                                                                 },
    {"text/plain",                                   "base64",           "YXNrIGFubkBhLnRlc3Q=\nYXYX",                                           NULL,                     NULL, NULL,
     "that goes on behind its end"                                                                                                                                                                                                                          },
    {"text/plain",                                   "base64",           "YXNrIGFubkBhLnRlc3Qg\nYX",                                             "ask ann@a.test \r\n",    NULL,
     "7bit",                                                                                                                                                                                         "that was cut"                                         },
    {"text/plain",                                   "quoted-printable", "ask ann=40a.t=\nest",                                                  "ask ann@a.test\r\n",
     NULL,                                                                                                                                                                       "7bit",             "in quoted-printable"                                  },
    {"text/plain",                                   "x-uuencode",       "ask",                                                                  NULL,                     NULL, NULL,
     "an encoding that nobody knows"                                                                                                                                                                                                                        },
    {"text/html",                                    NULL,               "<p>ask <b>an</b>n&#64;a.test",                                         "\r\nask ann@a.test\r\n",
     "text/plain; charset=us-ascii",                                                                                                                                             NULL,               "HTML as its text"                                     },
    {"text/plain; charset=utf-16",                   NULL,               "x",                                                                    NULL,                     NULL, NULL,               "a sign is two octets"                                 },
    {"text/plain; charset = UTF-7",                  NULL,               "x",                                                                    NULL,                     NULL, NULL,               "a sign is base64"                                     },
    {"text/plain; charset*=''utf-7",                 NULL,               "x",                                                                    NULL,                     NULL, NULL,               "as RFC 2231 has it"                                   },
    {"text/plain; charset=\"UTF-8\"; charset=utf-7", NULL,               "x",                                                                    NULL,                     NULL, NULL,
     "one of two"                                                                                                                                                                                                                                           },
    {"text/plain (x); charset=utf-8",                NULL,               "x",                                                                    NULL,                     NULL, NULL,               "a comment"                                            },
    {"text/plainer",                                 NULL,               "x",                                                                    NULL,                     NULL, NULL,               "another type"                                         },
    {"text/calendar",                                NULL,               "x",                                                                    NULL,                     NULL, NULL,               "which folds its lines anywhere"                       },
    {"application/pdf",                              NULL,               "x",                                                                    NULL,                     NULL, NULL,               "no text"                                              },
 /* parts */
    {MULTI,                                          NULL,               "x ann@a.test\n--b\n\nask ann@a.test\n--b--\ny ann@a.test\n",
     "\r\n--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nask ann@a.test\r\n\r\n--b--\r\n",
     NULL,                                                                                                                                                                       NULL,               "a text; what stands around the parts is not told"     },
    {MULTI,                                          NULL,
     "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nX: ann@a.test\r\n\r\nPGI+Y2Fmw6k8L2I+\r\n--b--\r\n",
     "\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n"
     "Content-Description: the text of a part in HTML\r\n\r\ncaf=C3=A9\r\n\r\n--b--\r\n",
     NULL,                                                                                                                                                                       NULL,               "HTML; no field of a part as it came"                  },
    {MULTI,                                          NULL,
     "--b\nContent-Type: image/png; name=\"ann@a.test\"\n\nxyz\n--b\nContent-Type: ann@a.test\n\nz",
     "\r\n--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n[withheld: image/png, 3 octets]\r\n"
     "\r\n--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n[withheld: no type that is one, 1 octets]\r\n\r\n--b--\r\n",
     NULL,                                                                                                                                                                       NULL,
     "an attachment is named by its type, if it is one; the last part has no end"                                                                                                                                                                           },
    {MULTI,                                          NULL,
     "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nask\n--d\n--c--\n--b\n\nx\n--b--\n",
     "\r\n--b\r\nContent-Type: multipart/alternative; boundary=\"redacted-parts-00\"\r\n"
     "\r\n--redacted-parts-00\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
     "ask\r\n=2D-d\r\n\r\n--redacted-parts-00--\r\n\r\n--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nx\r\n\r\n--b--\r\n",
     NULL,                                                                                                                                                                       NULL,               "parts in a part; a line that is a boundary of nothing"},
    {MULTI,                                          NULL,               "--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\nask\n--b--\n",
     "\r\n--b\r\nContent-Type: multipart/x; boundary=\"redacted-parts-00\"\r\n\r\n--redacted-parts-00\r\n"
     "Content-Type: text/plain; charset=us-ascii\r\n\r\nask\r\n\r\n--redacted-parts-00--\r\n\r\n--b--\r\n",
     NULL,                                                                                                                                                                       NULL,               "an outer end ends the inner parts"                    },
    {MULTI,                                          NULL,               "--b\nContent-Type: text/plain\n--b--",
     "\r\n--b\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n\r\n--b--\r\n",                                                                                         NULL,
     NULL,                                                                                                                                                                                           "a header without an end"                              },
    {MULTI,                                          NULL,               "no boundary",                                                          NULL,                     NULL, NULL,               "no part"                                              },
    {"multipart/mixed",                              NULL,               "--b\n\nx",                                                             NULL,                     NULL, NULL,               "no boundary is named"                                 },
    {"multipart/mixed; boundary=\"ann@a.test\"",     NULL,               "--ann@a.test\n\nx",                                                    NULL,                     NULL,
     NULL,                                                                                                                                                                                           "one that the header does not tell"                    },
    {"multipart/mixed; boundary=redacted-parts-00",  NULL,               "--redacted-parts-00\n\nx",
     NULL,                                                                                                                                                                 NULL, NULL,               "one of ours"                                          },
    {"multipart/mixed; boundary=b; boundary=c",      NULL,               "--b\n\nx",                                                             NULL,                     NULL, NULL,
     "two"                                                                                                                                                                                                                                                  },
};

static struct sceau_header
header_of(struct sceau_field fields[2], const char *type, const char *encoding)
{
    struct sceau_header header = {.fields = fields};
    if (type != NULL)
        fields[header.count++] =
            (struct sceau_field){.name = SCEAU_SLICE("content-type"),
                                 .body = sceau_slice_from(type)};
    if (encoding != NULL)
        fields[header.count++] =
            (struct sceau_field){.name = SCEAU_SLICE("Content-Transfer-Encoding"),
                                 .body = sceau_slice_from(encoding)};
    return header;
}

/* "ann@" becomes her hash. */
static struct sceau_slice
wanted(const char *pattern)
{
    char hash[REDACT_HASH + 1];
    struct text t = text_new(unit_arena, SIZE_MAX);
    struct sceau_slice rest = sceau_slice_from(pattern);
    assert_true(redact_hash(key, SCEAU_SLICE("ann"), SCEAU_SLICE("a.test"), hash));
    text_reserve(&t, 1);
    while (rest.len > 0) {
        bool is_hash = slice_starts_ci(rest, SCEAU_SLICE("ann@a.test"));
        if (is_hash)
            text_string(&t, hash);
        else
            text_octet(&t, *rest.ptr);
        rest = slice_skip(rest, is_hash ? 3 : 1);
    }
    return text_done(&t);
}

static void
assert_said(struct sceau_slice said, const char *want)
{
    if (want == NULL)
        assert_int_equal(said.len, 0);
    else
        assert_slice(said, want);
}

static void
tells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct redaction r = {.level = REDACT_ADDRESSES, .key = key};
        struct sceau_field fields[2];
        struct sceau_header header =
            header_of(fields, cases[i].type, cases[i].encoding);
        struct sceau_slice body = unit_copy(sceau_slice_from(cases[i].body));
        struct redacted_body told;
        UNIT_CASE(cases[i].why);
        assert_true(redact_parts(unit_arena, &r, &header, body, 32768, &told));
        assert_int_equal(told.text.ptr != NULL, cases[i].want != NULL);
        if (cases[i].want != NULL)
            assert_slice(told.text, wanted(cases[i].want).ptr);
        assert_said(told.type, cases[i].want_type);
        assert_said(told.encoding, cases[i].want_encoding);
        unit_free(body);
    }
}

static void
obeys_levels(void **state)
{
    (void)state;
    struct sceau_field fields[2];
    struct sceau_header header = header_of(fields, MULTI, NULL);
    struct redaction r = {.level = REDACT_NOTHING, .key = key};
    struct redacted_body told;
    assert_true(redact_parts(unit_arena, &r, &header,
                             SCEAU_SLICE("--b\n\nann@a.test \xc3"), 100, &told));
    assert_slice(told.text, "--b\r\n\r\nann@a.test ?\r\n");
    r.level = REDACT_MOST;
    assert_true(redact_parts(unit_arena, &r, &header, SCEAU_SLICE("x"), 100, &told));
    assert_null(told.text.ptr);
}

/* Deeper than REDACT_DEPTH, more than REDACT_PARTS, longer than there is room for. */
static void
has_limits(void **state)
{
    (void)state;
    struct sceau_field fields[2];
    struct sceau_header header = header_of(fields, MULTI, NULL);
    const struct redaction r = {.level = REDACT_ADDRESSES, .key = key};
    struct redacted_body told;
    struct text deep = text_new(unit_arena, SIZE_MAX), many = deep, large = deep;
    text_string(&deep, "--b\n");
    for (int i = 0; i < 100; i++)
        text_format(&deep, "Content-Type: multipart/mixed; boundary=x%d\n\n--x%d\n", i,
                    i);
    assert_true(
        redact_parts(unit_arena, &r, &header, text_so_far(&deep), 32768, &told));
    assert_int_equal(told.withheld, 1);
    assert_non_null(memmem(told.text.ptr, told.text.len, "redacted-parts-06--", 19));
    assert_null(memmem(told.text.ptr, told.text.len, "redacted-parts-07", 17));
    for (int i = 0; i < 2 * REDACT_PARTS; i++)
        text_string(&many, "--b\n\nx\n");
    assert_true(
        redact_parts(unit_arena, &r, &header, text_so_far(&many), 32768, &told));
    assert_int_equal(told.told, REDACT_PARTS);
    assert_non_null(
        memmem(told.text.ptr, told.text.len, "[the rest is withheld: ", 23));
    assert_true(slice_ends_ci(told.text, SCEAU_SLICE("\r\n--b--\r\n")));
    for (int i = 0; i < 10000; i++)
        text_format(&large, "%s%s", i % 1000 == 0 ? "--b\n\n" : "",
                    "caf\xc3\xa9 caf\xc3\xa9\n");
    for (size_t max = 4096; max < 32768; max += 777) {
        assert_true(
            redact_parts(unit_arena, &r, &header, text_so_far(&large), max, &told));
        assert_true(told.text.len <= max && told.told > 0);
        assert_non_null(memmem(told.text.ptr, told.text.len, "withheld: ", 10));
        assert_true(slice_ends_ci(told.text, SCEAU_SLICE("\r\n--b--\r\n")));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells),
        cmocka_unit_test(obeys_levels),
        cmocka_unit_test(has_limits),
    };
    return cmocka_run_group_tests(tests, unit_arena_up, unit_arena_down);
}
