/* SQLite: one file in WAL mode, so that readers never wait for the writer. The only place
 * that knows of it. Before a migration the file is copied (FILE.v1). */
#include "database_backend.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#define BUSY_MS        5000
#define APPLICATION_ID 0x73636575 /* "sceu": what the file's header says */

struct sqlite_statement {
    struct statement front; /* first */
    sqlite3_stmt *prepared;
};

struct sqlite {
    struct database front; /* first */
    sqlite3 *handle;
    bool is_durable;
    char *frozen;    /* the path, when it is read without locks */
    struct stat was; /* then */
};

static struct sqlite *
of(struct database *db)
{
    return (struct sqlite *)db;
}

static sqlite3_stmt *
prepared(struct statement *s)
{
    return ((struct sqlite_statement *)s)->prepared;
}

/* ---- errors ---- */

static const struct {
    int code;
    enum database_status status;
} kinds[] = {
    {SQLITE_BUSY,       DATABASE_BUSY  },
    {SQLITE_LOCKED,     DATABASE_BUSY  },
    {SQLITE_FULL,       DATABASE_FULL  },
    {SQLITE_CANTOPEN,   DATABASE_ABSENT},
    {SQLITE_CONSTRAINT, DATABASE_UNFIT },
    {SQLITE_MISMATCH,   DATABASE_UNFIT },
    {SQLITE_TOOBIG,     DATABASE_UNFIT },
};

static enum database_status
kind_of(int code)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].code == (code & 0xff))
            return kinds[i].status;
    return DATABASE_ERROR;
}

/* Keep what went wrong: a rollback would forget it. */
static bool
note(struct database *db, int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return true;
    char sentence[DATABASE_ERROR_MAX];
    sqlite3 *handle = of(db)->handle;
    int why = (code & 0xff) == SQLITE_IOERR ? sqlite3_system_errno(handle) : 0;
    bool is_full = why == ENOSPC || why == EDQUOT;
    snprintf(sentence, sizeof sentence, why != 0 ? "%s: %s" : "%s",
             sqlite3_errmsg(handle), strerror(why));
    return database_note(db, is_full ? DATABASE_FULL : kind_of(code), sentence);
}

static bool
run(struct database *db, const char *sql)
{
    return note(db, sqlite3_exec(of(db)->handle, sql, NULL, NULL, NULL));
}

/* ---- statements ---- */

static struct statement *
prepare(struct database *db, const char *sql)
{
    struct sqlite_statement *s = calloc(1, sizeof *s);
    int code = s == NULL
                   ? SQLITE_NOMEM
                   : sqlite3_prepare_v3(of(db)->handle, sql, -1,
                                        SQLITE_PREPARE_PERSISTENT, &s->prepared, NULL);
    if (note(db, code))
        return &s->front;
    free(s);
    return NULL;
}

static void
finish(struct statement *s)
{
    sqlite3_finalize(prepared(s));
    free(s);
}

static void
reset(struct statement *s)
{
    sqlite3_reset(prepared(s));
}

static void
clear(struct statement *s)
{
    sqlite3_clear_bindings(prepared(s));
}

static void
put_int(struct statement *s, int n, int64_t value)
{
    note(s->db, sqlite3_bind_int64(prepared(s), n, value));
}

static void
put_null(struct statement *s, int n)
{
    note(s->db, sqlite3_bind_null(prepared(s), n));
}

static void
put_blob(struct statement *s, int n, struct sceau_slice octets)
{
    note(s->db,
         sqlite3_bind_blob64(prepared(s), n, octets.ptr, octets.len, SQLITE_STATIC));
}

static void
put_text(struct statement *s, int n, struct sceau_slice text, void (*release)(void *))
{
    note(s->db,
         sqlite3_bind_text64(prepared(s), n, text.ptr, text.len,
                             release != NULL ? release : SQLITE_STATIC, SQLITE_UTF8));
}

static int
step(struct statement *s)
{
    int code = sqlite3_step(prepared(s));
    if (code == SQLITE_ROW)
        return 1;
    note(s->db, code);
    sqlite3_reset(prepared(s));
    return code == SQLITE_DONE ? 0 : -1;
}

static int64_t
get_int(struct statement *s, int n)
{
    return sqlite3_column_int64(prepared(s), n);
}

static struct sceau_slice
get_octets(struct statement *s, int n, const void *octets)
{
    int len = sqlite3_column_bytes(prepared(s), n);
    return octets == NULL ? SLICE_NONE : (struct sceau_slice){octets, (size_t)len};
}

static struct sceau_slice
get_text(struct statement *s, int n)
{
    return get_octets(s, n, sqlite3_column_text(prepared(s), n));
}

static struct sceau_slice
get_blob(struct statement *s, int n)
{
    return get_octets(s, n, sqlite3_column_blob(prepared(s), n));
}

static int64_t
changes(struct database *db)
{
    return sqlite3_changes64(of(db)->handle);
}

static int64_t
changed(struct database *db)
{
    return database_number(db, "PRAGMA data_version", 0);
}

/* ---- transactions ---- */

static bool
begin(struct database *db, enum database_transaction kind)
{
    bool is_durable = kind != DATABASE_LAZY;
    struct sqlite *own = of(db);
    /* It cannot be changed inside of one. */
    if (own->is_durable != is_durable &&
        !run(db,
             is_durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"))
        return false;
    own->is_durable = is_durable;
    return run(db, "BEGIN IMMEDIATE");
}

static void
rollback(struct database *db)
{
    /* After some errors SQLite has done so itself. */
    if (!sqlite3_get_autocommit(of(db)->handle))
        sqlite3_exec(of(db)->handle, "ROLLBACK", NULL, NULL, NULL);
}

static bool
commit(struct database *db)
{
    if (run(db, "COMMIT"))
        return true;
    rollback(db);
    return false;
}

static void
tidy(struct database *db)
{
    run(db, "PRAGMA incremental_vacuum");
    run(db, "PRAGMA optimize");
    run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
}

static void
keep_in_memory(struct database *db, unsigned mebibytes)
{
    char sql[48];
    snprintf(sql, sizeof sql, "PRAGMA cache_size = -%u", mebibytes * 1024);
    run(db, sql);
    sqlite3_db_release_memory(of(db)->handle);
}

/* ---- versions ---- */

/* One number, of a statement that is not kept: it would stand in a migration's way. */
static int64_t
ask(struct database *db, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *s;
    if (!note(db, sqlite3_prepare_v2(of(db)->handle, sql, -1, &s, NULL)))
        return otherwise;
    int code = sqlite3_step(s);
    int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : otherwise;
    note(db, code);
    sqlite3_finalize(s);
    return value;
}

static int64_t
version(struct database *db)
{
    if (ask(db, "SELECT count(*) FROM sqlite_schema", -1) == 0)
        return 0;
    if (ask(db, "PRAGMA application_id", -1) != APPLICATION_ID)
        return -1;
    return ask(db, "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'version'",
               -1);
}

/* BEGIN IMMEDIATE is one already. */
static bool
lock(struct database *db)
{
    (void)db;
    return true;
}

static void
sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

/* FILE.vN: the store as it was. Whole or absent, whatever happens in between. */
static bool
keep(struct database *db, const char *path, int64_t of_version)
{
    char kept[4096], making[4096 + 8];
    int len = snprintf(kept, sizeof kept, "%s.v%d", path, (int)of_version);
    sqlite3_stmt *s;
    if (len < 0 || (size_t)len >= sizeof kept)
        return note(db, SQLITE_CANTOPEN);
    snprintf(making, sizeof making, "%s.new", kept);
    unlink(making);
    if (!note(db, sqlite3_prepare_v2(of(db)->handle, "VACUUM INTO ?1", -1, &s, NULL)))
        return false;
    sqlite3_bind_text(s, 1, making, -1, SQLITE_STATIC);
    bool is_copied = note(db, sqlite3_step(s));
    sqlite3_finalize(s);
    if (!is_copied)
        return false;
    sync_path(making);
    return rename(making, kept) == 0 || note(db, SQLITE_IOERR_WRITE);
}

static bool
seal(struct database *db)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d", APPLICATION_ID);
    return run(db, sql);
}

/* ---- opening ---- */

/* Before there is a table; a file that exists keeps what it has. */
static bool
set_up(struct database *db, enum database_mode mode)
{
    int persist = 1;
    sqlite3 *handle = of(db)->handle;
    sqlite3_busy_timeout(handle, BUSY_MS);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* A program that keeps itself from all other files may make none to sort in. */
    if (database_mode_reads(mode))
        return run(db, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY");
    /* What is deleted is wiped where a page is written anyway; a page that becomes free is not
     * written for that alone, a third of what building reports costs. */
    if (!run(db, "PRAGMA secure_delete = FAST"))
        return false;
    /* Readers without the right to make files in the folder need the log to stay. */
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    if (!run(db, "PRAGMA page_size = 8192;"
                 "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
                 "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864"))
        return false;
    /* SQLite makes a number of pages of it, and keeps that when the file's are larger than
     * those it knew: behind the first look at the file. */
    keep_in_memory(db, DATABASE_MEMORY);
    return true;
}

/* Counting what SQLite allocates takes a lock that the threads of sceau-web share, a seventh of
 * the time of some pages. Before the first of its calls; later ones are refused, and that is
 * fine. */
static void
count_no_memory(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* ---- without locks ---- */

static bool
has_beside(const char *path, const char *suffix)
{
    char beside[4096];
    int len = snprintf(beside, sizeof beside, "%s%s", path, suffix);
    return len < 0 || (size_t)len >= sizeof beside || access(beside, F_OK) == 0;
}

/* Whoever writes makes the log first. */
static bool
has_log(const char *path)
{
    return has_beside(path, "-wal") || has_beside(path, "-shm");
}

/* "file:PATH?immutable=1"; NULL: no memory. */
static char *
immutable_uri(const char *path)
{
    static const char end[] = "?immutable=1";
    char *uri = malloc(strlen("file:") + strlen(path) * 3 + sizeof end), *at = uri;
    if (uri == NULL)
        return NULL;
    at = stpcpy(at, "file:");
    for (; *path != '\0'; path++)
        at += sprintf(at, strchr("%?#", *path) != NULL ? "%%%02X" : "%c",
                      (unsigned char)*path);
    memcpy(at, end, sizeof end);
    return uri;
}

/* Does reading fail because there is no log, and none can be made? Which of the two codes it
 * is depends on what forbids it: the folder's mode, or Landlock. */
static bool
lacks_log(struct sqlite *own, const char *path, enum database_mode mode)
{
    if (mode != DATABASE_READ_ONCE)
        return false;
    int code = sqlite3_exec(own->handle, "SELECT count(*) FROM sqlite_schema", NULL,
                            NULL, NULL) &
               0xff;
    return (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) &&
           access(path, R_OK) == 0 && !has_log(path);
}

static bool
open_frozen(struct sqlite *own, const char *path, int flags)
{
    char *uri = immutable_uri(path);
    own->frozen = strdup(path);
    sqlite3_close(own->handle);
    own->handle = NULL;
    bool is_open = uri != NULL && own->frozen != NULL && stat(path, &own->was) == 0 &&
                   note(&own->front, sqlite3_open_v2(uri, &own->handle,
                                                     flags | SQLITE_OPEN_URI, NULL)) &&
                   set_up(&own->front, DATABASE_READ);
    free(uri);
    own->front.is_frozen = is_open;
    return is_open || own->front.failure != DATABASE_OK ||
           note(&own->front, SQLITE_NOMEM);
}

static bool
is_intact(struct database *db)
{
    const struct sqlite *own = of(db);
    const struct stat *was = &own->was;
    struct stat now;
    return !has_log(own->frozen) && stat(own->frozen, &now) == 0 &&
           now.st_ino == was->st_ino && now.st_size == was->st_size &&
           now.st_mtim.tv_sec == was->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == was->st_mtim.tv_nsec;
}

static struct database *
open_file(const char *path, enum database_mode mode, enum database_status *status)
{
    int flags =
        SQLITE_OPEN_NOMUTEX |
        (database_mode_reads(mode) ? SQLITE_OPEN_READONLY
                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite *own = calloc(1, sizeof *own);
    pthread_once(&once, count_no_memory);
    if (own == NULL)
        return NULL;
    own->front.backend = &database_sqlite;
    bool is_open =
        note(&own->front, sqlite3_open_v2(path, &own->handle, flags, NULL)) &&
        set_up(&own->front, mode);
    if (is_open && lacks_log(own, path, mode))
        is_open = open_frozen(own, path, flags);
    *status = is_open ? DATABASE_OK : own->front.failure;
    return &own->front;
}

static void
close_file(struct database *db)
{
    rollback(db);
    sqlite3_close(of(db)->handle);
    free(of(db)->frozen);
    free(db);
}

const struct database_backend database_sqlite = {
    .open = open_file,
    .close = close_file,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .run = run,
    .prepare = prepare,
    .finish = finish,
    .reset = reset,
    .clear = clear,
    .bind_int = put_int,
    .bind_text = put_text,
    .bind_blob = put_blob,
    .bind_null = put_null,
    .step = step,
    .column_int = get_int,
    .column_text = get_text,
    .column_blob = get_blob,
    .columns = "SELECT m.name, c.name, c.type, c.pk FROM sqlite_master m JOIN "
               "pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT "
               "LIKE 'sqlite%' ORDER BY m.name, c.cid",
    .changes = changes,
    .changed = changed,
    .is_intact = is_intact,
    .tidy = tidy,
    .keep_in_memory = keep_in_memory,
    .lock = lock,
    .version = version,
    .keep = keep,
    .migrate = run,
    .seal = seal,
};
