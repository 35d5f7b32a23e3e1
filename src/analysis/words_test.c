/* Shares, as rules and as people read them. */
#include "../../tests/unit.h"
#include "analysis.h"

static const struct {
    uint64_t part, whole;
    int share, shown; /* thousandths */
    const char *why;
} shares[] = {
    {0,              0,          -1,   -1,   "nothing has no share"                   },
    {0,              9,          0,    0,    "none"                                   },
    {9,              9,          1000, 1000, "all"                                    },
    {8,              9,          888,  889,  "down for a rule, nearest for people"    },
    {1,              3,          333,  333,  "the nearest may be below"               },
    {1,              2000,       0,    1,    "half a thousandth goes up"              },
    {1,              1000000,    0,    1,    "next to nothing is not nothing"         },
    {999999,         1000000,    999,  999,  "nearly all is not all"                  },
    {9795,           10000,      979,  980,  "98 % for people, and not yet for a rule"},
    {UINT64_MAX - 1, UINT64_MAX, 1000, 999,  "no product wraps"                       },
    {1,              UINT64_MAX, 0,    1,    "nor here"                               },
};

static void
shares_are_rounded(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        UNIT_CASE(shares[i].why);
        assert_int_equal(analysis_share(shares[i].part, shares[i].whole),
                         shares[i].share);
        assert_int_equal(analysis_share_shown(shares[i].part, shares[i].whole),
                         shares[i].shown);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares_are_rounded)};
    return cmocka_run_group_tests_name("analysis/words", tests, unit_arena_up,
                                       unit_arena_down);
}
