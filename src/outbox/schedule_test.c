/* When reports leave, and when they are tried again. */
#include "schedule.h"

#include "../../tests/unit.h"

#define END (INT64_C(20000) * 86400 - 1)

static void
test_due(void **state)
{
    (void)state;
    int64_t due = outbox_due(SCEAU_SLICE("example.org"), END, OUTBOX_SPREAD);
    assert_in_range(due, END + 1, END + OUTBOX_SPREAD);
    /* the same time each day, and another for another domain */
    assert_int_equal(outbox_due(SCEAU_SLICE("example.org"), END + 86400, OUTBOX_SPREAD),
                     due + 86400);
    assert_int_not_equal(outbox_due(SCEAU_SLICE("example.net"), END, OUTBOX_SPREAD),
                         due);
    assert_int_equal(outbox_due(SCEAU_SLICE("example.org"), END, 0), END + 1);
}

/* A thousand domains fill every sixteenth of the time, none of them with twice its share. */
static void
test_spreads(void **state)
{
    (void)state;
    unsigned slots[16] = {0};
    for (unsigned i = 0; i < 1000; i++) {
        char name[32];
        int len = snprintf(name, sizeof name, "d%u.example", i);
        int64_t due =
            outbox_due((struct sceau_slice){name, (size_t)len}, END, OUTBOX_SPREAD);
        slots[(due - END - 1) * 16 / OUTBOX_SPREAD]++;
    }
    for (size_t i = 0; i < 16; i++)
        assert_in_range(slots[i], 31, 125);
}

static void
test_begins_slowly(void **state)
{
    (void)state;
    static const struct {
        int64_t since;
        uint64_t ceiling;
    } days[] = {
        {-1,   100       },
        {0,    100       },
        {1,    400       },
        {6,    409600    },
        {7,    UINT64_MAX},
        {4000, UINT64_MAX}
    };
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        assert_true(outbox_ceiling(days[i].since) == days[i].ceiling);
}

static void
test_tries_again(void **state)
{
    (void)state;
    static const struct {
        unsigned tries;
        uint32_t least, most;
        const char *why;
    } retries[] = {
        {0,                    226,   300,   "greylisting lets through after five minutes"},
        {1,                    451,   600,   "doubling"                                   },
        {6,                    14401, 19200, "doubling"                                   },
        {7,                    21601, 28800, "at most eight hours"                        },
        {OUTBOX_TRIES_MAX - 1, 21601, 28800, "the last wait"                              },
        {OUTBOX_TRIES_MAX,     0,     0,     "given up"                                   },
        {UINT32_MAX,           0,     0,     "given up, and no shift that is undefined"   },
    };
    for (size_t i = 0; i < sizeof retries / sizeof *retries; i++)
        for (uint64_t seed = 0; seed < 100000; seed += 7919) {
            uint32_t wait = outbox_retry(retries[i].tries, seed);
            if (wait < retries[i].least || wait > retries[i].most)
                fail_msg("%s: %u seconds", retries[i].why, wait);
        }
}

static void
test_leaves_alone(void **state)
{
    (void)state;
    static const struct {
        unsigned refusals;
        uint32_t days;
    } periods[] = {
        {0,          0 },
        {1,          1 },
        {2,          2 },
        {5,          16},
        {6,          30},
        {UINT32_MAX, 30}
    };
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
        assert_int_equal(outbox_suppression(periods[i].refusals),
                         periods[i].days * 86400);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),           cmocka_unit_test(test_spreads),
        cmocka_unit_test(test_begins_slowly), cmocka_unit_test(test_tries_again),
        cmocka_unit_test(test_leaves_alone),
    };
    return cmocka_run_group_tests_name("outbox/schedule", tests, NULL, NULL);
}
