/* What an engine does for database.c. A call that fails has said why with database_note;
 * database.c keeps the statements and knows the versions. */
#ifndef STORE_DATABASE_BACKEND_H
#define STORE_DATABASE_BACKEND_H

#include "database.h"

#define DATABASE_BUCKETS 256 /* statements are some dozens */

struct statement {
    struct database *db;
    const char *sql; /* the literal: its pointer is the key */
    struct statement *chain;
};

struct database {
    const struct database_backend *backend;
    struct statement *statements[DATABASE_BUCKETS];
    int version; /* once it is open */
    char *folder;
    bool is_frozen;
    bool is_begun; /* a transaction */
    int (*may_commit)(void *self);
    void *guard;
    enum database_status failure; /* the last one */
    char error[DATABASE_ERROR_MAX];
};

enum database_transaction {
    DATABASE_LAZY,
    DATABASE_DURABLE,
    DATABASE_ADDING, /* durable */
};

struct database_backend {
    /* NULL: no memory. What else fails is in *status. */
    struct database *(*open)(const char *place, enum database_mode mode,
                             enum database_status *status);
    void (*close)(struct database *db); /* statements are gone before */

    bool (*begin)(struct database *db, enum database_transaction kind);
    bool (*commit)(struct database *db); /* rolled back when false */
    void (*rollback)(struct database *db);
    bool (*run)(struct database *db, const char *sql);

    struct statement *(*prepare)(struct database *db, const char *sql); /* a new one */
    void (*few)(struct statement *s); /* rows may come at once; NULL: no difference */
    void (*finish)(struct statement *s);
    void (*reset)(struct statement *s);
    void (*clear)(struct statement *s); /* what is bound; it was reset */
    void (*bind_int)(struct statement *s, int n, int64_t value);
    /* `release` is NULL, or frees the octets when nothing needs them any more. */
    void (*bind_text)(struct statement *s, int n, struct sceau_slice text,
                      void (*release)(void *));
    void (*bind_blob)(struct statement *s, int n, struct sceau_slice octets);
    void (*bind_null)(struct statement *s, int n);
    int (*step)(struct statement *s);
    int64_t (*column_int)(struct statement *s, int n);
    struct sceau_slice (*column_text)(struct statement *s, int n);
    struct sceau_slice (*column_blob)(struct statement *s, int n);

    const char *columns; /* what database_columns asks; NULL: cannot */
    int64_t (*changes)(struct database *db);
    int64_t (*changed)(struct database *db);
    unsigned (*connections)(const struct database *db); /* NULL: one for ever */
    bool (*is_intact)(struct database *db);             /* asked when it is frozen */
    void (*tidy)(struct database *db);
    void (*keep_in_memory)(struct database *db, unsigned mebibytes);

    /* Versions. lock: of those who migrate, the others wait until this transaction ends.
     * version: 0 when there is nothing yet, -1 when it is no store. keep: a copy of the
     * store as it is, before it is migrated. migrate: one script. seal: after the last. */
    bool (*lock)(struct database *db);
    int64_t (*version)(struct database *db);
    bool (*keep)(struct database *db, const char *place, int64_t version);
    bool (*migrate)(struct database *db, const char *script);
    bool (*seal)(struct database *db);
};

extern const struct database_backend database_sqlite, database_postgresql;

static inline bool
database_mode_reads(enum database_mode mode)
{
    return mode == DATABASE_READ || mode == DATABASE_READ_ONCE;
}

/* Keep what went wrong, and give false. */
bool database_note(struct database *db, enum database_status failure, const char *why);

/* One number; `otherwise` when there is no row or an error. */
int64_t database_number(struct database *db, const char *sql, int64_t otherwise);

#endif
