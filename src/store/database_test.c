/* The database on a real disk: versions, copies, transactions, a writer killed anywhere. Under
 * tests/with-postgresql the same on a server. */
#include "store/database.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "store/migrations.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[TEST_FOLDER], path[TEST_STORE], copy[TEST_STORE + 8];

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "database") != 0)
        return 1;
    test_store_place(path, folder, "store");
    snprintf(copy, sizeof copy, "%s.v1", path);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

static void
empty_place(void)
{
    remove_folder(NULL);
    mkdir(folder, 0700);
    test_store_place(path, folder, "store");
}

/* Two versions, the second one slow enough to be killed in. */
static const char *const versions[] = {
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE t (n INTEGER NOT NULL PRIMARY KEY) STRICT; INSERT INTO t VALUES (1), (2)",
    "CREATE TABLE u (n INTEGER NOT NULL) STRICT;"
    "INSERT INTO u WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE "
    "n < 60000) SELECT n FROM c;"
    "INSERT INTO t VALUES (3)",
};
static const struct database_schema first = {versions, 1, NULL},
                                    second = {versions, 2, NULL};

static struct database *
open_as(const struct database_schema *schema, enum database_mode mode,
        enum database_status wanted)
{
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    struct database *db = database_open_schema(path, mode, schema, &status, error);
    if (status != wanted)
        fail_msg("status %d, not %d: %s", (int)status, (int)wanted, error);
    assert_int_equal(db != NULL, wanted == DATABASE_OK);
    return db;
}

static int64_t
number(struct database *db, const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return value;
}

static void
test_versions(void **state)
{
    struct stat info;
    (void)state;
    assert_null(open_as(&first, DATABASE_READ, DATABASE_ABSENT));
    database_close(open_as(&first, DATABASE_WRITE, DATABASE_OK));
    database_close(open_as(&first, DATABASE_READ, DATABASE_OK));
    assert_int_not_equal(stat(copy, &info), 0); /* nothing to copy yet */
    open_as(&second, DATABASE_READ, DATABASE_VERSION);
    struct database *db = open_as(&second, DATABASE_WRITE, DATABASE_OK);
    assert_int_equal(number(db, "SELECT count(*) FROM u"), 60000);
    assert_int_equal(number(db, "SELECT sum(n) FROM t"), 6);
    database_close(db);
    open_as(&first, DATABASE_WRITE, DATABASE_VERSION); /* a newer one is left alone */
    open_as(&first, DATABASE_READ, DATABASE_VERSION);
    if (test_store_is_server())
        return; /* whose copies are its administrator's */
    assert_int_equal(stat(copy, &info), 0);
    assert_int_equal(rename(copy, path), 0); /* the copy is the store as it was */
    db = open_as(&first, DATABASE_READ, DATABASE_OK);
    assert_int_equal(number(db, "SELECT sum(n) FROM t"), 3);
    database_close(db);
}

/* Whenever it is killed: the old version or the new one, whole, and the next start ends
 * the work. */
static void
test_killed(void **state)
{
    unsigned was_first = 0, was_second = 0;
    (void)state;
    for (unsigned i = 0; i < 24; i++) {
        empty_place();
        database_close(open_as(&first, DATABASE_WRITE, DATABASE_OK));
        pid_t child = fork();
        if (child == 0) {
            char error[DATABASE_ERROR_MAX];
            enum database_status status;
            database_open_schema(path, DATABASE_WRITE, &second, &status, error);
            _exit(0);
        }
        usleep(i * i * 110);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        char error[DATABASE_ERROR_MAX];
        enum database_status status;
        struct database *db =
            database_open_schema(path, DATABASE_READ, &first, &status, error);
        status == DATABASE_OK ? was_first++ : was_second++;
        database_close(db);
        db = open_as(&second, DATABASE_WRITE, DATABASE_OK);
        assert_int_equal(number(db, "SELECT count(*) FROM u"), 60000);
        assert_int_equal(number(db, "SELECT sum(n) FROM t"), 6);
        database_close(db);
    }
    assert_true(was_first > 0 && was_first + was_second == 24);
}

/* A full disk is an error with a name, and leaves what was there. */
static void
test_full(void **state)
{
    (void)state;
    if (test_store_is_server())
        skip();
    empty_place();
    database_close(open_as(&first, DATABASE_WRITE, DATABASE_OK));
    pid_t child = fork();
    if (child == 0) {
        char error[DATABASE_ERROR_MAX];
        enum database_status status;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){100000, 100000});
        database_open_schema(path, DATABASE_WRITE, &second, &status, error);
        _exit((int)status);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) != DATABASE_OK);
    struct database *db = open_as(&first, DATABASE_READ, DATABASE_OK);
    assert_int_equal(number(db, "SELECT sum(n) FROM t"), 3);
    database_close(db);
}

static void
test_other_file(void **state)
{
    (void)state;
    empty_place();
    if (test_store_is_server()) {
        test_store_say("CREATE TABLE store.stranger (n integer)");
        open_as(&first, DATABASE_WRITE, DATABASE_ERROR);
        return;
    }
    FILE *f = fopen(path, "w");
    fputs("this is no database, but it is long enough to have had a header of one\n",
          f);
    fclose(f);
    open_as(&first, DATABASE_WRITE, DATABASE_ERROR);
    unlink(path);
}

static const struct {
    const char *text;
    size_t len;
    const char *kept, *why;
} texts[] = {
    {"",                  0,  "",                  "empty is not NULL"             },
    {"mail.example",      12, "mail.example",      "as it is"                      },
    {"\xc3\xa9t\xc3\xa9", 5,  "\xc3\xa9t\xc3\xa9", "UTF-8 as it is"                },
    {"a\xff"
     "b",            3,
     "a\xef\xbf\xbd"
     "b",                                          "no UTF-8: told apart, not lost"},
    {"a\0b",              3,
     "a\xef\xbf\xbd"
     "b",                                          "SQL texts end at a NUL"        },
};

static void
test_values(void **state)
{
    (void)state;
    empty_place();
    struct database *db = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        UNIT_CASE(texts[i].why);
        struct sceau_slice in =
            unit_copy((struct sceau_slice){texts[i].text, texts[i].len});
        struct statement *s = database_prepare(db, "SELECT ?1, ?2, ?3, ?1 IS NULL");
        bind_text(s, 1, in);
        bind_blob(s, 2, in);
        bind_int(s, 3, INT64_MIN);
        assert_int_equal(statement_step(s), 1);
        assert_slice(column_text(s, 0), texts[i].kept);
        assert_int_equal(column_blob(s, 1).len, in.len);
        assert_true(column_int(s, 2) == INT64_MIN);
        assert_int_equal(column_int(s, 3), 0);
        assert_int_equal(statement_step(s), 0);
        unit_free(in);
    }
    database_close(db);
}

static void
test_transactions(void **state)
{
    (void)state;
    struct database *db = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    struct database *reader = open_as(&first, DATABASE_READ, DATABASE_OK);
    int64_t before = database_changed(reader);
    assert_true(database_begin(db));
    assert_true(database_run(db, "INSERT INTO t VALUES (10)"));
    database_rollback(db);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
    if (!test_store_is_server()) /* there it may change for less */
        assert_true(database_changed(reader) == before);
    assert_true(database_begin_durable(db));
    assert_true(database_run(db, "INSERT INTO t VALUES (10)"));
    assert_int_equal(number(reader, "SELECT count(*) FROM t"), 2);
    assert_true(database_commit(db));
    assert_int_equal(number(reader, "SELECT count(*) FROM t"), 3);
    assert_true(database_changed(reader) != before);
    assert_false(database_run(db, "INSERT INTO t VALUES (10)"));
    assert_int_equal(database_failure(db), DATABASE_UNFIT);
    assert_false(database_run(reader, "INSERT INTO t VALUES (11)"));
    assert_int_equal(statement_step(database_prepare(db, "SELECT n FROM nowhere")), -1);
    assert_non_null(strstr(database_error(db), "nowhere"));
    assert_int_equal(statement_step(NULL), -1);
    database_close(reader);
    database_close(db);
}

/* Statements that are amid their rows while others run: each goes on where it was. */
static void
test_interleaved(void **state)
{
    int64_t sum = 0, inner = 0;
    (void)state;
    empty_place();
    struct database *db = open_as(&second, DATABASE_WRITE, DATABASE_OK);
    struct statement *rows = database_prepare(db, "SELECT n FROM u ORDER BY n");
    assert_true(database_begin(db));
    while (statement_step(rows) == 1 && column_int(rows, 0) <= 1000) {
        struct statement *add = database_prepare(db, "INSERT INTO t VALUES (?1)");
        struct statement *few =
            database_prepare(db, "SELECT n FROM u WHERE n >= ?1 ORDER BY n LIMIT 3");
        sum += column_int(rows, 0);
        bind_int(add, 1, 1000 + column_int(rows, 0));
        assert_int_equal(statement_step(add), 0);
        assert_int_equal(database_changes(db), 1);
        bind_int(few, 1, column_int(rows, 0));
        assert_int_equal(statement_step(few), 1);
        assert_int_equal(statement_step(few), 1); /* and no more of it */
        inner += column_int(few, 0);
    }
    statement_reset(rows);
    assert_true(database_commit(db));
    assert_int_equal(sum, 1000 * 1001 / 2);
    assert_int_equal(inner, sum + 1000);
    assert_int_equal(number(db, "SELECT sum(n) FROM t WHERE n > 1000"),
                     1000 * 1000 + sum);
    assert_int_equal(number(db, "SELECT sum(n) * 100000000 FROM u"),
                     INT64_C(180003000000000000));
    assert_int_equal(number(db, "SELECT -sum(n) FROM u"), -INT64_C(1800030000));
    assert_int_equal(number(db, "SELECT sum(n) FROM u WHERE n > 70000"), 0); /* NULL */
    database_close(db);
}

/* Rows that come at once are the same rows; another statement between them takes nothing away. */
static void
test_few(void **state)
{
    int64_t sum = 0, rows = 0;
    (void)state;
    empty_place();
    struct database *db = open_as(&second, DATABASE_WRITE, DATABASE_OK);
    for (int round = 0; round < 2; round++) {
        struct statement *few =
            database_prepare_few(db, "SELECT n, NULL FROM u WHERE n >= ?1 ORDER BY n "
                                     "LIMIT ?2");
        bind_int(few, 1, 1 + round * 500);
        bind_int(few, 2, 500);
        for (; statement_step(few) == 1; rows++) {
            sum += column_int(few, 0);
            assert_true(column_text(few, 1).ptr == NULL);
            if (rows % 100 == 0)
                assert_int_equal(number(db, "SELECT count(*) FROM u WHERE n <= 3"), 3);
        }
    }
    assert_int_equal(rows, 1000);
    assert_int_equal(sum, 1000 * 1001 / 2);
    struct statement *none = database_prepare_few(db, "SELECT n FROM u WHERE n < ?1");
    bind_int(none, 1, 0);
    assert_int_equal(statement_step(none), 0);
    struct statement *left =
        database_prepare_few(db, "SELECT n FROM u ORDER BY n LIMIT 9");
    assert_int_equal(statement_step(left), 1);
    database_rest(db);
    assert_int_equal(statement_step(left), 1);
    assert_int_equal(column_int(left, 0), 1);
    assert_int_equal(statement_step(database_prepare_few(db, "SELECT n FROM nowhere")),
                     -1);
    assert_non_null(strstr(database_error(db), "nowhere"));
    assert_int_equal(number(db, "SELECT count(*) FROM u WHERE n <= 3"), 3);
    database_close(db);
}

/* Closed amid a transaction that failed: answers come to statements that wait for them. */
static void
test_closed_amid(void **state)
{
    (void)state;
    empty_place();
    struct database *db = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    assert_true(database_begin(db));
    for (int64_t i = 0; i < 2; i++) {
        struct statement *s = database_prepare(db, "INSERT INTO t VALUES (?1)");
        bind_int(s, 1, 1);
        statement_step(s);
    }
    statement_step(database_prepare(db, "DELETE FROM t WHERE n < 0"));
    database_close(db);
    db = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
    database_close(db);
}

/* Of a transaction with one bad statement nothing is left, whenever that shows. */
static void
test_failed_statement(void **state)
{
    static const struct {
        int64_t count, bad;
        const char *why;
    } rows[] = {
        {600,  300,  "a server's answers are all taken at the commit"  },
        {4000, 20,   "the oldest answers are taken while more are sent"},
        {4000, 2500, "some of them were good"                          },
        {4000, 3999, "the last one"                                    },
    };
    (void)state;
    empty_place();
    struct database *db = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        assert_true(database_begin(db));
        bool is_fine = true;
        for (int64_t i = 0; i < rows[row].count; i++) {
            struct statement *s = database_prepare(db, "INSERT INTO t VALUES (?1)");
            bind_int(s, 1, i == rows[row].bad ? 1 : 100 + i);
            is_fine = statement_step(s) == 0 && is_fine;
        }
        assert_false(is_fine && database_commit(db));
        assert_int_equal(database_failure(db), DATABASE_UNFIT);
        database_rollback(db);
        assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
    }
    assert_true(database_begin(db)); /* its rows are not those of the one before */
    assert_int_equal(statement_step(database_prepare(db, "DELETE FROM t WHERE n < 0")),
                     0);
    assert_int_equal(database_changes(db), 0);
    assert_true(statement_step(database_prepare(db, "INSERT INTO t VALUES (1)")) != 0 ||
                database_changes(db) == -1);
    assert_int_equal(database_failure(db), DATABASE_UNFIT);
    database_rollback(db);
    assert_true(database_begin(db));
    assert_true(database_run(db, "INSERT INTO t VALUES (3)"));
    for (int64_t i = 0; i < 4000; i++) {
        struct statement *s = database_prepare(db, "INSERT INTO t VALUES (?1)");
        bind_int(s, 1, 100 + i);
        assert_int_equal(statement_step(s), 0);
    }
    assert_true(database_commit(db));
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 4003);
    database_close(db);
}

/* A server that was lost amid a transaction: it fails as one to be begun again, and then it
 * works. What two began at once fails in one of them, in the same way. */
static void
test_lost(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip();
    empty_place();
    struct database *db = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    struct database *other = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    static const char lose[] = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE application_name = 'sceau'";
    test_store_say(lose);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
    test_store_say(lose);
    assert_true(database_begin(db));
    assert_true(database_run(db, "INSERT INTO t VALUES (3)"));
    test_store_say(lose);
    assert_false(database_commit(db));
    assert_int_equal(database_failure(db), DATABASE_AWAY);
    assert_true(database_begin(db));
    assert_true(database_begin(other));
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
    assert_int_equal(number(other, "SELECT count(*) FROM t"), 2);
    assert_true(database_run(db, "INSERT INTO t SELECT 10 + count(*) FROM t"));
    assert_true(database_run(other, "INSERT INTO t SELECT 20 + count(*) FROM t"));
    assert_true(database_commit(db));
    assert_false(database_commit(other));
    assert_int_equal(database_failure(other), DATABASE_BUSY);
    assert_int_equal(number(other, "SELECT count(*) FROM t"), 3);
    database_close(other);
    database_close(db);
}

/* A server that became one to read from, and did not hang up, as behind a pooler: another
 * connection is looked for, and the writer found. */
static void
test_became_standby(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip();
    empty_place();
    struct database *db = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    assert_true(database_begin(db));
    assert_true(database_run(db, "SET TRANSACTION READ ONLY"));
    bool is_fine = database_run(db, "INSERT INTO t VALUES (3)");
    assert_false(is_fine && database_commit(db));
    assert_int_equal(database_failure(db), DATABASE_AWAY);
    database_rollback(db);
    assert_true(database_begin(db));
    assert_true(database_run(db, "INSERT INTO t VALUES (3)"));
    assert_true(database_commit(db));
    assert_true(database_run(db, "SET default_transaction_read_only = on"));
    assert_true(database_begin(db)); /* seen at the first statement: begun anew */
    assert_true(database_run(db, "INSERT INTO t VALUES (4)"));
    assert_true(database_commit(db));
    assert_int_equal(number(db, "SELECT sum(n) FROM t"), 10);
    database_close(db);
}

/* One that goes on with the old version while another one migrates. */
static void
test_migrated_meanwhile(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip(); /* a file has one writer */
    empty_place();
    struct database *old = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    assert_true(database_begin(old));
    assert_true(database_run(old, "INSERT INTO t VALUES (7)"));
    pid_t child = fork();
    if (child == 0) {
        char error[DATABASE_ERROR_MAX];
        enum database_status status;
        database_open_schema(path, DATABASE_WRITE, &second, &status, error);
        _exit((int)status);
    }
    usleep(200000);
    assert_true(database_commit(old)); /* for which the migration waits */
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_false(database_begin(old));
    assert_int_equal(database_failure(old), DATABASE_VERSION);
    database_close(old);
    struct database *db = open_as(&second, DATABASE_READ, DATABASE_OK);
    assert_int_equal(number(db, "SELECT sum(n) FROM t"), 1 + 2 + 3 + 7);
    database_close(db);
}

/* Hosts that make the first tables at once: no trouble, but one that is first. */
static void
test_made_at_once(void **state)
{
    (void)state;
    if (!test_store_is_server())
        skip();
    empty_place();
    struct database *db = open_as(&first, DATABASE_WRITE, DATABASE_OK);
    pid_t child = fork();
    if (child == 0) {
        char error[DATABASE_ERROR_MAX];
        enum database_status status;
        struct database *other =
            database_open_schema(path, DATABASE_WRITE, &first, &status, error);
        bool is_made = other != NULL && database_begin(other) &&
                       database_run(other, "CREATE TABLE twice (n bigint)");
        usleep(600000);
        _exit(is_made && database_commit(other) ? 0 : 1);
    }
    usleep(300000 * test_store_pace());
    assert_true(database_begin(db));
    assert_false(database_run(db, "CREATE TABLE twice (n bigint)"));
    assert_int_equal(database_failure(db), DATABASE_BUSY);
    database_rollback(db);
    int status = -1;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_true(database_begin(db));
    assert_false(database_run(db, "CREATE TABLE twice (n bigint)")); /* it is there */
    assert_int_equal(database_failure(db), DATABASE_BUSY);
    database_rollback(db);
    assert_true(database_begin(db));
    assert_false(
        database_run(db,
                     "INSERT INTO meta (name, value) SELECT name, value FROM meta"));
    assert_int_equal(database_failure(db), DATABASE_UNFIT); /* another one's key is */
    database_rollback(db);
    database_close(db);
}

/* What each version that was ever published left behind: its rows, over its schema and what
 * the versions before it left. */
static const struct {
    int version;
    int64_t messages, outgoing;
} fixtures[] = {
    {1, 12, 0},
    {2, 38, 1},
};

static void
run_fixture(struct database *db, int version)
{
    const char *data = getenv("TEST_DATA");
    char name[512], sql[16384];
    assert_non_null(data);
    snprintf(name, sizeof name, "%s/store/%03d.sql", data, version);
    FILE *f = fopen(name, "r");
    assert_non_null(f);
    size_t len = fread(sql, 1, sizeof sql - 1, f);
    fclose(f);
    sql[len] = '\0';
    assert_true(len < sizeof sql - 1);
    if (!database_run(db, test_store_sql(sql)))
        fail_msg("%s: %s", name, database_error(db));
}

/* No server ever had versions 1 to 3: PostgreSQL came with 4. 003.sql adds days to their week
 * by ON CONFLICT, which PostgreSQL refuses to do twice to a row in one statement, and what was
 * published is not changed; so there it has no days to add. The rest runs over rows. */
static void
leave_behind(int version)
{
    const struct database_schema old = {store_migrations, version, NULL};
    empty_place();
    struct database *db = open_as(&old, DATABASE_WRITE, DATABASE_OK);
    for (int v = 1; v <= version; v++)
        run_fixture(db, v);
    if (test_store_is_server())
        assert_true(database_run(db, "DELETE FROM day_ip"));
    database_close(db);
}

#define OF_ALL_DAYS(column)                                                          \
 "sum(" column "0 + " column "1 + " column "2 + " column "3 + " column "4 + " column \
 "5 + " column "6)"

/* Rows that only one of the two has: what version 13 and 14 made, and what it was made of. */
#define SEEN_OF_DAYS                                                              \
 "SELECT policy_domain, selector, max(day) FROM day_key GROUP BY policy_domain, " \
 "selector"
#define SEEN "SELECT policy_domain, selector, last_day FROM selector_seen"
#define CHANGED_OF_WEEKS \
 "SELECT policy_domain, week, 0 FROM week_ip GROUP BY policy_domain, week"
#define CHANGED "SELECT policy_domain, week, since FROM week_changed"
#define DIFFERENCES(a, b)                                                      \
 "SELECT (SELECT count(*) FROM (" a " EXCEPT " b ") AS x) + (SELECT count(*) " \
 "FROM (" b " EXCEPT " a ") AS y)"

static void
test_fixtures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        char error[DATABASE_ERROR_MAX] = "";
        enum database_status status;
        int64_t messages = fixtures[i].messages;
        leave_behind(fixtures[i].version);
        struct database *db = database_open(path, DATABASE_WRITE, &status, error);
        assert_string_equal(error, "");
        assert_non_null(db);
        assert_int_equal(number(db, "SELECT sum(messages) FROM report"), messages);
        assert_int_equal(number(db, "SELECT sum(messages) FROM report_pack"), messages);
        assert_int_equal(number(db, "SELECT sum(count) FROM day_total"), messages);
        assert_int_equal(number(db, "SELECT " OF_ALL_DAYS("count") " FROM week_ip"),
                         test_store_is_server() ? 0 : messages);
        assert_int_equal(number(db, "SELECT count(*) FROM outgoing"),
                         fixtures[i].outgoing);
        assert_true(number(db, "SELECT count(*) FROM day_key") > 0);
        assert_int_equal(number(db, DIFFERENCES(SEEN, SEEN_OF_DAYS)), 0);
        assert_int_equal(number(db, DIFFERENCES(CHANGED, CHANGED_OF_WEEKS)), 0);
        database_close(db);
    }
}

/* Days become columns of their week, and nothing moves to another day. 20417 is day 5 of week
 * 2916; 002.sql has the three days behind it. */
static void
test_weeks(void **state)
{
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    (void)state;
    if (test_store_is_server())
        skip();
    leave_behind(2);
    struct database *db = database_open(path, DATABASE_WRITE, &status, error);
    assert_non_null(db);
    static const char *const sql[] = {
        "SELECT sum(count5 * 1000 + count6 * 100 + reports5 * 10 + reports6) FROM week_ip "
        "WHERE week = 2916 AND ip = x'c0000201'",
        "SELECT sum(count0 * 10000 + count1 * 100 + reports0 * 10 + reports1) FROM "
        "week_ip WHERE week = 2917 AND ip = x'c0000201'",
        "SELECT count(*) FROM week_ip",
        "SELECT " OF_ALL_DAYS("reports") " FROM week_ip",
    };
    assert_int_equal(number(db, sql[0]), 7911);
    assert_int_equal(number(db, sql[1]), 51223);
    assert_int_equal(number(db, sql[2]), 4);
    assert_int_equal(number(db, sql[3]), 9);
    database_close(db);
}

static void
put_file(void *self, const char *file)
{
    char *all = self;
    size_t len = strlen(all);
    snprintf(all + len, 256 - len, "%s ", file);
}

/* Who keeps himself from all files keeps those that the URL names. */
static void
test_url_files(void **state)
{
    (void)state;
    static const struct {
        const char *place, *files, *why;
    } cases[] = {
        {"postgresql://db.test/sceau",                                            "", "none named"                     },
        {"postgresql://db.test/sceau?sslrootcert=/a/ca.pem\n/a/password\n/state",
         "/a/ca.pem ",                                                                "the lines behind it are others'"},
        {"postgresql://db.test/?sslkey=/a/k&sslcert=/a/c%20d&sslmode=verify-ca",
         "/a/c d /a/k ",                                                              "a certificate of ours"          },
        {"postgresql://db.test/?sslrootcert",                                     "", "no URL: told when it is opened" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char all[256] = "";
        UNIT_CASE(cases[i].why);
        database_url_files(cases[i].place, put_file, all);
        assert_string_equal(all, cases[i].files);
    }
}

/* How a server is told to plan, unless its administrator chose. */
static void
test_plans(void **state)
{
    static const struct {
        const char *options; /* behind the schema's */
        int64_t dear, compiles;
        const char *why;
    } cases[] = {
        {"",                                         11, 0, "a page out of order is hardly dearer"},
        {"%20-crandom_page_cost%3D2.5%20-cjit%3Don", 25, 1, "what was chosen stays"               },
    };
    char chosen[2 * TEST_STORE];
    (void)state;
    if (!test_store_is_server())
        skip();
    empty_place();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[DATABASE_ERROR_MAX] = "";
        enum database_status status;
        UNIT_CASE(cases[i].why);
        snprintf(chosen, sizeof chosen, "%s%s", path, cases[i].options);
        struct database *db =
            database_open_schema(chosen, DATABASE_WRITE, &first, &status, error);
        assert_non_null(db);
        assert_int_equal(number(db, "SELECT CAST(10 * "
                                    "current_setting('random_page_cost')::float8 AS "
                                    "bigint)"),
                         cases[i].dear);
        assert_int_equal(number(db, "SELECT current_setting('jit')::bool::int"),
                         cases[i].compiles);
        database_close(db);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),     cmocka_unit_test(test_killed),
        cmocka_unit_test(test_full),         cmocka_unit_test(test_other_file),
        cmocka_unit_test(test_values),       cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_interleaved),  cmocka_unit_test(test_failed_statement),
        cmocka_unit_test(test_few),          cmocka_unit_test(test_closed_amid),
        cmocka_unit_test(test_lost),         cmocka_unit_test(test_migrated_meanwhile),
        cmocka_unit_test(test_made_at_once), cmocka_unit_test(test_became_standby),
        cmocka_unit_test(test_url_files),    cmocka_unit_test(test_plans),
        cmocka_unit_test(test_fixtures),     cmocka_unit_test(test_weeks),
    };
    return cmocka_run_group_tests_name("store/database", tests, make_folder,
                                       remove_folder);
}
