/* Text under construction: its limits, and the escapes that hold a peer's octets down. */
#include "text.h"

#include "../../tests/unit.h"

static const struct {
    const char *octets;
    size_t len;
    const char *escaped;
    const char *json;
    const char *why;
} escapes[] = {
    {"plain text",       10, "plain text",           "\"plain text\"",                   "nothing to do"        },
    {"",                 0,  "",                     "\"\"",                             "empty"                },
    {"a\r\nb",           4,  "a\\x0d\\x0ab",         "\"a\\u000d\\u000ab\"",             "no new log line"      },
    {"a\0b",             3,  "a\\x00b",              "\"a\\u0000b\"",                    "NUL"                  },
    {"\x1b[31m",         5,  "\\x1b[31m",            "\"\\u001b[31m\"",                  "no terminal sequence" },
    {"a\\b\"c",          5,  "a\\\\b\"c",            "\"a\\\\b\\\"c\"",                  "backslash and quote"  },
    {"\x7f",             1,  "\\x7f",                "\"\\u007f\"",                      "DEL"                  },
    {"caf\xc3\xa9",      5,  "caf\\xc3\\xa9",        "\"caf\xc3\xa9\"",                  "UTF-8 lives in JSON"  },
    {"caf\xe9",          4,  "caf\\xe9",             "\"caf\\\\xe9\"",                   "Latin-1 does not"     },
    {"\xc2\x9b",         2,  "\\xc2\\x9b",           "\"\\u009b\"",                      "C1: CSI in UTF-8"     },
    {"\xc2\xa0",         2,  "\\xc2\\xa0",           "\"\xc2\xa0\"",                     "the first behind C1"  },
    {"\xc0\xaf",         2,  "\\xc0\\xaf",           "\"\\\\xc0\\\\xaf\"",               "overlong slash"       },
    {"\xed\xa0\x80",     3,  "\\xed\\xa0\\x80",      "\"\\\\xed\\\\xa0\\\\x80\"",        "surrogate"            },
    {"\xf4\x90\x80\x80", 4,  "\\xf4\\x90\\x80\\x80", "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"",
     "above U+10FFFF"                                                                                           },
    {"\xf0\x9f\x98\x80", 4,  "\\xf0\\x9f\\x98\\x80", "\"\xf0\x9f\x98\x80\"",
     "four octets are fine"                                                                                     },
    {"\xe2\x82",         2,  "\\xe2\\x82",           "\"\\\\xe2\\\\x82\"",               "a character cut short"},
};

static void
escapes_octets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        struct sceau_slice in =
            unit_copy((struct sceau_slice){escapes[i].octets, escapes[i].len});
        struct text escaped = text_new(unit_arena, SIZE_MAX),
                    json = text_new(unit_arena, SIZE_MAX);
        UNIT_CASE(escapes[i].why);
        text_escaped(&escaped, in);
        text_json(&json, in);
        assert_slice(text_done(&escaped), escapes[i].escaped);
        assert_slice(text_done(&json), escapes[i].json);
        unit_free(in);
    }
}

static void
quotes(void **state)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    text_quoted(&t, SCEAU_SLICE("a \"b\" \\c"));
    text_quoted(&t, SLICE_NONE);
    assert_slice(text_done(&t), "\"a \\\"b\\\" \\\\c\"\"\"");
}

static void
stays_in_memory_of_the_caller(void **state)
{
    (void)state;
    for (size_t size = 1; size < 9; size++) {
        char *memory = malloc(size); /* of its own size: ASan sees what is beyond */
        struct text t = text_in(memory, size);
        assert_non_null(memory);
        for (size_t i = 0; i + 1 < size; i++)
            text_octet(&t, 'x');
        struct sceau_slice whole = text_done(&t);
        assert_ptr_equal(whole.ptr, memory);
        assert_int_equal(whole.len, size - 1);
        assert_int_equal(memory[size - 1], '\0');
        text_octet(&t, 'y');
        assert_null(text_done(&t).ptr);
        free(memory);
    }
}

static void
holds_its_limit(void **state)
{
    (void)state;
    struct text t = text_new(unit_arena, 5);
    text_string(&t, "12345"); /* exactly the limit, as it says */
    assert_slice(text_done(&t), "12345");
    text_octet(&t, '6');
    assert_null(text_done(&t).ptr);
    text_slice(&t, SLICE_NONE);
    assert_null(text_done(&t).ptr); /* fails once and for all */

    struct text empty = text_new(unit_arena, 0);
    assert_slice(text_done(&empty), "");
    assert_non_null(text_done(&empty).ptr);
    text_octet(&empty, 'x');
    assert_null(text_done(&empty).ptr);
}

static void
grows_and_terminates(void **state)
{
    (void)state;
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (unsigned i = 0; i < 300; i++) {
        text_format(&t, "%u,", i);
        text_lower(&t, SCEAU_SLICE("AbC"));
    }
    struct sceau_slice done = text_done(&t);
    assert_int_equal(done.ptr[done.len], '\0');
    assert_int_equal(strlen(done.ptr), done.len);
    assert_int_equal(done.len, 10 * 2 + 90 * 3 + 200 * 4 + 300 * 3);
    assert_memory_equal(done.ptr, "0,abc1,abc2,abc", 15);
}

static void
a_full_arena_fails_the_text(void **state)
{
    (void)state;
    struct sceau_arena *small = sceau_arena_new(100);
    struct text t = text_new(small, SIZE_MAX);
    for (int i = 0; i < 100; i++)
        text_octet(&t, 'x');
    assert_null(text_done(&t).ptr);
    sceau_arena_free(small);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(escapes_octets),
        cmocka_unit_test(quotes),
        cmocka_unit_test(stays_in_memory_of_the_caller),
        cmocka_unit_test(holds_its_limit),
        cmocka_unit_test(grows_and_terminates),
        cmocka_unit_test(a_full_arena_fails_the_text),
    };
    return cmocka_run_group_tests_name("core/text", tests, unit_arena_up,
                                       unit_arena_down);
}
