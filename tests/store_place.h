/* Where the store of a test is: a file in its folder or, when the test runs under
 * tests/with-postgresql, a schema of that server, empty. */
#ifndef TESTS_STORE_PLACE_H
#define TESTS_STORE_PLACE_H

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

#endif
