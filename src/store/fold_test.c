/* Journals folded on a real disk: each message counted once, whatever happens. */
#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "policy/policy.h"
#include "store/fold_batch.h"
#include "store/frame.h"
#include "store/journal.h"
#include "store/journal_waiting.h"
#include "store/observation.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DAY 20000 /* of the messages */

static char folder[TEST_FOLDER], journal_folder[96], path[TEST_STORE];
static const char *host = "mx1.test"; /* that writes the journal */

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "fold") != 0)
        return 1;
    snprintf(journal_folder, sizeof journal_folder, "%s/journal", folder);
    test_store_place(path, folder, "store");
    return mkdir(journal_folder, 0700);
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

/* Message number `n`: three domains, seven addresses, two results. */
static void
add_message(struct journal *journal, unsigned n)
{
    static const char *const domains[] = {"a.test", "b.test", "c.test"};
    struct text payload = text_new(unit_arena, SIZE_MAX);
    struct record_message m = {
        .time_us = (uint64_t)DAY * 86400 * 1000000 + n,
        .host = sceau_slice_from(host),
        .client = {4, {192, 0, 2, (uint8_t)(n % 7)}},
        .author_domain = sceau_slice_from(domains[n % 3]),
        .policy_domain = sceau_slice_from(domains[n % 3]),
        .mail_from_domain = SCEAU_SLICE("b.test"),
        .record = SCEAU_SLICE("v=DMARC1; p=none"),
        .dmarc_result = n % 2 ? SCEAU_DMARC_PASS : SCEAU_DMARC_FAIL,
        .dkim_aligned = n % 2,
        .selector_count = n % 5 == 0,
        .selectors = {SCEAU_SLICE("s1")},
    };
    assert_true(record_write(&payload, &m));
    assert_true(journal_append(journal, text_done(&payload)));
    sceau_arena_clear(unit_arena);
}

static struct journal *
open_journal(uint64_t boot, size_t segment_max)
{
    char error[256];
    const struct journal_options options = {.folder = journal_folder,
                                            .host = sceau_slice_from(host),
                                            .boot = boot,
                                            .segment_max = segment_max};
    struct journal *journal = journal_open(&options, error);
    assert_non_null(journal);
    return journal;
}

static void
write_journal(uint64_t boot, unsigned messages, size_t segment_max)
{
    struct journal *journal = open_journal(boot, segment_max);
    for (unsigned n = 0; n < messages; n++)
        add_message(journal, n);
    journal_close(journal);
}

static struct fold_look
fold_all(struct database *db, int64_t keep)
{
    struct fold *f = fold_new(db);
    struct fold_look look;
    assert_non_null(f);
    if (!fold_folder(f, journal_folder, time(NULL), keep, &look))
        fail_msg("%s", database_error(db));
    fold_free(f);
    return look;
}

static void
test_counts_each_once(void **state)
{
    (void)state;
    write_journal(1, 2100, 16 * 1024);
    struct database *db = test_store_open(path);
    struct fold_look look = fold_all(db, 3600);
    assert_string_equal(look.problem, "");
    assert_true(look.counts.segments > 3 && look.counts.records == 2100 &&
                look.counts.reported == 2100);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 2100);
    assert_int_equal(number(db, "SELECT count(*) FROM observation"),
                     42); /* 3 x 7 x 2 */
    assert_int_equal(
        number(
            db,
            "SELECT sum(count) FROM observation WHERE policy_domain = 'b.test' AND day = 20000"),
        700);
    assert_int_equal(number(db, "SELECT count(*) FROM policy"), 1);
    assert_int_equal(
        number(
            db,
            "SELECT sum(signed) FROM key_use WHERE domain = 'a.test' AND selector = 's1'"),
        140);
    assert_int_equal(number(db, "SELECT count(*) FROM host WHERE name = 'mx1.test'"),
                     1);
    look = fold_all(db, 3600); /* again: nothing changes */
    assert_true(look.counts.segments == 0 && look.removed == 0);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 2100);
    look = fold_all(db, -10); /* their time is over */
    assert_true(look.removed > 3);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 2100);
    database_close(db);
}

/* A row comes back as the report's record. */
static void
test_row_is_a_record(void **state)
{
    (void)state;
    static struct report_record r;
    write_journal(1, 1, 0);
    struct database *db = test_store_open(path);
    fold_all(db, 3600);
    struct statement *s =
        database_prepare(db, "SELECT row, header_from, envelope_from FROM observation");
    assert_int_equal(statement_step(s), 1);
    assert_true(observation_read(column_blob(s, 0), &r));
    assert_true(r.disposition == REPORT_DISPOSITION_NONE &&
                r.dkim == REPORT_ALIGNED_FAIL);
    assert_slice(column_text(s, 1), "a.test");
    assert_slice(column_text(s, 2), "b.test");
    statement_reset(s);
    database_close(db);
}

/* More signatures than a key of the tally takes. */
static void
test_long_row(void **state)
{
    (void)state;
    static struct record_message m;
    static struct report_record r;
    struct text payload = text_new(unit_arena, SIZE_MAX),
                frame = text_new(unit_arena, SIZE_MAX);
    m = (struct record_message){
        .time_us = 1,
        .client = {4, {192, 0, 2, 1}},
        .author_domain = SCEAU_SLICE("a.test"),
        .policy_domain = SCEAU_SLICE("a.test"),
        .signature_count = RECORD_SIGNATURES_MAX
    };
    for (size_t i = 0; i < RECORD_SIGNATURES_MAX; i++)
        m.signatures[i].domain =
            SCEAU_SLICE("a-domain-with-a-rather-long-name.example.test");
    assert_true(record_write(&payload, &m));
    frame_write(&frame, text_done(&payload));
    frame_write(&frame, text_done(&payload));
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    struct fold_counts counts = {0};
    assert_int_equal(fold_segment(f, SCEAU_SLICE("s"), text_done(&frame), 1, &counts),
                     FOLD_DONE);
    assert_int_equal(number(db, "SELECT count FROM observation"), 2);
    struct statement *s = database_prepare(db, "SELECT row FROM observation");
    assert_int_equal(statement_step(s), 1);
    assert_true(observation_read(column_blob(s, 0), &r));
    assert_int_equal(r.dkim_count, RECORD_SIGNATURES_MAX);
    statement_reset(s);
    fold_free(f);
    database_close(db);
}

/* The segment of a milter that runs is left alone until it is closed. */
static void
test_leaves_what_is_written(void **state)
{
    (void)state;
    struct journal *journal = open_journal(1, 0);
    struct database *db = test_store_open(path);
    for (unsigned n = 0; n < 10; n++)
        add_message(journal, n);
    struct fold_look look = fold_all(db, 3600);
    assert_true(look.open == 1 && look.counts.segments == 0);
    journal_close(journal);
    look = fold_all(db, 3600);
    assert_true(look.open == 0 && look.counts.records == 10);
    database_close(db);
}

/* ---- the mark ---- */

static void
make_old(const char *name)
{
    const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_int_equal(utimensat(AT_FDCWD, name, old, AT_SYMLINK_NOFOLLOW), 0);
}

static int
put_folder(const char *name)
{
    return mkdir(name, 0700);
}

static int
put_file(const char *name, mode_t mode, off_t size)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, mode);
    return fd >= 0 && ftruncate(fd, size) == 0 ? close(fd) : -1;
}

static int
put_large(const char *name)
{
    return put_file(name, 0600, (off_t)4 * JOURNAL_SEGMENT_MAX + 1);
}

static int
put_unreadable(const char *name)
{
    return put_file(name, 0, 10);
}

static int
put_fifo(const char *name)
{
    return mkfifo(name, 0600);
}

static int
put_link(const char *name)
{
    return symlink("/dev/null", name);
}

/* As of a writer that was stopped for good. */
static int
put_locked(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    return flock(fd, LOCK_EX); /* stays open */
}

static const struct {
    const char *name, *why;
    int (*put)(const char *name);
} left[] = {
    {"mx1.test-0-1", "no segment at all",              NULL          },
    {"lost+found",   "a file system has one",          put_folder    },
    {"mx1.test-0-1", "somebody's folder",              put_folder    },
    {"mx1.test-0-1", "larger than any segment",        put_large     },
    {"mx1.test-0-1", "of another user, with its mode", put_unreadable},
    {"mx1.test-0-1", "none that octets are read from", put_fifo      },
    {"mx1.test-0-1", "a link is not followed",         put_link      },
    {"mx1.test-0-1", "a writer that does not go on",   put_locked    },
};

/* Whatever lies there and is never folded: what was folded does not wait. */
static void
test_mark_moves_on(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        struct journal_waiting waiting;
        char name[160];
        snprintf(name, sizeof name, "%s/%s", journal_folder, left[i].name);
        if (left[i].put != NULL) {
            assert_int_equal(left[i].put(name), 0);
            make_old(name);
        }
        write_journal(1 + i, 10, 0);
        usleep(20000); /* a tick of the clock of files */
        fold_all(db, 3600);
        assert_true(journal_waiting(journal_folder, &waiting) && waiting.has_mark);
        if (waiting.segments != 0)
            fail_msg("%s: %d segments seem to wait", left[i].why,
                     (int)waiting.segments);
        remove(name);
    }
    database_close(db);
}

/* What a writer has open waits, and what a failing store did not take; a look that fails moves
 * the mark on and not back. */
static void
test_mark_holds(void **state)
{
    (void)state;
    struct journal_waiting waiting;
    struct database *db = test_store_open(path);
    struct fold_look look;
    struct journal *journal = open_journal(1, 0);
    add_message(journal, 1);
    fold_all(db, 3600);
    assert_true(journal_waiting(journal_folder, &waiting) && waiting.has_mark &&
                waiting.segments == 1);
    journal_close(journal);
    usleep(20000);
    fold_all(db, 3600);
    assert_true(journal_waiting(journal_folder, &waiting) && waiting.segments == 0);
    write_journal(2, 10, 0);
    struct fold *f = fold_new(db);
    assert_true(database_run(db, "ALTER TABLE segment RENAME TO away"));
    assert_false(fold_folder(f, journal_folder, time(NULL), 3600, &look));
    fold_free(f);
    assert_true(journal_waiting(journal_folder, &waiting) && waiting.segments == 1);
    database_close(db);
}

static bool
ends_soon(void *self)
{
    unsigned *asks = self;
    return *asks == 0 || --*asks == 0;
}

/* Who is told to end writes what was read, and what is left waits. */
static void
test_ends_when_told(void **state)
{
    (void)state;
    struct journal_waiting waiting;
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    struct fold_look look;
    unsigned asks = 4;
    write_journal(1, 2100, 16 * 1024);
    fold_give_end(f, ends_soon, &asks);
    assert_true(fold_folder(f, journal_folder, time(NULL), 3600, &look));
    assert_true(look.counts.segments > 0 && look.counts.records < 2100 &&
                look.open == 0);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"),
                     look.counts.records);
    assert_true(journal_waiting(journal_folder, &waiting) && waiting.segments > 0);
    fold_give_end(f, NULL, NULL);
    assert_true(fold_folder(f, journal_folder, time(NULL), 3600, &look));
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 2100);
    fold_free(f);
    database_close(db);
}

/* What a crash leaves: a torn frame, noise, an empty file; and what is no record. */
static void
test_damage(void **state)
{
    (void)state;
    char name[160];
    static char octets[1 << 16];
    struct fold_look look;
    write_journal(1, 20, 0);
    snprintf(name, sizeof name, "%s/mx1.test-1-0", journal_folder);
    FILE *file = fopen(name, "rb");
    size_t len = fread(octets, 1, sizeof octets, file);
    fclose(file);
    for (size_t cut = 0; cut < len; cut += 37) {
        unlink(name);
        snprintf(name, sizeof name, "%s/mx1.test-1-%zu", journal_folder, cut);
        file = fopen(name, "wb");
        fwrite(octets, 1, cut, file);
        fclose(file);
        struct database *db = test_store_open(path);
        look = fold_all(db, 3600);
        assert_true(cut == 0 ? look.open == 1 : look.counts.segments == 1);
        assert_true(look.counts.records <= 20);
        database_close(db);
    }
    unlink(name);
    struct text noise = text_new(unit_arena, SIZE_MAX);
    frame_write(&noise, SCEAU_SLICE("\2\1a failure sample that nobody wants"));
    frame_write(&noise, SCEAU_SLICE("\7\1a record of tomorrow"));
    frame_write(&noise, SCEAU_SLICE("\1\1\0\1\0\377broken"));
    text_string(&noise, "SJ01 not a frame");
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    struct fold_counts counts = {0};
    assert_int_equal(fold_segment(f, SCEAU_SLICE("noise"), text_done(&noise), 1,
                                  &counts),
                     FOLD_DONE);
    assert_true(counts.records == 0 && counts.skipped == 2);
    assert_int_equal(fold_segment(f, SCEAU_SLICE("noise"), SCEAU_SLICE("other"), 1,
                                  &counts),
                     FOLD_BEFORE);
    fold_free(f);
    database_close(db);
}

/* kill -9 at any moment: after the next start every message is there, and once. */
static void
test_killed(void **state)
{
    (void)state;
    unsigned rounds = 0, total = 0;
    for (unsigned delay = 0; delay < 60000; delay += 1500, rounds++) {
        write_journal(100 + rounds, 300, 8 * 1024);
        total += 300;
        pid_t child = fork();
        if (child == 0) {
            struct database *db = test_store_open(path);
            fold_all(db, 3600);
            _exit(0);
        }
        usleep(delay % 20000 * test_store_pace());
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        test_store_settle();
        if (rounds % 4 != 3)
            continue; /* some leave their work to a later one */
        struct database *db = test_store_open(path);
        fold_all(db, 3600);
        assert_int_equal(number(db, "SELECT sum(count) FROM observation"), total);
        assert_int_equal(number(db, "SELECT sum(signed) FROM key_use"), total / 5);
        assert_int_equal(number(db, "SELECT sum(records) FROM segment"), total);
        database_close(db);
    }
}

/* A full disk folds nothing, and says so; with room again all of it is folded. */
static void
test_disk_full(void **state)
{
    (void)state;
    if (test_store_is_server())
        skip(); /* its disk is another one */
    write_journal(1, 3000, 0);
    database_close(test_store_open(path));
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {4096, RLIM_INFINITY};
        struct database *db = test_store_open(path);
        struct fold *f = fold_new(db);
        struct fold_look look;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &none);
        bool is_folded = fold_folder(f, journal_folder, time(NULL), 3600, &look);
        _exit(is_folded || database_error(db)[0] == '\0' || look.counts.segments > 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct database *db = test_store_open(path);
    assert_int_equal(number(db, "SELECT count(*) FROM segment"), 0);
    struct fold_look look = fold_all(db, 3600);
    assert_int_equal(look.counts.records, 3000);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 3000);
    database_close(db);
}

/* ---- several hosts, one store ---- */

#define HOST_MESSAGES 3000

/* The last two have one name, and so one share; the last one works through the first one's
 * segments as well. */
static const struct {
    const char *host, *folder;
} hosts[] = {
    {"mx1.test", "one"  },
    {"mx2.test", "two"  },
    {"mx3.test", "three"},
    {"mx3.test", "four" },
};
#define HOSTS (sizeof hosts / sizeof *hosts)

static void
use_host(size_t i)
{
    host = hosts[i].host;
    snprintf(journal_folder, sizeof journal_folder, "%s/%s", folder, hosts[i].folder);
}

/* Until all of it is folded, by whom ever. */
static void
fold_to_the_end(size_t also)
{
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    struct fold_look look = {.counts = {.segments = 1}};
    for (unsigned run = 0; run < 3; run++) {
        if (!fold_folder(f, journal_folder, time(NULL), 3600, &look))
            _exit(1);
        if (also < HOSTS)
            use_host(run % 2 == 0 ? also : HOSTS - 1);
    }
    fold_free(f);
    database_close(db);
    _exit(look.problem[0] != '\0');
}

/* As outbox/build.c takes rows away: what it read is deleted, or nothing is. */
static int64_t
take_rows(struct database *db, bool *is_taken)
{
    int64_t taken = 0;
    int step;
    *is_taken = false;
    if (!database_begin_durable(db))
        return 0;
    struct statement *s = database_prepare(
        db, "SELECT count FROM observation WHERE policy_domain = 'a.test'");
    while ((step = statement_step(s)) == 1)
        taken += column_int(s, 0);
    s = database_prepare(db, "DELETE FROM observation WHERE policy_domain = 'a.test'");
    if (step != 0 || statement_step(s) != 0) {
        database_rollback(db);
        return 0;
    }
    *is_taken = database_commit(db);
    return *is_taken ? taken : 0;
}

/* Hosts fold at the same time, one segment is tried by two, rows are taken away meanwhile:
 * each message is in one sum. */
static void
test_hosts(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip(); /* a file has one writer */
    pid_t children[HOSTS];
    database_close(test_store_open(path));
    for (size_t i = 0; i < HOSTS; i++) {
        use_host(i);
        mkdir(journal_folder, 0700);
        write_journal(1 + i, HOST_MESSAGES, 16 * 1024);
    }
    for (size_t i = 0; i < HOSTS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            use_host(i);
            fold_to_the_end(i == HOSTS - 1 ? 0 : HOSTS);
        }
    }
    struct database *db = test_store_open(path);
    int64_t taken = 0;
    unsigned times = 0;
    for (size_t i = 0; i < HOSTS; i++) {
        int status = 0;
        bool is_taken;
        while (waitpid(children[i], &status, WNOHANG) == 0) {
            taken += take_rows(db, &is_taken);
            times += is_taken;
            usleep(1000);
        }
        assert_int_equal(status, 0);
    }
    assert_true(times > 0);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation") + taken,
                     HOSTS * HOST_MESSAGES);
    assert_int_equal(number(db, "SELECT sum(signed) FROM key_use"),
                     HOSTS * HOST_MESSAGES / 5);
    assert_int_equal(number(db, "SELECT sum(records) FROM segment"),
                     HOSTS * HOST_MESSAGES);
    assert_int_equal(number(db, "SELECT count(DISTINCT share) FROM key_use"), 3);
    database_close(db);
    host = "mx1.test";
}

/* Two transactions, step by step: who adds to rows of another share waits for nobody; the
 * same segment twice waits for the first, and finds it folded. */
static void
test_adds_beside_another(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip();
    database_close(test_store_open(path));
    struct database *db = test_store_open(path);
    write_journal(1, 100, 0);
    fold_all(db, 3600);
    /* mx1's rows are locked, as by a transaction of its own that goes on. */
    assert_true(database_begin_adding(db));
    assert_true(database_run(db, "UPDATE observation SET count = count + 1"));
    pid_t child = fork();
    if (child == 0) {
        alarm(8); /* it would wait for a lock for ten seconds */
        host = "mx2.test";
        write_journal(2, 100, 0);
        fold_all(test_store_open(path), 3600);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    database_rollback(db);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 200);
    assert_true(database_begin_adding(db));
    assert_true(
        database_run(db, "INSERT INTO segment VALUES ('mx1.test-3-0', '', 1, 0, 0)"));
    write_journal(3, 100, 0);
    child = fork();
    if (child == 0) {
        fold_all(test_store_open(path), 3600);
        _exit(0);
    }
    usleep(300 * 1000);
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    assert_true(database_commit(db));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 200);
    database_close(db);
}

/* Runs `child` until it is about to write for the `last` time, and kills it there. False: it
 * ended before. */
static bool
kill_at_write(pid_t child, unsigned last)
{
    int status;
    unsigned writes = 0;
    assert_int_equal(waitpid(child, &status, 0), child); /* its SIGSTOP */
    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (;;) {
        struct __ptrace_syscall_info info;
        assert_int_equal(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status))
            return false;
        if (!WIFSTOPPED(status) || WSTOPSIG(status) != (SIGTRAP | 0x80))
            continue;
        ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
        if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
            continue;
        uint64_t call = info.entry.nr;
        writes += call == SYS_sendto || call == SYS_pwrite64 || call == SYS_fdatasync ||
                  call == SYS_ftruncate;
        if (writes == last) {
            kill(child, SIGKILL);
            assert_int_equal(waitpid(child, &status, 0), child);
            return true;
        }
    }
}

static struct sceau_slice
segment_of(unsigned messages)
{
    struct text frames = text_new(unit_arena, SIZE_MAX);
    for (unsigned n = 0; n < messages; n++) {
        struct text payload = text_new(unit_arena, SIZE_MAX);
        const struct record_message m = {
            .time_us = (uint64_t)DAY * 86400 * 1000000 + n,
            .host = sceau_slice_from(host),
            .client = {4, {192, 0, 2, 1}},
            .author_domain = SCEAU_SLICE("a.test"),
            .policy_domain = SCEAU_SLICE("a.test"),
        };
        assert_true(record_write(&payload, &m));
        frame_write(&frames, text_done(&payload));
    }
    return text_done(&frames);
}

/* A batch of segments with a number for a name, until it is full. How many? */
static size_t
add_numbered(struct fold *f, struct sceau_slice octets, size_t count)
{
    size_t n = 0;
    fold_batch_begin(f, 1);
    for (; n < count && !fold_batch_is_full(f); n++) {
        char name[32];
        snprintf(name, sizeof name, "s-%zu", n);
        fold_batch_add(f, sceau_slice_from(name), octets);
    }
    return n;
}

/* One segment of a batch is folded by somebody else before the batch is written: none of the
 * batch is, until it is begun anew without that one. */
static void
test_batch_of_what_is_folded(void **state)
{
    (void)state;
    struct database *db = test_store_open(path), *other = test_store_open(path);
    struct fold *f = fold_new(db), *its = fold_new(other);
    struct fold_counts counts = {0}, its_counts = {0};
    struct sceau_slice one = segment_of(1), two = segment_of(20),
                       three = segment_of(300);
    bool is_folded = true;
    assert_true(fold_is_folded(f, SCEAU_SLICE("two"), &is_folded) && !is_folded);
    fold_batch_begin(f, 1);
    fold_batch_add(f, SCEAU_SLICE("one"), one);
    fold_batch_add(f, SCEAU_SLICE("two"), two);
    fold_batch_add(f, SCEAU_SLICE("three"), three);
    assert_int_equal(fold_segment(its, SCEAU_SLICE("two"), two, 1, &its_counts),
                     FOLD_DONE);
    assert_int_equal(fold_batch_end(f, &counts), FOLD_BEFORE);
    assert_true(fold_has_seen(f, SCEAU_SLICE("two")));
    assert_int_equal(counts.segments, 0);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 20);
    assert_int_equal(number(db, "SELECT count(*) FROM segment"), 1);
    fold_batch_begin(f, 1);
    fold_batch_add(f, SCEAU_SLICE("one"), one);
    fold_batch_add(f, SCEAU_SLICE("three"), three);
    assert_int_equal(fold_batch_end(f, &counts), FOLD_DONE);
    assert_true(counts.segments == 2 && counts.records == 301);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 321);
    assert_int_equal(number(db, "SELECT sum(records) FROM segment"), 321);
    assert_int_equal(number(db, "SELECT count(*) FROM host"), 1);
    fold_free(its);
    fold_free(f);
    database_close(other);
    database_close(db);
}

/* Names that are no UTF-8, and the same to the store: nothing of it keeps the rest waiting. */
static void
test_names_that_are_one(void **state)
{
    static const char *const names[] = {"mx1\xff-1-1", "mx1\xfe-1-1", "mx1-1-2"};
    (void)state;
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    struct fold_counts counts = {0};
    struct sceau_slice octets = segment_of(7);
    unsigned tries = 0;
    enum fold_outcome outcome = FOLD_BEFORE;
    while (outcome == FOLD_BEFORE && tries++ < 9) {
        fold_batch_begin(f, 1);
        for (size_t i = 0; i < 3 && !fold_batch_is_full(f); i++)
            if (!fold_has_seen(f, sceau_slice_from(names[i])))
                fold_batch_add(f, sceau_slice_from(names[i]), octets);
        outcome = fold_batch_end(f, &counts);
        if (outcome == FOLD_DONE && !fold_has_seen(f, sceau_slice_from("mx1-1-2")))
            outcome = FOLD_BEFORE;
    }
    assert_int_equal(outcome, FOLD_DONE);
    assert_int_equal(number(db, "SELECT sum(records) FROM segment"), 14);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 14);
    fold_free(f);
    database_close(db);
}

/* Another host was in the way: the whole batch is read and written again. */
static void
test_tries_again(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip(); /* a file has one writer */
    struct database *db = test_store_open(path);
    write_journal(1, 300, 8 * 1024);
    assert_true(database_run(
        db, "CREATE SEQUENCE tried; CREATE FUNCTION refuse() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN IF nextval('tried') <= 2 THEN RAISE EXCEPTION 'not "
            "now' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$; CREATE TRIGGER "
            "refuse BEFORE INSERT ON observation FOR EACH ROW EXECUTE FUNCTION "
            "refuse()"));
    struct fold_look look = fold_all(db, 3600);
    assert_string_equal(look.problem, "");
    assert_true(look.counts.segments > 3 && look.counts.records == 300);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 300);
    assert_int_equal(number(db, "SELECT sum(records) FROM segment"), 300);
    database_close(db);
}

/* A server that is far away answers to several segments at once; a batch that took long is not
 * tried in the same size, even when nothing came of it. */
static void
test_few_answers(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip();
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    struct fold_counts counts = {0};
    struct sceau_slice octets = segment_of(1);
    assert_true(database_run(
        db, "CREATE SEQUENCE said; CREATE FUNCTION slow() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN IF nextval('said') = 1 THEN PERFORM pg_sleep(4.1); "
            "RAISE EXCEPTION 'ended' USING ERRCODE = '57014'; END IF; RETURN NULL; END "
            "$$; CREATE TRIGGER slow BEFORE INSERT ON segment FOR EACH STATEMENT "
            "EXECUTE FUNCTION slow()"));
    add_numbered(f, octets, 64);
    assert_int_equal(fold_batch_end(f, &counts), FOLD_FAILED);
    assert_int_equal(add_numbered(f, octets, 64), 32);
    assert_int_equal(fold_batch_end(f, &counts), FOLD_DONE);
    assert_int_equal(number(db, "SELECT last_value FROM said"), 1 + 3); /* 15, 15, 2 */
    assert_int_equal(number(db, "SELECT count(*) FROM segment"), 32);
    assert_int_equal(number(db, "SELECT sum(records) FROM segment"), 32);
    assert_int_equal(add_numbered(f, octets, 64), 64); /* it was quick */
    assert_int_equal(fold_batch_end(f, &counts), FOLD_BEFORE);
    assert_true(fold_has_seen(f, SCEAU_SLICE("s-14")));
    assert_false(fold_has_seen(f, SCEAU_SLICE("s-40")));
    fold_free(f);
    database_close(db);
}

#define WITHOUT_POLICY                                                                   \
 "SELECT count(*) FROM observation WHERE NOT EXISTS (SELECT 1 FROM policy WHERE hash = " \
 "policy_hash)"

/* Messages of so many policies, from number `first` on. */
static struct sceau_slice
segment_of_policies(unsigned first, unsigned count)
{
    struct text frames = text_new(unit_arena, SIZE_MAX);
    for (unsigned n = first; n < first + count; n++) {
        char record[64];
        snprintf(record, sizeof record, "v=DMARC1; p=none; rua=mailto:%u@a.test", n);
        struct text payload = text_new(unit_arena, SIZE_MAX);
        const struct record_message m = {
            .time_us = (uint64_t)DAY * 86400 * 1000000,
            .host = sceau_slice_from(host),
            .client = {4, {192, 0, 2, 1}},
            .author_domain = SCEAU_SLICE("a.test"),
            .policy_domain = SCEAU_SLICE("a.test"),
            .record = sceau_slice_from(record),
        };
        assert_true(record_write(&payload, &m));
        frame_write(&frames, text_done(&payload));
    }
    return text_done(&frames);
}

/* Whole statements of policies and what is left of one; new ones between those that are there. */
static void
test_policies(void **state)
{
    static const struct {
        unsigned first, count, all;
    } rows[] = {
        {0,   1,   1  },
        {0,   32,  32 },
        {10,  101, 111},
        {100, 11,  111},
        {64,  47,  111},
        {0,   144, 144},
    };
    (void)state;
    struct database *db = test_store_open(path);
    int64_t messages = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[32];
        struct fold *f = fold_new(db);
        struct fold_counts counts = {0};
        snprintf(name, sizeof name, "s-%zu", i);
        assert_int_equal(fold_segment(f, sceau_slice_from(name),
                                      segment_of_policies(rows[i].first, rows[i].count),
                                      1, &counts),
                         FOLD_DONE);
        messages += rows[i].count;
        assert_int_equal(number(db, "SELECT count(*) FROM policy"), rows[i].all);
        assert_int_equal(number(db, "SELECT count(DISTINCT record) FROM policy"),
                         rows[i].all);
        assert_int_equal(number(db, WITHOUT_POLICY), 0);
        assert_int_equal(number(db, "SELECT sum(count) FROM observation"), messages);
        fold_free(f);
    }
    database_close(db);
}

/* A host is long at its sums: another one with the same new policies does not wait for that. */
static void
test_policies_are_waited_for_by_nobody(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip(); /* a file has one writer */
    struct database *db = test_store_open(path);
    struct sceau_slice octets = segment_of_policies(0, 40);
    int status;
    assert_true(database_run(
        db, "CREATE SEQUENCE said; CREATE FUNCTION slow() RETURNS trigger LANGUAGE "
            "plpgsql AS $$ BEGIN IF NEW.name = 'slow' THEN PERFORM nextval('said'); "
            "PERFORM pg_sleep(6); END IF; RETURN NULL; END $$; CREATE CONSTRAINT "
            "TRIGGER slow AFTER INSERT ON segment DEFERRABLE INITIALLY DEFERRED FOR "
            "EACH ROW EXECUTE FUNCTION slow()"));
    pid_t child = fork();
    if (child == 0) {
        struct fold_counts counts = {0};
        struct fold *f = fold_new(test_store_open(path));
        _exit(fold_segment(f, SCEAU_SLICE("slow"), octets, 1, &counts) != FOLD_DONE);
    }
    while (number(db, "SELECT count(*) FROM said WHERE is_called") == 0)
        usleep(10000);
    pid_t quick = fork();
    if (quick == 0) {
        struct fold_counts counts = {0};
        struct fold *f = fold_new(test_store_open(path));
        alarm(4);
        host = "mx2.test"; /* sums of its own */
        octets = segment_of_policies(0, 40);
        _exit(fold_segment(f, SCEAU_SLICE("quick"), octets, 1, &counts) != FOLD_DONE);
    }
    assert_int_equal(waitpid(quick, &status, 0), quick);
    assert_int_equal(status, 0);
    assert_int_equal(waitpid(child, &status, WNOHANG), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(number(db, "SELECT count(*) FROM policy"), 40);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 80);
    database_close(db);
}

/* Another connection holds a segment's name for longer than one waits: the segment was not
 * folded, and is when the name is free. It was taken for folded, and never counted, where the
 * last statement before had changed no row. */
static void
test_name_is_held(void **state)
{
    struct fold_look look;
    (void)state;
    if (!test_store_is_server())
        skip(); /* a file has one writer */
    struct database *db = test_store_open(path), *other = test_store_open(path);
    struct fold *f = fold_new(db);
    write_journal(1, 100, 0);
    assert_true(database_run(db, "SET lock_timeout = '50ms'"));
    assert_true(database_begin_adding(other));
    assert_true(
        database_run(other,
                     "INSERT INTO segment VALUES ('mx1.test-1-0', '', 1, 0, 0)"));
    assert_int_equal(statement_step(
                         database_prepare(db, "DELETE FROM segment WHERE folded < 0")),
                     0);
    assert_false(fold_folder(f, journal_folder, time(NULL), 3600, &look));
    assert_int_equal(database_failure(db), DATABASE_BUSY);
    assert_false(fold_has_seen(f, SCEAU_SLICE("mx1.test-1-0")));
    database_rollback(other);
    assert_true(fold_folder(f, journal_folder, time(NULL), 3600, &look));
    assert_int_equal(look.counts.records, 100);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 100);
    fold_free(f);
    database_close(other);
    database_close(db);
}

/* Killed before each write of a fold, to the disk or to the server, one after the other. */
static void
test_killed_at_each_write(void **state)
{
    (void)state;
    unsigned at = 1;
    database_close(test_store_open(path));
    for (bool is_killed = true; is_killed; at++) {
        write_journal(at, 8, at % 2 ? 0 : 300); /* one segment, or several */
        pid_t child = fork();
        if (child == 0) {
            if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
                _exit(1);
            raise(SIGSTOP);
            fold_all(test_store_open(path), -10);
            _exit(0);
        }
        is_killed = kill_at_write(child, at);
        test_store_settle();
        struct database *db = test_store_open(path);
        assert_int_equal(number(db, WITHOUT_POLICY), 0);
        fold_all(db, -10); /* what was folded goes, and is asked for no more */
        assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 8 * at);
        assert_int_equal(number(db, "SELECT sum(signed) FROM key_use"), 2 * at);
        assert_int_equal(number(db, "SELECT sum(records) FROM segment"), 8 * at);
        database_close(db);
        assert_true(at < 100);
    }
    assert_true(at > 6);
}

/* More rows than a tally holds at once, and policies that no tally takes. */
static void
test_many_rows(void **state)
{
    (void)state;
    static char record[4096] = "v=DMARC1; p=none; rua=mailto:";
    static char sender[1101]; /* so that fewer rows do */
    const unsigned rows = 25000;
    struct sceau_arena *large = sceau_arena_new((size_t)128 * 1024 * 1024);
    struct text frames = text_new(large, SIZE_MAX);
    memset(record + strlen(record), 'a', sizeof record - 1 - strlen(record));
    memset(sender, 'e', sizeof sender - 1);
    for (unsigned n = 0; n < rows; n++) {
        char octets[1024];
        struct sceau_arena *arena = sceau_arena_new(64 * 1024);
        struct text payload = text_new(arena, SIZE_MAX);
        snprintf(octets, sizeof octets, "d%u.test", n % 5000);
        struct record_message m = {
            .time_us = (uint64_t)DAY * 86400 * 1000000 + n,
            .host = SCEAU_SLICE("mx1.test"),
            .client = {4, {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n}},
            .author_domain = sceau_slice_from(octets),
            .policy_domain = sceau_slice_from(octets),
            .mail_from_domain = sceau_slice_from(sender),
            .record = n % 4000 == 1 ? sceau_slice_from(record)
                                    : SCEAU_SLICE("v=DMARC1; p=none"),
        };
        assert_true(record_write(&payload, &m));
        frame_write(&frames, text_done(&payload));
        sceau_arena_free(arena);
    }
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    struct fold_counts counts = {0};
    assert_int_equal(fold_segment(f, SCEAU_SLICE("s"), text_done(&frames), 1, &counts),
                     FOLD_DONE);
    assert_int_equal(number(db, "SELECT count(*) FROM observation"), rows);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), rows);
    assert_int_equal(number(db, "SELECT count(*) FROM policy"), 2);
    assert_int_equal(number(db, "SELECT max(length(record)) FROM policy"),
                     sizeof record - 1);
    fold_free(f);
    database_close(db);
    sceau_arena_free(large);
}

#define LOSE \
 "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'sceau'"

/* What a server knew of policies that another one in its place does not: they are told again. */
static void
test_policies_of_another_server(void **state)
{
    static const char *const gone = "DELETE FROM store.policy; " LOSE;
    (void)state;
    if (!test_store_is_server())
        skip();
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    struct fold_counts counts = {0};
    struct sceau_slice octets = segment_of_policies(0, 3);
    assert_int_equal(fold_segment(f, SCEAU_SLICE("s-1"), octets, 1, &counts),
                     FOLD_DONE);
    test_store_say(gone);
    number(db, "SELECT 1"); /* another step finds it lost */
    assert_int_equal(fold_segment(f, SCEAU_SLICE("s-2"), octets, 1, &counts),
                     FOLD_DONE);
    assert_int_equal(number(db, WITHOUT_POLICY), 0);
    fold_batch_begin(f, 1);
    fold_batch_add(f, SCEAU_SLICE("s-3"), octets);
    test_store_say(gone); /* between a batch's policies and its sums */
    assert_int_equal(fold_batch_end(f, &counts), FOLD_FAILED);
    assert_int_equal(database_failure(db), DATABASE_BUSY);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 6);
    assert_int_equal(fold_segment(f, SCEAU_SLICE("s-3"), octets, 1, &counts),
                     FOLD_DONE);
    assert_int_equal(number(db, WITHOUT_POLICY), 0);
    assert_int_equal(number(db, "SELECT sum(count) FROM observation"), 9);
    fold_free(f);
    database_close(db);
}

/* A server that is far away is asked which segments are folded once for a folder, and not for
 * each of them. */
static void
test_asks_for_all_at_once(void **state)
{
    static const char commits[] =
        "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()";
    (void)state;
    if (!test_store_is_server())
        skip();
    database_close(test_store_open(path));
    for (unsigned boot = 1; boot <= 60; boot++)
        write_journal(boot, 3, 0);
    struct database *db = test_store_open(path);
    int64_t before = number(db, commits);
    pid_t child = fork();
    int status;
    if (child == 0) {
        struct database *own = test_store_open(path);
        struct fold_look look = fold_all(own, 3600);
        database_close(own); /* it has told then */
        _exit(look.counts.segments != 60);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    test_store_say("SELECT pg_sleep(0.2)");
    assert_true(number(db, commits) - before < 40);
    assert_int_equal(number(db, "SELECT sum(records) FROM segment"), 180);
    database_close(db);
}

/* A server that came back without its last transactions, as one that took over or was restored:
 * what they folded is folded again by the same process, and nothing else. */
static void
test_forgotten_by_the_server(void **state)
{
    static const struct {
        const char *reason, *before;
        bool is_again;
    } rows[] = {
        {"the same server, the same rows",  "SELECT 1",                     false},
        {"it was lost, and has all it had", LOSE,                           false},
        {"its last rows were lost with it",
         "DELETE FROM store.segment; DELETE FROM store.observation; " LOSE, true },
    };
    struct fold_look look;
    (void)state;
    if (!test_store_is_server())
        skip();
    write_journal(1, 2100, 16 * 1024);
    struct database *db = test_store_open(path);
    struct fold *f = fold_new(db);
    assert_non_null(f);
    assert_true(fold_folder(f, journal_folder, time(NULL), 3600, &look));
    uint64_t segments = look.counts.segments;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_store_say(rows[i].before);
        number(db, "SELECT 1"); /* another step finds it lost */
        if (!fold_folder(f, journal_folder, time(NULL), 3600, &look) ||
            look.counts.segments != (rows[i].is_again ? segments : 0) ||
            number(db, "SELECT sum(count) FROM observation") != 2100)
            fail_msg("%s: %llu of %llu segments", rows[i].reason,
                     (unsigned long long)look.counts.segments,
                     (unsigned long long)segments);
    }
    fold_free(f);
    database_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counts_each_once, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_row_is_a_record, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_long_row, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_leaves_what_is_written, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_mark_moves_on, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_mark_holds, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_ends_when_told, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_damage, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_killed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_disk_full, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_hosts, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_adds_beside_another, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_killed_at_each_write, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_tries_again, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_batch_of_what_is_folded, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_name_is_held, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_names_that_are_one, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_few_answers, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_many_rows, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_policies, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_policies_are_waited_for_by_nobody,
                                        make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_policies_of_another_server, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_asks_for_all_at_once, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(test_forgotten_by_the_server, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests_name("store/fold", tests, unit_arena_up,
                                       unit_arena_down);
}
