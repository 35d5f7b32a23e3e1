/* A folder for one test, under /tmp, and its end with all that is in it. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include "unit.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEST_FOLDER 64 /* octets of its path */

/* "/tmp/sceau-NAME-xxxxxx". 0; -1 when it cannot be made, as cmocka's fixtures have it. */
static inline int
test_folder_make(char path[TEST_FOLDER], const char *name)
{
    int len = snprintf(path, TEST_FOLDER, "/tmp/sceau-%s-XXXXXX", name);
    return len > 0 && len < TEST_FOLDER && mkdtemp(path) != NULL ? 0 : -1;
}

static inline int
test_folder_remove_one(const char *path, const struct stat *st, int kind,
                       struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

/* 0 when nothing of it is left. Links are not followed. */
static inline int
test_folder_remove(const char *path)
{
    return nftw(path, test_folder_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A file in a folder, folders on its way included. */
static inline void
test_folder_write(const char *folder, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')) != NULL;
         slash++) {
        *slash = '\0';
        mkdir(path, 0700); /* or it is there */
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

#endif
