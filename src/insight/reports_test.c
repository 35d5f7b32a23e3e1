/* What lies in the store in English, as people read it. */
#include "reports.h"

#include "../../tests/unit.h"

static const struct {
    enum language language;
    const char *detail;
    bool is_for_terminal;
    const char *want;
    const char *why;
} details[] = {
    {LANGUAGE_EN, "no report was found in it",           true,  "no report was found in it",
     "as it is"                                                                                                                                },
    {LANGUAGE_FR, "the mail does not prove who sent it", true,
     "le courrier ne prouve pas qui l\u2019a envoy\u00e9",                                   "translated where it is shown"                    },
    {LANGUAGE_FR, "it cannot be read: a\x1b: b",         true,
     "il ne peut pas \u00eatre lu\u00a0: a\\x1b: b",                                         "what is of others is escaped, and stays as it is"},
    {LANGUAGE_FR, "it cannot be read: a\x1b: b",         false,
     "il ne peut pas \u00eatre lu\u00a0: a\x1b: b",                                          "a page escapes itself"                           },
    {LANGUAGE_FR, "of a later version",                  true,  "of a later version",        "no text of ours"                                 },
    {LANGUAGE_FR, "",                                    true,  "",                          "nothing"                                         },
};

static void
a_reason_is_translated(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof details / sizeof *details; i++) {
        struct sceau_slice detail = unit_copy(sceau_slice_from(details[i].detail));
        UNIT_CASE(details[i].why);
        assert_slice(insight_intake_why(unit_arena, details[i].language, detail,
                                        details[i].is_for_terminal),
                     details[i].want);
        unit_free(detail);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_is_translated),
    };
    return cmocka_run_group_tests_name("insight/reports", tests, unit_arena_up,
                                       unit_arena_down);
}
