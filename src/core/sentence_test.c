/* Sentences taken apart: literals, holes, braces. */
#include "sentence.h"

#include "../../tests/unit.h"
#include "text.h"

static const struct {
    const char *sentence;
    const char *parts; /* literal<hole> of each */
    const char *why;
} cases[] = {
    {"",                 "",                  "nothing"                     },
    {"a step",           "a step<>",          "no hole"                     },
    {"{a}",              "<a>",               "a hole alone"                },
    {"DMARC {a}: {b}.",  "DMARC <a>: <b>.<>", "holes between octets"        },
    {"{a}{b}",           "<a><b>",            "holes side by side"          },
    {"{{\"v\": {a}}",    "{<>\"v\": <a>}<>",  "two braces are one"          },
    {"{{",               "{<>",               "and at the end too"          },
    {"{{{a}",            "{<><a>",            "a brace before a hole"       },
    {"50 % of {{a} {a}", "50 % of {<>a} <a>", "what is behind it is no hole"},
};

static void
test_takes_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_slice rest = unit_copy(sceau_slice_from(cases[i].sentence));
        struct sceau_slice whole = rest, literal, hole;
        struct text t = text_new(unit_arena, SIZE_MAX);
        while (sentence_next(&rest, &literal, &hole))
            text_format(&t, "%.*s<%.*s>", SLICE_ARG(literal), SLICE_ARG(hole));
        assert_slice(text_done(&t), cases[i].parts);
        unit_free(whole);
        sceau_arena_clear(unit_arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_apart),
    };
    return cmocka_run_group_tests_name("core/sentence", tests, unit_arena_up,
                                       unit_arena_down);
}
