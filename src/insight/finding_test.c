/* Findings as they lie in the store, and in words. */
#include "../../tests/unit.h"
#include "finding_store.h"
#include "words.h"

/* Values that come back as they were. */
static const char *const values[] = {
    "plain",       "",         "a \"quoted\" \\ one", "line\nend\ttab", "\x1b[31m",
    "caf\xc3\xa9", "\xc2\x9b", "{\"a\":1}",
};

static void
arguments_come_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct analysis_finding f = {.cause = ANALYSIS_CAUSE_STRICT,
                                     .weight = 12345,
                                     .argument_count = 2};
        struct analysis_finding again = {0};
        struct text t = text_new(unit_arena, SIZE_MAX);
        f.arguments[0] =
            (struct analysis_argument){"source", sceau_slice_from(values[i])};
        f.arguments[1] = (struct analysis_argument){"since", SCEAU_SLICE("2026-11-20")};
        finding_arguments_write(&t, unit_arena, &f);
        struct sceau_slice copy = unit_copy(text_done(&t));
        assert_true(finding_arguments_read(unit_arena, copy, &again));
        assert_int_equal(again.cause, f.cause);
        assert_int_equal(again.weight, f.weight);
        assert_int_equal(again.argument_count, 2);
        assert_string_equal(again.arguments[0].name, "source");
        assert_slice(again.arguments[0].value, values[i]);
        unit_free(copy);
    }
}

/* A damaged store is no crash. */
static const char *const broken[] = {
    "",
    "{",
    "[]",
    "{\"a\"}",
    "{\"a\":1}",
    "{\"a\":\"b",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"b\"} ",
    "{\"a\":\"\\",
};

static void
what_is_broken_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct analysis_finding f = {0};
        struct sceau_slice copy = unit_copy(sceau_slice_from(broken[i]));
        UNIT_CASE(broken[i]);
        assert_false(finding_arguments_read(unit_arena, copy, &f));
        unit_free(copy);
    }
}

/* Every rule has its sentence, its remedy and its evidence, whatever is missing, and in
 * both languages; a text of others is escaped. */
static void
every_rule_has_words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ANALYSIS_FINDING_RULES; i++)
        for (unsigned language = LANGUAGE_EN; language <= LANGUAGE_FR; language++) {
            struct analysis_finding f = {.rule = (enum analysis_finding_rule)i,
                                         .domain = SCEAU_SLICE("a.test\x1b"),
                                         .source = SCEAU_SLICE("a/b&c=\"d\"")};
            struct words_finding w =
                words_finding(unit_arena, (enum language)language, &f);
            assert_true(w.what.len > 0 && w.remedy.len > 0 && w.evidence.len > 0);
            assert_null(memchr(w.what.ptr, '\x1b', w.what.len));
            assert_null(memchr(w.evidence.ptr, '"', w.evidence.len));
            assert_int_equal(w.evidence.ptr[0], '/');
            enum analysis_finding_rule again;
            assert_true(
                analysis_finding_read(sceau_slice_from(analysis_finding_word(f.rule)),
                                      &again));
            assert_int_equal(again, i);
        }
}

static void
every_class_says_why(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ANALYSIS_RULES; i++) {
        struct analysis_source s = {
            .rule = (enum analysis_rule)i, .rule_numbers = {985, 1234}
        };
        assert_true(words_class(unit_arena, LANGUAGE_FR, &s).len > 0);
    }
    struct analysis_source s = {
        .rule = ANALYSIS_RULE_COMPLIANT, .rule_numbers = {985, 1234}
    };
    assert_slice(words_class(unit_arena, LANGUAGE_EN, &s),
                 "98.5% of 1,234 messages are aligned: 98 % is well");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_come_back),
        cmocka_unit_test(what_is_broken_is_refused),
        cmocka_unit_test(every_rule_has_words),
        cmocka_unit_test(every_class_says_why),
    };
    return cmocka_run_group_tests_name("insight/finding", tests, unit_arena_up,
                                       unit_arena_down);
}
