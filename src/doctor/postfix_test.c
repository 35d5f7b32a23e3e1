/* Lists, times and milters as Postfix writes them. */
#include "postfix.h"

#include "../../tests/unit.h"

static const struct {
    const char *text;
    uint64_t unit, seconds;
    bool is_time;
} times[] = {
    {"30s", 1,     30,     true },
    {"5m",  1,     300,    true },
    {"2h",  1,     7200,   true },
    {"5d",  1,     432000, true },
    {"1w",  1,     604800, true },
    {"30",  1,     30,     true },
    {"5",   86400, 432000, true },
    {"0",   86400, 0,      true },
    {"",    1,     0,      false},
    {"s",   1,     0,      false},
    {"-1s", 1,     0,      false},
    {"1x",  1,     0,      false},
};

static void
reads_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        uint64_t seconds = 0;
        UNIT_CASE(times[i].text);
        assert_int_equal(postfix_seconds(sceau_slice_from(times[i].text), times[i].unit,
                                         &seconds),
                         times[i].is_time);
        assert_int_equal(seconds, times[i].seconds);
    }
}

static const struct {
    const char *list;
    const char *words[4];
    const char *why;
} lists[] = {
    {"a, b c",                                     {"a", "b", "c"}, "commas and blanks"        },
    {"  ,, a",                                     {"a"},           "empty ones"               },
    {"",                                           {NULL},          "nothing"                  },
    {"{ unix:a, default_action=accept } inet:b:1",
     {"unix:a, default_action=accept", "inet:b:1"},
     "braces keep together"                                                                    },
    {"{unix:a",                                    {"unix:a"},      "a brace that never closes"},
    {"{}",                                         {""},            "nothing in braces"        },
};

static void
reads_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(lists[i].list));
        struct sceau_slice rest = text, word;
        size_t count = 0;
        UNIT_CASE(lists[i].why);
        while (postfix_next(&rest, &word)) {
            assert_non_null(lists[i].words[count]);
            assert_slice(word, lists[i].words[count++]);
        }
        assert_null(lists[i].words[count]);
        unit_free(text);
    }
}

static void
reads_milters(void **state)
{
    (void)state;
    struct postfix_milter milter = postfix_milter_of(
        SCEAU_SLICE("unix:sceau/milter.sock, default_action = accept, "
                    "command_timeout=10s,content_timeout = 20s"));
    assert_slice(milter.endpoint, "unix:sceau/milter.sock");
    assert_slice(milter.default_action, "accept");
    assert_slice(milter.command_timeout, "10s");
    assert_slice(milter.content_timeout, "20s");
    milter = postfix_milter_of(SCEAU_SLICE("inet:127.0.0.1:8891"));
    assert_slice(milter.endpoint, "inet:127.0.0.1:8891");
    assert_int_equal(milter.default_action.len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_times),
        cmocka_unit_test(reads_lists),
        cmocka_unit_test(reads_milters),
    };
    return cmocka_run_group_tests_name("doctor/postfix", tests, NULL, NULL);
}
