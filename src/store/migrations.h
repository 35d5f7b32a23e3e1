/* The store's versions: migrations/NNN.sql, embedded when it is built. */
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

/* [n] leads from version n to n + 1. */
extern const char *const store_migrations[];
extern const int store_version; /* the newest */

#endif
