/* Samples counted and told on a real disk: one report of a kind in an hour, whatever is sent
 * and wherever a crash comes. */
#include "failure.h"

#include "../../tests/folder.h"
#include "../../tests/spooled.h"
#include "../../tests/store_place.h"
#include "store/fold.h"
#include "store/frame.h"
#include "store/sample.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW INT64_C(1767225600)

static char folder[TEST_FOLDER], outbox[96], path[TEST_STORE];
static struct outbox_settings settings;
static struct database *db;

static int
make_folder(void **state)
{
    (void)state;
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    if (test_folder_make(folder, "failure") != 0 || unit_arena_up(state) != 0)
        return 1;
    snprintf(outbox, sizeof outbox, "%s/outbox", folder);
    test_store_place(path, folder, "store");
    settings = (struct outbox_settings){.receiver = SCEAU_SLICE("mx.receiver.test"),
                                        .folder = outbox};
    db = database_open(path, DATABASE_WRITE, &status, error);
    return db == NULL || mkdir(outbox, 0700) != 0;
}

static int
remove_folder(void **state)
{
    database_close(db);
    unit_arena_down(state);
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

static uint64_t sequence;

static struct store_sample
sample_of(const char *domain, uint8_t cause, int64_t time)
{
    static char record[256];
    snprintf(record, sizeof record, "v=DMARC1; p=none; ruf=mailto:x@%s", domain);
    return (struct store_sample){
        .time_us = (uint64_t)time * 1000000,
        .host = SCEAU_SLICE("mx.receiver.test"),
        .sequence = ++sequence,
        .cause = cause,
        .policy_domain = sceau_slice_from(domain),
        .author_domain = sceau_slice_from(domain),
        .record = sceau_slice_from(record),
        .header = SCEAU_SLICE("From: x@y\r\n"),
        .client = {4, {192, 0, 2, 1}},
    };
}

static struct sceau_slice
payload_of(const struct store_sample *s)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    assert_true(sample_write(&t, s));
    return text_done(&t);
}

static void
take(struct outbox_failures *f, const struct store_sample *s)
{
    assert_true(database_begin(db));
    assert_true(outbox_failure_take(f, payload_of(s)));
    assert_true(database_commit(db));
}

static struct outbox_failures
taker(int64_t now)
{
    return (struct outbox_failures){.db = db, .settings = &settings, .now = now};
}

/* One after the other, of one domain. */
static const struct {
    int64_t after; /* seconds since the first */
    uint8_t cause;
    bool is_counted_only;
    bool is_reported;
    int64_t incidents;
    const char *why;
} times[] = {
    {0,    1, false, true,  1, "the first"                               },
    {1,    1, false, false, 0, "the same within the hour"                },
    {2,    1, true,  false, 0, "and one that the milter only counted"    },
    {3,    2, false, true,  1, "another cause"                           },
    {3599, 1, false, false, 0, "a second too early"                      },
    {3600, 1, true,  false, 0, "an hour later, without a header"         },
    {3600, 1, false, true,  5, "an hour later: it tells of those between"},
    {3601, 1, false, false, 0, "and begins anew"                         },
    {7200, 1, false, true,  2, "the next"                                },
    {100,  1, false, false, 0, "a journal that comes late is counted"    },
    {8000, 2, false, true,  1, "each cause has its own count"            },
};

static void
one_an_hour(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct outbox_failures f = taker(NOW + times[i].after);
        struct store_sample s =
            sample_of("a.test", times[i].cause, NOW + times[i].after);
        UNIT_CASE(times[i].why);
        if (times[i].is_counted_only)
            s.header = s.record = SLICE_NONE;
        take(&f, &s);
        assert_int_equal(f.counts.reported, times[i].is_reported);
        assert_int_equal(f.counts.counted, !times[i].is_reported);
        assert_string_equal(f.problem, "");
        if (times[i].is_reported)
            assert_int_equal(
                number(
                    "SELECT messages FROM outgoing WHERE kind = 1 ORDER BY built DESC"),
                times[i].incidents);
    }
    assert_int_equal(number("SELECT count(*) FROM outgoing WHERE state = 1"), 5);
    assert_int_equal(number("SELECT count(*) FROM delivery WHERE state = 0"), 5);
}

/* The causes of one domain, the domains of one host: none may flood. */
static void
ceilings_hold(void **state)
{
    (void)state;
    struct outbox_failures f = taker(NOW + 20000);
    for (unsigned i = 0; i < 30; i++) {
        struct store_sample s = sample_of("b.test", (uint8_t)i, NOW + 20000);
        take(&f, &s);
    }
    assert_int_equal(f.counts.reported, FAILURE_DOMAIN_HOUR);
    assert_int_equal(f.counts.counted, 30 - FAILURE_DOMAIN_HOUR);
    f = taker(NOW + 30000);
    for (unsigned i = 0; i < FAILURE_HOST_HOUR + 10; i++) {
        char domain[32];
        snprintf(domain, sizeof domain, "d%u.test", i);
        struct store_sample s = sample_of(domain, 1, NOW + 30000);
        s.record = SCEAU_SLICE("v=DMARC1; p=none; ruf=mailto:victim@Collector.test");
        take(&f, &s);
    }
    assert_int_equal(f.counts.reported, FAILURE_HOST_HOUR);
    /* The count of the first that was not told stays for its next time. */
    assert_int_equal(
        number("SELECT more FROM failure_limit WHERE policy_domain = 'd60.test'"), 1);
}

static void
psd(struct store_sample *s)
{
    s->record = SCEAU_SLICE("v=DMARC1; p=none; psd=y; ruf=mailto:x@c.test");
}
static void
no_ruf(struct store_sample *s)
{
    s->record = SCEAU_SLICE("v=DMARC1; p=none; rua=mailto:x@c.test");
}
static void
no_record(struct store_sample *s)
{
    s->record = SCEAU_SLICE("v=spf1");
}
static void
old(struct store_sample *s)
{
    s->time_us -= UINT64_C(4) * 86400 * 1000000;
}
static void
nobody(struct store_sample *s)
{
    s->policy_domain = SLICE_NONE;
}

static const struct {
    void (*change)(struct store_sample *s);
    const char *why;
} dropped[] = {
    {psd,       "psd=y (RFC 9991 section 2)"},
    {no_ruf,    "not asked for"             },
    {no_record, "no record"                 },
    {old,       "no news"                   },
    {nobody,    "of no domain"              },
};

static void
drops_what_nobody_wants(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++) {
        struct outbox_failures f = taker(NOW + 40000);
        struct store_sample s = sample_of("c.test", 1, NOW + 40000);
        UNIT_CASE(dropped[i].why);
        dropped[i].change(&s);
        take(&f, &s);
        assert_int_equal(f.counts.dropped, 1);
    }
    assert_int_equal(
        number("SELECT count(*) FROM failure_limit WHERE policy_domain = 'c.test'"), 0);
    struct outbox_failures f = taker(NOW);
    assert_true(outbox_failure_take(&f, SCEAU_SLICE("\2\1\1")));
    assert_int_equal(f.counts.dropped, 1);
}

/* URIs of no use: the report is kept with the reasons and is at its end. */
static void
usable_mailboxes_alone(void **state)
{
    (void)state;
    struct outbox_failures f = taker(NOW + 50000);
    struct store_sample s = sample_of("e.test", 1, NOW + 50000);
    s.record = SCEAU_SLICE("v=DMARC1; p=none; ruf=mailto:x@c.test,mailto:x@C.test");
    take(&f, &s);
    assert_int_equal(
        number("SELECT count(*) FROM delivery d JOIN outgoing o ON o.id = d.report "
               "WHERE o.policy_domain = 'e.test' AND d.state = 0"),
        1);
    s = sample_of("f.test", 1, NOW + 50000);
    s.record = SCEAU_SLICE("v=DMARC1; p=none; ruf=https://c.test/x");
    take(&f, &s);
    assert_int_not_equal(
        number(
            "SELECT count(*) FROM outgoing WHERE policy_domain = 'f.test' AND state < 2"),
        1);
}

static void
a_disk_that_fails_loses_no_count(void **state)
{
    (void)state;
    struct outbox_failures f = taker(NOW + 60000);
    struct outbox_settings elsewhere = settings;
    struct store_sample s = sample_of("g.test", 1, NOW + 60000);
    if (test_store_is_server())
        skip(); /* there is no disk in it */
    elsewhere.folder = "/nonexistent";
    f.settings = &elsewhere;
    take(&f, &s);
    assert_int_equal(f.counts.counted, 1);
    assert_string_not_equal(f.problem, "");
    f = taker(NOW + 60001);
    s = sample_of("g.test", 1, NOW + 60001);
    take(&f, &s);
    assert_int_equal(f.counts.reported, 1);
    assert_int_equal(
        number("SELECT messages FROM outgoing WHERE policy_domain = 'g.test'"), 2);
}

static void
hides_a_relay_of_ours(void **state)
{
    (void)state;
    char name[256], octets[4096] = "";
    struct outbox_failures f = taker(NOW + 65000);
    struct outbox_settings hiding = settings;
    struct store_sample s = sample_of("i.test", 1, NOW + 65000);
    s.client = (struct sceau_ip){
        4, {10, 1, 2, 3}
    };
    hiding.is_hiding_reserved = true;
    f.settings = &hiding;
    take(&f, &s);
    test_spooled(db, outbox);
    struct statement *st =
        database_prepare(db, "SELECT id FROM outgoing WHERE policy_domain = 'i.test'");
    assert_int_equal(statement_step(st), 1);
    snprintf(name, sizeof name, "%s/%.*s" OUTBOX_FAILURE_SUFFIX, outbox,
             SLICE_ARG(column_text(st, 0)));
    statement_reset(st);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    assert_true(fread(octets, 1, sizeof octets - 1, file) > 0);
    fclose(file);
    assert_non_null(strstr(octets, "Source-IP: 0.0.0.0\r\n"));
    assert_null(strstr(octets, "10.1.2.3"));
}

/* ---- with the fold ---- */

struct taking {
    struct fold_samples samples;
    struct outbox_failures failures;
};

static bool
take_sample(struct fold_samples *self, struct sceau_slice payload)
{
    return outbox_failure_take(&((struct taking *)self)->failures, payload);
}

static void
end_samples(struct fold_samples *self, bool is_kept)
{
    outbox_failure_end(&((struct taking *)self)->failures, is_kept);
}

static struct sceau_slice
segment_of(const char *domain, unsigned count)
{
    struct text octets = text_new(unit_arena, SIZE_MAX);
    for (unsigned i = 0; i < count; i++) {
        struct store_sample s = sample_of(domain, (uint8_t)(i % 3), NOW + 70000 + i);
        assert_true(frame_write(&octets, payload_of(&s)));
    }
    return text_done(&octets);
}

static enum fold_outcome
fold_it(const char *name, struct sceau_slice octets, struct fold_counts *counts)
{
    struct taking t = {.samples = {take_sample}, .failures = taker(NOW + 80000)};
    struct fold *f = fold_new(db);
    fold_give_samples(f, &t.samples);
    enum fold_outcome outcome =
        fold_segment(f, sceau_slice_from(name), octets, NOW + 80000, counts);
    fold_free(f);
    return outcome;
}

static void
a_segment_is_taken_once(void **state)
{
    (void)state;
    struct fold_counts counts = {0};
    struct sceau_slice octets = segment_of("h.test", 9);
    assert_int_equal(fold_it("h-1-1", octets, &counts), FOLD_DONE);
    assert_int_equal(fold_it("h-1-1", octets, &counts), FOLD_BEFORE);
    assert_int_equal(counts.skipped, 0);
    assert_int_equal(counts.records, 0); /* of messages */
    assert_int_equal(
        number("SELECT count(*) FROM outgoing WHERE policy_domain = 'h.test'"), 3);
    assert_int_equal(
        number("SELECT sum(more) FROM failure_limit WHERE policy_domain = 'h.test'"),
        6);
    struct fold *f = fold_new(db); /* nobody wants them: passed over */
    assert_int_equal(fold_segment(f, SCEAU_SLICE("h-1-2"), octets, NOW, &counts),
                     FOLD_DONE);
    assert_int_equal(counts.skipped, 0);
    fold_free(f);
}

static int
is_lost(void *self)
{
    (void)self;
    return 0;
}

/* A transaction that was undone has told nobody: its messages are counted with the next try. */
static void
counts_what_is_kept(void **state)
{
    (void)state;
    struct fold_counts counts = {0};
    struct taking t = {
        .samples = {take_sample, end_samples},
          .failures = taker(NOW + 80000)
    };
    const struct outbox_failure_counts *of = &t.failures.counts;
    struct sceau_slice octets = segment_of("kept.test", 9);
    struct fold *f = fold_new(db);
    fold_give_samples(f, &t.samples);
    database_guard(db, is_lost, NULL);
    assert_int_equal(fold_segment(f, SCEAU_SLICE("kept-1-1"), octets, NOW, &counts),
                     FOLD_FAILED);
    database_guard(db, NULL, NULL);
    assert_true(of->reported == 0 && of->counted == 0);
    assert_int_equal(fold_segment(f, SCEAU_SLICE("kept-1-1"), octets, NOW, &counts),
                     FOLD_DONE);
    assert_true(of->reported == 3 && of->counted == 6);
    fold_free(f);
}

/* Killed amid the fold again and again: the sums are those of one run. */
static void
killed(void **state)
{
    (void)state;
    struct sceau_slice octets = segment_of("k.test", 60);
    struct fold_counts counts = {0};
    char error[DATABASE_ERROR_MAX];
    enum database_status status;
    unsigned kills = 0;
    for (unsigned i = 0; i < 12; i++) {
        database_close(db);
        pid_t child = fork();
        if (child == 0) {
            db = database_open(path, DATABASE_WRITE, &status, error);
            _exit(db == NULL || fold_it("k-1-1", octets, &counts) == FOLD_FAILED);
        }
        usleep(500 * (i + 1));
        kill(child, SIGKILL);
        int how;
        waitpid(child, &how, 0);
        kills += WIFSIGNALED(how);
        db = database_open(path, DATABASE_WRITE, &status, error);
        assert_non_null(db);
    }
    assert_true(fold_it("k-1-1", octets, &counts) != FOLD_FAILED);
    printf("# killed %u times\n", kills);
    assert_int_equal(
        number("SELECT count(*) FROM outgoing WHERE policy_domain = 'k.test'"), 3);
    assert_int_equal(
        number("SELECT sum(more) FROM failure_limit WHERE policy_domain = 'k.test'"),
        57);
    test_spooled(db, outbox);
    struct statement *s =
        database_prepare(db, "SELECT id FROM outgoing WHERE policy_domain = 'k.test'");
    while (statement_step(s) == 1) {
        char name[256];
        snprintf(name, sizeof name, "%s/%.*s" OUTBOX_FAILURE_SUFFIX, outbox,
                 SLICE_ARG(column_text(s, 0)));
        assert_int_equal(access(name, R_OK), 0);
    }
}

static void
forgets_what_is_over(void **state)
{
    (void)state;
    int64_t untold = -1, counted = number("SELECT sum(more) FROM failure_limit WHERE "
                                          "reported < 1767305601");
    assert_true(counted > 0 && outbox_failure_untold(db, &untold));
    assert_int_equal(untold, 0);
    assert_true(outbox_failure_forget(db, outbox, NOW + 80000));
    int64_t before = number("SELECT count(*) FROM outgoing");
    assert_true(database_run(
        db,
        "UPDATE outgoing SET state = 2, finished = built WHERE policy_domain = 'k.test'"));
    assert_true(outbox_failure_forget(db, outbox, NOW + 80000));
    assert_int_equal(number("SELECT count(*) FROM outgoing"), before);
    assert_true(outbox_failure_forget(db, outbox, NOW + 80001));
    assert_true(outbox_failure_untold(db, &untold));
    assert_int_equal(untold, counted); /* said, since no report does */
    assert_int_equal(number("SELECT count(*) FROM outgoing"),
                     before - 9); /* sent, and waiting for nobody */
    assert_int_equal(
        number("SELECT count(*) FROM failure_limit WHERE reported < 1767305601"), 0);
    assert_int_equal(
        number(
            "SELECT count(*) FROM delivery WHERE report NOT IN (SELECT id FROM outgoing)"),
        0);
}

/* A day of FAILURE_HOUR reports is more than goes at once; one that waits for ever goes too. */
static void
forgets_many(void **state)
{
    (void)state;
    char sql[512];
    assert_true(database_begin(db));
    for (unsigned i = 0; i < 2500; i++) {
        snprintf(
            sql, sizeof sql,
            "INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, "
            "due, records, messages, octets, built, finished, lease_host, "
            "lease_until, kind) VALUES ('many%u', 'd.test', 1, x'%04x', 0, %u, 0, 1, "
            "1, 1, 1, %u, '', 0, 1)",
            i, i, i % 2 == 0 ? OUTBOX_BUILT : OUTBOX_FINISHED, i % 2);
        if (!database_run(db, test_store_sql(sql)))
            fail_msg("%s", database_error(db));
    }
    assert_true(database_commit(db));
    assert_true(outbox_failure_forget(db, outbox, 1000));
    assert_int_equal(number("SELECT count(*) FROM outgoing WHERE id LIKE 'many%'"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_an_hour),
        cmocka_unit_test(ceilings_hold),
        cmocka_unit_test(drops_what_nobody_wants),
        cmocka_unit_test(usable_mailboxes_alone),
        cmocka_unit_test(a_disk_that_fails_loses_no_count),
        cmocka_unit_test(hides_a_relay_of_ours),
        cmocka_unit_test(a_segment_is_taken_once),
        cmocka_unit_test(counts_what_is_kept),
        cmocka_unit_test(killed),
        cmocka_unit_test(forgets_what_is_over),
        cmocka_unit_test(forgets_many),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
