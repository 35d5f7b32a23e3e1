/* Rows of a week as octets, and back. */
#include "week_rows.h"

#include "../../tests/unit.h"

#include <limits.h>

#define V4(last)                                \
 {                                              \
  .version = 4, .octets = { 192, 0, 2, (last) } \
 }
#define V6(last)                                     \
 {                                                   \
  .version = 6, .octets = { 0x20, 1, [15] = (last) } \
 }
#define TEXT(string)           \
 {                             \
  (string), sizeof(string) - 1 \
 }
#define LONG \
 "a23456789.a23456789.a23456789.a23456789.a23456789.a23456789.a23456789.a23456789."

static const struct {
    struct analysis_week week;
    size_t octets; /* of the row in its place */
    const char *why;
} rows[] = {
    {{{.ip = V4(1), .domain = TEXT("a.test"), .dkim = REPORT_ALIGNED_PASS}, {1}, {1}},
     1 + 7 + 5 + 6 + 2,
     "the first: domain and address are told"                                                                                              },
    {{{.ip = V4(1), .domain = TEXT("a.test"), .cause = ANALYSIS_CAUSE_BROKEN},
      {[6] = 127},
      {[6] = 1}},
     1 + 6 + 2,
     "the same address: neither is"                                                                                                        },
    {{{.ip = V4(2), .domain = TEXT("a.test"), .flags = 7}, {[3] = 128}, {[3] = 1}},
     1 + 5 + 6 + 3,
     "another address; a number of two octets"                                                                                             },
    {{{.ip = V6(1), .domain = TEXT("a.test")}, {0}, {5}},
     0,                                                                                                   "no messages: nothing is written"},
    {{{.ip = V6(1), .domain = TEXT("a.test"), .disposition = REPORT_DISPOSITIONS - 1},
      {1, 1, 1, 1, 1, 1, 1},
      {1, 0, 1}},
     1 + 17 + 6 + 14,
     "IPv6; all days"                                                                                                                      },
    {{{.ip = {0}, .domain = TEXT("")}, {1}, {1}},                                      1 + 1 + 1 + 6 + 2, "neither is told"                },
    {{{.ip = {0}, .domain = TEXT("b.test"), .flags = UINT_MAX},
      {UINT64_MAX, [6] = 1},
      {UINT64_MAX, [6] = 1}},
     1 + 7 + 5 + 5 + 10 + 10 + 2,
     "the largest numbers; only the domain is another"                                                                                     },
    {{{.ip = V4(9), .domain = TEXT(LONG LONG LONG "abcdefghijklm")}, {1}, {1}},
     1 + 254 + 5 + 6 + 2,
     "the longest domain"                                                                                                                  },
};
#define ROWS (sizeof rows / sizeof *rows)

static struct sceau_slice
write_all(char *octets, size_t size)
{
    struct week_writer w;
    week_writer_begin(&w, octets, size);
    for (size_t i = 0; i < ROWS; i++) {
        size_t before = w.len;
        UNIT_CASE(rows[i].why);
        assert_true(week_writer_add(&w, &rows[i].week));
        assert_int_equal(w.len - before, rows[i].octets);
    }
    return (struct sceau_slice){octets, w.len};
}

static void
there_and_back(void **state)
{
    char octets[ROWS * WEEK_ROW_MAX];
    struct week_reader r = week_reader_over(write_all(octets, sizeof octets));
    struct analysis_week week;
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        const struct analysis_week *wanted = &rows[i].week;
        UNIT_CASE(rows[i].why);
        if (rows[i].octets == 0)
            continue;
        assert_true(week_reader_next(&r, &week));
        assert_memory_equal(&week.row.ip, &wanted->row.ip, sizeof week.row.ip);
        assert_true(slice_eq(week.row.domain, wanted->row.domain));
        assert_int_equal(week.row.dkim, wanted->row.dkim);
        assert_int_equal(week.row.spf, wanted->row.spf);
        assert_int_equal(week.row.disposition, wanted->row.disposition);
        assert_int_equal(week.row.cause, wanted->row.cause);
        assert_int_equal(week.row.flags, wanted->row.flags);
        assert_memory_equal(week.counts, wanted->counts, sizeof week.counts);
        for (size_t n = 0; n < ANALYSIS_WEEK; n++)
            assert_int_equal(week.reports[n],
                             wanted->counts[n] ? wanted->reports[n] : 0);
    }
    assert_false(week_reader_next(&r, &week));
    assert_false(r.in.is_broken);
}

/* A row that may not fit is not begun. */
static void
full(void **state)
{
    char octets[2 * WEEK_ROW_MAX - 1];
    struct week_writer w;
    (void)state;
    week_writer_begin(&w, octets, sizeof octets);
    assert_true(week_writer_add(&w, &rows[7].week));
    size_t len = w.len;
    assert_true(week_writer_add(&w, &rows[0].week));
    assert_true(week_writer_add(&w, &rows[7].week));
    assert_false(week_writer_add(&w, &rows[0].week));
    assert_true(w.len > len && w.len < sizeof octets);
}

/* Cut anywhere: what was whole is told, and then that it is broken. */
static void
cut(void **state)
{
    char octets[ROWS * WEEK_ROW_MAX];
    struct sceau_slice all = write_all(octets, sizeof octets);
    (void)state;
    for (size_t len = 0; len < all.len; len++) {
        struct sceau_slice copy = unit_copy(slice_sub(all, 0, len));
        struct week_reader r = week_reader_over(copy);
        struct analysis_week week;
        size_t ends = 0, told = 0, whole = 0;
        bool is_between = len == 0;
        for (size_t i = 0; i < ROWS; i++) {
            ends += rows[i].octets;
            whole += rows[i].octets > 0 && ends <= len;
            is_between = is_between || ends == len;
        }
        while (week_reader_next(&r, &week))
            told++;
        assert_int_equal(told, whole);
        assert_int_equal(r.in.is_broken, !is_between);
        unit_free(copy);
    }
}

static const struct {
    struct sceau_slice octets;
    int rows;
    bool is_broken;
    const char *why;
} strange[] = {
    {TEXT(""),                                                             0, false, "nothing"                        },
    {TEXT("\3\0\0\x09\x09\x09\x63\1\1\5\1"),                               1, false, "values no enum has: not told"   },
    {TEXT("\0\1\1\1\1\0\1\5\1"),                                           1, false, "no names, ever: they are empty" },
    {TEXT("\2\5abcde\1\1\1\0\0\1\5\1"),                                    1, false, "an address of five octets: none"},
    {TEXT("\1\xff"
          "ab"),
     0,                                                                       true,  "a domain beyond the end"        },
    {TEXT("\0\1\1\1\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\5\1"), 0, true,
     "a number that never ends"                                                                                       },
};

static void
strangers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        struct sceau_slice copy = unit_copy(strange[i].octets);
        struct week_reader r = week_reader_over(copy);
        struct analysis_week week;
        int told = 0;
        UNIT_CASE(strange[i].why);
        while (week_reader_next(&r, &week)) {
            assert_in_range(week.row.dkim, 0, REPORT_ALIGNED_FAIL);
            assert_in_range(week.row.disposition, 0, REPORT_DISPOSITIONS - 1);
            assert_in_range(week.row.cause, 0, ANALYSIS_CAUSES - 1);
            assert_int_equal(week.counts[0], 5);
            told++;
        }
        assert_int_equal(told, strange[i].rows);
        assert_int_equal(r.in.is_broken, strange[i].is_broken);
        unit_free(copy);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(full),
        cmocka_unit_test(cut),
        cmocka_unit_test(strangers),
    };
    return cmocka_run_group_tests_name("store/week_rows", tests, NULL, NULL);
}
