/* Encoded words (RFC 2047). */
#include "message/encoded_word.h"

#include "../../tests/unit.h"

static const struct {
    const char *text;
    const char *decoded;
    const char *why;
} cases[] = {
    {"plain",                                      "plain",          "nothing to decode"                           },
    {"",                                           "",               "nothing"                                     },
    {"=?utf-8?Q?a=C3=A9_b?=",                      "a\xc3\xa9 b",    "Q, an underscore is a space (4.2)"           },
    {"=?UTF-8?b?w6k=?= x",                         "\xc3\xa9 x",     "B, letter case does not count"               },
    {"=?ISO-8859-1?Q?a?=",                         "a",              "section 8"                                   },
    {"=?ISO-8859-1?Q?a?= b",                       "a b",            "section 8: a space before text stays"        },
    {"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=",      "ab",
     "section 8: between two words it goes"                                                                        },
    {"=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=",     "ab",             "section 8: any amount of it"                 },
    {"=?ISO-8859-1?Q?a?=\r\n  =?ISO-8859-1?Q?b?=", "ab",             "section 8: a fold too"                       },
    {"=?ISO-8859-1?Q?a_b?=",                       "a b",            "section 8"                                   },
    {"=?iso-8859-1?q?caf=E9?=",                    "caf\xc3\xa9",    "Latin-1 becomes UTF-8"                       },
    {"=?utf-8*en?Q?a?=",                           "a",              "a language (RFC 2231 section 5)"             },
    {"=?koi8-r?Q?a=C1?=",                          "a\xef\xbf\xbd",  "of a foreign charset the ASCII stays"        },
    {"=?utf-8?Q?=FF?=",                            "\xef\xbf\xbd",   "octets that are no UTF-8"                    },
    {"=?utf-8?Q?a=ZZ=4?=",                         "a=ZZ=4",         "no hexadecimal stays as it is"               },
    {"=?utf-8?B?!!?=",                             "=?utf-8?B?!!?=", "no base64 stays as it is"                    },
    {"=?utf-8?X?a?=",                              "=?utf-8?X?a?=",  "no such encoding"                            },
    {"=?utf-8?Q?a",                                "=?utf-8?Q?a",    "never closed"                                },
    {"=?utf-8?Q?a?",                               "=?utf-8?Q?a?",   "never closed"                                },
    {"=?utf-8?Q",                                  "=?utf-8?Q",      "cut short"                                   },
    {"=??Q?a?=",                                   "=??Q?a?=",       "no charset"                                  },
    {"=?",                                         "=?",             "two octets"                                  },
    {"a=?utf-8?Q?b?=c",                            "abc",            "glued to text: readers decode it"            },
    {"=?utf-8?Q?"
     "?=",                                    "",               "empty"                                       },
    {"=?utf-8?Q?=0D=0A?=",                         "\r\n",           "whatever comes out is the caller's to escape"},
};

static void
decodes_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(cases[i].text));
        UNIT_CASE(cases[i].why);
        assert_slice(encoded_words_decoded(unit_arena, text), cases[i].decoded);
        unit_free(text);
    }
    struct sceau_arena *full = sceau_arena_new(0);
    assert_null(encoded_words_decoded(full, SCEAU_SLICE("=?utf-8?Q?a?=")).ptr);
    sceau_arena_free(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_words),
    };
    return cmocka_run_group_tests_name("message/encoded_word", tests, unit_arena_up,
                                       unit_arena_down);
}
