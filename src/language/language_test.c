/* The choice of a language, the table that the build makes, and sentences with holes. */
#include "language.h"

#include "../../tests/unit.h"
#include "messages.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void
test_choice(void **state)
{
    static const struct {
        const char *wishes[5]; /* --lang, LANGUAGE, LC_ALL, LC_MESSAGES, LANG */
        enum language language;
        const char *why;
    } cases[] = {
        {{NULL, NULL, NULL, NULL, NULL},               LANGUAGE_EN, "nobody says"       },
        {{"fr", "en", "C", "C", "C"},                  LANGUAGE_FR, "--lang beats all"  },
        {{"en", "fr", NULL, NULL, "fr_FR.UTF-8"},      LANGUAGE_EN, "so it does"        },
        {{NULL, "fr:en", "C", NULL, NULL},             LANGUAGE_FR, "then LANGUAGE"     },
        {{NULL, "", "fr_CA.UTF-8", "C", "C"},          LANGUAGE_FR, "empty says nothing"},
        {{NULL, NULL, "C.UTF-8", "fr_FR", "fr_FR"},    LANGUAGE_EN, "LC_ALL before them"},
        {{NULL, NULL, NULL, "fr_BE@euro", "en_GB"},    LANGUAGE_FR, "then LC_MESSAGES"  },
        {{NULL, NULL, NULL, NULL, "fr_FR.ISO-8859-1"}, LANGUAGE_FR, "then LANG"         },
        {{NULL, NULL, NULL, NULL, "FR"},               LANGUAGE_FR, "capitals"          },
        {{NULL, "de", NULL, NULL, "fr_FR"},            LANGUAGE_EN, "none of ours"      },
        {{NULL, NULL, NULL, NULL, "f"},                LANGUAGE_EN, "one letter"        },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        UNIT_CASE(cases[i].why);
        assert_int_equal(language_choose(cases[i].wishes, 5), cases[i].language);
    }
    assert_int_equal(language_choose(NULL, 0), LANGUAGE_EN);
}

static void
test_table(void **state)
{
    (void)state;
    assert_true(language_message_count > 0);
    for (size_t i = 0; i < language_message_count; i++) {
        const struct language_message *m = &language_messages[i];
        assert_true(i == 0 || strcmp(m[-1].english, m->english) < 0);
        assert_ptr_equal(language_text(LANGUAGE_FR, m->english), m->french);
        assert_ptr_equal(language_text(LANGUAGE_EN, m->english), m->english);
        assert_true(slice_is_utf8(sceau_slice_from(m->french)));
    }
}

static void
test_unknown_text_is_itself(void **state)
{
    static const char *const texts[] = {"", "zzz: no text of ours", "\x01"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_ptr_equal(language_text(LANGUAGE_FR, texts[i]), texts[i]);
}

static void
test_sentences(void **state)
{
    static const struct language_word words[] = {
        {"domain", {"a.example", 9},          false},
        {"record", {"p=\x1b[31m\\", 8},       false},
        {"reason", {"d\xc3\xa9j\xc3\xa0", 6}, true },
        {"empty",  {NULL, 0},                 false},
    };
    static const struct {
        const char *english, *want, *why;
    } cases[] = {
        {"",                      "",                              "no text"                },
        {"plain",                 "plain",                         "no hole"                },
        {"{domain}",              "a.example",                     "a hole and nothing else"},
        {"{domain}: {domain}.",   "a.example: a.example.",         "one word twice"         },
        {"{reason}, {domain}",    "d\xc3\xa9j\xc3\xa0, a.example",
         "ours goes in as it is"                                                            },
        {"has {record}!",         "has p=\\x1b[31m\\\\!",          "theirs cannot leave it" },
        {"[{empty}]",             "[]",                            "nothing to say"         },
        {"exists:%{{i}.{domain}", "exists:%{i}.a.example",         "two braces are one"     },
        {"a}b",                   "a}b",                           "closing alone is itself"},
        {"{{",                    "{",                             "at the end"             },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_slice got =
            language_sentence(unit_arena, LANGUAGE_FR, cases[i].english, words,
                              COUNT(words));
        assert_slice(got, cases[i].want);
        assert_int_equal(got.ptr[got.len], '\0');
    }
}

/* Forms that a number decides: {language, number, text, want, why}. */
static const struct {
    enum language language;
    const char *number, *text, *want, *why;
} plurals[] = {
    {LANGUAGE_EN, "1",     "{n} {n|file|files}", "1 file",      "one"                      },
    {LANGUAGE_EN, "0",     "{n} {n|file|files}", "0 files",     "none are many, in English"},
    {LANGUAGE_EN, "2",     "{n} {n|file|files}", "2 files",     "two"                      },
    {LANGUAGE_EN, "1,001", "{n} {n|file|files}", "1,001 files", "it is no 1"               },
    {LANGUAGE_FR, "0",     "{n} ligne{n||s}",    "0 ligne",     "none is one, in French"   },
    {LANGUAGE_FR, "1",     "{n} ligne{n||s}",    "1 ligne",     "one, by an empty form"    },
    {LANGUAGE_FR, "2",     "{n} ligne{n||s}",    "2 lignes",    "two"                      },
};

static void
test_plurals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plurals); i++) {
        const struct language_word words[] = {OURS("n", plurals[i].number)};
        UNIT_CASE(plurals[i].why);
        assert_slice(language_sentence(unit_arena, plurals[i].language, plurals[i].text,
                                       words, 1),
                     plurals[i].want);
    }
}

/* Where no line of French may end, the spaces of the po files are no plain ones any more. */
static void
test_spaces(void **state)
{
    static const char *const signs[] = {" : ", " ; ",     " ! ",
                                        " ? ", "\u00ab ", " \u00bb"};
    size_t colons = 0, others = 0;
    (void)state;
    for (size_t i = 0; i < language_message_count; i++) {
        const char *french = language_messages[i].french;
        UNIT_CASE(french);
        for (size_t n = 0; n < COUNT(signs) && strchr(french, '`') == NULL; n++)
            assert_null(strstr(french, signs[n]));
        size_t len = strlen(french);
        if (len > 2 && french[len - 2] == ' ')
            assert_null(strchr(":;!?", french[len - 1]));
        colons += strstr(french, "\u00a0:") != NULL;
        others +=
            strstr(french, "\u202f;") != NULL || strstr(french, "\u202f?") != NULL;
    }
    assert_true(colons > 500 && others > 100);
}

static void
test_full_arena(void **state)
{
    struct sceau_arena *arena = sceau_arena_new(16);
    (void)state;
    struct sceau_slice got =
        language_sentence(arena, LANGUAGE_EN, "more than sixteen octets of text", NULL,
                          0);
    assert_null(got.ptr);
    sceau_arena_free(arena);
}

static void
test_columns(void **state)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    assert_int_equal(language_columns(SCEAU_SLICE("d\xc3\xa9j\xc3\xa0")), 4);
    language_cell(&t, SCEAU_SLICE("d\xc3\xa9j\xc3\xa0"), 6);
    language_cell(&t, SCEAU_SLICE("longer"), 3);
    assert_slice(text_done(&t), "d\xc3\xa9j\xc3\xa0  longer");
}

/* In ten columns; further lines begin with two blanks. */
static const struct {
    const char *words;
    size_t used;
    const char *lines, *why;
} wrapped[] = {
    {"one two three",                                                                            0, "one two\n  three",     "between words"                 },
    {"one  two",                                                                                 0, "one two",              "one blank of several"          },
    {"one two",                                                                                  7, "one\n  two",           "behind what stands there"      },
    {"abcdefghijklm",                                                                            0, "abcdefghij\n  klm",    "a word that no line holds"     },
    {"a bcdefghijkl",                                                                            0, "a\n  bcdefghi\n  jkl", "on a line of its own"          },
    {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
     0,                                                                                             "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n  "
     "\xc3\xa9",                                                                                                     "between characters, not octets"},
    {"",                                                                                         0, "",                     "nothing"                       },
};

static void
test_wrap(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrapped / sizeof *wrapped; i++) {
        struct text t = text_new(unit_arena, SIZE_MAX);
        struct sceau_slice copy = unit_copy(sceau_slice_from(wrapped[i].words));
        UNIT_CASE(wrapped[i].why);
        language_wrap(&t, copy, 10, 2, wrapped[i].used);
        assert_slice(text_done(&t), wrapped[i].lines);
        unit_free(copy);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_unknown_text_is_itself),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_plurals),
        cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_full_arena),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_wrap),
    };
    return cmocka_run_group_tests_name("language", tests, unit_arena_up,
                                       unit_arena_down);
}
