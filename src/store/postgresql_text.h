/* What PostgreSQL has another word for. */
#ifndef STORE_POSTGRESQL_TEXT_H
#define STORE_POSTGRESQL_TEXT_H

#include "core/slice.h"

#define POSTGRESQL_PARAMETERS 256 /* of one statement */

/* A statement with $1 for ?1, outside of quotes. To be freed; NULL without memory, or when
 * there are more parameters. *count is the highest one; used[n - 1] is set for ?n. */
char *postgresql_statement(const char *sql, unsigned *count,
                           bool used[POSTGRESQL_PARAMETERS]);

/* A script of migrations/: INTEGER is bigint, BLOB is bytea, texts compare by their octets,
 * and tables are neither STRICT nor WITHOUT ROWID. To be freed; NULL without memory. */
char *postgresql_script(const char *script);

/* A numeric in its binary form, as sum(bigint) is one; cut off to what 64 bits hold. */
int64_t postgresql_numeric(const unsigned char *octets, size_t len);

#endif
