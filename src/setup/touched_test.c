#include "touched.h"

#include "../../tests/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct world {
    char top[TEST_FOLDER], folder[128], file[128], other[128], sub[128];
    int told[SETUP_FAILED + 1];
    struct problem problem;
};

static void
put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void
holds(const char *path, const char *text)
{
    char *octets;
    size_t len;
    struct problem problem = {0};
    assert_true(setup_read(path, &octets, &len, &problem));
    assert_string_equal(octets, text);
    free(octets);
}

static void
begin(struct world *w)
{
    *w = (struct world){.top = ""};
    assert_int_equal(test_folder_make(w->top, "touched"), 0);
    snprintf(w->folder, sizeof w->folder, "%s/setup", w->top);
    snprintf(w->file, sizeof w->file, "%s/main.cf", w->top);
    snprintf(w->other, sizeof w->other, "%s/sub/new", w->top);
    snprintf(w->sub, sizeof w->sub, "%s/sub", w->top);
}

static void
end(struct world *w)
{
    assert_int_equal(test_folder_remove(w->top), 0);
}

static void
told(void *self, enum setup_undone what, const char *path, const char *detail)
{
    struct world *w = self;
    (void)path;
    (void)detail;
    w->told[what]++;
}

/* Setup, as it goes about it. */
static void
touch(struct world *w)
{
    put(w->file, "before\n");
    assert_int_equal(chmod(w->file, 0640), 0);
    assert_true(setup_remember(w->folder, w->file, &w->problem));
    put(w->file, "after\n");
    assert_true(setup_remember(w->folder, w->file, &w->problem)); /* known: not again */
    assert_true(setup_wrote(w->folder, w->file, &w->problem));
    assert_true(setup_remember_folder(w->folder, w->sub, &w->problem));
    assert_int_equal(mkdir(w->sub, 0700), 0);
    assert_true(setup_remember(w->folder, w->other, &w->problem));
    put(w->other, "new\n");
    assert_true(setup_wrote(w->folder, w->other, &w->problem));
}

static void
puts_everything_back(void **state)
{
    (void)state;
    struct world w;
    struct stat info;
    begin(&w);
    touch(&w);
    assert_int_equal(setup_undo(w.folder, LANGUAGE_EN, told, &w), 0);
    holds(w.file, "before\n");
    assert_int_equal(stat(w.file, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    assert_int_not_equal(access(w.sub, F_OK), 0);
    assert_int_not_equal(access(w.folder, F_OK), 0);
    assert_int_equal(w.told[SETUP_RESTORED], 1);
    assert_int_equal(w.told[SETUP_REMOVED], 2);
    assert_int_equal(setup_undo(w.folder, LANGUAGE_EN, told, &w), -1);
    end(&w);
}

/* What somebody else wrote since is his. */
static void
keeps_what_was_changed_since(void **state)
{
    (void)state;
    struct world w;
    char copy[160];
    begin(&w);
    touch(&w);
    put(w.file, "by hand\n");
    assert_int_equal(setup_undo(w.folder, LANGUAGE_EN, told, &w), 0);
    holds(w.file, "before\n");
    snprintf(copy, sizeof copy, "%s.before-undo", w.file);
    holds(copy, "by hand\n");
    assert_int_equal(w.told[SETUP_KEPT], 1);
    end(&w);
}

/* Interrupted between the journal's line and the change, or within the line. */
static void
survives_a_crash(void **state)
{
    (void)state;
    struct world w;
    char journal[160];
    begin(&w);
    put(w.file, "before\n");
    assert_true(setup_remember(w.folder, w.file, &w.problem));
    snprintf(journal, sizeof journal, "%s/journal", w.folder);
    FILE *file = fopen(journal, "a");
    assert_non_null(file);
    fputs("2 absent 0 0 0 /tmp/sceau-tor", file);
    fclose(file);
    assert_int_equal(setup_undo(w.folder, LANGUAGE_EN, told, &w), 0);
    holds(w.file, "before\n");
    assert_int_equal(w.told[SETUP_RESTORED], 1);
    end(&w);
}

static void
tries_again_what_failed(void **state)
{
    (void)state;
    struct world w;
    begin(&w);
    touch(&w);
    assert_int_equal(unlink(w.other), 0);
    assert_int_equal(mkdir(w.other, 0700), 0); /* no file any more */
    assert_int_equal(setup_undo(w.folder, LANGUAGE_EN, told, &w), 1);
    assert_int_equal(w.told[SETUP_FAILED], 1);
    holds(w.file, "before\n"); /* the others were put back all the same */
    assert_int_equal(rmdir(w.other), 0);
    assert_int_equal(setup_undo(w.folder, LANGUAGE_EN, told, &w), 0);
    end(&w);
}

static void
refuses_a_strange_journal(void **state)
{
    (void)state;
    struct world w;
    char journal[160];
    begin(&w);
    touch(&w);
    snprintf(journal, sizeof journal, "%s/journal", w.folder);
    put(journal, "1 teapot 0 0 0 /etc/passwd\n");
    assert_int_equal(setup_undo(w.folder, LANGUAGE_EN, told, &w), 1);
    holds(w.file, "after\n");
    assert_false(setup_remember(w.folder, "relative", &w.problem));
    assert_false(setup_remember(w.folder, "/tmp/two\nlines", &w.problem));
    end(&w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_everything_back),
        cmocka_unit_test(keeps_what_was_changed_since),
        cmocka_unit_test(survives_a_crash),
        cmocka_unit_test(tries_again_what_failed),
        cmocka_unit_test(refuses_a_strange_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
