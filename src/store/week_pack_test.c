/* Weeks are packed when they have come to rest, and say what their rows say. */
#include "week_pack.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "core/domain.h"

#define NOW 1700000000

static char folder[TEST_FOLDER], place[TEST_STORE];
static struct database *db;

static int
open_store(void **state)
{
    (void)state;
    if (test_folder_make(folder, "week_pack") != 0)
        return 1;
    test_store_place(place, folder, "week_pack");
    db = test_store_open(place);
    return 0;
}

static int
close_store(void **state)
{
    (void)state;
    database_close(db);
    return test_folder_remove(folder);
}

static int64_t
number(const char *sql, struct sceau_slice name)
{
    struct statement *s = database_prepare(db, sql);
    bind_text(s, 1, name);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return value;
}

static void
change(struct sceau_slice name, int64_t week, int64_t now)
{
    assert_true(database_begin(db));
    assert_true(week_changed(db, name, week, now));
    assert_true(database_commit(db));
}

/* So many rows of week 2900; each third address under another From domain. */
static void
fill(struct sceau_slice name, int rows, const char *domain)
{
    assert_true(database_begin(db));
    for (int n = 0; n < rows; n++) {
        char octets[4] = {(char)(n >> 16), (char)(n >> 8), (char)n, 1};
        struct statement *s = database_prepare(
            db, "INSERT INTO week_ip (policy_domain, week, domain, ip, dkim, spf, "
                "disposition, cause, flags, count0, count6, reports0, reports6) VALUES "
                "(?1, 2900, ?2, ?3, ?4, 2, 1, 0, 1, ?5, 1, 1, 1)");
        bind_text(s, 1, name);
        bind_text(s, 2, n % 3 == 0 ? SCEAU_SLICE("z.test") : sceau_slice_from(domain));
        bind_blob(s, 3, (struct sceau_slice){octets, sizeof octets});
        bind_int(s, 4, n % 2 + 1);
        bind_int(s, 5, n);
        if (statement_step(s) != 0)
            fail_msg("%s", database_error(db));
    }
    assert_true(database_commit(db));
    change(name, 2900, NOW);
}

static void
pack(int64_t now, uint64_t wanted)
{
    uint64_t packed;
    if (!week_pack(db, now, &packed, NULL, NULL))
        fail_msg("%s", database_error(db));
    assert_int_equal(packed, wanted);
}

/* All pieces hold what the table holds, in the order of its key. */
static int
compare(struct sceau_slice name)
{
    struct analysis_week row, packed;
    int count = 0;
    struct statement *rows =
        database_prepare(db, "SELECT " WEEK_COLUMNS "WHERE policy_domain = ?1 ORDER BY "
                             "domain, ip, dkim, spf, disposition, cause, flags");
    struct statement *pieces =
        database_prepare(db, "SELECT octets FROM week_pack WHERE policy_domain = ?1 "
                             "ORDER BY week, piece");
    bind_text(rows, 1, name);
    bind_text(pieces, 1, name);
    while (statement_step(pieces) == 1) {
        struct week_reader r = week_reader_over(column_blob(pieces, 0));
        while (week_reader_next(&r, &packed)) {
            assert_int_equal(statement_step(rows), 1);
            week_row_read(rows, &row);
            assert_true(slice_eq(row.row.domain, packed.row.domain));
            row.row.domain = packed.row.domain;
            packed.row.day = row.row.day;
            assert_memory_equal(&row.row.ip, &packed.row.ip, sizeof row.row.ip);
            assert_int_equal(row.row.dkim, packed.row.dkim);
            assert_int_equal(row.row.spf, packed.row.spf);
            assert_int_equal(row.row.disposition, packed.row.disposition);
            assert_int_equal(row.row.flags, packed.row.flags);
            assert_memory_equal(row.counts, packed.counts, sizeof row.counts);
            assert_memory_equal(row.reports, packed.reports, sizeof row.reports);
            count++;
        }
        assert_false(r.in.is_broken);
    }
    if (count > 0)
        assert_int_equal(statement_step(rows), 0);
    statement_reset(rows);
    return count;
}

/* Rows of the packs alone. */
static int
rows_packed(struct sceau_slice name)
{
    struct analysis_week week;
    int count = 0;
    struct statement *s = database_prepare(
        db,
        "SELECT octets FROM week_pack WHERE policy_domain = ?1 ORDER BY week, piece");
    bind_text(s, 1, name);
    while (statement_step(s) == 1)
        for (struct week_reader r = week_reader_over(column_blob(s, 0));
             week_reader_next(&r, &week);)
            count++;
    return count;
}

#define LONG                                                                        \
 "a23456789.a23456789.a23456789.a23456789.a23456789.a23456789.a23456789.a23456789." \
 "a23456789.a23456789.a23456789.a23456789.a23456789.a23456789.a23456789.a23456789"

static const struct {
    const char *name, *domain;
    int rows;
    bool is_packed;
    int64_t pieces;
    const char *why;
} weeks[] = {
    {"none.test", "a.test", 0,            false, 0, "changed, and all of it went"     },
    {"few.test",  "a.test", WEEK_FEW - 1, false, 0, "as soon read as they are"        },
    {"some.test", LONG,     WEEK_FEW,     true,  1, "enough"                          },
    {"2000.test", "a.test", 2000,         true,  1, "exactly as many as a piece reads"},
    {"2001.test", "a.test", 2001,         true,  2, "one more"                        },
    {"many.test", "a.test", 7000,         true,  4, "several pieces"                  },
};

static void
says_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof weeks / sizeof *weeks; i++) {
        struct sceau_slice name = sceau_slice_from(weeks[i].name);
        UNIT_CASE(weeks[i].why);
        fill(name, weeks[i].rows, weeks[i].domain);
        pack(NOW + WEEK_SETTLE - 1, 0);
        assert_int_equal(
            number("SELECT count(*) FROM week_changed WHERE policy_domain = ?1", name),
            1);
        pack(NOW + WEEK_SETTLE, 1);
        assert_int_equal(
            number("SELECT count(*) FROM week_changed WHERE policy_domain = ?1", name),
            0);
        assert_int_equal(
            number("SELECT count(*) FROM week_pack WHERE policy_domain = ?1", name),
            weeks[i].pieces);
        assert_int_equal(compare(name), weeks[i].is_packed ? weeks[i].rows : 0);
        pack(NOW + WEEK_SETTLE, 0);
    }
}

/* A change takes the pack of its week away, and of no other; the first of several counts. */
static void
changes(void **state)
{
    struct sceau_slice name = SCEAU_SLICE("changes.test");
    (void)state;
    fill(name, 100, "a.test");
    fill(SCEAU_SLICE("other.test"), 100, "a.test");
    pack(NOW + WEEK_SETTLE, 2);
    assert_int_equal(compare(name), 100);
    change(name, 2899, NOW + 1000);
    assert_int_equal(compare(name), 100);
    change(name, 2900, NOW + 1000);
    assert_int_equal(compare(name), 0);
    change(name, 2900, NOW + 1500);
    assert_int_equal(compare(SCEAU_SLICE("other.test")), 100);
    pack(NOW + 1000 + WEEK_SETTLE - 1, 0);
    pack(NOW + 1000 + WEEK_SETTLE, 2);
    assert_int_equal(compare(name), 100);
}

/* Names that stores of before cut amid a character, and one that nobody of ours wrote: weeks
 * behind them are packed, and what is told of rows under them is told once. */
static void
odd_names(void **state)
{
    char cut[DOMAIN_MAX + 7], endless[2000];
    struct sceau_slice name = {cut, sizeof cut - 1};
    (void)state;
    memset(cut, 'a', sizeof cut - 1);
    cut[sizeof cut - 1] = '\0';
    memcpy(cut + DOMAIN_MAX - 3, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 9);
    memset(endless, 'b', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    fill(name, 40, "a.test");
    fill(SCEAU_SLICE("author.test"), 3000, cut);
    fill(SCEAU_SLICE("endless.test"), 3000, endless);
    fill(SCEAU_SLICE("behind.test"), 40, "a.test");
    pack(NOW + WEEK_SETTLE, 4);
    assert_int_equal(rows_packed(name), 40);
    assert_int_equal(rows_packed(SCEAU_SLICE("author.test")), 3000);
    assert_int_equal(rows_packed(SCEAU_SLICE("endless.test")), 0);
    assert_int_equal(rows_packed(SCEAU_SLICE("behind.test")), 40);
    pack(NOW + WEEK_SETTLE, 0);
}

static bool
after_one(void *self)
{
    return ++*(int *)self > 1;
}

/* What is stopped goes on where it was. */
static void
turns(void **state)
{
    uint64_t packed;
    (void)state;
    for (int64_t week = 1; week <= 3; week++)
        change(SCEAU_SLICE("turns.test"), week, NOW);
    for (uint64_t wanted = 1, left = 3; left > 0; left--) {
        int asked = 0;
        week_pack(db, NOW + WEEK_SETTLE, &packed, after_one, &asked);
        assert_int_equal(packed, wanted);
    }
    pack(NOW + WEEK_SETTLE, 0);
}

/* Nobody's change is lost between two connections, however they meet: who packs waits for who
 * writes, or gives up until later. A file has one writer. */
static void
meeting(void **state)
{
    struct sceau_slice name = SCEAU_SLICE("meeting.test");
    uint64_t packed;
    (void)state;
    if (!test_store_is_server())
        skip();
    struct database *other = test_store_open(place);
    fill(name, 100, "a.test");
    pack(NOW + WEEK_SETTLE, 1);
    assert_true(database_begin(other));
    struct statement *s =
        database_prepare(other,
                         "UPDATE week_ip SET count3 = 7 WHERE policy_domain = ?1");
    bind_text(s, 1, name);
    assert_int_equal(statement_step(s), 0);
    assert_true(week_changed(other, name, 2900, NOW));
    assert_true(week_pack(db, NOW + WEEK_SETTLE, &packed, NULL, NULL));
    assert_int_equal(packed, 0); /* it is not to be seen yet */
    assert_true(database_commit(other));
    assert_int_equal(compare(name), 0);
    pack(NOW + WEEK_SETTLE, 1);
    assert_int_equal(compare(name), 100);
    database_close(other);
}

/* ---- pages ---- */

static const struct {
    int64_t first, before; /* weeks */
    bool only_fails;
    int rows;
    const char *why;
} pages[] = {
    {2899, 2903, false, 5000, "two weeks, five pages"                         },
    {2901, 2903, false, 2500, "the last one, whose last page is half a page"  },
    {2899, 2901, false, 2500, "the first one: what begins with it is included"},
    {2899, 2903, true,  2500, "those that fail: each second one"              },
    {2902, 2903, false, 0,    "a week without rows"                           },
};

/* Domains and addresses are of one length here. */
static bool
is_before(const struct week_place *a, const struct week_place *b)
{
    int order = memcmp(a->domain, b->domain, a->domain_len);
    if (a->week != b->week)
        return a->week < b->week;
    return order < 0 || (order == 0 && memcmp(a->ip, b->ip, a->ip_len) < 0);
}

/* Each row once, the last key first. */
static void
pages_fall(void **state)
{
    const struct sceau_slice name = SCEAU_SLICE("pages.test");
    const uint64_t whole = UINT64_C(2499) * 2500 / 2, fail = UINT64_C(1250) * 1250;
    (void)state;
    fill(name, 2500, "a.test");
    assert_true(database_run(
        db,
        "INSERT INTO week_ip SELECT policy_domain, 2901, domain, ip, dkim, spf, "
        "disposition, cause, flags, count0, count1, count2, count3, count4, count5, "
        "count6, reports0, reports1, reports2, reports3, reports4, reports5, reports6 "
        "FROM week_ip WHERE policy_domain = 'pages.test'"));
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        struct week_place at = {.week = pages[i].before}, next = at, last = at;
        struct analysis_week week;
        int rows = 0, of_page = WEEK_PAGE_ROWS;
        uint64_t messages = 0;
        UNIT_CASE(pages[i].why);
        while (of_page == WEEK_PAGE_ROWS) {
            struct statement *s =
                week_page(db, name, pages[i].first, &at, pages[i].only_fails);
            for (of_page = 0; statement_step(s) == 1; of_page++) {
                week_row_read(s, &week);
                assert_true(week_place_note(&next, s));
                assert_true(is_before(&next, &last));
                assert_true(!pages[i].only_fails ||
                            week.row.dkim == REPORT_ALIGNED_FAIL);
                assert_int_equal(week.counts[1], 0);
                assert_int_equal(week.reports[6], 1);
                messages += week.counts[0];
                last = next;
            }
            at = next;
            rows += of_page;
        }
        assert_int_equal(rows, pages[i].rows);
        assert_true(
            messages ==
            (pages[i].only_fails ? 2 * fail : (uint64_t)pages[i].rows / 2500 * whole));
    }
    assert_true(
        database_run(db, "DELETE FROM week_ip WHERE policy_domain = 'pages.test'"));
    assert_true(
        database_run(db,
                     "DELETE FROM week_changed WHERE policy_domain = 'pages.test'"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_the_same), cmocka_unit_test(changes),
        cmocka_unit_test(odd_names),     cmocka_unit_test(turns),
        cmocka_unit_test(meeting),       cmocka_unit_test(pages_fall),
    };
    return cmocka_run_group_tests_name("store/week_pack", tests, open_store,
                                       close_store);
}
