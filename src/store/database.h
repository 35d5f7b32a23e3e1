/* The store as its modules see it: statements with parameters ?1 ?2, rows of integers, texts
 * and octets. What is behind it is a file of SQLite or, for several hosts, a PostgreSQL
 * server; the SQL is what both understand.
 *
 * With a file one process writes and migrates, the others read. With a server several write:
 * a transaction that two could have done differently fails in one of them with DATABASE_BUSY,
 * and is begun again. Not for two threads: each opens its own. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "core/slice.h"

#define DATABASE_ERROR_MAX 256

struct database;
struct statement;

enum database_mode {
    DATABASE_READ,      /* refuses another version */
    DATABASE_READ_ONCE, /* the same, and for one answer if need be: database_is_frozen */
    DATABASE_WRITE,     /* makes the file, migrates forward after a copy (FILE.v1) */
    DATABASE_COPY,      /* the same, of what copy.c has begun to fill as well */
};

enum database_status {
    DATABASE_OK,
    DATABASE_ABSENT,  /* no such file, nothing on the server, and it is to be read */
    DATABASE_VERSION, /* another version; the sentence names both */
    DATABASE_HALF,    /* store_copy was stopped before it was whole */
    DATABASE_BUSY,    /* another process writes: again */
    DATABASE_AWAY,    /* the server does not answer, or was lost: again, later */
    DATABASE_LOST,    /* the guard of the transaction said no */
    DATABASE_FULL,    /* the disk is */
    DATABASE_UNFIT, /* what was to be written does not go in: its own fault, not the store's */
    DATABASE_ERROR,
};

/* Is this place a URL of a server? */
bool database_is_server(const char *place);

/* The files that such a URL names, as sslrootcert= does: each is told, for a program that keeps
 * itself from all others. */
void database_url_files(const char *place, void (*tell)(void *self, const char *path),
                        void *self);

/* Open. `place` is the path of a file, or postgresql://..., behind which two lines may
 * stand: the file that holds the password, or nothing; database_folder. NULL, with *status and a sentence in
 * `error`, when it cannot be. */
struct database *database_open(const char *place, enum database_mode mode,
                               enum database_status *status,
                               char error[DATABASE_ERROR_MAX]);

/* NULL is fine. A transaction that is open is rolled back. */
void database_close(struct database *db);

/* A transaction. After database_begin_durable the commit returns when all that was ever
 * committed is on the disk; after database_begin a power cut may take the latest
 * transactions away, each as a whole. False on an error; the transaction is rolled back
 * then. A server may tell of a statement that failed only at the commit. A server that was
 * lost is looked for again by the next of them. */
bool database_begin(struct database *db);
bool database_begin_durable(struct database *db);

/* A durable transaction that only adds: new rows, rows that may be there (DO NOTHING), sums
 * (DO UPDATE SET n = t.n + excluded.n). Nothing it writes follows from what it read, so it is
 * right in whatever order others add, and needs no more than READ COMMITTED: it waits for
 * who adds to the same row, and does not fail for him. */
bool database_begin_adding(struct database *db);
bool database_commit(struct database *db);
void database_rollback(struct database *db);

/* Between begin and its end? Then nothing else of this connection's can be done by itself. */
bool database_is_begun(const struct database *db);

/* Asked within each transaction before it is committed: 1 lets it, 0 undoes it, with
 * DATABASE_LOST, -1 as well: the store failed. For work that another host may have taken over.
 * NULL: nobody is asked. */
void database_guard(struct database *db, int (*may_commit)(void *self), void *self);

/* A statement, ready to be bound: made once, then found by the pointer, so `sql` is a
 * literal. It belongs to the database; preparing it again ends its last use. NULL on an
 * error. Calls below are no-ops on NULL, and statement_step gives -1. */
struct statement *database_prepare(struct database *db, const char *sql);

/* One that gives a thousand rows at most, or some hundred KiB: a server sends them in one piece,
 * which costs a fraction of what they cost one by one. */
struct statement *database_prepare_few(struct database *db, const char *sql);

void bind_int(struct statement *s, int n, int64_t value);
/* Octets live until the statement is prepared again. Text that is not UTF-8 or holds NUL
 * is bound with U+FFFD for each octet that is wrong. */
void bind_text(struct statement *s, int n, struct sceau_slice text);
void bind_blob(struct statement *s, int n, struct sceau_slice octets);
void bind_null(struct statement *s, int n);

/* 1: a row; 0: done; -1: an error, and database_error says. */
int statement_step(struct statement *s);

/* Start again with what is bound. */
void statement_reset(struct statement *s);

/* Columns of the row, from 0; slices live until the next step. */
int64_t column_int(struct statement *s, int n);
struct sceau_slice column_text(struct statement *s, int n);
struct sceau_slice column_blob(struct statement *s, int n);

/* Start all of them again: a reader that left one amid its rows would go on seeing the store as
 * it was then. For connections that are kept. */
void database_rest(struct database *db);

/* For one statement without parameters and rows. */
bool database_run(struct database *db, const char *sql);

/* What the last error was: a sentence, and its kind. Static until the next call. */
const char *database_error(const struct database *db);
enum database_status database_failure(const struct database *db);

/* What failed before is over: DATABASE_OK until the next failure. */
void database_forget_failure(struct database *db);

/* Was the last failure that two wrote at the same time (DATABASE_BUSY)? One of them has to begin
 * anew, later: this waits, longer each time, and not as long for each. `*tries` begins with 0;
 * false when there were DATABASE_TRIES. */
#define DATABASE_TRIES 5
bool database_try_again(const struct database *db, unsigned *tries);

/* Does it answer, and is it still whole and of the version that it had when it was opened? For
 * connections that are kept. */
bool database_is_current(struct database *db);

/* May other hosts write to it as well? */
bool database_is_shared(const struct database *db);

/* A folder of this host, that of a file: for other files that go with a transaction. */
const char *database_folder(const struct database *db);

/* Of a file, every column there is: table, column, type, place in the key (0: not in it);
 * by table, in their order. NULL of a server. */
struct statement *database_columns(struct database *db);

/* Rows changed by the last statement. -1: it failed, which a server tells only now; database_error
 * says why. */
int64_t database_changes(struct database *db);

/* A number that changes when another connection has committed: for caches. */
int64_t database_changed(struct database *db);

/* A number that changes when a server was lost and found again, be it another one in its place:
 * what it was known to hold, it may not hold any more. */
unsigned database_connections(const struct database *db);

/* A file whose log is gone (somebody closed it by hand) cannot be read by who may not
 * make one in its folder, until a writer opens it. DATABASE_READ_ONCE reads it without locks:
 * what was read holds if nobody opened the file meanwhile, so ask database_is_intact behind it
 * and close. */
bool database_is_frozen(const struct database *db);
bool database_is_intact(struct database *db);

/* Give room back to the disk and move what is in the log into the file; may take a
 * while. */
void database_tidy(struct database *db);

/* How much of the store is kept in memory. A long piece of work that comes to the same pages
 * again and again has more of it, and gives it back. A server decides for itself. */
#define DATABASE_MEMORY       3  /* MiB */
#define DATABASE_MEMORY_LARGE 24 /* MiB */
void database_keep(struct database *db, unsigned mebibytes);

/* For tests: the same with other versions than the ones built in. */
struct database_schema {
    const char *const *migrations; /* [n] leads from version n to n + 1 */
    int version;
    /* Behind the script that leads to `version`, in the same transaction. NULL: nothing is to be
     * done. */
    bool (*behind)(struct database *db, int version);
};
struct database *database_open_schema(const char *place, enum database_mode mode,
                                      const struct database_schema *schema,
                                      enum database_status *status,
                                      char error[DATABASE_ERROR_MAX]);

#endif
