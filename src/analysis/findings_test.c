/* Keys and certificates near their end: from which day on they are findings. */
#include "findings.h"

#include "../../tests/unit.h"

#define DAY 86400
#define NOW (20785 * (int64_t)DAY) /* 2026-11-28 */
#define A   "a.test"
#define B   "b.test"

/* The active key signs for so many days, and may for 100; what there is beside it. */
static const struct {
    int active_days;
    int lifetime_days;
    const char *state, *other_domain, *other_state, *other_type;
    bool is_published, is_found;
    enum analysis_severity severity;
    const char *why;
} keys[] = {
    {80,  100, "active",   A, "revoked", "rsa",     true,  false, ANALYSIS_INFO,
     "20 days are left"              },
    {90,  100, "active",   A, "revoked", "rsa",     true,  true,  ANALYSIS_INFO,
     "10 days are left"              },
    {101, 100, "active",   A, "revoked", "rsa",     true,  true,  ANALYSIS_WARNING,
     "over its time"                 },
    {101, 0,   "active",   A, "revoked", "rsa",     true,  false, ANALYSIS_INFO,
     "nobody set a lifetime"         },
    {101, 100, "retiring", A, "revoked", "rsa",     true,  false, ANALYSIS_INFO,
     "it signs no more"              },
    {101, 100, "active",   A, "next",    "rsa",     true,  false, ANALYSIS_INFO,
     "another is on its way"         },
    {101, 100, "active",   A, "next",    "rsa",     false, true,  ANALYSIS_WARNING,
     "its record was never published"},
    {101, 100, "active",   A, "next",    "ed25519", true,  true,  ANALYSIS_WARNING,
     "of another type"               },
    {101, 100, "active",   B, "next",    "rsa",     true,  true,  ANALYSIS_WARNING,
     "of another domain"             },
};

static void
a_key_near_its_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct analysis_own_key own[] = {
            {.domain = sceau_slice_from(A),
             .selector = SCEAU_SLICE("s1"),
             .state = sceau_slice_from(keys[i].state),
             .type = SCEAU_SLICE("rsa"),
             .active = NOW - keys[i].active_days * DAY        },
            {.domain = sceau_slice_from(keys[i].other_domain),
             .selector = SCEAU_SLICE("s2"),
             .state = sceau_slice_from(keys[i].other_state),
             .type = sceau_slice_from(keys[i].other_type),
             .published = keys[i].is_published ? NOW - DAY : 0},
        };
        const struct analysis_ours ours = {.keys = own,
                                           .key_count = 2,
                                           .key_lifetime =
                                               keys[i].lifetime_days * (int64_t)DAY};
        struct analysis_finder finder = {.arena = unit_arena, .now = NOW};
        UNIT_CASE(keys[i].why);
        analysis_find_keys(&finder, &ours);
        assert_int_equal(finder.count, keys[i].is_found);
        if (!keys[i].is_found)
            continue;
        assert_int_equal(finder.items[0].rule, ANALYSIS_FINDING_KEY_END);
        assert_int_equal(finder.items[0].severity, keys[i].severity);
        assert_int_equal(finder.items[0].since,
                         NOW - (keys[i].active_days - 86) * (int64_t)DAY);
    }
}

static const struct {
    int days, left;
    bool is_found;
    enum analysis_severity severity;
    const char *why;
} certificates[] = {
    {90,  30, false, ANALYSIS_INFO,    "renewed at two thirds, as programs do"},
    {90,  15, false, ANALYSIS_INFO,    "15 of 90 days"                        },
    {90,  14, true,  ANALYSIS_WARNING, "14 of 90 days"                        },
    {365, 15, false, ANALYSIS_INFO,    "a year's: the same"                   },
    {365, 14, true,  ANALYSIS_WARNING, "14 of a year"                         },
    {6,   3,  false, ANALYSIS_INFO,    "one of six days, half way"            },
    {6,   1,  true,  ANALYSIS_WARNING, "its last day"                         },
    {90,  -1, true,  ANALYSIS_PROBLEM, "over"                                 },
};

static void
a_certificate_near_its_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof certificates / sizeof *certificates; i++) {
        int64_t end = NOW + certificates[i].left * DAY;
        const struct analysis_certificate c = {SCEAU_SLICE(A), SCEAU_SLICE("mx.a.test"),
                                               end -
                                                   certificates[i].days * (int64_t)DAY,
                                               end};
        struct analysis_finder finder = {.arena = unit_arena, .now = NOW};
        UNIT_CASE(certificates[i].why);
        analysis_find_certificates(&finder, &c, 1);
        assert_int_equal(finder.count, certificates[i].is_found);
        if (certificates[i].is_found) {
            assert_int_equal(finder.items[0].severity, certificates[i].severity);
            assert_true(finder.items[0].since <= NOW);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_near_its_end),
        cmocka_unit_test(a_certificate_near_its_end),
    };
    return cmocka_run_group_tests_name("analysis/findings", tests, unit_arena_up,
                                       unit_arena_down);
}
