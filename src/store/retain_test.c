/* What goes and what stays, by table, where there is more of it than one transaction takes. */
#include "store/retain.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "core/text.h"
#include "store/days.h"

#include <limits.h>
#include <time.h>

#define TODAY 20000
#define NOW   ((int64_t)TODAY * DAY_SECONDS)
#define KEPT  40   /* days */
#define MANY  5101 /* rows: more than one transaction takes */

static char folder[TEST_FOLDER], place[TEST_STORE];
static struct database *db;

static int
open_store(void **state)
{
    char error[DATABASE_ERROR_MAX];
    enum database_status status;
    (void)state;
    if (test_folder_make(folder, "retain") != 0)
        return 1;
    test_store_place(place, folder, "retain");
    db = database_open(place, DATABASE_WRITE, &status, error);
    return db == NULL;
}

static int
close_store(void **state)
{
    (void)state;
    database_close(db);
    return test_folder_remove(folder);
}

static int64_t
number(const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return value;
}

/* ---- tables of sums ---- */

/* Row ?2, of the name ?1 and the day ?3; ?4 are its number's octets. */
static const struct {
    const char *insert, *count, *why;
} tables[] = {
    {"INSERT INTO week_ip (policy_domain, week, domain, ip, dkim, spf, disposition, "
     "cause, flags, count0) VALUES (?1, ?3 / 7, '', ?4, ?2, 1, 1, 0, 0, 5)",       "SELECT count(*) FROM week_ip",       "weeks, not days"                       },
    {"INSERT INTO day_total (policy_domain, domain, day, dkim, spf, disposition, count) "
     "VALUES (?1, 'one.test', ?3, ?2, 1, 1, 5)",                                   "SELECT count(*) FROM day_total",     "days of one author"                    },
    {"INSERT INTO key_use (domain, selector, day, signed, share) "
     "VALUES (?1, 's', ?3, 5, ?2)",                                                "SELECT count(*) FROM key_use",       "a name of two parts with many rows"    },
    {"INSERT INTO day_pair (policy_domain, domain, day, ip, envelope_from, signer, "
     "selector, count) VALUES (?1, CAST(?2 AS TEXT), ?3, ?4, '', '', '', 5)",      "SELECT count(*) FROM day_pair",      "as many names of two parts as rows"    },
    {"INSERT INTO tls_day (domain, day, policy_type, organization, mx, result_type, "
     "successful, failed) VALUES (?1, ?3, 'sts', CAST(?2 AS TEXT), '', '', 1, 1)", "SELECT count(*) FROM tls_day",       "of domains, one of them without a name"},
    {"INSERT INTO dns_record (domain, name, type, text, first, last) "
     "VALUES (?1, ?1, 'TXT', CAST(?2 AS TEXT), 0, ?3 * 86400)",                    "SELECT count(*) FROM dns_record",    "what was published, until it is old"   },
    {"INSERT INTO seen (policy_domain, ip, first_day, last_day) "
     "VALUES (?1, ?4, 0 * ?2, ?3)",                                                "SELECT count(*) FROM seen",          "the day is not in the key"             },
    {"INSERT INTO selector_seen (policy_domain, selector, last_day) "
     "VALUES (?1, CAST(?2 AS TEXT), ?3)",                                          "SELECT count(*) FROM selector_seen", "nor here"                              },
};

static void
fill(size_t table, const char *name, int64_t first, int64_t rows, int64_t day)
{
    assert_true(database_begin(db));
    for (int64_t n = first; n < first + rows; n++) {
        char octets[4] = {1, (char)(n >> 16), (char)(n >> 8), (char)n};
        struct statement *s = database_prepare(db, tables[table].insert);
        bind_text(s, 1, sceau_slice_from(name));
        bind_int(s, 2, n);
        bind_int(s, 3, day);
        bind_blob(s, 4, (struct sceau_slice){octets, sizeof octets});
        if (statement_step(s) != 0)
            fail_msg("%s: %s", tables[table].insert, database_error(db));
    }
    assert_true(database_commit(db));
}

static void
sums(void **state)
{
    const struct retain_times times = {.rows = INT64_C(3650) * DAY_SECONDS,
                                       .totals = (int64_t)KEPT * DAY_SECONDS,
                                       .failures = INT64_C(3650) * DAY_SECONDS,
                                       .segments = INT64_C(3650) * DAY_SECONDS};
    int64_t removed, wanted = 0;
    const int64_t many[] = {MANY, 20, 30, 300, 20, 20, 20, 20};
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        fill(i, "", 0, 3, TODAY - KEPT - 20);
        fill(i, "a.test", 0, many[i], TODAY - KEPT - 20);
        fill(i, "a.test", MANY, 7, TODAY - KEPT + 7);
        fill(i, "b.test", 0, 5, TODAY - 1);
        fill(i, "c.test", 0, 9, TODAY - KEPT - 9);
        fill(i, "c.test", 9, 4, TODAY);
        wanted += 3 + many[i] + 9;
    }
    assert_true(retain(db, &times, NOW, &removed, NULL, NULL));
    assert_int_equal(removed, wanted);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        UNIT_CASE(tables[i].why);
        assert_int_equal(number(tables[i].count), 7 + 5 + 4);
    }
    assert_true(retain(db, &times, NOW, &removed, NULL, NULL));
    assert_int_equal(removed, 0);
}

static void
run(const char *sql, int64_t id, int64_t n)
{
    struct statement *s = database_prepare(db, sql);
    bind_int(s, 1, id);
    bind_int(s, 2, n);
    if (strstr(sql, "?3") != NULL)
        bind_blob(s, 3, SCEAU_SLICE(""));
    if (statement_step(s) != 0)
        fail_msg("%s: %s", sql, database_error(db));
}

/* ---- what it costs ---- */

#define LARGE 200000 /* rows of two names, none of which is old */

static double
cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* It leaps over what stays: a look at each row would take as long as their sum. */
static void
leaps(void **state)
{
    const struct retain_times times = {.rows = KEPT * DAY_SECONDS,
                                       .totals = (int64_t)KEPT * DAY_SECONDS,
                                       .failures = KEPT * DAY_SECONDS,
                                       .segments = KEPT * DAY_SECONDS};
    int64_t removed;
    (void)state;
    if (test_store_is_server())
        skip(); /* it counts elsewhere */
    assert_true(database_begin(db));
    static const char insert[] =
        "WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?2) "
        "INSERT INTO day_pair (policy_domain, domain, day, ip, envelope_from, signer, "
        "selector, count) SELECT 'a.test', CAST(?1 AS TEXT), 19990, CAST(n AS BLOB), '', '', '', 1 FROM i";
    run(insert, 1, LARGE);
    run(insert, 2, LARGE);
    assert_true(database_commit(db));
    double began = cpu();
    assert_int_equal(number("SELECT sum(count) FROM day_pair"), 2 * LARGE);
    double summed = cpu();
    assert_true(retain(db, &times, NOW, &removed, NULL, NULL));
    double done = cpu();
    assert_int_equal(removed, 0);
    print_message("# sum %.1f ms, retention %.1f ms\n", 1e3 * (summed - began),
                  1e3 * (done - summed));
    assert_true(done - summed < (summed - began) / 2);
}

/* ---- turns ---- */

#define STRANGERS 400

static const struct {
    unsigned asks;       /* that are answered with no */
    int64_t least, most; /* rows that are removed */
    const char *why;
} turns[] = {
    {0,        0,   0,   "no time at all"             },
    {200,      50,  100, "some of the names"          },
    {200,      50,  100, "the next ones"              },
    {UINT_MAX, 200, 300, "all that is left"           },
    {200,      0,   0,   "names that have nothing old"},
};

struct turn {
    unsigned asks, left;
    int64_t seen; /* what others saw of `seen` meanwhile, the fewest */
};

static bool
is_over(void *self)
{
    struct turn *turn = self;
    char error[DATABASE_ERROR_MAX];
    enum database_status status;
    if (turn->asks++ % 100 == 99) {
        struct database *mine = db;
        db = database_open(place, DATABASE_READ, &status, error);
        turn->seen = number("SELECT count(*) FROM seen");
        database_close(db);
        db = mine;
    }
    return turn->asks > turn->left;
}

/* Strangers make names. A transaction takes a hundred of them, a turn what it has time for. */
static void
in_turns(void **state)
{
    const struct retain_times times = {.rows = INT64_C(3650) * DAY_SECONDS,
                                       .totals = (int64_t)KEPT * DAY_SECONDS,
                                       .failures = INT64_C(3650) * DAY_SECONDS,
                                       .segments = INT64_C(3650) * DAY_SECONDS};
    const size_t seen = sizeof tables / sizeof *tables - 2;
    int64_t removed, all = 0;
    (void)state;
    for (unsigned n = 0; n < 2 * STRANGERS; n++) {
        char name[32];
        snprintf(name, sizeof name, "d%03u.test", n);
        fill(seen, name, 0, 1, n % 2 == 0 ? TODAY - KEPT - 9 : TODAY);
    }
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        struct turn turn = {.left = turns[i].asks, .seen = INT64_MAX};
        UNIT_CASE(turns[i].why);
        assert_true(retain(db, &times, NOW, &removed, is_over, &turn));
        all += removed;
        assert_in_range(removed, turns[i].least, turns[i].most);
        assert_int_equal(number("SELECT count(*) FROM seen"), 2 * STRANGERS - all);
        if (turn.asks > 300) /* others see what was removed until then */
            assert_in_range(turn.seen, STRANGERS, 2 * STRANGERS - all + removed - 100);
        assert_true(turn.left == UINT_MAX || turn.asks < 300);
    }
    assert_int_equal(all, STRANGERS);
}

/* ---- reports ---- */

static const struct report {
    int64_t id, days_ago, rows;
    bool has_file;
    const char *why;
} reports[] = {
    {11, 50, 3,    true,  "old"                                  },
    {12, 50, 0,    false, "old, and gone before"                 },
    {-5, 50, 1,    true,  "old, of the same second"              },
    {14, 49, MANY, true,  "more than one transaction takes"      },
    {15, 48, 0,    true,  "of a kind without rows: the file goes"},
    {16, 30, 4,    true,  "not old enough"                       },
    {17, 0,  2,    true,  "of today"                             },
};
#define REPORTS (sizeof reports / sizeof *reports)

static void
add_report(const struct report *r)
{
    run("INSERT INTO report (id, key_text, format, reporter, org_name, email, contact, "
        "report_id, policy_domain, begin_time, end_time, day, days, received, "
        "is_rfc9990, is_whole, p, sp, np, adkim, aspf, testing, discovery, fo, pct, "
        "version, generator, error, records, messages, left_out, both_pass, dkim_only, "
        "spf_only, neither, unknown, disp_none, disp_pass, disp_quarantine, "
        "disp_reject, repairs, contradictions, authenticated, counted, origin, "
        "container) VALUES (?1, CAST(?1 AS TEXT), 0, '', '', '', '', '', '', 0, 0, 0, "
        "1, ?2, 0, 1, 0, 0, 0, 0, 0, 0, 0, '', '', '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, "
        "0, 0, 0, 0, 0, 0, 0, 0, '', '')",
        r->id, NOW - r->days_ago * DAY_SECONDS);
    for (int64_t n = 0; n < r->rows; n++)
        run("INSERT INTO report_pack (report, n, row_count, messages, authors, octets) "
            "VALUES (?1, ?2, 1, 1, '', ?3)",
            r->id, n);
    for (int64_t n = 0; n < 2 && r->rows > 0; n++)
        run("INSERT INTO report_repair (report, n, kind, line, found) "
            "VALUES (?1, ?2, 0, 0, '')",
            r->id, n);
    if (r->has_file)
        run("INSERT INTO report_raw (report, name, octets) "
            "VALUES (?1, CAST(?2 AS TEXT), ?3)",
            r->id, 0);
}

static void
rows_of_reports(void **state)
{
    const struct retain_times times = {.rows = (int64_t)KEPT * DAY_SECONDS,
                                       .totals = INT64_C(3650) * DAY_SECONDS,
                                       .failures = INT64_C(3650) * DAY_SECONDS,
                                       .segments = INT64_C(3650) * DAY_SECONDS};
    int64_t removed;
    (void)state;
    assert_true(database_begin(db));
    for (size_t i = 0; i < REPORTS; i++)
        add_report(&reports[i]);
    for (int64_t n = 0; n < 250; n++) /* more than are looked for at a time */
        add_report(&(struct report){100 + n, 60, 1, false, "many"});
    assert_true(database_commit(db));
    assert_true(retain(db, &times, NOW, &removed, NULL, NULL));
    assert_int_equal(removed, (3 + 2 + 1) + (1 + 2 + 1) + (MANY + 2 + 1) + 1 + 250 * 3);
    assert_int_equal(number("SELECT count(*) FROM report_pack"), 6);
    assert_int_equal(number(
                         "SELECT count(*) FROM report_pack WHERE report IN (16, 17)"),
                     6);
    assert_int_equal(number("SELECT count(*) FROM report_repair"), 4);
    assert_int_equal(number("SELECT count(*) FROM report_raw"), 2);
    assert_int_equal(number("SELECT count(*) FROM report"), (int)REPORTS + 250);
    assert_true(retain(db, &times, NOW, &removed, NULL, NULL));
    assert_int_equal(removed, 0);
}

int
main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test_setup_teardown(sums, open_store, close_store),
        cmocka_unit_test_setup_teardown(leaps, open_store, close_store),
        cmocka_unit_test_setup_teardown(in_turns, open_store, close_store),
        cmocka_unit_test_setup_teardown(rows_of_reports, open_store, close_store),
    };
    return cmocka_run_group_tests_name("store/retain", cases, NULL, NULL);
}
