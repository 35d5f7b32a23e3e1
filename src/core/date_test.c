/* Days of the calendar, both ways. */
#include "date.h"

#include "../../tests/unit.h"

static const struct {
    int64_t seconds;
    const char *text;
    const char *why;
} days[] = {
    {0,            "1970-01-01", "the first day"                       },
    {86399,        "1970-01-01", "its last second"                     },
    {951782400,    "2000-02-29", "a leap day: 2000 is divisible by 400"},
    {951868800,    "2000-03-01", "and the day behind it"               },
    {1798761600,   "2027-01-01", "a new year"                          },
    {4107542400,   "2100-03-01", "2100 has no leap day"                },
    {253402214400, "9999-12-31", "the last day"                        },
};

static void
test_days(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        UNIT_CASE(days[i].why);
        int64_t first = days[i].seconds / 86400 * 86400, seconds;
        struct text t = text_new(unit_arena, SIZE_MAX);
        date_format(&t, days[i].seconds);
        assert_string_equal(text_done(&t).ptr, days[i].text);
        assert_true(date_parse(sceau_slice_from(days[i].text), &seconds));
        assert_int_equal(seconds, first);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {"",           "2027-1-01",  "2027-13-01",
                                          "2027-02-29", "1969-12-31", "2027/01/01",
                                          "2027-00-10", "2027-01-00", "2100-02-29",
                                          "2027-01-011"};
    int64_t seconds;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(date_parse(sceau_slice_from(refused[i]), &seconds));
}

static void
test_outside(void **state)
{
    (void)state;
    assert_int_equal(date_of(INT64_MIN).year, 1970);
    struct date last = date_of(INT64_MAX);
    assert_int_equal(last.year * 10000 + last.month * 100 + last.day, 99991231);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_outside),
    };
    return cmocka_run_group_tests_name("core/date", tests, unit_arena_up,
                                       unit_arena_down);
}
