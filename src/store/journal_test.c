/* The journal on a real disk: whole records whatever happens to the writer. */
#include "store/journal.h"

#include "../../tests/unit.h"
#include "store/frame.h"
#include "store/journal_waiting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[64];

static int
make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/sceau-journal-XXXXXX");
    return mkdtemp(folder) == NULL;
}

/* Count the good frames in all segments and remove these. */
static size_t
take_frames(size_t *segments)
{
    DIR *dir = opendir(folder);
    size_t frames = 0;
    *segments = 0;
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        static char octets[1 << 20];
        char path[512];
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        FILE *f = fopen(path, "rb");
        struct frame_reader r = {
            .octets = {octets, fread(octets, 1, sizeof octets, f)}
        };
        struct sceau_slice payload;
        while (frame_next(&r, &payload) == FRAME_GOOD)
            frames++;
        fclose(f);
        unlink(path);
        ++*segments;
    }
    closedir(dir);
    return frames;
}

static int
remove_folder(void **state)
{
    (void)state;
    size_t segments;
    take_frames(&segments);
    return rmdir(folder);
}

static struct journal_options
options_of(size_t segment_max)
{
    return (struct journal_options){.folder = folder,
                                    .host = SCEAU_SLICE("mx/1.example"),
                                    .boot = 7,
                                    .segment_max = segment_max};
}

static void
rotates_by_size(void **state)
{
    (void)state;
    char error[256], name[512];
    struct journal_options options = options_of(1000);
    struct journal *j = journal_open(&options, error);
    size_t segments;
    struct stat info;
    assert_non_null(j);
    for (int i = 0; i < 100; i++)
        assert_true(journal_append(j, SCEAU_SLICE("a payload of some 28 octets.")));
    journal_close(j);
    snprintf(name, sizeof name, "%s/mx_1.example-7-0", folder);
    assert_int_equal(stat(name, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
    assert_int_equal(take_frames(&segments), 100);
    assert_int_equal(segments, 4);
}

static void
refuses_a_folder_it_cannot_write_to(void **state)
{
    (void)state;
    char error[256];
    struct journal_options options = options_of(0);
    options.folder = "/nonexistent/journal";
    assert_null(journal_open(&options, error));
    assert_non_null(strstr(error, "/nonexistent/journal"));
}

/* kill -9 in the middle of appending: what was said to be written is there. */
static void
loses_nothing_that_was_answered(void **state)
{
    (void)state;
    for (int round = 0; round < 20; round++) {
        int ends[2];
        char answered;
        size_t count = 0, segments;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            char error[256];
            struct journal_options options = options_of(2000);
            struct journal *j = journal_open(&options, error);
            while (journal_append(j, SCEAU_SLICE("a record of a message")) &&
                   write(ends[1], ".", 1) == 1)
                continue;
            _exit(1);
        }
        close(ends[1]);
        while (count < 50 + (size_t)round * 7 && read(ends[0], &answered, 1) == 1)
            count++;
        kill(child, SIGKILL);
        while (read(ends[0], &answered, 1) == 1)
            count++;
        waitpid(child, NULL, 0);
        close(ends[0]);
        size_t frames = take_frames(&segments);
        assert_true(frames >= count && frames <= count + 1);
    }
}

/* A disk that is full in the middle of a record: it says so, and what stood stays. */
static void
says_when_the_disk_is_full(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        char error[256];
        struct journal_options options = options_of(0);
        struct rlimit limit = {.rlim_cur = 500, .rlim_max = 500};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        struct journal *j = journal_open(&options, error);
        int written = 0;
        while (written < 1000 &&
               journal_append(j, SCEAU_SLICE("a record of a message")))
            written++;
        _exit(errno == EFBIG || errno == ENOSPC ? written : 255);
    }
    int status;
    size_t segments;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 500 / (FRAME_HEAD + 21));
    assert_int_equal(take_frames(&segments), 500 / (FRAME_HEAD + 21));
}

/* ---- a segment that a crash cut short ---- */

/* Records of several lengths; some hold what a reader looks for. */
static const struct sceau_slice records[] = {
    {"first",                                                            5 },
    {"a record of a message",                                            21},
    {"SJ01",                                                             4 },
    {"",                                                                 0 },
    {"an SJ01\0\0\0\4 inside, and more than the frame's head behind it", 61},
    {"S",                                                                1 },
    {"the last record",                                                  15},
};

enum {
    RECORDS = sizeof records / sizeof *records,
    TRIED = 3, /* of the last ones */
    SEGMENT_SIZE = 4096
};

/* Write all records as the milter does; the segment's octets. */
static size_t
write_segment(char octets[SEGMENT_SIZE])
{
    char error[256], name[512];
    struct journal_options options = options_of(0);
    struct journal *j = journal_open(&options, error);
    assert_non_null(j);
    for (size_t i = 0; i < RECORDS; i++)
        assert_true(journal_append(j, records[i]));
    journal_close(j);
    snprintf(name, sizeof name, "%s/mx_1.example-7-0", folder);
    FILE *f = fopen(name, "rb");
    assert_non_null(f);
    size_t len = fread(octets, 1, SEGMENT_SIZE, f);
    fclose(f);
    unlink(name);
    return len;
}

/* Where record `index` begins in the segment. */
static size_t
place_of(size_t index)
{
    size_t at = 0;
    for (size_t i = 0; i < index; i++)
        at += FRAME_HEAD + records[i].len;
    return at;
}

/* Read a copy that ends exactly where the octets do: `want` says which records come, in
 * order; a record past RECORDS is "after". */
static void
expect_records(struct sceau_slice octets, const size_t *want, size_t count,
               size_t skipped)
{
    struct sceau_slice copy = unit_copy(octets), payload;
    struct frame_reader r = {.octets = copy};
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(frame_next(&r, &payload), FRAME_GOOD);
        assert_true(slice_eq(payload, want[i] < RECORDS ? records[want[i]]
                                                        : SCEAU_SLICE("after")));
    }
    assert_int_equal(frame_next(&r, &payload), FRAME_END);
    assert_int_equal(r.skipped, skipped);
    unit_free(copy);
}

/* The segment ends at each octet of its last records: all before stand, and nothing that
 * was not written is read. Whoever appends to it later loses nothing either. */
static void
reads_all_before_a_cut(void **state)
{
    (void)state;
    char octets[SEGMENT_SIZE];
    size_t len = write_segment(octets), whole = RECORDS - TRIED;
    size_t want[RECORDS + 2];
    struct text after = text_new(sceau_arena_new(4096), SIZE_MAX);
    assert_int_equal(len, place_of(RECORDS));
    assert_true(frame_write(&after, SCEAU_SLICE("after")));
    for (size_t i = 0; i < RECORDS; i++)
        want[i] = i;
    for (size_t cut = place_of(whole); cut <= len; cut++) {
        while (whole < RECORDS && place_of(whole + 1) <= cut)
            whole++;
        expect_records((struct sceau_slice){octets, cut}, want, whole, 0);
        char grown[SEGMENT_SIZE];
        memcpy(grown, octets, cut);
        memcpy(grown + cut, after.ptr, after.len);
        /* All but an "S" of the record "S": the next frame begins with what is lost. */
        bool is_healed = whole < RECORDS && cut + 1 == place_of(whole + 1) &&
                         slice_eq(records[whole], SCEAU_SLICE("S"));
        size_t kept = whole + is_healed, saved = want[kept];
        want[kept] = RECORDS;
        expect_records((struct sceau_slice){grown, cut + after.len}, want, kept + 1,
                       is_healed ? 0 : cut - place_of(whole));
        want[kept] = saved;
    }
    assert_int_equal(whole, RECORDS);
    sceau_arena_free(after.arena);
}

/* Each octet of the last records is another one, as after a power cut on a disk that
 * lies: that record is lost, those around it are not. */
static void
reads_all_around_a_bad_octet(void **state)
{
    (void)state;
    char octets[SEGMENT_SIZE];
    size_t len = write_segment(octets), hit = RECORDS - TRIED;
    for (size_t at = place_of(hit); at < len; at++) {
        size_t want[RECORDS], count = 0;
        while (place_of(hit + 1) <= at)
            hit++;
        for (size_t i = 0; i < RECORDS; i++) {
            if (i != hit)
                want[count++] = i;
        }
        octets[at] = (char)~octets[at];
        bool is_last = hit == RECORDS - 1; /* it may be a frame still being written */
        expect_records((struct sceau_slice){octets, len}, want, count,
                       is_last ? 0 : FRAME_HEAD + records[hit].len);
        octets[at] = (char)~octets[at];
    }
    assert_int_equal(hit, RECORDS - 1);
}

static bool
is_appended(struct journal *journal)
{
    return journal_append(journal, SCEAU_SLICE("0123456789"));
}

/* All segments were last written to in so many seconds. */
static void
put_ahead(time_t seconds)
{
    struct dirent **entries;
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    int count = journal_segments(fd, ".", &entries);
    const struct timespec when = {.tv_sec = time(NULL) + seconds};
    assert_true(count > 0);
    for (int i = 0; i < count; i++) {
        utimensat(fd, entries[i]->d_name, (struct timespec[2]){when, when}, 0);
        free(entries[i]);
    }
    free(entries);
    close(fd);
}

/* Somebody folded here, long ago. */
static void
put_mark(int fd)
{
    assert_true(journal_mark_folded(fd, &(struct timespec){.tv_sec = 1}));
}

/* A journal that has seen the mark. */
static struct journal *
open_marked(const struct journal_options *options)
{
    char error[256];
    struct journal *journal = journal_open(options, error);
    assert_non_null(journal);
    for (unsigned i = 0; i < 100 && !journal_seen_waiting(journal).has_mark; i++)
        usleep(10000);
    assert_true(journal_seen_waiting(journal).has_mark);
    return journal;
}

static void
put_folder_as_mark(int fd)
{
    assert_int_equal(mkdirat(fd, ".folded", 0700), 0);
}

static const struct {
    const char *why;
    void (*put)(int folder);
    bool is_limited;
} marks[] = {
    {"nobody folds here, or did not since an upgrade", NULL,               false},
    {"a mark is a file",                               put_folder_as_mark, false},
    {"a mark of long ago",                             put_mark,           true },
};

/* Who does not know what waits loses nothing. */
static void
has_no_limit_without_a_mark(void **state)
{
    (void)state;
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char error[256];
        struct journal_options options = options_of(0);
        size_t segments;
        options.limit = FRAME_HEAD + 10;
        if (marks[i].put != NULL)
            marks[i].put(fd);
        struct journal *journal =
            marks[i].is_limited ? open_marked(&options) : journal_open(&options, error);
        assert_non_null(journal);
        usleep(marks[i].is_limited ? 0 : 50000); /* it looks */
        assert_true(is_appended(journal));
        if (is_appended(journal) == marks[i].is_limited)
            fail_msg("%s", marks[i].why);
        journal_close(journal);
        take_frames(&segments);
        if (unlinkat(fd, ".folded", 0) != 0)
            unlinkat(fd, ".folded", AT_REMOVEDIR);
    }
    close(fd);
}

/* A mark that cannot be moved, as one that root made, is made anew. */
static void
makes_a_mark_anew(void **state)
{
    (void)state;
    struct stat mark;
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    assert_int_equal(symlinkat("/nonexistent", fd, ".folded"), 0);
    put_mark(fd);
    assert_true(fstatat(fd, ".folded", &mark, AT_SYMLINK_NOFOLLOW) == 0 &&
                S_ISREG(mark.st_mode) && mark.st_mtime == 1);
    unlinkat(fd, ".folded", 0);
    put_folder_as_mark(fd);
    assert_false(journal_mark_folded(fd, &mark.st_mtim));
    assert_int_equal(errno, EISDIR);
    unlinkat(fd, ".folded", AT_REMOVEDIR);
    close(fd);
}

/* What waits is what the folder holds since the mark; at the limit records are lost, and what
 * is there stays. */
static void
stops_at_its_limit(void **state)
{
    (void)state;
    struct journal_waiting waiting;
    struct timespec now;
    struct stat mark;
    size_t segments, frame = FRAME_HEAD + 10;
    struct journal_options options = options_of(0);
    take_frames(&segments);
    options.limit = 3 * frame;
    int fd = open(folder, O_RDONLY | O_DIRECTORY);
    put_mark(fd);
    struct journal *journal = open_marked(&options);
    for (unsigned i = 0; i < 3; i++)
        assert_true(is_appended(journal));
    errno = 0;
    assert_false(is_appended(journal));
    assert_int_equal(errno, EDQUOT);
    waiting = journal_seen_waiting(journal);
    assert_int_equal(waiting.octets, 3 * frame);
    journal_set_limit(journal, 0);
    assert_true(is_appended(journal));
    journal_close(journal);
    assert_true(journal_waiting(folder, &waiting));
    assert_true(waiting.octets == 4 * frame && waiting.segments == 1);
    assert_true(waiting.files >= 2); /* and the mark */
    assert_true(journal_waiting_age(&waiting, waiting.oldest.tv_sec + 9) == 9);
    assert_true(journal_waiting_age(&waiting, waiting.oldest.tv_sec - 9) == 0);

    /* The next process sees what the last one left. */
    options.boot++;
    options.limit = 4 * frame;
    journal = open_marked(&options);
    assert_false(is_appended(journal));
    journal_close(journal);

    /* Folded up to now. */
    clock_gettime(CLOCK_REALTIME, &now);
    assert_true(journal_mark_folded(fd, &now));
    assert_true(journal_waiting(folder, &waiting) && waiting.segments == 0 &&
                waiting.octets == 0 && waiting.has_mark &&
                journal_waiting_age(&waiting, INT64_MAX) == 0);
    /* Up to before the segment: it waits again. */
    now.tv_sec -= 60;
    assert_true(journal_mark_folded(fd, &now));
    assert_true(journal_waiting(folder, &waiting) && waiting.segments == 1);
    /* It moves on and not back, and is made by who knows all. */
    struct timespec earlier = {.tv_sec = now.tv_sec - 60},
                    later = {.tv_sec = now.tv_sec + 60};
    journal_move_mark(fd, &earlier);
    assert_true(fstatat(fd, ".folded", &mark, 0) == 0 && mark.st_mtime == now.tv_sec);
    journal_move_mark(fd, &later);
    assert_true(fstatat(fd, ".folded", &mark, 0) == 0 && mark.st_mtime == later.tv_sec);
    /* A segment of next year was written by a wrong clock: no mark would ever pass it. */
    put_ahead(86400 * 365);
    assert_true(journal_waiting(folder, &waiting) && waiting.segments == 0);
    unlinkat(fd, ".folded", 0);
    journal_move_mark(fd, &later);
    assert_true(journal_waiting(folder, &waiting) && !waiting.has_mark);
    close(fd);
    take_frames(&segments);
    assert_false(journal_waiting("/tmp/no such folder", &waiting));
}

static const struct {
    uint64_t files, octets, limit;
    unsigned seconds;
    const char *why;
} pauses[] = {
    {3,     0,   100, 10, "a few segments"                                           },
    {2000,  0,   100, 10, "a day of them"                                            },
    {2001,  0,   100, 60, "more"                                                     },
    {43000, 50,  100, 60, "a month, and half of the limit"                           },
    {43000, 51,  100, 10, "near the limit, what was folded makes room for what comes"},
    {43000, 100, 100, 10,
     "at the limit records are lost until it is seen that some went"                 },
    {43000, 100, 0,   60, "no limit"                                                 },
};

static void
looks_less_often_at_many(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        const struct journal_waiting w = {.files = pauses[i].files};
        UNIT_CASE(pauses[i].why);
        assert_int_equal(journal_waiting_pause(&w, pauses[i].octets, pauses[i].limit),
                         pauses[i].seconds);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotates_by_size),
        cmocka_unit_test(refuses_a_folder_it_cannot_write_to),
        cmocka_unit_test(loses_nothing_that_was_answered),
        cmocka_unit_test(says_when_the_disk_is_full),
        cmocka_unit_test(stops_at_its_limit),
        cmocka_unit_test(looks_less_often_at_many),
        cmocka_unit_test(has_no_limit_without_a_mark),
        cmocka_unit_test(makes_a_mark_anew),
        cmocka_unit_test(reads_all_before_a_cut),
        cmocka_unit_test(reads_all_around_a_bad_octet),
    };
    return cmocka_run_group_tests_name("store/journal", tests, make_folder,
                                       remove_folder);
}
