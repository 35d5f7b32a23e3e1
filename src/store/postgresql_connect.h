/* A connection to a PostgreSQL server: where it leads, how safe it is, what it is set to. */
#ifndef STORE_POSTGRESQL_CONNECT_H
#define STORE_POSTGRESQL_CONNECT_H

#include "database.h"

#include <libpq-fe.h>

/* Connect to `place` (database.h). NULL with a sentence in `error` when it cannot be. Beyond
 * this host the server's certificate is verified, unless the URL has an sslmode of its own;
 * a URL with a password is refused. */
PGconn *postgresql_connect(const char *place, enum database_mode mode,
                           enum database_status *status,
                           char error[DATABASE_ERROR_MAX]);

/* What a failure with this SQLSTATE is, or NULL: DATABASE_ERROR where trying again would not
 * help. */
enum database_status postgresql_kind(const char *state);

/* What a failure of the server is: by its SQLSTATE; DATABASE_AWAY when the connection is
 * lost. */
enum database_status postgresql_failure(const PGconn *conn, const PGresult *result);

#endif
