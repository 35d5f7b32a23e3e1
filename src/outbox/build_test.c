/* Reports planned and built on a real disk: each message in exactly one of them. */
#include "build.h"

#include "../../tests/folder.h"
#include "../../tests/spooled.h"
#include "../../tests/store_place.h"
#include "destinations.h"
#include "document.h"
#include "report/intake.h"
#include "store/fold.h"
#include "store/frame.h"
#include "store/record.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#define DAY     20000
#define SECONDS INT64_C(86400)
#define NEXT    ((DAY + 1) * SECONDS) /* the midnight after it */

static char folder[TEST_FOLDER], outbox[96], path[TEST_STORE];

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "outbox") != 0)
        return 1;
    snprintf(outbox, sizeof outbox, "%s/outbox", folder);
    test_store_place(path, folder, "store");
    return mkdir(outbox, 0700);
}

static int
remove_folder(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

static int64_t
number(struct database *db, const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return value;
}

static struct outbox_settings
settings(void)
{
    return (struct outbox_settings){
        .organization = SCEAU_SLICE("Receiver"),
        .from = SCEAU_SLICE("dmarc@receiver.test"),
        .receiver = SCEAU_SLICE("mx.receiver.test"),
        .folder = outbox,
        .discovery = REPORT_DISCOVERY_TREEWALK,
    };
}

#define RUA(more) "v=DMARC1; p=reject; rua=mailto:rua@d.test" more

/* A segment of `count` messages like this one. */
static void
saw_from(struct database *db, const char *segment, const char *domain,
         const char *record, int64_t day, unsigned count, const char *mail_from,
         bool passes)
{
    struct fold *f = fold_new(db);
    struct fold_counts counts = {0};
    struct text octets = text_new(unit_arena, SIZE_MAX);
    for (unsigned n = 0; n < count; n++) {
        struct text payload = text_new(unit_arena, SIZE_MAX);
        struct record_message m = {
            .time_us = (uint64_t)(day * SECONDS) * 1000000 + n,
            .host = SCEAU_SLICE("mx.receiver.test"),
            .client = {4, {192, 0, 2, (uint8_t)(n % 5)}},
            .author_domain = sceau_slice_from(domain),
            .policy_domain = sceau_slice_from(domain),
            .record = sceau_slice_from(record),
            .dmarc_result = passes ? SCEAU_DMARC_PASS : SCEAU_DMARC_FAIL,
            .dmarc_policy = SCEAU_DMARC_POLICY_REJECT,
            .dkim_aligned = passes,
            .mail_from_domain = sceau_slice_from(mail_from),
        };
        assert_true(record_write(&payload, &m));
        assert_true(frame_write(&octets, text_done(&payload)));
    }
    assert_int_equal(fold_segment(f, sceau_slice_from(segment), text_done(&octets), 1,
                                  &counts),
                     FOLD_DONE);
    fold_free(f);
    sceau_arena_clear(unit_arena);
}

static void
saw(struct database *db, const char *segment, const char *domain, const char *record,
    int64_t day, unsigned count)
{
    saw_from(db, segment, domain, record, day, count, domain, true);
}

static unsigned
plan_and_build(struct database *db, int64_t now)
{
    struct outbox_settings s = settings();
    struct outbox_planned planned;
    struct outbox_report report;
    char problem[OUTBOX_PROBLEM];
    unsigned reports = 0;
    enum outbox_built built;
    assert_true(outbox_plan(db, &s, now, &planned, NULL, NULL));
    while ((built = outbox_build(db, &s, now, SIZE_MAX, &report, problem)) ==
           BUILT_SOME)
        reports += (unsigned)report.count;
    if (built == BUILT_FAILED)
        fail_msg("%s", problem);
    return reports;
}

/* ---- what the files hold, by the reader ---- */

struct sums {
    struct report_sink sink;
    uint64_t reports, messages;
};

static void
sum_begin(struct report_sink *self, struct sceau_slice name)
{
    (void)self, (void)name;
}

static void
sum_record(struct report_sink *self, const struct report_record *record)
{
    (void)self, (void)record;
}

static void
sum_aggregate(struct report_sink *self, const struct report_aggregate *report)
{
    struct sums *sums = (struct sums *)self;
    sums->reports++;
    sums->messages += report->totals.messages;
    assert_int_equal(report->repairs, 0);
}

static void
sum_repair(struct report_sink *self, const struct report_repair *repair)
{
    (void)self;
    fail_msg("line %d: %s", (int)repair->line, report_repair_text(repair->kind));
}

static void
sum_refused(struct report_sink *self, const struct report_refusal *refusal)
{
    (void)self;
    fail_msg("%s", report_refusal_text(refusal->kind));
}

struct file_source {
    struct report_source source;
    FILE *file;
};

static int64_t
read_file(struct report_source *self, char *buffer, size_t size)
{
    return (int64_t)fread(buffer, 1, size, ((struct file_source *)self)->file);
}

static struct sums
read_outbox(struct database *db)
{
    test_spooled(db, outbox);
    struct sums sums = {
        .sink = {.begin = sum_begin,
                 .record = sum_record,
                 .repair = sum_repair,
                 .aggregate = sum_aggregate,
                 .refused = sum_refused}
    };
    DIR *dir = opendir(outbox);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        char name[400];
        if (e->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", outbox, e->d_name);
        struct file_source source = {.source = {.read = read_file},
                                     .file = fopen(name, "rb")};
        report_intake(&source.source, sceau_slice_from(name), &sums.sink);
        fclose(source.file);
    }
    closedir(dir);
    return sums;
}

/* ---- tests ---- */

static void
test_one_for_each(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    saw(db, "1", "a.test", RUA(""), DAY, 30);
    saw(db, "2", "b.test", RUA(""), DAY, 20);
    saw(db, "3", "b.test", RUA("; t=y"), DAY, 7);         /* another configuration */
    saw(db, "4", "b.test", RUA(""), DAY - 1, 5);          /* a day that was missed */
    saw(db, "5", "b.test", RUA(""), DAY + 1, 3);          /* today: not over yet */
    saw(db, "6", "c.test", "v=DMARC1; p=reject", DAY, 9); /* asks for no report */
    saw(db, "7", "d.test", RUA(",mailto:b@e.test,https://x.test/,mailto:rua@d.test"),
        DAY, 1);
    assert_int_equal(plan_and_build(db, NEXT), 5);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 3);
    assert_int_equal(number(db, "SELECT sum(messages) FROM outgoing WHERE state = 1"),
                     63);
    assert_int_equal(number(db, "SELECT count(*) FROM delivery WHERE state = 0"), 6);
    assert_int_equal(number(db, "SELECT count(*) FROM delivery WHERE state = 7"), 2);
    struct sums sums = read_outbox(db);
    assert_true(sums.reports == 5 && sums.messages == 63);
    assert_int_equal(plan_and_build(db, NEXT), 0); /* nothing twice */
    database_close(db);
}

/* What each URI of a record comes to: five mailboxes, one of them named three times, and what is
 * none. */
static const struct {
    enum outbox_delivery_state state;
    const char *mailbox, *why;
} uris[] = {
    {DELIVERY_WAITING,  "a@d.test", ""                                },
    {DELIVERY_UNUSABLE, "a@d.test", "the same mailbox is named before"},
    {DELIVERY_UNUSABLE, "a@d.test", "the same mailbox is named before"},
    {DELIVERY_WAITING,  "b@d.test", ""                                },
    {DELIVERY_UNUSABLE, "",         "it names no mailbox"             },
    {DELIVERY_WAITING,  "A@d.test", ""                                },
    {DELIVERY_WAITING,  "c@e.test", ""                                },
    {DELIVERY_UNUSABLE, "d@d.test",
     "only the first four mailboxes of a record get reports"          },
};

static void
test_uris(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    saw(db, "1", "d.test",
        "v=DMARC1; p=none; rua=mailto:a@d.test,mailto:a@D.TEST!10m,mailto:%61@d.test,"
        "mailto:b@d.test,https://d.test/,mailto:A@d.test,mailto:c@e.test,mailto:d@d.test",
        DAY, 1);
    assert_int_equal(plan_and_build(db, NEXT), 1);
    struct statement *s =
        database_prepare(db,
                         "SELECT state, mailbox, reply, n FROM delivery ORDER BY n");
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        assert_int_equal(statement_step(s), 1);
        if (column_int(s, 0) != uris[i].state ||
            !slice_eq(column_text(s, 1), sceau_slice_from(uris[i].mailbox)) ||
            !slice_eq(column_text(s, 2), sceau_slice_from(uris[i].why)))
            fail_msg("%zu: %d %.*s %.*s", i, (int)column_int(s, 0),
                     SLICE_ARG(column_text(s, 1)), SLICE_ARG(column_text(s, 2)));
    }
    assert_int_equal(statement_step(s), 0);
    database_close(db);
}

/* More URIs than are remembered: a token has four bits for the number of each. None of use: the
 * report is at its end. */
static void
test_many_uris(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct text record = text_new(unit_arena, SIZE_MAX);
    text_string(&record, "v=DMARC1; p=none; rua=https://0.test/");
    for (unsigned i = 1; i < 40; i++)
        text_format(&record, ",https://%u.test/", i);
    text_octet(&record, '\0');
    char *copy = strdup(text_done(&record).ptr);
    saw(db, "1", "d.test", copy, DAY, 1);
    free(copy);
    assert_int_equal(plan_and_build(db, NEXT), 1);
    assert_int_equal(number(db, "SELECT count(*) FROM delivery"), OUTBOX_URIS_RECORDED);
    assert_int_equal(number(db, "SELECT state FROM outgoing"), OUTBOX_FINISHED);
    database_close(db);
}

/* Days of a domain that has sent nothing but bounces and reports, and days that have not. */
static const struct {
    const char *domain, *mail_from; /* of `count` messages */
    unsigned count;
    bool passes;
    unsigned reports; /* that were taken from it that day */
    bool is_told;
    const char *why;
} loops[] = {
    {"a.test",        "a.test", 1, true,  0, true,  "mail"                                          },
    {"b.test",        "",       3, true,  0, false, "bounces of our reports, say: no answer to them"},
    {"c.test",        "",       3, false, 0, true,
     "forged with a null sender: its owner is to know"                                              },
    {"d.test",        "d.test", 2, true,  2, false, "two reports, and nothing else"                 },
    {"e.test",        "e.test", 3, true,  2, true,  "two reports and a mail"                        },
    {"f.test",        "f.test", 2, false, 2, true,  "forged, and two reports came another way"      },
    {"receiver.test", "x.test", 2, true,  0, false, "our own mail, which came back"                 },
    {"receiver.test", "x.test", 2, false, 0, true,  "somebody else as us"                           },
};

static void
test_loops(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
        struct database *db = test_store_open(path);
        saw_from(db, "1", loops[i].domain, RUA(""), DAY, loops[i].count,
                 loops[i].mail_from, loops[i].passes);
        for (unsigned n = 0; n < loops[i].reports; n++) {
            char sql[1024];
            snprintf(sql, sizeof sql,
                     "INSERT INTO report VALUES (%u, '%u', 0, 'mx.%s', '', '', '', "
                     "'', '', 0, 0, 0, 0, %lld, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', "
                     "'', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "
                     "'', '')",
                     n, n, loops[i].domain, (long long)(DAY * SECONDS + 7));
            if (!database_run(db, sql))
                fail_msg("%s", database_error(db));
        }
        if (plan_and_build(db, NEXT) != loops[i].is_told)
            fail_msg("%s: %s", loops[i].domain, loops[i].why);
        assert_int_equal(number(db, "SELECT count(*) FROM observation"), 0);
        database_close(db);
        remove_folder(NULL);
        make_folder(NULL);
    }
}

/* The same in the older form beside it, for who reads no other; as valid as the first. */
static void
test_rfc7489(void **state)
{
    (void)state;
    static const struct sceau_slice old[] = {
        {"old.test", 8}
    };
    struct database *db = test_store_open(path);
    struct outbox_settings s = settings();
    struct outbox_planned planned;
    struct outbox_report report;
    char problem[OUTBOX_PROBLEM], name[256], xml[4096] = "";
    s.rfc7489 = (struct outbox_names){old, 1};
    saw(db, "1", "a.test", RUA(""), DAY, 3);
    saw(db, "2", "b.test",
        "v=DMARC1; p=none; pct=50; adkim=x; rua=mailto:x@sub.old.test", DAY, 4);
    assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL) &&
                planned.planned == 2);
    for (unsigned i = 0; i < 2; i++) {
        if (outbox_build(db, &s, NEXT, 1, &report, problem) != BUILT_SOME)
            fail_msg("%s", problem);
        test_spooled(db, outbox);
        snprintf(name, sizeof name, "%s/%s-7489.xml.gz", outbox, report.id);
        assert_int_equal(access(name, F_OK) == 0, report.messages == 4);
        if (report.messages != 4)
            continue;
        gzFile in = gzopen(name, "rb");
        gzread(in, xml, sizeof xml - 1);
        gzclose(in);
    }
    assert_null(strstr(xml, "urn:ietf:params:xml:ns:dmarc-2.0"));
    assert_non_null(strstr(xml, "<pct>50</pct>"));
    assert_non_null(strstr(xml, "<error>adkim: the value is not r or s</error>"));
    struct sums sums = read_outbox(db);
    assert_true(sums.reports == 3 && sums.messages == 11);
    database_close(db);
}

/* What is folded after its report was built goes into a further one, with another id. */
static void
test_late(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    saw(db, "1", "a.test", RUA(""), DAY, 30);
    assert_int_equal(plan_and_build(db, NEXT), 1);
    saw(db, "2", "a.test", RUA(""), DAY, 4);
    assert_int_equal(plan_and_build(db, NEXT + 60), 1);
    assert_int_equal(number(db, "SELECT count(DISTINCT id) FROM outgoing"), 2);
    struct sums sums = read_outbox(db);
    assert_true(sums.reports == 2 && sums.messages == 34);
    database_close(db);
}

/* Hosts of one name with a store each: their reports are not the same ones. */
static void
test_stores_apart(void **state)
{
    (void)state;
    char ids[2][OUTBOX_ID_SIZE];
    for (unsigned i = 0; i < 2; i++) {
        struct database *db = test_store_open(path);
        struct outbox_settings s = settings();
        struct outbox_planned planned;
        saw(db, "1", "a.test", RUA(""), DAY, 3);
        for (unsigned again = 0; again < 2; again++) {
            assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL) &&
                        planned.planned == 1);
            struct statement *id = database_prepare(db, "SELECT id FROM outgoing");
            assert_int_equal(statement_step(id), 1);
            if (again > 0)
                assert_slice(column_text(id, 0), ids[i]);
            snprintf(ids[i], OUTBOX_ID_SIZE, "%.*s", SLICE_ARG(column_text(id, 0)));
            statement_reset(id);
            assert_true(database_run(db, "DELETE FROM outgoing"));
        }
        database_close(db);
        remove_folder(NULL);
        make_folder(NULL);
    }
    assert_string_not_equal(ids[0], ids[1]);
}

/* More rows than a report has room for: the rest is a further part, each message in one. */
static void
test_split(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_settings s = settings();
    struct outbox_planned planned;
    struct outbox_report report;
    char problem[OUTBOX_PROBLEM];
    saw(db, "1", "a.test", RUA(""), DAY, 50); /* five rows */
    s.records = 2;
    for (unsigned part = 0; part < 3; part++) {
        assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL) &&
                    planned.planned == 1);
        assert_int_equal(outbox_build(db, &s, NEXT, 9, &report, problem), BUILT_SOME);
        assert_true(report.count == 1 && report.records == (part < 2 ? 2 : 1));
    }
    assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL) &&
                planned.planned == 0);
    assert_int_equal(number(db, "SELECT count(DISTINCT part) FROM outgoing"), 3);
    struct sums sums = read_outbox(db);
    assert_true(sums.reports == 3 && sums.messages == 50);
    database_close(db);
}

/* Three hosts saw the same five rows: a record is the sum of its shares, also where the limit
 * of a report lies between two of them; `records` is what the parts come to. */
static void
test_shares(void **state)
{
    static const struct {
        uint32_t limit;
        unsigned parts;
        uint64_t records[5];
    } rows[] = {
        {0, 1, {5}            }, /* all */
        {2, 5, {1, 1, 1, 1, 1}}, /* between two shares */
        {3, 5, {1, 1, 1, 1, 1}}, /* behind the last one */
        {4, 3, {2, 2, 1}      },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        remove_folder(NULL);
        make_folder(NULL);
        struct database *db = test_store_open(path);
        struct outbox_settings s = settings();
        struct outbox_planned planned;
        struct outbox_report report;
        char problem[OUTBOX_PROBLEM];
        saw(db, "1", "a.test", RUA(""), DAY, 50);
        for (int share = 1; share <= 2; share++) {
            struct statement *copy = database_prepare(
                db,
                "INSERT INTO observation SELECT policy_domain, day, policy_hash, "
                "row_hash, ip, header_from, envelope_from, row, count + ?1, share + "
                "?1 FROM observation WHERE count = 10");
            bind_int(copy, 1, share);
            assert_int_equal(statement_step(copy), 0);
        }
        assert_int_equal(number(db, "SELECT count(*) FROM observation"), 15);
        s.records = rows[i].limit;
        for (unsigned part = 0; part < rows[i].parts; part++) {
            assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL) &&
                        planned.planned == 1);
            assert_int_equal(outbox_build(db, &s, NEXT, 9, &report, problem),
                             BUILT_SOME);
            assert_int_equal(report.records, rows[i].records[part]);
        }
        assert_int_equal(number(db, "SELECT count(*) FROM observation"), 0);
        struct sums sums = read_outbox(db);
        assert_int_equal(sums.reports, rows[i].parts);
        assert_int_equal(sums.messages, 5 * (10 + 11 + 12));
        database_close(db);
    }
}

/* One that the strict reader refuses lets the others pass, and is tried less and less often. */
static void
test_not_valid(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_settings s = settings();
    struct outbox_planned planned;
    struct outbox_report report;
    char problem[OUTBOX_PROBLEM];
    for (unsigned i = 0; i < 9; i++) {
        char segment[8], domain[16];
        snprintf(segment, sizeof segment, "%u", i);
        snprintf(domain, sizeof domain, "d%u.test", i);
        saw(db, segment, domain, RUA(""), DAY, 5);
    }
    assert_true(database_run(db, "UPDATE observation SET count = 9223372036854775807 "
                                 "WHERE policy_domain = 'd4.test'")); /* wraps */
    assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL) &&
                planned.planned == 9);
    unsigned built = 0, put_off = 0;
    enum outbox_built end;
    while ((end = outbox_build(db, &s, NEXT, SIZE_MAX, &report, problem)) !=
           BUILT_NONE) {
        assert_in_range(end, BUILT_SOME, BUILT_PUT_OFF);
        built += (unsigned)report.count;
        put_off += end == BUILT_PUT_OFF && strstr(problem, "not valid") != NULL;
    }
    assert_true(built == 8 && put_off == 1);
    struct sums sums = read_outbox(db);
    assert_true(sums.reports == 8 && sums.messages == 40);
    assert_int_equal(number(db, "SELECT count(*) FROM observation"), 5);
    int64_t now = NEXT, last = 0;
    for (unsigned i = 0; i < 20; i++) {
        int64_t due = number(db, "SELECT due FROM outgoing WHERE state = 0");
        assert_true(due > now && (due - now >= last || due - now == 8 * 3600));
        last = due - now;
        now = due;
        assert_int_equal(outbox_build(db, &s, now - 1, 9, &report, problem),
                         BUILT_NONE);
        assert_int_equal(outbox_build(db, &s, now, 9, &report, problem), BUILT_PUT_OFF);
    }
    assert_int_equal(last, 8 * 3600);
    assert_int_equal(number(db,
                            "SELECT count(*) FROM outgoing WHERE state = 0 AND tries "
                            "= 21 AND problem LIKE '%not valid%'"),
                     1);
    assert_true(database_run(db, "UPDATE observation SET count = 1"));
    assert_int_equal(outbox_build(db, &s, now + 8 * 3600, 9, &report, problem),
                     BUILT_SOME);
    database_close(db);
}

static bool
has_to_stop(void *self)
{
    (void)self;
    return true;
}

/* Rows of so many domains: two of the first, one of each other. */
static void
see_domains(struct database *db, size_t count)
{
    saw(db, "1", "a.test", RUA(""), DAY, 2);
    assert_true(database_begin(db));
    for (size_t n = 1; n < count; n++) {
        struct statement *copy = database_prepare(
            db,
            "INSERT INTO observation SELECT 'd' || CAST(?1 AS TEXT) || '.test', day, "
            "policy_hash, row_hash, ip, header_from, envelope_from, row, count, share "
            "FROM observation WHERE policy_domain = 'a.test'");
        bind_int(copy, 1, (int64_t)n);
        assert_int_equal(statement_step(copy), 0);
    }
    assert_true(database_commit(db));
}

/* More than a transaction takes; who has to stop goes on the next time, at what is left. */
static void
test_many(void **state)
{
    static const struct {
        unsigned halves; /* of what a transaction takes */
        int more;
        unsigned transactions;
        const char *why;
    } rows[] = {
        {2, -1, 1, "fewer than a transaction takes"},
        {2, 0,  1, "as many"                       },
        {5, 0,  3, "more"                          },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        UNIT_CASE(rows[i].why);
        for (unsigned stops = 0; stops < 2; stops++) {
            remove_folder(NULL);
            make_folder(NULL);
            struct database *db = test_store_open(path);
            struct outbox_settings s = settings();
            struct outbox_planned planned;
            size_t batch =
                database_is_shared(db) ? OUTBOX_PLAN_SHARED : OUTBOX_PLAN_BATCH;
            size_t count = rows[i].halves * batch / 2 + (size_t)rows[i].more, left;
            see_domains(db, count);
            left = count;
            for (unsigned turn = 0; stops && turn < rows[i].transactions; turn++) {
                assert_true(outbox_plan(db, &s, NEXT, &planned, has_to_stop, NULL));
                assert_int_equal(planned.planned, left < batch ? left : batch);
                left -= planned.planned;
            }
            assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL));
            assert_int_equal(planned.planned, left);
            assert_true(!stops || left == 0);
            assert_int_equal(number(db, "SELECT count(*) FROM outgoing"), count);
            database_close(db);
        }
    }
}

/* Domains that want no report and that many forge: a transaction in a file ends by their rows. */
static void
test_many_rows_unwanted(void **state)
{
    (void)state;
    if (test_store_is_server())
        skip(); /* others write meanwhile */
    struct database *db = test_store_open(path);
    struct outbox_settings s = settings();
    struct outbox_planned planned;
    saw(db, "1", "a.test", "v=DMARC1; p=none", DAY, 1);
    assert_true(database_begin(db));
    for (int64_t n = 1; n <= 3; n++) {
        struct statement *copy = database_prepare(
            db,
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < "
            "?2) INSERT INTO observation SELECT 'd' || CAST(?1 AS TEXT) || '.test', "
            "day, policy_hash, CAST(c.n AS BLOB), ip, header_from, envelope_from, row, "
            "count, share FROM observation, c WHERE policy_domain = 'a.test'");
        bind_int(copy, 1, n);
        bind_int(copy, 2, OUTBOX_PLAN_ROWS / 2);
        assert_int_equal(statement_step(copy), 0);
    }
    assert_true(database_commit(db));
    assert_true(outbox_plan(db, &s, NEXT, &planned, has_to_stop, NULL));
    assert_int_equal(planned.unwanted, 3); /* the rows of two and the one of a.test */
    assert_int_equal(number(db, "SELECT count(*) FROM observation"),
                     OUTBOX_PLAN_ROWS / 2);
    assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL));
    assert_int_equal(planned.unwanted, 1);
    assert_int_equal(number(db, "SELECT count(*) FROM observation"), 0);
    database_close(db);
}

static void
test_due_by_and_by(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_settings s = settings();
    struct outbox_planned planned;
    struct outbox_report report;
    char problem[OUTBOX_PROBLEM];
    saw(db, "1", "a.test", RUA(""), DAY, 30);
    s.spread = 14400;
    assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL) &&
                planned.planned == 1);
    int64_t due = number(db, "SELECT due FROM outgoing");
    assert_in_range(due, NEXT, NEXT + 14400);
    assert_int_equal(outbox_build(db, &s, due - 1, 1, &report, problem), BUILT_NONE);
    assert_int_equal(outbox_build(db, &s, due, 1, &report, problem), BUILT_SOME);
    assert_true(report.messages == 30 && report.records == 5);
    database_close(db);
}

/* Reserved addresses of this site are hidden; a report may not do without an address. */
static void
test_hides_reserved(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    struct outbox_settings s = settings();
    struct outbox_planned planned;
    struct outbox_report report;
    char problem[OUTBOX_PROBLEM], name[256], xml[4096] = "";
    saw(db, "1", "a.test", RUA(""), DAY, 1);
    assert_true(
        database_run(db, test_store_sql("UPDATE observation SET ip = x'0a000001'")));
    s.is_hiding_reserved = true;
    assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL));
    assert_int_equal(outbox_build(db, &s, NEXT, 1, &report, problem), BUILT_SOME);
    test_spooled(db, outbox);
    snprintf(name, sizeof name, "%s/%s.xml.gz", outbox, report.id);
    gzFile in = gzopen(name, "rb");
    gzread(in, xml, sizeof xml - 1);
    gzclose(in);
    assert_non_null(strstr(xml, "<source_ip>0.0.0.0</source_ip>"));
    assert_non_null(strstr(xml, "<disposition>pass</disposition>\n<dkim>pass</dkim>"));
    assert_non_null(strstr(
        xml,
        "<discovery_method>treewalk</discovery_method>\n<p>reject</p>\n<sp>reject</sp>"));
    database_close(db);
}

/* Killed at any moment, then gone on with: what is in files and what is still in the
 * store are all messages, each once. */
static void
test_killed(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    for (unsigned i = 0; i < 40; i++) {
        char name[16], segment[16];
        snprintf(name, sizeof name, "d%u.test", i);
        snprintf(segment, sizeof segment, "%u", i);
        saw(db, segment, name, RUA(""), DAY, 50);
    }
    database_close(db);
    for (unsigned delay = 500; delay < 40000; delay += 900) {
        pid_t child = fork();
        if (child == 0) {
            db = test_store_open(path);
            plan_and_build(db, NEXT);
            _exit(0);
        }
        usleep(delay % 9000 * test_store_pace());
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        test_store_settle();
    }
    db = test_store_open(path);
    plan_and_build(db, NEXT);
    assert_int_equal(number(db, "SELECT count(*) FROM observation"), 0);
    assert_int_equal(number(db, "SELECT sum(messages) FROM outgoing WHERE state = 1"),
                     2000);
    assert_int_equal(number(db, "SELECT count(*) FROM delivery"), 40);
    struct sums sums = read_outbox(db);
    assert_true(sums.reports == 40 && sums.messages == 2000);
    database_close(db);
}

/* No room for the file: the rows stay, and are built when there is room. */
static void
test_disk_full(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    saw(db, "1", "a.test", RUA(""), DAY, 400);
    struct outbox_settings s = settings();
    struct outbox_planned planned;
    assert_true(outbox_plan(db, &s, NEXT, &planned, NULL, NULL));
    database_close(db);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {100, RLIM_INFINITY};
        struct outbox_report report;
        char problem[OUTBOX_PROBLEM];
        db = test_store_open(path);
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &none);
        _exit(outbox_build(db, &s, NEXT, 1, &report, problem) != BUILT_FAILED);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    db = test_store_open(path);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 400);
    assert_int_equal(plan_and_build(db, NEXT), 1);
    struct sums sums = read_outbox(db);
    assert_true(sums.reports == 1 && sums.messages == 400);
    database_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_for_each, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_uris, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_many_uris, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_loops, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_rfc7489, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_stores_apart, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_split, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_shares, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_not_valid, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_late, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_many, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_due_by_and_by, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_many_rows_unwanted, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_hides_reserved, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_killed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_disk_full, make_folder, remove_folder),
    };
    report_intake_init();
    return cmocka_run_group_tests_name("outbox/build", tests, unit_arena_up,
                                       unit_arena_down);
}
