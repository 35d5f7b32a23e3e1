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

/* What is said depends on more than the rule. */
static const struct {
    enum analysis_finding_rule rule;
    const char *argument, *value;
    const char *remedy;
    const char *why;
} variants[] = {
    {ANALYSIS_FINDING_FORGED, "policy", "none",
     "With p=reject receivers refuse such mail; see sceau report readiness for what is "
     "missing.",                                                   "the policy is to come"},
    {ANALYSIS_FINDING_FORGED, "policy", "quarantine",
     "With p=reject receivers refuse such mail; see sceau report readiness for what is "
     "missing.",                                                   "one step is left"     },
    {ANALYSIS_FINDING_TLS,    "reason", "certificate-expired",
     "Renew it, and have the mail server load it: what asks for TLS will deliver no more "
     "otherwise.",                                                 "it needs no look"     },
    {ANALYSIS_FINDING_TLS,    "reason", "validation-failure",
     "See sceau check: certificate, MTA-STS and TLSA of that MX.", "this does"            },
    {ANALYSIS_FINDING_FORGED, "policy", "reject",
     "Nothing is to be done: receivers refuse such mail.",         "it is there"          },
};

static void
an_argument_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        struct analysis_finding f = {.rule = variants[i].rule,
                                     .domain = SCEAU_SLICE("a.test"),
                                     .argument_count = 1};
        f.arguments[0] =
            (struct analysis_argument){variants[i].argument,
                                       sceau_slice_from(variants[i].value)};
        UNIT_CASE(variants[i].why);
        assert_slice(words_finding(unit_arena, LANGUAGE_EN, &f).remedy,
                     variants[i].remedy);
    }
}

static const char changed[] =
    "Nothing is to be done at your end: who passes the mail on changes it. A mailing list "
    "can be asked to write itself into From.";

/* The remedy begins so. */
static const struct {
    enum analysis_cause cause;
    enum analysis_class class;
    const char *remedy;
    const char *why;
} remedies[] = {
    {ANALYSIS_CAUSE_BROKEN,       ANALYSIS_OURS,
     "Its signature does not verify: compare the key",                                         "our own key may be wrong"},
    {ANALYSIS_CAUSE_BROKEN,       ANALYSIS_FORWARDER, changed,
     "no key of ours is wrong when a list adds a footer"                                                                 },
    {ANALYSIS_CAUSE_OTHER_SIGNER, ANALYSIS_FORWARDER, changed,                                 "the list signs"          },
    {ANALYSIS_CAUSE_UNSIGNED,     ANALYSIS_FORWARDER, "SPF ends where mail is passed on",
     "unsigned mail cannot be passed on"                                                                                 },
    {ANALYSIS_CAUSE_DNS,          ANALYSIS_FORWARDER, "Receivers could not read your records",
     "the records are ours, whoever sends"                                                                               },
};

static void
a_remedy_is_of_the_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++) {
        UNIT_CASE(remedies[i].why);
        const char *text =
            words_remedy(LANGUAGE_EN, remedies[i].cause, remedies[i].class);
        assert_memory_equal(text, remedies[i].remedy, strlen(remedies[i].remedy));
    }
}

/* In force, nothing "would have been". */
static void
the_what_if_knows_the_policy(void **state)
{
    (void)state;
    struct analysis_readiness r = {
        .policy = REPORT_DISPOSITION_REJECT,
        .what_if = {.not_yours = 102, .messages = 102}
    };
    const char reject[] =
        "With p=reject in force, 102 of 102 messages of these 28 days "
        "were to be refused: 102 not yours,";
    struct sceau_slice text = words_what_if(unit_arena, LANGUAGE_EN, &r);
    assert_memory_equal(text.ptr, reject, sizeof reject - 1);
    r.policy = REPORT_DISPOSITION_NONE;
    const char none[] =
        "With p=reject in these 28 days, 102 of 102 messages would have";
    text = words_what_if(unit_arena, LANGUAGE_EN, &r);
    assert_memory_equal(text.ptr, none, sizeof none - 1);
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
                 "98.5% of 1,234 messages are aligned: 98% is well");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arguments_come_back),
        cmocka_unit_test(what_is_broken_is_refused),
        cmocka_unit_test(every_rule_has_words),
        cmocka_unit_test(an_argument_decides),
        cmocka_unit_test(a_remedy_is_of_the_class),
        cmocka_unit_test(the_what_if_knows_the_policy),
        cmocka_unit_test(every_class_says_why),
    };
    return cmocka_run_group_tests_name("insight/finding", tests, unit_arena_up,
                                       unit_arena_down);
}
