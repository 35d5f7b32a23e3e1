/* Whole or not at all: rights, what is there already, a disk that is full. */
#include "file.h"

#include "../../tests/folder.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static char folder[TEST_FOLDER];

static int
up(void **state)
{
    (void)state;
    return test_folder_make(folder, "file");
}

static int
down(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

static int
open_folder(void)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void
assert_content(const char *name, const char *want)
{
    char path[512], text[64] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    assert_string_equal(text, want);
}

static size_t
count_files(void)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2;
}

static void
gives_rights(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool has_owner;
        mode_t mode, want;
        const char *why;
    } cases[] = {
        {"own",     false, 0,     0600,  "without an owner for us alone"         },
        {"all",     true,  0644,  0644,  "a zone that everybody may read"        },
        {"nothing", true,  0,     0,     "a mode is a mode, however odd"         },
        {"group",   true,  02770, 02770, "the mask of the process has no part"   },
        {"suid",    true,  04755, 04755, "set after the owner, which would clear"},
    };
    int fd = open_folder();
    mode_t mask = umask(077);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct file_owner owner = {cases[i].mode, geteuid(), getegid()};
        struct stat st;
        UNIT_CASE(cases[i].why);
        assert_true(file_make(fd, cases[i].name, SCEAU_SLICE("x"),
                              cases[i].has_owner ? &owner : NULL));
        assert_int_equal(fstatat(fd, cases[i].name, &st, 0), 0);
        assert_int_equal(st.st_mode & 07777, cases[i].want);
    }
    umask(mask);
    close(fd);
}

/* As root alone there is somebody else to give a file to. */
static void
gives_to_an_owner(void **state)
{
    (void)state;
    struct file_owner other = {0640, 12345, 23456};
    struct stat st;
    int fd = open_folder();
    bool is_made = file_make(fd, "other", SCEAU_SLICE("x"), &other);
    assert_int_equal(is_made, geteuid() == 0);
    if (is_made) {
        assert_int_equal(fstatat(fd, "other", &st, 0), 0);
        assert_true(st.st_uid == 12345 && st.st_gid == 23456);
        assert_int_equal(st.st_mode & 07777, 0640);
    } else
        assert_int_equal(faccessat(fd, "other", F_OK, 0), -1);
    close(fd);
}

static void
leaves_what_is_there(void **state)
{
    (void)state;
    int fd = open_folder();
    test_folder_write(folder, "there", "old");
    assert_int_equal(symlinkat("there", fd, "link"), 0);
    assert_false(file_make(fd, "there", SCEAU_SLICE("new"), NULL));
    assert_int_equal(errno, EEXIST);
    assert_false(file_make(fd, "link", SCEAU_SLICE("new"), NULL));
    assert_int_equal(errno, EEXIST);
    assert_content("there", "old");
    close(fd);
}

static void
takes_the_place(void **state)
{
    (void)state;
    char aside[128], name[128];
    int fd = open_folder();
    test_folder_write(folder, "deep/name", "old");
    assert_true(file_make(fd, "deep/.aside", SCEAU_SLICE("new"), NULL));
    assert_content("deep/name", "old");
    assert_true(file_take_place(fd, "deep/.aside", "deep/name"));
    assert_content("deep/name", "new");
    snprintf(aside, sizeof aside, "%s/deep/.aside", folder); /* without a descriptor */
    snprintf(name, sizeof name, "%s/deep/name", folder);
    assert_true(file_make(AT_FDCWD, aside, SCEAU_SLICE("newer"), NULL));
    assert_true(file_take_place(AT_FDCWD, aside, name));
    assert_content("deep/name", "newer");
    /* a folder has the name: refused, and nothing is left aside */
    assert_int_equal(mkdirat(fd, "taken", 0700), 0);
    size_t before = count_files();
    assert_true(file_make(fd, ".aside", SCEAU_SLICE("x"), NULL));
    assert_false(file_take_place(fd, ".aside", "taken"));
    assert_int_equal(errno, EISDIR);
    assert_int_equal(count_files(), before);
    close(fd);
}

/* RLIMIT_FSIZE stops the write half way, as a full disk does. */
static void
leaves_nothing_half(void **state)
{
    (void)state;
    static char octets[100000];
    size_t before = count_files();
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {50000, 50000};
        struct sceau_slice all = {octets, sizeof octets};
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        bool is_made = file_make(fd, "big", all, NULL);
        _exit(!is_made && errno == EFBIG ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(count_files(), before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_rights),         cmocka_unit_test(gives_to_an_owner),
        cmocka_unit_test(leaves_what_is_there), cmocka_unit_test(takes_the_place),
        cmocka_unit_test(leaves_nothing_half),
    };
    return cmocka_run_group_tests_name("file/file", tests, up, down);
}
