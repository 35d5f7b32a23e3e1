/* The journal on a real disk: whole records whatever happens to the writer. */
#include "store/journal.h"

#include "../../tests/unit.h"
#include "store/frame.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rotates_by_size),
        cmocka_unit_test(refuses_a_folder_it_cannot_write_to),
        cmocka_unit_test(loses_nothing_that_was_answered),
        cmocka_unit_test(says_when_the_disk_is_full),
    };
    return cmocka_run_group_tests_name("store/journal", tests, make_folder,
                                       remove_folder);
}
