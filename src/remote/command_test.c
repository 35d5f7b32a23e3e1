/* Programs of the administrator: what they are given, what is taken, when they end. */
#include "command.h"

#include "../../tests/unit.h"

#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *line;
    size_t count;
    const char *first, *last, *why;
} splits[] = {
    {"/bin/cat",                                                                                   1, "/bin/cat",  "/bin/cat",     "one word"               },
    {"  /bin/cat   a\tb ",                                                                         3, "/bin/cat",  "b",            "blanks of any kind"     },
    {"/bin/echo \"a b\" \"\"",                                                                     3, "/bin/echo", "",
     "quotes hold together, and hold nothing"                                                                                                               },
    {"/bin/echo a\"b c\"d",                                                                        2, "/bin/echo", "ab cd",        "quotes inside a word"   },
    {"/bin/echo $HOME;id`id`",                                                                     2, "/bin/echo", "$HOME;id`id`",
     "nothing of a shell has a meaning"                                                                                                                     },
    {"cat",                                                                                        0, NULL,        NULL,           "nobody looks in PATH"   },
    {"",                                                                                           0, NULL,        NULL,           "no word"                },
    {"/bin/echo \"open",                                                                           0, NULL,        NULL,           "a quote that stays open"},
    {"/1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33",
     0,                                                                                               NULL,        NULL,           "33 words"               },
};

static void
splits_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        char memory[256], *words[COMMAND_WORDS + 1];
        struct problem problem = {0};
        struct sceau_slice copy = unit_copy(sceau_slice_from(splits[i].line));
        UNIT_CASE(splits[i].why);
        size_t count = command_words(copy, memory, sizeof memory, words, &problem);
        assert_int_equal(count, splits[i].count);
        assert_int_equal(count == 0, problem.text[0] != '\0');
        if (count > 0) {
            assert_string_equal(words[0], splits[i].first);
            assert_string_equal(words[count - 1], splits[i].last);
            assert_null(words[count]);
        }
        unit_free(copy);
    }
}

static bool
run(const char *line, struct sceau_slice input, size_t max, unsigned ms, char *out,
    size_t *len, struct problem *problem)
{
    struct command c = {.line = sceau_slice_from(line),
                        .input = input,
                        .output = out,
                        .output_max = max,
                        .timeout_ms = ms};
    problem->text[0] = '\0';
    return command_run(&c, len, problem);
}

static void
gives_and_takes(void **state)
{
    enum {
        MEGABYTE = 1024 * 1024
    };
    struct problem problem = {0};
    char *big = malloc(MEGABYTE), *out = malloc(MEGABYTE);
    size_t len;
    (void)state;
    assert_non_null(big);
    assert_non_null(out);
    memset(big, 'x', MEGABYTE);
    assert_true(run("/bin/cat", (struct sceau_slice){big, MEGABYTE}, MEGABYTE, 20000,
                    out, &len, &problem));
    assert_int_equal(len, MEGABYTE);
    assert_memory_equal(big, out, MEGABYTE);
    /* it need not read what it is given */
    assert_true(run("/bin/true", (struct sceau_slice){big, MEGABYTE}, MEGABYTE, 20000,
                    out, &len, &problem));
    assert_int_equal(len, 0);
    assert_false(run("/bin/cat", (struct sceau_slice){big, MEGABYTE}, 1000, 20000, out,
                     &len, &problem));
    assert_non_null(strstr(problem.text, "said more than 1000 octets"));
    assert_true(run("/bin/sh -c \"exec cat >/dev/null\"", SCEAU_SLICE("x"), 0, 20000,
                    NULL, &len, &problem));
    free(big);
    free(out);
}

static void
tells_what_fails(void **state)
{
    struct problem problem = {0};
    char out[16];
    size_t len;
    (void)state;
    assert_false(run("/bin/false", SLICE_NONE, sizeof out, 20000, out, &len, &problem));
    assert_string_equal(problem.text, "/bin/false ended with status 1");
    assert_false(
        run("/nowhere/program", SLICE_NONE, sizeof out, 20000, out, &len, &problem));
    assert_string_equal(problem.text, "/nowhere/program: No such file or directory");
    assert_false(run("/bin/sh -c \"kill -9 $$\"", SLICE_NONE, sizeof out, 20000, out,
                     &len, &problem));
    assert_string_equal(problem.text, "/bin/sh was ended by signal 9");
    problem.language = LANGUAGE_FR;
    assert_false(run("/bin/false", SLICE_NONE, sizeof out, 20000, out, &len, &problem));
    assert_string_equal(problem.text, "/bin/false s’est terminé avec le code 1");
}

/* What it started is ended with it, though it closed its output long before. */
static void
ends_in_time(void **state)
{
    static const char *const lines[] = {
        "/bin/sleep 60",
        "/bin/sh -c \"sleep 60 & exec sleep 60\"",
        "/bin/sh -c \"exec >&-; sleep 60\"",
    };
    struct problem problem = {0};
    char out[16];
    size_t len;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        time_t before = time(NULL);
        UNIT_CASE(lines[i]);
        assert_false(run(lines[i], SLICE_NONE, sizeof out, 1000, out, &len, &problem));
        assert_non_null(strstr(problem.text, "did not end within 1 seconds"));
        assert_true(time(NULL) - before < 20);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_words),
        cmocka_unit_test(gives_and_takes),
        cmocka_unit_test(tells_what_fails),
        cmocka_unit_test(ends_in_time),
    };
    return cmocka_run_group_tests_name("remote/command", tests, NULL, NULL);
}
