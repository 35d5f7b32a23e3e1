/* Which word is offered for which slip. */
#include "nearest.h"

#include "../../tests/unit.h"

static const struct {
    const char *wrong;
    const char *word; /* of the words below; "": none */
    const char *why;
} cases[] = {
    {"quarantin",       "quarantine", "a letter is missing"                          },
    {"monitorr",        "monitor",    "one is too many"                              },
    {"rejekt",          "reject",     "one is another"                               },
    {"moniotr",         "monitor",    "two neighbours are swapped: one slip, not two"},
    {"REJECT",          "reject",     "letter case is no slip"                       },
    {"x",               "",           "nothing is near a single letter but its like" },
    {"",                "",           "nor near nothing"                             },
    {"qarantien",       "quarantine", "two slips in a long word"                     },
    {"completely-else", "",           "nothing in common"                            },
};

static void
offers_the_nearest(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_slice wrong = unit_copy(sceau_slice_from(cases[i].wrong));
        struct nearest n = nearest_to(wrong);
        UNIT_CASE(cases[i].why);
        nearest_try_words(&n, "monitor quarantine reject");
        assert_slice(n.word, cases[i].word);
        unit_free(wrong);
    }
}

static void
keeps_the_first_of_equals(void **state)
{
    (void)state;
    struct nearest n = nearest_to(SCEAU_SLICE("bat"));
    nearest_try_words(&n, "cat hat bats");
    assert_slice(n.word, "cat");
    nearest_try(&n, SCEAU_SLICE("bat"));
    assert_slice(n.word, "bat");
}

/* The rows of the table end there. */
static void
compares_no_long_words(void **state)
{
    (void)state;
    char word[NEAREST_WORD_MAX + 2];
    memset(word, 'a', sizeof word);
    word[NEAREST_WORD_MAX] = '\0';
    struct nearest n = nearest_to(sceau_slice_from(word));
    nearest_try(&n, sceau_slice_from(word));
    assert_int_equal(n.word.len, NEAREST_WORD_MAX);
    word[NEAREST_WORD_MAX] = 'a';
    word[NEAREST_WORD_MAX + 1] = '\0';
    n = nearest_to(sceau_slice_from(word));
    nearest_try(&n, sceau_slice_from(word));
    assert_int_equal(n.word.len, 0);
}

static void
knows_what_is_listed(void **state)
{
    (void)state;
    assert_true(nearest_is_listed("rsa ed25519", SCEAU_SLICE("rsa")));
    assert_true(nearest_is_listed("rsa ed25519", SCEAU_SLICE("ed25519")));
    assert_false(nearest_is_listed("rsa ed25519", SCEAU_SLICE("rs")));
    assert_false(nearest_is_listed("rsa ed25519", SCEAU_SLICE("rsa ed25519")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_the_nearest),
        cmocka_unit_test(keeps_the_first_of_equals),
        cmocka_unit_test(compares_no_long_words),
        cmocka_unit_test(knows_what_is_listed),
    };
    return cmocka_run_group_tests_name("config/nearest", tests, NULL, NULL);
}
