/* UTF-8 in a field that has to be ASCII. */
#include "message/beyond_ascii.h"

#include "../../tests/unit.h"

#define WORDS "=?UTF-8?B?w6kgw6g=?="

static const struct {
    const char *text, *clean, *encoded, *why;
} cases[] = {
    {"plain <a@b>\n",                                                                         "plain <a@b>\n",     "plain <a@b>\n",         "nothing to do"         },
    {"",                                                                                      "",                  "",                      "nothing"               },
    {"a\xff\xc3.",                                                                            "a??.",              NULL,
     "octets that are none of UTF-8, one at the end of a word"                                                                                                      },
    {"\xc3\xa9 \xc3\xa8",                                                                     "\xc3\xa9 \xc3\xa8", WORDS,
     "the blank between two goes with them: a reader drops it else"                                                                                                 },
    {"a \xc3\xa9 \xc3\xa8 b",                                                                 NULL,                "a " WORDS " b",         "words around them stay"},
    {"(\xc3\xa9 \xc3\xa8)\n \"x\"\n",                                                         NULL,                "(" WORDS ")\n \"x\"\n",
     "in a comment; lines stay"                                                                                                                                     },
    {"x\xc3\xa9",                                                                             NULL,                "=?UTF-8?B?eMOp?=",      "a word is told whole"  },
    {"\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", NULL,
     "=?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6k=?=\n =?UTF-8?B?w6k=?=",
     "RFC 2047 section 2: 75 characters a word; folded with LF alone"                                                                                               },
};

static void
becomes_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(cases[i].text));
        UNIT_CASE(cases[i].why);
        if (cases[i].clean != NULL)
            assert_slice(beyond_ascii_clean(unit_arena, text), cases[i].clean);
        if (cases[i].encoded != NULL)
            assert_slice(beyond_ascii_encode(unit_arena, text), cases[i].encoded);
        unit_free(text);
    }
    struct sceau_arena *full = sceau_arena_new(0);
    assert_null(beyond_ascii_clean(full, SCEAU_SLICE("\xff")).ptr);
    assert_null(beyond_ascii_encode(full, SCEAU_SLICE("\xc3\xa9")).ptr);
    sceau_arena_free(full);
    assert_null(beyond_ascii_encode(unit_arena, SLICE_NONE).ptr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(becomes_ascii),
    };
    return cmocka_run_group_tests_name("message/beyond_ascii", tests, unit_arena_up,
                                       unit_arena_down);
}
