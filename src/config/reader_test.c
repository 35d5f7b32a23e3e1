/* Lines that are ours, and where the others go wrong. */
#include "reader.h"

#include "../../tests/unit.h"

static const struct {
    const char *text;
    const char *name, *value;
    const char *why;
} settings[] = {
    {"a=b",                   "a",   "b",              "no blanks"                             },
    {" \ta_1  =  b c \t",     "a_1", "b c",            "blanks around are no part"             },
    {"a = b # c",             "a",   "b",              "a comment behind a blank"              },
    {"a = b#c",               "a",   "b#c",            "no blank, no comment"                  },
    {"a = # c",               "a",   "",               "nothing but a comment"                 },
    {"a = \"b # c\" # d",     "a",   "\"b # c\"",      "quotes keep it"                        },
    {"a = \"b \\\" # c\"",    "a",   "\"b \\\" # c\"", "an escaped quote does not end"         },
    {"a = b\"c # d\"",        "a",   "b\"c",           "a quote within a word is no quote"     },
    {"a = x = y",             "a",   "x = y",          "the first = counts"                    },
    {"a =\r",                 "a",   "",               "CRLF line ends"                        },
    {"\357\273\277a = b",     "a",   "b",              "a byte order mark"                     },
    {"# x\n\n  \n#\na = \"b", "a",   "\"b",            "five lines; the quote is checked later"},
};

static void
reads_settings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(settings[i].text));
        struct reader reader = reader_over(text);
        struct reader_line line = reader_next(&reader);
        UNIT_CASE(settings[i].why);
        assert_int_equal(line.kind, READER_SETTING);
        assert_slice(line.name, settings[i].name);
        assert_slice(line.value, settings[i].value);
        assert_int_equal(reader_next(&reader).kind, READER_END);
        assert_int_equal(reader_next(&reader).kind, READER_END);
        unit_free(text);
    }
}

static const struct {
    const char *text;
    const char *name, *label;
} sections[] = {
    {"[a]",                       "a",    ""              },
    {"  [ a ]  # x",              "a",    ""              },
    {"[list \"a \\\" ] b\"] # x", "list", "\"a \\\" ] b\""},
    {"[list\"a\"]",               "list", "\"a\""         },
};

static void
reads_sections(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        struct reader reader = reader_over(sceau_slice_from(sections[i].text));
        struct reader_line line = reader_next(&reader);
        UNIT_CASE(sections[i].text);
        assert_int_equal(line.kind, READER_SECTION);
        assert_slice(line.name, sections[i].name);
        assert_slice(line.value, sections[i].label);
    }
}

static const struct {
    const char *text;
    size_t at;
    const char *problem; /* part of it */
    const char *why;
} refused[] = {
    {"[",                1, "name is missing",    "nothing behind it"        },
    {"[]",               1, "name is missing",    "empty"                    },
    {"[a",               2, "\"]\" is missing",   "not closed"               },
    {"[a b]",            3, "\"]\" is missing",   "names stand in quotes"    },
    {"[a \"b]",          3, "closing quote",      "a quote that does not end"},
    {"[a \"b\\\"]",      3, "closing quote",      "its end is escaped"       },
    {"[a] b = c",        4, "nothing may follow", "a setting behind it"      },
    {"a",                1, "\"=\" is missing",   "no ="                     },
    {"a b = c",          2, "\"=\" is missing",   "a blank in a key"         },
    {" = c",             1, "key = value",        "no key"                   },
    {"a = b\x01",        5, "control character",  "an octet of no text"      },
    {"a = b\x7f",        5, "control character",  "DEL"                      },
    {"a = \xff",         0, "not UTF-8",          "no character begins so"   },
    {"a = \xed\xa0\x80", 0, "not UTF-8",          "a surrogate"              },
};

static void
points_at_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(refused[i].text));
        struct reader reader = reader_over(text);
        struct reader_line line = reader_next(&reader);
        UNIT_CASE(refused[i].why);
        assert_int_equal(line.kind, READER_PROBLEM);
        assert_int_equal(line.at, refused[i].at);
        if (strstr(line.problem, refused[i].problem) == NULL)
            fail_msg("%s: %s", refused[i].text, line.problem);
        unit_free(text);
    }
}

static void
goes_on_after_a_problem(void **state)
{
    (void)state;
    struct reader reader = reader_over(SCEAU_SLICE("x\n[y\na = b"));
    assert_int_equal(reader_next(&reader).kind, READER_PROBLEM);
    assert_int_equal(reader_next(&reader).kind, READER_PROBLEM);
    struct reader_line line = reader_next(&reader);
    assert_int_equal(line.kind, READER_SETTING);
    assert_int_equal(line.number, 3);
}

static void
takes_words_apart(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(4096);
    struct sceau_slice rest = SCEAU_SLICE("a\tb\"c \"d e\" \"\\\"f\\\\\" \"\"  "), word;
    static const char *const want[] = {"a", "b\"c", "d e", "\"f\\", ""};
    const char *problem;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_true(reader_word(arena, &rest, &word, &problem));
        assert_null(problem);
        assert_slice(word, want[i]);
    }
    assert_false(reader_word(arena, &rest, &word, &problem));
    rest = SCEAU_SLICE("\"a\"b");
    assert_true(reader_word(arena, &rest, &word, &problem) && problem != NULL);
    rest = SCEAU_SLICE("\"a\\\"");
    assert_true(reader_word(arena, &rest, &word, &problem) && problem != NULL);
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_settings),
        cmocka_unit_test(reads_sections),
        cmocka_unit_test(points_at_what_is_wrong),
        cmocka_unit_test(goes_on_after_a_problem),
        cmocka_unit_test(takes_words_apart),
    };
    return cmocka_run_group_tests_name("config/reader", tests, NULL, NULL);
}
