/* Rows of reports in the table report_pack, and those that a store of version 15 had. */
#include "report_pack.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "migrations.h"

#define OLD 15

static char folder[TEST_FOLDER], place[TEST_STORE];
static struct database *db;

static int
make_place(void **state)
{
    (void)state;
    if (test_folder_make(folder, "report_pack") != 0)
        return 1;
    test_store_place(place, folder, "report_pack");
    db = NULL;
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
number(const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return value;
}

/* ---- written ---- */

/* n distinguishes rows of a report; each third is From another author. */
static struct report_record
record_of(int n, char source[32])
{
    snprintf(source, 32, "192.0.2.%d", n);
    return (struct report_record){
        .source = sceau_slice_from(source),
        .count = (uint64_t)n + 1,
        .header_from = n % 3 == 0 ? SCEAU_SLICE("b.a.test") : SCEAU_SLICE("a.test"),
    };
}

static void
write_report(struct report_pack *pack, int64_t report, int rows)
{
    static const struct analysis_judgement nothing;
    char source[32];
    report_pack_begin(pack, db, report, SCEAU_SLICE("a.test"));
    for (int n = 0; n < rows; n++) {
        const struct report_record record = record_of(n, source);
        assert_true(report_pack_add(pack, record.header_from, &record, &nothing));
    }
    assert_true(report_pack_end(pack));
}

/* All rows of a report, in the order they came, and none missing between two pieces. */
static int
read_report(int64_t report)
{
    static struct report_rows_reader r;
    static struct reported_row row;
    struct statement *s = database_prepare(
        db, "SELECT n, row_count, messages, octets FROM report_pack WHERE report = ?1 "
            "ORDER BY n");
    char source[32];
    int n = 0;
    bind_int(s, 1, report);
    while (statement_step(s) == 1) {
        int64_t messages = 0, first = n;
        assert_int_equal(column_int(s, 0), n);
        report_rows_over(&r, column_blob(s, 3));
        for (; report_rows_next(&r, &row); n++) {
            const struct report_record wanted = record_of(n, source);
            assert_true(slice_eq(row.record.source, wanted.source));
            assert_true(slice_eq(row.domain, wanted.header_from));
            messages += (int64_t)row.record.count;
        }
        assert_false(r.in.is_broken);
        assert_int_equal(column_int(s, 1), n - first);
        assert_int_equal(column_int(s, 2), messages);
    }
    return n;
}

static void
pieces(void **state)
{
    static struct report_pack pack;
    (void)state;
    db = test_store_open(place);
    assert_true(database_begin(db));
    write_report(&pack, 1, 0);
    write_report(&pack, 2, 1);
    write_report(&pack, 3, 5000);
    write_report(&pack, 4, 2);
    report_pack_clear(&pack);
    assert_true(database_commit(db));
    assert_int_equal(read_report(1), 0);
    assert_int_equal(read_report(2), 1);
    assert_int_equal(read_report(3), 5000);
    assert_int_equal(read_report(4), 2);
    assert_in_range(number("SELECT count(*) FROM report_pack WHERE report = 3"), 10,
                    60);
    assert_int_equal(
        number("SELECT count(*) FROM report_pack WHERE authors <> '\nb.a.test\n'"), 0);
}

/* ---- of a store of version 15 ---- */

static const struct old {
    int64_t report, first; /* rows `first` and on, so many */
    int rows;
    const char *why;
} olds[] = {
    {10, 0, 3,    "a report"                                              },
    {11, 0, 2500, "more than are read at a time, and than one piece takes"},
    {12, 5, 2,    "what its removal has left: not taken for all of it"    },
    {13, 0, 1,    "the rows of a report that is gone are not taken along" },
};
#define GONE 13

static void
put_old_row(int64_t report, int64_t n)
{
    struct statement *s = database_prepare(
        db,
        "INSERT INTO report_row (report, n, domain, ip, source, count, disposition, "
        "dkim, spf, flags, cause, header_from, envelope_from, envelope_to, reasons, "
        "auth) VALUES (?1, ?2, 'b.a.test', ?3, '192.0.2.1', ?2 + 1, 4, 1, 2, 3, 5, "
        "'b.a.test', 'bounce.test', 'to.test', ?4, ?5)");
    bind_int(s, 1, report);
    bind_int(s, 2, n);
    bind_blob(s, 3, SCEAU_SLICE("\xc0\0\2\1"));
    bind_text(s, 4, SCEAU_SLICE("other\twhy not\nunknown\t\n"));
    bind_text(s, 5,
              SCEAU_SLICE("dkim\ta.test\ts1\tpass\ndkim\tb.test\t\tunknown\n"
                          "spf\tbounce.test\tmfrom\tsoftfail\n"));
    assert_int_equal(statement_step(s), 0);
}

static void
put_old_report(int64_t report)
{
    struct statement *s = database_prepare(
        db,
        "INSERT INTO report SELECT ?1, CAST(?2 AS TEXT), 0, 'r', 'r', '', '', '', "
        "'a.test', 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, '', '', '', '', '', 0, 0, "
        "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, '', ''");
    char key[32];
    snprintf(key, sizeof key, "%lld", (long long)report);
    bind_int(s, 1, report);
    bind_text(s, 2, sceau_slice_from(key));
    assert_int_equal(statement_step(s), 0);
}

static void
leave_old_store(void)
{
    const struct database_schema old = {store_migrations, OLD, NULL};
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    db = database_open_schema(place, DATABASE_WRITE, &old, &status, error);
    assert_string_equal(error, "");
    assert_true(database_begin(db));
    for (size_t i = 0; i < sizeof olds / sizeof *olds; i++) {
        if (olds[i].report != GONE)
            put_old_report(olds[i].report);
        for (int n = 0; n < olds[i].rows; n++)
            put_old_row(olds[i].report, olds[i].first + n);
    }
    assert_true(database_commit(db));
    database_close(db);
}

static void
is_old_row(const struct reported_row *row, int64_t n)
{
    const struct report_record *r = &row->record;
    assert_true(slice_eq(row->domain, SCEAU_SLICE("b.a.test")));
    assert_int_equal(row->judgement.flags, 3);
    assert_int_equal(row->judgement.cause, 5);
    assert_int_equal(r->ip.version, 4);
    assert_true(slice_eq(r->source, SCEAU_SLICE("192.0.2.1")));
    assert_int_equal(r->count, n + 1);
    assert_int_equal(r->disposition, REPORT_DISPOSITION_REJECT);
    assert_int_equal(r->dkim, REPORT_ALIGNED_PASS);
    assert_int_equal(r->spf, REPORT_ALIGNED_FAIL);
    assert_true(slice_eq(r->envelope_from, SCEAU_SLICE("bounce.test")));
    assert_true(slice_eq(r->envelope_to, SCEAU_SLICE("to.test")));
    assert_int_equal(r->reason_count, 2);
    assert_int_equal(r->reasons[0].type, REPORT_REASON_OTHER);
    assert_true(slice_eq(r->reasons[0].comment, SCEAU_SLICE("why not")));
    assert_int_equal(r->reasons[1].type, REPORT_REASON_UNKNOWN);
    assert_int_equal(r->dkim_count, 2);
    assert_true(slice_eq(r->dkim_results[0].selector, SCEAU_SLICE("s1")));
    assert_int_equal(r->dkim_results[0].result, REPORT_RESULT_PASS);
    assert_int_equal(r->dkim_results[1].result, REPORT_RESULT_UNKNOWN);
    assert_int_equal(r->spf_count, 1);
    assert_int_equal(r->spf_results[0].scope, REPORT_SCOPE_MFROM);
    assert_int_equal(r->spf_results[0].result, REPORT_RESULT_SOFTFAIL);
}

static int
read_old_report(const struct old *old)
{
    static struct report_rows_reader r;
    static struct reported_row row;
    struct statement *s = database_prepare(
        db, "SELECT n, octets FROM report_pack WHERE report = ?1 ORDER BY n");
    int rows = 0;
    bind_int(s, 1, old->report);
    while (statement_step(s) == 1) {
        assert_int_equal(column_int(s, 0), old->first + rows);
        report_rows_over(&r, column_blob(s, 1));
        for (; report_rows_next(&r, &row); rows++)
            is_old_row(&row, old->first + rows);
        assert_false(r.in.is_broken);
    }
    return rows;
}

static void
brought_forward(void **state)
{
    (void)state;
    leave_old_store();
    db = test_store_open(place);
    for (size_t i = 0; i < sizeof olds / sizeof *olds; i++) {
        UNIT_CASE(olds[i].why);
        assert_int_equal(read_old_report(&olds[i]),
                         olds[i].report == GONE ? 0 : olds[i].rows);
    }
    assert_int_equal(
        number("SELECT count(*) FROM report_pack WHERE authors <> '\nb.a.test\n'"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces, make_place, close_store),
        cmocka_unit_test_setup_teardown(brought_forward, make_place, close_store),
    };
    return cmocka_run_group_tests_name("store/report_pack", tests, NULL, NULL);
}
