/* Files that are handed over ahead, through a process that reads well, refuses, or is ended in
 * the middle: each has its own answer, and none that a process gave which refused before. */
#include "reader.h"

#include "../unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char good[] =
    "<feedback><report_metadata><org_name>r</org_name><email>r@reporter.test</email>"
    "<report_id>1</report_id><date_range><begin>1767225600</begin><end>1767311999</end>"
    "</date_range></report_metadata><policy_published><domain>example.org</domain>"
    "<p>none</p></policy_published><record><row><source_ip>192.0.2.1</source_ip>"
    "<count>1</count><policy_evaluated><disposition>none</disposition><dkim>fail</dkim>"
    "<spf>fail</spf></policy_evaluated></row><identifiers>"
    "<header_from>example.org</header_from></identifiers><auth_results><spf>"
    "<domain>example.org</domain><result>fail</result></spf></auth_results></record>"
    "</feedback>\n";
static const char broken[] = "<feedback></broken>\n";

/* What was said of the file at hand, a letter each; '?' what nobody should have said. */
struct hearing {
    struct report_sink sink;
    char name[8], said[8];
};

static void
say(struct report_sink *self, char letter)
{
    struct hearing *h = (struct hearing *)self;
    size_t len = strlen(h->said);
    if (len + 1 < sizeof h->said)
        h->said[len] = letter;
}

static void
on_begin(struct report_sink *self, struct sceau_slice name)
{
    struct hearing *h = (struct hearing *)self;
    snprintf(h->name, sizeof h->name, "%.*s", (int)name.len, name.ptr);
}

static void
on_record(struct report_sink *self, const struct report_record *record)
{
    (void)record;
    say(self, '1');
}

static void
on_aggregate(struct report_sink *self, const struct report_aggregate *report)
{
    (void)report;
    say(self, 'a');
}

static void
on_refused(struct report_sink *self, const struct report_refusal *refusal)
{
    say(self, refusal->kind == REPORT_REFUSAL_PROCESS ? 'p' : 'r');
}

static void
on_repair(struct report_sink *self, const struct report_repair *repair)
{
    (void)self;
    (void)repair;
}

static void
on_tls_policy(struct report_sink *self, const struct report_tls_policy *policy)
{
    (void)policy;
    say(self, '?');
}

static void
on_tls_failure(struct report_sink *self, const struct report_tls_failure *failure)
{
    (void)failure;
    say(self, '?');
}

static void
on_tls(struct report_sink *self, const struct report_tls *report)
{
    (void)report;
    say(self, '?');
}

static void
on_failure(struct report_sink *self, const struct report_failure *report)
{
    (void)report;
    say(self, '?');
}

static const struct hearing deaf = {
    .sink = {.begin = on_begin,
             .record = on_record,
             .tls_policy = on_tls_policy,
             .tls_failure = on_tls_failure,
             .repair = on_repair,
             .aggregate = on_aggregate,
             .tls = on_tls,
             .failure = on_failure,
             .refused = on_refused}
};

/* The process that reads; 0: there is none at the moment. */
static pid_t
child(void)
{
    char path[64], text[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_true(read(fd, text, sizeof text - 1) >= 0);
    close(fd);
    return (pid_t)strtol(text, NULL, 10);
}

static int
file_of(const char *text)
{
    int fd = memfd_create("report", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* Until the process has read the file: what it says of it lies in the pipe, or soon. */
static void
wait_until_read(int fd)
{
    for (int n = 0; n < 1000 && lseek(fd, 0, SEEK_CUR) == 0; n++)
        usleep(10000);
    assert_true(lseek(fd, 0, SEEK_CUR) > 0);
}

#define FILES_MAX 8

/* g: good, b: broken, s: good, but nobody asks; k: its end does not come, and the process is
 * ended. What is heard of each: 1a is one record and its report, r a refusal, p one for want of
 * the process; and how many processes are seen between the files. */
static const struct {
    const char *files;
    const char *heard[FILES_MAX];
    unsigned processes;
    const char *why;
} sequences[] = {
    {"gggg",  {"1a", "1a", "1a", "1a"},  1, "one process reads all"                                      },
    {"gbgg",
     {"1a", "r", "1a", "1a"},
     2,                                     "those behind a broken one are read again by another process"},
    {"bbg",   {"r", "r", "1a"},          2, "the one between has a process that is never seen"           },
    {"gkgg",  {"1a", "p", "1a", "1a"},   2, "an end costs the file that it was at"                       },
    {"kg",    {"p", "1a"},               2, "the first one"                                              },
    {"gsgsb", {"1a", "", "1a", "", "r"}, 1, "an answer that nobody wants is dropped"                     },
    {"gsbg",  {"1a", "", "r", "1a"},     2, "and changes nothing of the next"                            },
};

struct handed {
    int fd, end; /* end: the other one of a pipe, or -1 */
    char name[2];
};

static void
hand_over(struct reader *r, const char *files, struct handed *all)
{
    for (size_t i = 0; files[i] != '\0'; i++) {
        int ends[2] = {-1, -1};
        all[i] = (struct handed){.end = -1, .name = {(char)('0' + i)}};
        if (files[i] == 'k') {
            assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
            all[i].fd = ends[0];
            all[i].end = ends[1];
        } else
            all[i].fd = file_of(files[i] == 'b' ? broken : good);
        assert_true(reader_ahead(r, all[i].fd, (struct sceau_slice){all[i].name, 1}));
    }
}

static void
each_file_has_its_own_answer(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof sequences / sizeof *sequences; n++) {
        const char *files = sequences[n].files;
        size_t count = strlen(files);
        struct handed all[FILES_MAX];
        struct reader *r = reader_new();
        unsigned processes = 0;
        pid_t last = 0;
        UNIT_CASE(sequences[n].why);
        assert_non_null(r);
        hand_over(r, files, all);
        if (strchr(files, 'k') == NULL)
            wait_until_read(all[count - 1].fd); /* the first process has seen all */
        for (size_t i = 0; i < count; i++) {
            struct hearing h = deaf;
            struct sceau_slice name = {all[i].name, 1};
            pid_t before = child();
            if (files[i] == 'k')
                kill(before, SIGKILL);
            processes += before != 0 && before != last;
            last = before != 0 ? before : last;
            assert_true(
                reader_read(r, all[i].fd, name, files[i] == 's' ? NULL : &h.sink));
            pid_t after = child();
            processes += after != 0 && after != last;
            last = after != 0 ? after : last;
            assert_string_equal(h.said, sequences[n].heard[i]);
            if (h.said[0] == '1' || h.said[0] == 'r')
                assert_string_equal(h.name, all[i].name);
            if (files[i] == 'b' || files[i] == 'k')
                assert_int_equal(after, 0);
            close(all[i].fd);
            close(all[i].end);
        }
        reader_free(r);
        assert_int_equal(processes, sequences[n].processes);
    }
}

/* With files ahead all the time. */
static void
a_process_reads_so_many(void **state)
{
    (void)state;
    enum {
        FILES = 2 * READER_FILES + 3
    };
    static int fds[FILES];
    struct reader *r = reader_new();
    size_t ahead = 0;
    unsigned processes = 0;
    pid_t last = 0;
    assert_non_null(r);
    for (size_t i = 0; i < FILES; i++) {
        struct hearing h = deaf;
        while (ahead < FILES && ahead < i + READER_AHEAD) {
            fds[ahead] = file_of(good);
            assert_true(reader_ahead(r, fds[ahead++], SCEAU_SLICE("f")));
        }
        if (ahead < FILES)
            assert_false(reader_ahead(r, fds[i], SCEAU_SLICE("f"))); /* all there is */
        assert_true(reader_read(r, fds[i], SCEAU_SLICE("f"), &h.sink));
        assert_string_equal(h.said, "1a");
        close(fds[i]);
        processes += child() != last;
        last = child();
    }
    assert_int_equal(processes, 3);
    reader_free(r);
}

/* Those that were handed over are forgotten, another file comes. */
static void
what_is_forgotten_says_nothing(void **state)
{
    (void)state;
    struct hearing h = deaf;
    struct handed all[FILES_MAX];
    struct reader *r = reader_new();
    assert_non_null(r);
    hand_over(r, "bbg", all);
    reader_forget(r);
    int fd = file_of(good);
    assert_true(reader_read(r, fd, SCEAU_SLICE("n"), &h.sink));
    assert_string_equal(h.said, "1a");
    assert_string_equal(h.name, "n");
    reader_free(r);
    close(fd);
    for (size_t i = 0; i < 3; i++)
        close(all[i].fd);
}

/* A process that sleeps, amid its answer or before it, is ended; the next one reads on. */
static void
a_process_that_sleeps_is_ended(void **state)
{
    (void)state;
    struct hearing h = deaf, next = deaf;
    struct reader *r = reader_new();
    int fd = file_of(good), other = file_of(good);
    assert_non_null(r);
    reader_silent(r, 1);
    assert_int_equal(kill(child(), SIGSTOP), 0);
    assert_true(reader_read(r, fd, SCEAU_SLICE("f"), &h.sink));
    assert_string_equal(h.said, "p");
    assert_int_equal(child(), 0);
    assert_true(reader_read(r, other, SCEAU_SLICE("o"), &next.sink));
    assert_string_equal(next.said, "1a");
    reader_free(r);
    close(fd);
    close(other);
}

/* A process that went while there was nothing to read: no file is refused for that. */
static void
a_process_that_went_costs_no_file(void **state)
{
    (void)state;
    struct hearing h = deaf;
    struct reader *r = reader_new();
    int fd = file_of(good);
    assert_non_null(r);
    pid_t gone = child();
    assert_int_equal(kill(gone, SIGKILL), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)gone, &info, WEXITED | WNOWAIT), 0);
    assert_true(reader_read(r, fd, SCEAU_SLICE("f"), &h.sink));
    assert_string_equal(h.said, "1a");
    reader_free(r);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_has_its_own_answer),
        cmocka_unit_test(a_process_reads_so_many),
        cmocka_unit_test(what_is_forgotten_says_nothing),
        cmocka_unit_test(a_process_that_sleeps_is_ended),
        cmocka_unit_test(a_process_that_went_costs_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
