/* Who is told what, once: a command of ours takes the letters, the store is a real one, and
 * the process is killed between its steps. */
#include "alert.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define SUNDAY INT64_C(1795910400) /* 2026-11-29 00:00 */
#define HOUR   3600
#define DAY    86400

static char folder[TEST_FOLDER], path[TEST_STORE], told[96], line[256];
static struct database *db;
static struct alert_settings settings;
static const char *die_at;

static void
open_store(void)
{
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    db = database_open(path, DATABASE_WRITE, &status, error);
    if (db == NULL)
        fail_msg("%s", error);
}

static int
up(void **state)
{
    if (test_folder_make(folder, "alert") != 0)
        return 1;
    test_store_place(path, folder, "store");
    snprintf(told, sizeof told, "%s/told", folder);
    snprintf(line, sizeof line, "/bin/sh -c \"cat >> %s; echo >> %s\"", told, told);
    open_store();
    settings = (struct alert_settings){.digest_hour = 6,
                                       .url = SCEAU_SLICE("https://d"),
                                       .command = sceau_slice_from(line),
                                       .command_timeout = 20,
                                       .webhook = {.url = ""}};
    settings.at_once[ANALYSIS_FINDING_STARTS] = true;
    return unit_arena_up(state);
}

static int
down(void **state)
{
    database_close(db);
    return test_folder_remove(folder) != 0 || unit_arena_down(state);
}

/* How many letters of the kind came in since the last look. */
static int
letters(const char *kind)
{
    char text[4096], wanted[64];
    int count = 0;
    FILE *file = fopen(told, "r");
    snprintf(wanted, sizeof wanted, "{\"kind\":\"%s\"", kind);
    while (file != NULL && fgets(text, sizeof text, file) != NULL)
        count += strncmp(text, wanted, strlen(wanted)) == 0;
    if (file != NULL)
        fclose(file);
    return count;
}

static int
count_and_forget(const char *kind)
{
    int count = letters(kind);
    unlink(told);
    return count;
}

static struct letter_item
item(const char *id, enum analysis_finding_rule rule, enum analysis_severity severity,
     int64_t first)
{
    return (struct letter_item){.id = sceau_slice_from(id),
                                .rule = analysis_finding_word(rule),
                                .severity = severity,
                                .first = first,
                                .what = sceau_slice_from(id),
                                .remedy = SCEAU_SLICE("do it"),
                                .evidence = SCEAU_SLICE("/x")};
}

static struct alert_result
run(const struct letter_item *items, size_t count, int64_t now)
{
    struct alert_world world = {.items = items, .item_count = count};
    struct alert_result result;
    assert_true(alert_run(&settings, db, unit_arena, &world, now, &result));
    return result;
}

static void
one_digest_a_day(void **state)
{
    struct letter_item items[2] = {item("a", ANALYSIS_FINDING_NEW, ANALYSIS_WARNING,
                                        SUNDAY),
                                   item("b", ANALYSIS_FINDING_RECORD, ANALYSIS_INFO,
                                        SUNDAY)};
    (void)state;
    run(items, 1, SUNDAY + 5 * HOUR);
    assert_int_equal(letters("daily"), 0); /* before its hour */
    assert_int_equal(run(items, 1, SUNDAY + 6 * HOUR).digests, 1);
    run(items, 2, SUNDAY + 7 * HOUR); /* what comes later waits */
    run(items, 2, SUNDAY + 23 * HOUR);
    assert_int_equal(count_and_forget("daily"), 1);
    run(items, 2, SUNDAY + DAY + 6 * HOUR); /* Monday: the week, with b as new */
    assert_int_equal(letters("weekly"), 1);
    assert_int_equal(count_and_forget("daily"), 0);
    run(items, 2, SUNDAY + 2 * DAY + 6 * HOUR); /* nothing new: nothing */
    assert_int_equal(letters("daily"), 0);
    items[0].severity = ANALYSIS_PROBLEM;       /* worse */
    run(items, 2, SUNDAY + 2 * DAY + 7 * HOUR); /* this day's digest is over */
    assert_int_equal(letters("daily"), 0);
    run(items, 2, SUNDAY + 3 * DAY + 6 * HOUR);
    assert_int_equal(count_and_forget("daily"), 1);
    items[0].severity = ANALYSIS_WARNING; /* better is no news */
    run(items, 2, SUNDAY + 4 * DAY + 6 * HOUR);
    assert_int_equal(letters("daily"), 0);
    run(items + 1, 1, SUNDAY + 5 * DAY + 6 * HOUR); /* a is gone, */
    items[0].first = SUNDAY + 5 * DAY + 8 * HOUR;   /* and back */
    run(items, 2, SUNDAY + 6 * DAY + 6 * HOUR);
    assert_int_equal(count_and_forget("daily"), 1);
}

static void
at_once(void **state)
{
    struct letter_item items[2] = {item("u", ANALYSIS_FINDING_STARTS, ANALYSIS_PROBLEM,
                                        SUNDAY),
                                   item("v", ANALYSIS_FINDING_NEW, ANALYSIS_PROBLEM,
                                        SUNDAY)};
    int64_t now = SUNDAY + 20 * DAY + HOUR;
    (void)state;
    assert_int_equal(run(items, 2, now).alerts, 1); /* at one in the night */
    run(items, 2, now + 60);
    assert_int_equal(count_and_forget("alert"), 1);
    assert_int_equal(run(items, 2, now + 6 * HOUR).digests, 1); /* v is new there */
    run(items, 2, now + 7 * HOUR);
    assert_int_equal(count_and_forget("daily"), 1);
}

static void
again_when_not_taken(void **state)
{
    struct letter_item items[1] = {
        item("w", ANALYSIS_FINDING_STARTS, ANALYSIS_PROBLEM, SUNDAY)};
    int64_t now = SUNDAY + 30 * DAY + HOUR;
    (void)state;
    settings.command = SCEAU_SLICE("/bin/false");
    struct alert_result result = run(items, 1, now);
    assert_int_equal(result.failed, 1);
    assert_string_equal(result.problem.text, "command: /bin/false ended with status 1");
    settings.command = sceau_slice_from(line);
    run(items, 1, now + 60);
    assert_int_equal(letters("alert"), 0); /* its next try is later */
    assert_int_equal(run(items, 1, now + STATE_RETRY_SECONDS).alerts, 1);
    run(items, 1, now + 2 * STATE_RETRY_SECONDS);
    assert_int_equal(count_and_forget("alert"), 1);
    /* each failure doubles the wait */
    items[0] = item("w2", ANALYSIS_FINDING_STARTS, ANALYSIS_PROBLEM, SUNDAY);
    settings.command = SCEAU_SLICE("/bin/false");
    now += DAY / 8;
    run(items, 1, now);
    run(items, 1, now + STATE_RETRY_SECONDS);
    settings.command = sceau_slice_from(line);
    run(items, 1, now + 2 * STATE_RETRY_SECONDS);
    assert_int_equal(letters("alert"), 0);
    run(items, 1, now + 3 * STATE_RETRY_SECONDS);
    assert_int_equal(count_and_forget("alert"), 1);
}

static void
die(const char *point)
{
    if (strcmp(point, die_at) == 0)
        raise(SIGKILL);
}

/* Run in a process that is killed at that point; then once more, and once more. */
static void
killed(const char *point, const struct letter_item *items, size_t count, int64_t now)
{
    database_close(db);
    pid_t child = fork();
    if (child == 0) {
        die_at = point;
        settings.at = die;
        open_store();
        struct alert_world world = {.items = items, .item_count = count};
        struct alert_result result;
        alert_run(&settings, db, unit_arena, &world, now, &result);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    open_store();
    int64_t later = test_store_is_server() ? STATE_OTHERS : 60;
    run(items, count, now + later);
    run(items, count, now + 2 * later);
}

/* Hosts from cron that share a store: what another one has just claimed is told by that one, and
 * by us when it is still not told a quarter of an hour later. */
static void
another_is_at_it(void **state)
{
    struct letter_item items[1] = {
        item("o1", ANALYSIS_FINDING_STARTS, ANALYSIS_PROBLEM, SUNDAY)};
    int64_t now = SUNDAY + 60 * DAY + HOUR;
    (void)state;
    if (!test_store_is_server())
        return; /* there is no other */
    assert_int_equal(state_claim(db, "command", "now", true, now - 300), STATE_MINE);
    run(items, 1, now);
    run(items, 1, now + 300);
    assert_int_equal(count_and_forget("alert"), 0);
    run(items, 1, now + STATE_OTHERS - 300);
    assert_int_equal(count_and_forget("alert"), 1);
}

static void
killed_between_its_steps(void **state)
{
    struct letter_item items[1] = {
        item("k1", ANALYSIS_FINDING_NEW, ANALYSIS_PROBLEM, SUNDAY)};
    int64_t now = SUNDAY + 44 * DAY + 6 * HOUR; /* Tuesday */
    (void)state;
    /* a digest: at most once; what was in it is new again in the next one */
    killed("sent", items, 1, now);
    assert_int_equal(count_and_forget("daily"), 1);
    run(items, 1, now + DAY);
    assert_int_equal(count_and_forget("daily"), 1);
    items[0] = item("k2", ANALYSIS_FINDING_NEW, ANALYSIS_PROBLEM, SUNDAY);
    killed("claimed", items, 1, now + 2 * DAY);
    assert_int_equal(count_and_forget("daily"), 0);
    run(items, 1, now + 3 * DAY);
    assert_int_equal(count_and_forget("daily"), 1);
    /* an alert: at least once */
    items[0] = item("k3", ANALYSIS_FINDING_STARTS, ANALYSIS_PROBLEM, SUNDAY);
    killed("claimed", items, 1, now + 3 * DAY + HOUR);
    assert_int_equal(count_and_forget("alert"), 1);
    items[0] = item("k4", ANALYSIS_FINDING_STARTS, ANALYSIS_PROBLEM, SUNDAY);
    killed("sent", items, 1, now + 3 * DAY + 2 * HOUR);
    assert_int_equal(count_and_forget("alert"), 2);
}

/* What was told of findings that are gone goes after a month; what still is stays. */
static void
tidies(void **state)
{
    (void)state;
    assert_true(database_run(
        db,
        "INSERT INTO finding VALUES ('k4', 'starts', '', '', 2, 0, 0, '{}', 'open')"));
    struct letter_item items[1] = {
        item("k4", ANALYSIS_FINDING_STARTS, ANALYSIS_PROBLEM, SUNDAY)};
    run(items, 1, SUNDAY + 142 * DAY);
    struct statement *s = database_prepare(db, "SELECT id FROM alert ORDER BY id");
    assert_int_equal(statement_step(s), 1);
    assert_slice(column_text(s, 0), "command:k4");
    assert_int_equal(statement_step(s), 0);
    assert_int_equal(count_and_forget("alert"), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_digest_a_day),
        cmocka_unit_test(at_once),
        cmocka_unit_test(again_when_not_taken),
        cmocka_unit_test(killed_between_its_steps),
        cmocka_unit_test(another_is_at_it),
        cmocka_unit_test(tidies),
    };
    return cmocka_run_group_tests_name("alert/alert", tests, up, down);
}
