/* Ranges of reports and the days they become; texts without local parts; keys. */
#include "store/days.h"

#include "../../tests/unit.h"
#include "store/cut.h"
#include "store/failure_write.h"
#include "store/report_key.h"

#define DAY INT64_C(86400)
#define NOW (20500 * DAY + 1000)

static const struct {
    int64_t begin, end, first;
    unsigned count;
    const char *why;
} ranges[] = {
    {20400 * DAY,            20400 * DAY + 86399,    20400, 1, "a UTC day, its last second named"},
    {20400 * DAY,            20401 * DAY,            20400, 1, "a UTC day, its end named"        },
    {20400 * DAY - 7 * 3600, 20401 * DAY - 7 * 3600, 20400, 1,
     "a day of another time zone: most of it"                                                    },
    {20400 * DAY + 10,       20400 * DAY + 10,       20400, 1, "a moment"                        },
    {20400 * DAY,            20407 * DAY,            20400, 7, "a week"                          },
    {20400 * DAY,            20402 * DAY - 1,        20400, 2, "two days"                        },
    {0,                      0,                      20500, 1, "nothing said: today"             },
    {0,                      20400 * DAY + 5,        20400, 1, "only its end"                    },
    {20400 * DAY,            20300 * DAY,            20300, 1, "ends before it begins"           },
    {20000 * DAY,            20400 * DAY + 5,        20400, 1, "longer than anybody reports"     },
    {90000 * DAY,            90001 * DAY,            20500, 1, "lies ahead"                      },
    {20500 * DAY,            20500 * DAY + 86399,    20500, 1, "today, not over yet"             },
    {20499 * DAY,            20503 * DAY,            20500, 1, "ends too far ahead"              },
    {INT64_MAX - 5,          INT64_MAX,              20500, 1, "the largest numbers"             },
};

static void
test_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        UNIT_CASE(ranges[i].why);
        struct days days = days_of(ranges[i].begin, ranges[i].end, NOW);
        if (days.first != ranges[i].first || days.count != ranges[i].count)
            fail_msg("%s: %lld, %u days", ranges[i].why, (long long)days.first,
                     days.count);
    }
}

static void
test_parts_add_up(void **state)
{
    const int64_t counts[] = {0, 1, 2, 6, 7, 8, 1000, INT64_C(1000000000000)};
    (void)state;
    for (unsigned days = 1; days <= DAYS_SPREAD; days++)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            for (uint64_t turn = 0; turn < 40; turn++) {
                struct days range = {20000, days};
                int64_t sum = 0, least = INT64_MAX, most = 0;
                for (unsigned n = 0; n < days; n++) {
                    int64_t part = days_part(&range, n, counts[i], turn);
                    sum += part;
                    least = part < least ? part : least;
                    most = part > most ? part : most;
                }
                assert_true(sum == counts[i] && most - least <= 1 && least >= 0);
            }
}

static const struct {
    const char *text, *kept, *why;
} redacted[] = {
    {"ann@example.org",                    "*@example.org",                "an address"           },
    {"\"Ann\" <ann.b+c@example.org>, x@y", "\"Ann\" <*@example.org>, *@y",
     "the rest stays"                                                                             },
    {"see ann@example.org now",            "see *@example.org now",        "inside a text"        },
    {"<a@b@example.org>",                  "<*@example.org>",              "two of them: both go" },
    {"no address",                         "no address",                   "none"                 },
    {"@example.org",                       "@example.org",                 "no local part"        },
    {"a\tb\n@c",                           "a b @c",                       "no control characters"},
};

static void
test_redacted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof redacted / sizeof *redacted; i++) {
        UNIT_CASE(redacted[i].why);
        struct sceau_slice in = unit_copy(sceau_slice_from(redacted[i].text));
        assert_slice(failure_redact(unit_arena, in), redacted[i].kept);
        unit_free(in);
    }
}

/* Two reports have one key only when all of it is the same. */
static void
test_keys(void **state)
{
    const struct report_identity one = {
        .format = REPORT_AGGREGATE,
        .authenticated = REPORT_AUTHENTICATED,
        .sender = SCEAU_SLICE("a.test"),
        .org_name = SCEAU_SLICE("A"),
        .report_id = SCEAU_SLICE("1"),
        .policy_domain = SCEAU_SLICE("example.org"),
        .begin = 1,
        .end = 2,
    };
    struct report_identity others[8];
    (void)state;
    for (size_t i = 0; i < 8; i++)
        others[i] = one;
    others[0].format = REPORT_TLS;
    others[1].authenticated = REPORT_UNAUTHENTICATED; /* a forger of the same name */
    others[2].sender = SLICE_NONE;
    others[3].org_name = SCEAU_SLICE("A\t1"); /* parts do not run together */
    others[3].report_id = SCEAU_SLICE("");
    others[4].report_id = SCEAU_SLICE("11");
    others[5].policy_domain = SCEAU_SLICE("example.net");
    others[6].begin = 2;
    others[7].end = 3;
    struct sceau_slice key = report_key_text(unit_arena, &one);
    assert_true(report_key_id(key) == report_key_id(report_key_text(unit_arena, &one)));
    for (size_t i = 0; i < 8; i++) {
        struct sceau_slice other = report_key_text(unit_arena, &others[i]);
        assert_false(slice_eq(key, other));
        assert_true(report_key_id(other) >= 0 &&
                    report_key_id(other) != report_key_id(key));
    }
}

/* What is too long for an index is told by its SHA-256; what was short enough is as it was. */
static void
test_long_keys(void **state)
{
    char id[REPORT_KEY_MAX + 64];
    struct report_identity r = {
        .format = REPORT_AGGREGATE,
        .authenticated = REPORT_BY_HAND,
        .org_name = SCEAU_SLICE("A"),
        .report_id = {id, sizeof id},
        .policy_domain = SCEAU_SLICE("a.test"),
    };
    (void)state;
    memset(id, 'x', sizeof id);
    struct sceau_slice one = report_key_text(unit_arena, &r);
    id[sizeof id - 1] = 'y';
    struct sceau_slice other = report_key_text(unit_arena, &r);
    assert_true(one.len < 100 && other.len < 100 && !slice_eq(one, other));
    r.report_id.len = 900;
    assert_true(report_key_text(unit_arena, &r).len > 900);
    r.report_id.len = 1;
    assert_slice(report_key_text(unit_arena, &r), "aggregate\t\tA\tx\ta.test\t0\t0");
}

static const struct {
    const char *text;
    size_t most;
    const char *cut, *why;
} cuts[] = {
    {"example.org",       11, "example.org", "as long as it may be"       },
    {"example.org",       7,  "example",     "longer"                     },
    {"ab\xc3\xa9",        3,  "ab",          "amid a character of two"    },
    {"ab\xc3\xa9",        4,  "ab\xc3\xa9",  "behind it"                  },
    {"a\xf0\x9f\x98\x80", 4,  "a",           "amid one of four"           },
    {"\xa9\xa9\xa9\xa9",  3,  "",            "no beginning of a character"},
    {"",                  0,  "",            "nothing"                    },
};

static void
cut_at_characters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        struct sceau_slice copy = unit_copy(sceau_slice_from(cuts[i].text));
        UNIT_CASE(cuts[i].why);
        assert_true(
            slice_eq(cut_text(copy, cuts[i].most), sceau_slice_from(cuts[i].cut)));
        unit_free(copy);
    }
    UNIT_CASE("up to a NUL");
    assert_int_equal(cut_text(SCEAU_SLICE("ab\0cd"), 9).len, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),    cmocka_unit_test(test_parts_add_up),
        cmocka_unit_test(test_redacted),  cmocka_unit_test(test_keys),
        cmocka_unit_test(test_long_keys), cmocka_unit_test(cut_at_characters),
    };
    return cmocka_run_group_tests_name("store/days", tests, unit_arena_up,
                                       unit_arena_down);
}
