/* Days with reports, and what they tell of who reports. */
#include "reporters.h"

#include "../../tests/unit.h"

#define TODAY 1000

/* Days as characters, the last one yesterday: "x" a report, "." none. */
static const struct {
    const char *days;
    unsigned reported, gaps, silent;
    bool is_usual;
    const char *why;
} courses[] = {
    {"xxxxxxxxxxxxxx", 14, 0, 0, true,  "every day"                        },
    {"xxxxxxxxx.....", 9,  0, 5, false, "known for nine days only"         },
    {"xxxxxxxxxxx...", 11, 0, 3, true,  "usual, and silent for three days" },
    {"x.x.x.x.x.x.x.", 7,  6, 1, false, "every second day is not most days"},
    {"xx.xx.xx.xx.xx", 10, 4, 0, true,  "two of three, and some"           },
    {".............x", 1,  0, 0, false, "once"                             },
};

static void
tells_who_is_silent(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof courses / sizeof *courses; i++) {
        struct analysis_reporter_row rows[20];
        size_t count = 0, made, length = strlen(courses[i].days);
        UNIT_CASE(courses[i].why);
        for (size_t n = 0; n < length; n++)
            if (courses[i].days[n] == 'x')
                rows[count++] =
                    (struct analysis_reporter_row){.name = SCEAU_SLICE("r.test"),
                                                   .day = TODAY - (int)(length - n),
                                                   .messages = 10,
                                                   .reports = 1,
                                                   .delay = (int)n * 100};
        struct analysis_reporter *r =
            analysis_reporters_make(unit_arena, rows, count, TODAY, &made);
        assert_int_equal(made, 1);
        assert_int_equal(r->days, courses[i].reported);
        assert_int_equal(r->gaps, courses[i].gaps);
        assert_int_equal(r->silent_days, courses[i].silent);
        assert_int_equal(r->is_usual, courses[i].is_usual);
        assert_int_equal(r->messages, 10 * count);
        assert_int_equal(r->delay, rows[count / 2].delay);
    }
}

/* Two names, one of them with two domains on a day. */
static void
keeps_names_apart(void **state)
{
    static const struct analysis_reporter_row rows[] = {
        {{"a", 1}, 990, 5,   1, 1, 60},
        {{"a", 1}, 990, 6,   1, 1, 90},
        {{"b", 1}, 991, 100, 0, 1, 30},
    };
    size_t count;
    (void)state;
    struct analysis_reporter *r =
        analysis_reporters_make(unit_arena, rows, 3, TODAY, &count);
    assert_int_equal(count, 2);
    assert_slice(r[0].name, "b"); /* the largest first */
    assert_int_equal(r[1].messages, 11);
    assert_int_equal(r[1].days, 1);
    assert_int_equal(r[1].reports, 2);
    assert_non_null(analysis_reporters_make(unit_arena, NULL, 0, TODAY, &count));
    assert_int_equal(count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_is_silent),
        cmocka_unit_test(keeps_names_apart),
    };
    return cmocka_run_group_tests_name("analysis/reporters", tests, unit_arena_up,
                                       unit_arena_down);
}
