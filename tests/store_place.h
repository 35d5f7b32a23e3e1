/* Where the store of a test is: a file in its folder or, when the test runs under
 * tests/with-postgresql, a schema of that server, empty. */
#ifndef TESTS_STORE_PLACE_H
#define TESTS_STORE_PLACE_H

#include "store/database.h"
#include "unit.h"

#include <libpq-fe.h>

#define TEST_STORE 256 /* octets of a place */

static inline bool
test_store_is_server(void)
{
    return getenv("TEST_POSTGRESQL") != NULL;
}

static inline void
test_store_say(const char *sql)
{
    PGconn *conn = PQconnectdb(getenv("TEST_POSTGRESQL"));
    assert_int_equal(PQstatus(conn), CONNECTION_OK);
    PGresult *result = PQexec(conn, sql);
    if (PQresultStatus(result) != PGRES_COMMAND_OK &&
        PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    PQclear(result);
    PQfinish(conn);
}

/* `name` is of the file or the schema; what was there before is gone. */
static inline void
test_store_place(char place[TEST_STORE], const char *folder, const char *name)
{
    const char *url = getenv("TEST_POSTGRESQL");
    char sql[TEST_STORE];
    if (url == NULL) {
        snprintf(place, TEST_STORE, "%s/%s.db", folder, name);
        unlink(place);
        return;
    }
    snprintf(sql, sizeof sql,
             "SET client_min_messages = error; DROP SCHEMA IF EXISTS \"%s\" CASCADE; "
             "CREATE SCHEMA \"%s\"",
             name, name);
    test_store_say(sql);
    snprintf(place, TEST_STORE, "%s&options=-csearch_path%%3D%s", url, name);
}

/* After a writer was killed: the server ends what it had begun, which takes it a moment. */
static inline void
test_store_settle(void)
{
    for (unsigned left = test_store_is_server() ? 500 : 0; left > 0; left--) {
        PGconn *conn = PQconnectdb(getenv("TEST_POSTGRESQL"));
        PGresult *result = PQexec(conn, "SELECT 1 FROM pg_stat_activity WHERE "
                                        "application_name = 'sceau'");
        if (PQntuples(result) == 0)
            left = 1;
        PQclear(result);
        PQfinish(conn);
        usleep(10000);
    }
}

/* A server is reached later than a file is opened: kills are so many times later. */
static inline unsigned
test_store_pace(void)
{
    return test_store_is_server() ? 5 : 1;
}

/* Octets are x'00' in SQLite, '\\x00' in PostgreSQL. */
static inline const char *
test_store_sql(const char *sql)
{
    static char out[4096];
    char *end = out;
    if (!test_store_is_server())
        return sql;
    for (; *sql != '\0' && end < out + sizeof out - 4; sql++) {
        bool is_octets = sql[0] == 'x' && sql[1] == '\'' && end > out &&
                         (end[-1] == ' ' || end[-1] == '(');
        end = is_octets ? stpcpy(end, "'\\x") : (*end = *sql, end + 1);
        sql += is_octets;
    }
    *end = '\0';
    return out;
}

/* To write in; the test fails, and says why, when it cannot be opened. */
static inline struct database *
test_store_open(const char *place)
{
    char error[DATABASE_ERROR_MAX] = "";
    enum database_status status;
    struct database *db = database_open(place, DATABASE_WRITE, &status, error);
    if (db == NULL)
        fail_msg("%s", error);
    return db;
}

#endif
