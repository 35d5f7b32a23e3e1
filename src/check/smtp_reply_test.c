/* Replies that are taken, and those that are not, each with its reason. */
#include "smtp_reply.h"

#include "../../tests/unit.h"

static const struct {
    const char *in;
    unsigned code;
    size_t octets, lines;
    const char *last; /* text of the last line */
    bool has_bare_lf;
    const char *why;
} whole[] = {
    {"220 mx.example.org ESMTP\r\n",           220, 26, 1, "mx.example.org ESMTP", false,
     "one line"                                                                                              },
    {"220\r\n",                                220, 5,  1, "",                     false, "a code alone"     },
    {"220 \r\n",                               220, 6,  1, "",                     false, "an empty text"    },
    {"250-mx.example.org\r\n250 STARTTLS\r\n", 250, 34, 2, "STARTTLS",             false,
     "two lines"                                                                                             },
    {"250-a\n250 b\r\n",                       250, 13, 2, "b",                    true,  "an end without CR"},
    {"220 a\r\n250 b\r\n",                     220, 7,  1, "a",                    false, "the next is left" },
    {"554 \377\001\033[31m\r\n",               554, 13, 1, "\377\001\033[31m",     false,
     "any octet is text"                                                                                     },
    {"559 -\r\n",                              559, 7,  1, "-",                    false, "the highest code" },
};

static const struct {
    const char *in;
    const char *why;
} more[] = {
    {"",                 "nothing yet"                 },
    {"2",                "the start of a code"         },
    {"220",              "a code without its end"      },
    {"220 mx.example",   "half a line"                 },
    {"220 mx.example\r", "half an end"                 },
    {"250-a\r\n",        "its last line is to come"    },
    {"250-a\r\n25",      "the start of the second line"},
};

static const struct {
    const char *in, *expected;
    const char *why;
} broken[] = {
    {"HTTP/1.1 400\r\n",   "a reply code",                        "another protocol"       },
    {"HTT",                "a reply code",                        "said before the end"    },
    {"2200",               "a blank or a hyphen behind the code", "said before the end"    },
    {"\r\n",               "a reply code",                        "an empty line"          },
    {"1\n",                "a reply code",                        "a cut code"             },
    {"150 a\r\n",          "a reply code",                        "below 200"              },
    {"260 a\r\n",          "a reply code",                        "second digit above 5"   },
    {"600 a\r\n",          "a reply code",                        "above 599"              },
    {"22x a\r\n",          "a reply code",                        "no digit"               },
    {"2200 a\r\n",         "a blank or a hyphen behind the code", "four digits"            },
    {"220\ta\r\n",         "a blank or a hyphen behind the code", "a tab"                  },
    {"250-a\r\n220 b\r\n", "the same code on each line",          "a reply that turns coat"},
    {"250-a\r\n\r\n",      "a reply code",                        "an empty second line"   },
};

static void
takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        struct sceau_slice in = unit_copy(sceau_slice_from(whole[i].in));
        struct smtp_reply reply;
        const char *expected;
        UNIT_CASE(whole[i].why);
        assert_int_equal(smtp_reply_read(in, &reply, &expected), SMTP_READING_WHOLE);
        assert_int_equal(reply.code, whole[i].code);
        assert_int_equal(reply.octets, whole[i].octets);
        assert_int_equal(reply.line_count, whole[i].lines);
        assert_slice(reply.lines[reply.line_count - 1], whole[i].last);
        assert_int_equal(reply.has_bare_lf, whole[i].has_bare_lf);
        unit_free(in);
    }
}

static void
waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        struct sceau_slice in = unit_copy(sceau_slice_from(more[i].in));
        struct smtp_reply reply;
        const char *expected;
        UNIT_CASE(more[i].why);
        assert_int_equal(smtp_reply_read(in, &reply, &expected), SMTP_READING_MORE);
        unit_free(in);
    }
}

static void
refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct sceau_slice in = unit_copy(sceau_slice_from(broken[i].in));
        struct smtp_reply reply;
        const char *expected;
        UNIT_CASE(broken[i].why);
        assert_int_equal(smtp_reply_read(in, &reply, &expected), SMTP_READING_BROKEN);
        assert_string_equal(expected, broken[i].expected);
        unit_free(in);
    }
}

/* `count` lines, each of `len` octets with its end; the last one ends the reply. */
static struct sceau_slice
lines_of(size_t count, size_t len)
{
    char *all = malloc(count * len);
    assert_non_null(all);
    memset(all, 'x', count * len);
    for (size_t i = 0; i < count; i++) {
        char *line = all + i * len;
        memcpy(line, i + 1 < count ? "250-" : "250 ", 4);
        memcpy(line + len - 2, "\r\n", 2);
    }
    return (struct sceau_slice){all, count * len};
}

static void
keeps_limits(void **state)
{
    static const struct {
        size_t count, len;
        enum smtp_reading want;
        const char *why;
    } cases[] = {
        {1,   SMTP_REPLY_LINE_MAX,     SMTP_READING_WHOLE,  "the longest line"},
        {1,   SMTP_REPLY_LINE_MAX + 1, SMTP_READING_BROKEN, "one octet more"  },
        {100, 20,                      SMTP_READING_WHOLE,  "the most lines"  },
        {101, 20,                      SMTP_READING_BROKEN, "one line more"   },
        {8,   SMTP_REPLY_LINE_MAX,     SMTP_READING_WHOLE,  "16 KiB"          },
        {9,   SMTP_REPLY_LINE_MAX,     SMTP_READING_BROKEN, "more than 16 KiB"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_slice in = lines_of(cases[i].count, cases[i].len);
        struct smtp_reply reply;
        const char *expected;
        UNIT_CASE(cases[i].why);
        assert_int_equal(smtp_reply_read(in, &reply, &expected), cases[i].want);
        unit_free(in);
    }
    struct sceau_slice endless = lines_of(1, SMTP_REPLY_LINE_MAX + 2);
    struct smtp_reply reply;
    const char *expected;
    assert_int_equal(smtp_reply_read(slice_sub(endless, 0, SMTP_REPLY_LINE_MAX), &reply,
                                     &expected),
                     SMTP_READING_BROKEN);
    unit_free(endless);
}

static void
knows_words(void **state)
{
    struct smtp_reply reply;
    const char *expected;
    (void)state;
    assert_int_equal(smtp_reply_read(SCEAU_SLICE("250-STARTTLS greets you\r\n250-SIZE "
                                                 "1000\r\n250 StartTLS\r\n"),
                                     &reply, &expected),
                     SMTP_READING_WHOLE);
    assert_slice(smtp_reply_name(&reply), "STARTTLS");
    assert_true(smtp_reply_offers(&reply, SCEAU_SLICE("starttls")));
    assert_true(smtp_reply_offers(&reply, SCEAU_SLICE("SIZE")));
    assert_false(smtp_reply_offers(&reply, SCEAU_SLICE("SIZE 1000")));
    assert_false(smtp_reply_offers(&reply, SCEAU_SLICE("DSN")));
    smtp_reply_read(SCEAU_SLICE("250 STARTTLS\r\n"), &reply, &expected);
    /* the first line is the server's name, whatever it says */
    assert_false(smtp_reply_offers(&reply, SCEAU_SLICE("STARTTLS")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes),       cmocka_unit_test(waits),
        cmocka_unit_test(refuses),     cmocka_unit_test(keeps_limits),
        cmocka_unit_test(knows_words),
    };
    return cmocka_run_group_tests_name("check/smtp_reply", tests, NULL, NULL);
}
