/* JSON text: brackets, commas, and the octets that must not get out as they are. */
#include "json.h"

#include "../../tests/unit.h"

static const struct {
    const char *octets;
    const char *json;
    const char *why;
} strings[] = {
    {"plain",            "\"plain\"",                        "as it is"                           },
    {"a\"b\\c",          "\"a\\\"b\\\\c\"",                  "quotes and backslashes"             },
    {"\x01\x1f\x7f\n",   "\"\\u0001\\u001f\\u007f\\u000a\"", "control octets"                     },
    {"\xc3\xa9",         "\"\xc3\xa9\"",                     "UTF-8 stays"                        },
    {"\xe9",             "\"\\\\xe9\"",                      "an octet that is not UTF-8 is \\xHH"},
    {"\xc0\xaf",         "\"\\\\xc0\\\\xaf\"",               "overlong UTF-8 is not UTF-8"        },
    {"\xed\xa0\x80",     "\"\\\\xed\\\\xa0\\\\x80\"",        "nor is a surrogate"                 },
    {"\xf4\x90\x80\x80", "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"",
     "nor what is above U+10FFFF"                                                                 },
    {"\xc3",             "\"\\\\xc3\"",                      "cut at the end"                     },
};

static void
escapes_strings(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(4096);
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++) {
        struct sceau_slice copy = unit_copy(sceau_slice_from(strings[i].octets));
        struct json j = json_new(arena);
        UNIT_CASE(strings[i].why);
        json_slice(&j, copy);
        assert_slice(json_done(&j), strings[i].json);
        unit_free(copy);
        sceau_arena_clear(arena);
    }
    sceau_arena_free(arena);
}

static void
puts_commas_where_they_belong(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(4096);
    struct json j = json_new(arena);
    json_open(&j, '{');
    json_key_number(&j, "n", -1);
    json_key(&j, "list");
    json_open(&j, '[');
    json_bool(&j, true);
    json_none(&j);
    json_open(&j, '{');
    json_close(&j, '}');
    json_close(&j, ']');
    json_key_string(&j, "none", NULL);
    json_close(&j, '}');
    assert_slice(json_done(&j), "{\"n\":-1,\"list\":[true,null,{}],\"none\":null}");
    sceau_arena_free(arena);
}

static void
says_when_the_arena_is_full(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(128);
    struct json j = json_new(arena);
    for (int i = 0; i < 200; i++)
        json_number(&j, i);
    assert_null(json_done(&j).ptr);
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_strings),
        cmocka_unit_test(puts_commas_where_they_belong),
        cmocka_unit_test(says_when_the_arena_is_full),
    };
    return cmocka_run_group_tests_name("core/json", tests, NULL, NULL);
}
