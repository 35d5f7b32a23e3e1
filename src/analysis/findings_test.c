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

#define TODAY   20785 /* of NOW */
#define EXPIRED "certificate-expired"

/* Sessions of a domain, failures of two lines; what is found, in order. */
static const struct {
    uint64_t successful, failed;
    struct {
        const char *mx, *reason;
        uint64_t failed;
        int days_ago;
    } lines[2];
    struct {
        const char *reason;
        uint64_t fails;
    } found[2];
    const char *why;
} sessions[] = {
    {2262,
     21,       {{"mx2", EXPIRED, 20, 1}, {"mx2", EXPIRED, 1, 2}},
     {{EXPIRED, 21}, {0}},
     "under 1 %, and yet: nobody who asks for TLS reaches that host"                                                                    },
    {2282, 1,  {{"mx2", EXPIRED, 1, 1}},                                            {{EXPIRED, 1}},              "one session is enough"},
    {2282, 1,  {{"mx2", EXPIRED, 1, 4}},                                            {{0}},                       "renewed since"        },
    {0,
     30,       {{"mx1", EXPIRED, 20, 1}, {"mx2", EXPIRED, 10, 1}},
     {{EXPIRED, 20}, {EXPIRED, 10}},
     "each has its own"                                                                                                                 },
    {0,
     30,       {{"mx1", "starttls-not-supported", 20, 1}, {"mx2", EXPIRED, 10, 1}},
     {{"starttls-not-supported", 30}, {EXPIRED, 10}},
     "a larger reason hides none"                                                                                                       },
    {2262, 21, {{"mx2", "validation-failure", 21, 1}},                              {{0}},                       "under 1 %"            },
    {96,   4,  {{"mx2", "validation-failure", 4, 1}},                               {{0}},                       "under 5"              },
    {95,   5,  {{"mx2", "validation-failure", 5, 1}},                               {{"validation-failure", 5}}, "5 %"                  },
};

static void
what_sessions_fail_by(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++) {
        const struct analysis_tls policy = {.domain = SCEAU_SLICE(A),
                                            .successful = sessions[i].successful,
                                            .failed = sessions[i].failed};
        struct analysis_tls lines[2];
        size_t count = 0;
        UNIT_CASE(sessions[i].why);
        for (; count < 2 && sessions[i].lines[count].mx != NULL; count++) {
            int day = TODAY - sessions[i].lines[count].days_ago;
            lines[count] = (struct analysis_tls){
                .domain = SCEAU_SLICE(A),
                .organization = sceau_slice_from(count == 0 ? "one" : "two"),
                .mx = sceau_slice_from(sessions[i].lines[count].mx),
                .result_type = sceau_slice_from(sessions[i].lines[count].reason),
                .failed = sessions[i].lines[count].failed,
                .first_day = day,
                .last_day = day};
        }
        const struct analysis_tls_facts facts = {&policy, 1, lines, count};
        struct analysis_finder finder = {.arena = unit_arena, .now = NOW};
        analysis_find_tls(&finder, &facts);
        size_t wanted = 0;
        while (wanted < 2 && sessions[i].found[wanted].reason != NULL)
            wanted++;
        assert_int_equal(finder.count, wanted);
        for (size_t n = 0; n < wanted; n++) {
            char fails[24];
            snprintf(fails, sizeof fails, "%d", (int)sessions[i].found[n].fails);
            assert_string_equal(finder.items[n].arguments[0].name, "fails");
            assert_slice(finder.items[n].arguments[0].value, fails);
            assert_slice(finder.items[n].arguments[2].value,
                         sessions[i].found[n].reason);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_near_its_end),
        cmocka_unit_test(a_certificate_near_its_end),
        cmocka_unit_test(what_sessions_fail_by),
    };
    return cmocka_run_group_tests_name("analysis/findings", tests, unit_arena_up,
                                       unit_arena_down);
}
