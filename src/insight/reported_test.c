/* Which records of a report its page has, and in what order. */
#include "reported.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "store/report_pack.h"

#include <stdio.h>

static char folder[TEST_FOLDER], place[TEST_STORE];
static struct database *db;

static int
make_store(void **state)
{
    (void)state;
    if (test_folder_make(folder, "reported") != 0)
        return 1;
    test_store_place(place, folder, "reported");
    db = test_store_open(place);
    return db == NULL;
}

static int
remove_store(void **state)
{
    (void)state;
    database_close(db);
    return test_folder_remove(folder);
}

/* ---- so that a place in the order is known without sorting ---- */

static bool
none(int n)
{
    (void)n;
    return false;
}

#define MANY 10000

static bool
all_but_last(int n)
{
    return n < MANY - 1;
}

static uint64_t
one(int n, int rows)
{
    (void)n;
    (void)rows;
    return 1;
}

static uint64_t
rising(int n, int rows)
{
    (void)rows;
    return (uint64_t)n + 1;
}

static uint64_t
falling(int n, int rows)
{
    return (uint64_t)(rows - n);
}

static int
as_they_came(int at, int rows)
{
    (void)rows;
    return at;
}

static int
turned(int at, int rows)
{
    return rows - 1 - at;
}

static int
last_first(int at, int rows)
{
    return at == 0 ? rows - 1 : at - 1;
}

#define MOST INSIGHT_RECORDS_MAX
static const struct {
    int rows;
    bool (*passes)(int n);
    uint64_t (*count)(int n, int rows);
    int (*at)(int place, int rows); /* the record in that place */
    const char *why;
} orders[] = {
    {0,            none,         one,     as_they_came, "a report without records"          },
    {3,            none,         one,     as_they_came, "alike: as they came"               },
    {3,            none,         rising,  turned,       "the largest first"                 },
    {MOST,         none,         rising,  turned,       "as many as are shown"              },
    {MOST + 1,     none,         rising,  turned,       "one more: the smallest is left out"},
    {2 * MOST,     none,         falling, as_they_came, "as many as there is room for"      },
    {2 * MOST + 1, none,         rising,  turned,       "and one more"                      },
    {MANY,         none,         rising,  turned,       "each one is larger than all before"},
    {MANY,         none,         one,     as_they_came, "alike, and many: the first ones"   },
    {MANY,         all_but_last, one,     last_first,
     "the last one alone passes nothing: it stands first"                                   },
};

static void
write_report(int64_t id, size_t order)
{
    static struct report_pack pack;
    static const struct analysis_judgement nothing;
    char source[32];
    assert_true(database_begin(db));
    report_pack_begin(&pack, db, id, SCEAU_SLICE("a.test"));
    for (int n = 0; n < orders[order].rows; n++) {
        snprintf(source, sizeof source, "%d", n);
        const struct report_record record = {
            .source = sceau_slice_from(source),
            .count = orders[order].count(n, orders[order].rows),
            .dkim = orders[order].passes(n) ? REPORT_ALIGNED_PASS : REPORT_ALIGNED_FAIL,
            .spf = REPORT_ALIGNED_FAIL};
        assert_true(report_pack_add(&pack, SCEAU_SLICE("a.test"), &record, &nothing));
    }
    assert_true(report_pack_end(&pack));
    report_pack_clear(&pack);
    assert_true(database_commit(db));
}

static void
in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct insight in = {.db = db, .arena = sceau_arena_new((size_t)16 << 20)};
        struct table t;
        char source[32];
        UNIT_CASE(orders[i].why);
        write_report((int64_t)i + 1, i);
        assert_true(reported_records(&in, (int64_t)i + 1, &t));
        assert_int_equal(t.row_count, orders[i].rows < MOST ? orders[i].rows : MOST);
        for (size_t row = 0; row < t.row_count; row++) {
            snprintf(source, sizeof source, "%d",
                     orders[i].at((int)row, orders[i].rows));
            assert_slice(t.cells[row * t.column_count].text, source);
        }
        sceau_arena_free(in.arena);
    }
}

/* Lists in words, and nothing of a stranger's that would break the line. */
static void
in_words(void **state)
{
    static struct report_pack pack;
    static const struct analysis_judgement contradicts = {
        .flags = ANALYSIS_FLAG_CONTRADICTS | ANALYSIS_FLAG_FORWARDED};
    static const struct report_record record = {
        .source = SLICE_STATIC("192.0.2.1"),
        .count = 7,
        .disposition = REPORT_DISPOSITION_REJECT,
        .dkim = REPORT_ALIGNED_FAIL,
        .header_from = SLICE_STATIC("a.test"),
        .envelope_from = SLICE_STATIC("b.test"),
        .reasons = {{REPORT_REASON_OTHER, SLICE_STATIC("one\ntwo\tthree")},
                    {REPORT_REASON_UNKNOWN, SLICE_STATIC("")}},
        .reason_count = 2,
        .dkim_results = {{.domain = SLICE_STATIC("a.test"),
                          .selector = SLICE_STATIC("s\n1"),
                          .result = REPORT_RESULT_PASS},
                    {.domain = SLICE_STATIC("c.test")}},
        .dkim_count = 2,
        .spf_results = {{.domain = SLICE_STATIC("b.test"),
                         .scope = REPORT_SCOPE_HELO,
                         .result = REPORT_RESULT_SOFTFAIL}                    },
        .spf_count = 1
    };
    static const char *const wanted[] = {
        "192.0.2.1",
        "",
        "reject",
        "fail",
        "?",
        "a.test",
        "b.test",
        "dkim a.test s 1 pass; dkim c.test  unknown; spf b.test helo softfail",
        "other one two three; unknown "};
    struct insight in = {.db = db, .arena = sceau_arena_new((size_t)16 << 20)};
    struct table t;
    (void)state;
    assert_true(database_begin(db));
    report_pack_begin(&pack, db, 1, SCEAU_SLICE("a.test"));
    assert_true(report_pack_add(&pack, SCEAU_SLICE("a.test"), &record, &contradicts));
    assert_true(report_pack_end(&pack));
    report_pack_clear(&pack);
    assert_true(database_commit(db));
    assert_true(reported_records(&in, 1, &t));
    assert_int_equal(t.row_count, 1);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_slice(t.cells[i].text, wanted[i]);
    assert_int_equal(t.cells[1].number, 7);
    assert_int_equal(t.cells[9].number, 1);
    sceau_arena_free(in.arena);
}

static void
damaged(void **state)
{
    struct insight in = {.db = db, .arena = sceau_arena_new((size_t)16 << 20)};
    struct table t;
    (void)state;
    struct statement *s =
        database_prepare(db, "INSERT INTO report_pack (report, n, row_count, messages, "
                             "authors, octets) VALUES (1, 0, 1, 1, '', ?1)");
    bind_blob(s, 1, SCEAU_SLICE("\1\1\1"));
    assert_int_equal(statement_step(s), 0);
    assert_false(reported_records(&in, 1, &t));
    assert_string_equal(insight_error(&in), REPORT_ROWS_DAMAGED);
    sceau_arena_free(in.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(in_order, make_store, remove_store),
        cmocka_unit_test_setup_teardown(in_words, make_store, remove_store),
        cmocka_unit_test_setup_teardown(damaged, make_store, remove_store),
    };
    return cmocka_run_group_tests_name("insight/reported", tests, NULL, NULL);
}
