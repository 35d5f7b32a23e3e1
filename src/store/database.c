/* SQLite: one file in WAL mode, so that readers never wait for the writer. The only place
 * that knows of it. Migrations go forward, all in one transaction, after a copy; a process
 * killed anywhere in between leaves the old version or the new one. */
#include "database.h"

#include "migrations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#define BUSY_MS        5000
#define BUCKETS        256        /* statements are some dozens */
#define APPLICATION_ID 0x73636575 /* "sceu": what the file's header says */

struct statement {
    struct database *db;
    const char *sql; /* the literal: its pointer is the key */
    sqlite3_stmt *prepared;
    struct statement *chain;
};

struct database {
    sqlite3 *handle;
    struct statement *statements[BUCKETS];
    int code; /* of the last error */
    bool is_durable;
    char *folder;
    char error[DATABASE_ERROR_MAX];
};

/* ---- errors ---- */

static const struct {
    int code;
    enum database_status status;
} kinds[] = {
    {SQLITE_BUSY,     DATABASE_BUSY  },
    {SQLITE_LOCKED,   DATABASE_BUSY  },
    {SQLITE_FULL,     DATABASE_FULL  },
    {SQLITE_CANTOPEN, DATABASE_ABSENT},
};

enum database_status
database_failure(const struct database *db)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].code == (db->code & 0xff))
            return kinds[i].status;
    return db->code == SQLITE_OK ? DATABASE_OK : DATABASE_ERROR;
}

const char *
database_error(const struct database *db)
{
    return db->error;
}

/* Keep what went wrong: a rollback would forget it. */
static bool
note(struct database *db, int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return true;
    db->code = code;
    int why = sqlite3_system_errno(db->handle);
    const char *text = sqlite3_errmsg(db->handle);
    if ((code & 0xff) == SQLITE_IOERR && why != 0)
        snprintf(db->error, sizeof db->error, "%s: %s", text, strerror(why));
    else
        snprintf(db->error, sizeof db->error, "%s", text);
    if ((code & 0xff) == SQLITE_IOERR && (why == ENOSPC || why == EDQUOT))
        db->code = SQLITE_FULL;
    return false;
}

bool
database_run(struct database *db, const char *sql)
{
    return note(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

/* ---- statements ---- */

static size_t
bucket_of(const char *sql)
{
    return ((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 56;
}

static void
statement_free(struct statement *s)
{
    sqlite3_finalize(s->prepared);
    free(s);
}

void
statement_reset(struct statement *s)
{
    if (s != NULL)
        sqlite3_reset(s->prepared);
}

void
database_rest(struct database *db)
{
    for (size_t i = 0; db != NULL && i < BUCKETS; i++) {
        for (struct statement *s = db->statements[i]; s != NULL; s = s->chain)
            sqlite3_reset(s->prepared);
    }
}

struct statement *
database_prepare(struct database *db, const char *sql)
{
    struct statement **bucket = &db->statements[bucket_of(sql)], *s = *bucket;
    while (s != NULL && s->sql != sql)
        s = s->chain;
    if (s != NULL) {
        sqlite3_reset(s->prepared);
        sqlite3_clear_bindings(s->prepared);
        return s;
    }
    s = calloc(1, sizeof *s);
    int code = s == NULL
                   ? SQLITE_NOMEM
                   : sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &s->prepared, NULL);
    if (!note(db, code)) {
        free(s);
        return NULL;
    }
    *s = (struct statement){.db = db,
                            .sql = sql,
                            .prepared = s->prepared,
                            .chain = *bucket};
    *bucket = s;
    return s;
}

void
bind_int(struct statement *s, int n, int64_t value)
{
    if (s != NULL)
        note(s->db, sqlite3_bind_int64(s->prepared, n, value));
}

void
bind_null(struct statement *s, int n)
{
    if (s != NULL)
        note(s->db, sqlite3_bind_null(s->prepared, n));
}

void
bind_blob(struct statement *s, int n, struct sceau_slice octets)
{
    if (s != NULL)
        note(s->db,
             sqlite3_bind_blob64(s->prepared, n, octets.len > 0 ? octets.ptr : "",
                                 octets.len, SQLITE_STATIC));
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Of eight octets: is one of them NUL, or above 0x7f? */
static bool
has_other(uint64_t eight)
{
    return ((eight | (eight - EACH(1))) & EACH(0x80)) != 0;
}

static bool
is_text(struct sceau_slice text)
{
    size_t i = 0;
    bool is_plain = true;
    for (uint64_t eight; is_plain && text.len - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, text.ptr + i, sizeof eight);
        is_plain = !has_other(eight);
    }
    for (; is_plain && i < text.len; i++)
        is_plain = text.ptr[i] != '\0' && (unsigned char)text.ptr[i] <= 0x7f;
    return is_plain || (slice_find(text, '\0') == text.len && slice_is_utf8(text));
}

/* A copy without what is no text; owned by SQLite. */
static void
bind_mended(struct statement *s, int n, struct sceau_slice text)
{
    char *copy = malloc(3 * text.len), *end = copy;
    if (copy == NULL) {
        note(s->db, SQLITE_NOMEM);
        return;
    }
    while (text.len > 0) {
        size_t len = text.ptr[0] == '\0' ? 0 : slice_utf8_length(text);
        memcpy(end, len > 0 ? text.ptr : "\xef\xbf\xbd", len > 0 ? len : 3);
        end += len > 0 ? len : 3;
        text = slice_skip(text, len > 0 ? len : 1);
    }
    note(s->db, sqlite3_bind_text64(s->prepared, n, copy, (sqlite3_uint64)(end - copy),
                                    free, SQLITE_UTF8));
}

void
bind_text(struct statement *s, int n, struct sceau_slice text)
{
    if (s == NULL)
        return;
    if (is_text(text))
        note(s->db, sqlite3_bind_text64(s->prepared, n, text.len > 0 ? text.ptr : "",
                                        text.len, SQLITE_STATIC, SQLITE_UTF8));
    else
        bind_mended(s, n, text);
}

int
statement_step(struct statement *s)
{
    if (s == NULL)
        return -1;
    int code = sqlite3_step(s->prepared);
    if (code == SQLITE_ROW)
        return 1;
    note(s->db, code);
    sqlite3_reset(s->prepared);
    return code == SQLITE_DONE ? 0 : -1;
}

int64_t
column_int(struct statement *s, int n)
{
    return sqlite3_column_int64(s->prepared, n);
}

static struct sceau_slice
column_octets(struct statement *s, int n, const void *octets)
{
    int len = sqlite3_column_bytes(s->prepared, n);
    return octets == NULL ? SLICE_NONE : (struct sceau_slice){octets, (size_t)len};
}

struct sceau_slice
column_text(struct statement *s, int n)
{
    return column_octets(s, n, sqlite3_column_text(s->prepared, n));
}

struct sceau_slice
column_blob(struct statement *s, int n)
{
    return column_octets(s, n, sqlite3_column_blob(s->prepared, n));
}

bool
database_write_octets(struct database *db, const char *table, const char *column,
                      int64_t row, uint64_t offset, struct sceau_slice octets)
{
    sqlite3_blob *blob;
    if (!note(db, sqlite3_blob_open(db->handle, "main", table, column, row, 1, &blob)))
        return false;
    int code = sqlite3_blob_write(blob, octets.ptr, (int)octets.len, (int)offset);
    bool is_good = note(db, code);
    return note(db, sqlite3_blob_close(blob)) && is_good;
}

/* One number; `otherwise` when there is no row. */
static int64_t
ask_number(struct database *db, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *s;
    if (!note(db, sqlite3_prepare_v2(db->handle, sql, -1, &s, NULL)))
        return otherwise;
    int code = sqlite3_step(s);
    int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : otherwise;
    note(db, code);
    sqlite3_finalize(s);
    return value;
}

const char *
database_folder(const struct database *db)
{
    return db->folder;
}

int64_t
database_changes(const struct database *db)
{
    return sqlite3_changes64(db->handle);
}

int64_t
database_changed(struct database *db)
{
    struct statement *s = database_prepare(db, "PRAGMA data_version");
    int64_t version = statement_step(s) == 1 ? column_int(s, 0) : 0;
    statement_reset(s);
    return version;
}

/* ---- transactions ---- */

static bool
begin(struct database *db, bool is_durable)
{
    /* It cannot be changed inside of one. */
    if (db->is_durable != is_durable &&
        !database_run(db, is_durable ? "PRAGMA synchronous = FULL"
                                     : "PRAGMA synchronous = NORMAL"))
        return false;
    db->is_durable = is_durable;
    return database_run(db, "BEGIN IMMEDIATE");
}

bool
database_begin(struct database *db)
{
    return begin(db, false);
}

bool
database_begin_durable(struct database *db)
{
    return begin(db, true);
}

void
database_rollback(struct database *db)
{
    /* After some errors SQLite has done so itself. */
    if (!sqlite3_get_autocommit(db->handle))
        sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
}

bool
database_commit(struct database *db)
{
    if (database_run(db, "COMMIT"))
        return true;
    database_rollback(db);
    return false;
}

void
database_tidy(struct database *db)
{
    database_run(db, "PRAGMA incremental_vacuum");
    database_run(db, "PRAGMA optimize");
    database_run(db, "PRAGMA wal_checkpoint(TRUNCATE)");
}

/* ---- opening and migrating ---- */

static enum database_status
fail(struct database *db, enum database_status status, const char *why)
{
    if (why != db->error)
        snprintf(db->error, sizeof db->error, "%s", why);
    return status;
}

/* The version of the file: 0 when it is empty, -1 when it is no store. */
static int64_t
version_of(struct database *db)
{
    if (ask_number(db, "SELECT count(*) FROM sqlite_schema", -1) == 0)
        return 0;
    if (ask_number(db, "PRAGMA application_id", -1) != APPLICATION_ID)
        return -1;
    return ask_number(db,
                      "SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'version'",
                      -1);
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
copy_version(struct database *db, const char *path, int64_t version)
{
    char kept[4096], making[4096 + 8];
    int len = snprintf(kept, sizeof kept, "%s.v%d", path, (int)version);
    sqlite3_stmt *s;
    if (len < 0 || (size_t)len >= sizeof kept)
        return note(db, SQLITE_CANTOPEN);
    snprintf(making, sizeof making, "%s.new", kept);
    unlink(making);
    if (!note(db, sqlite3_prepare_v2(db->handle, "VACUUM INTO ?1", -1, &s, NULL)))
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
write_version(struct database *db, int version)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "INSERT INTO meta (name, value) VALUES ('version', '%d')"
             " ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
             "PRAGMA application_id = %d",
             version, APPLICATION_ID);
    return database_run(db, sql);
}

static bool
run_migrations(struct database *db, const struct database_schema *schema, int64_t from)
{
    for (int64_t v = from; v < schema->version; v++)
        if (!database_run(db, schema->migrations[v]))
            return false;
    return write_version(db, schema->version);
}

/* Another process may have been first: the version is read again under the lock. */
static bool
migrate(struct database *db, const char *path, const struct database_schema *schema,
        int64_t from)
{
    if (from > 0 && !copy_version(db, path, from))
        return false;
    if (!database_begin_durable(db))
        return false;
    int64_t version = version_of(db);
    if (version == schema->version) {
        database_rollback(db);
        return true;
    }
    if (version == from && run_migrations(db, schema, from))
        return database_commit(db);
    database_rollback(db);
    return false;
}

static enum database_status
other_version(struct database *db, int64_t version,
              const struct database_schema *schema)
{
    if (version < 0)
        return fail(db, DATABASE_ERROR,
                    db->code != SQLITE_OK ? db->error : "it is no store of sceau");
    snprintf(
        db->error, sizeof db->error,
        version > schema->version
            ? "the store has version %d, this program knows version %d: a newer sceau wrote it"
            : "the store has version %d, this program needs version %d: sceau-reportd has not brought it up to date",
        (int)version, schema->version);
    return DATABASE_VERSION;
}

static enum database_status
take_version(struct database *db, const char *path, enum database_mode mode,
             const struct database_schema *schema)
{
    int64_t version = version_of(db);
    if (version == schema->version)
        return DATABASE_OK;
    if (version < 0 || version > schema->version || mode == DATABASE_READ)
        return other_version(db, version, schema);
    if (!migrate(db, path, schema, version))
        return fail(db, database_failure(db), db->error);
    return DATABASE_OK;
}

/* Before there is a table; a file that exists keeps what it has. */
static bool
set_up(struct database *db, enum database_mode mode)
{
    int persist = 1;
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (mode == DATABASE_READ)
        return database_run(db, "PRAGMA query_only = ON");
    /* Readers without the right to make files in the folder need the log to stay. */
    sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    return database_run(
        db, "PRAGMA page_size = 8192; PRAGMA cache_size = -4096;"
            "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
            "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864");
}

static char *
folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

struct database *
database_open_schema(const char *path, enum database_mode mode,
                     const struct database_schema *schema, enum database_status *status,
                     char error[DATABASE_ERROR_MAX])
{
    int flags = SQLITE_OPEN_NOMUTEX |
                (mode == DATABASE_READ ? SQLITE_OPEN_READONLY
                                       : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    struct database *db = calloc(1, sizeof *db);
    *status = DATABASE_ERROR;
    if (db != NULL)
        db->folder = folder_of(path);
    if (db == NULL || db->folder == NULL) {
        free(db);
        snprintf(error, DATABASE_ERROR_MAX, "out of memory");
        return NULL;
    }
    if (!note(db, sqlite3_open_v2(path, &db->handle, flags, NULL)) || !set_up(db, mode))
        *status = database_failure(db);
    else
        *status = take_version(db, path, mode, schema);
    if (*status == DATABASE_OK) {
        db->code = SQLITE_OK;
        db->error[0] = '\0';
        return db;
    }
    snprintf(error, DATABASE_ERROR_MAX, "%s", db->error);
    database_close(db);
    return NULL;
}

struct database *
database_open(const char *path, enum database_mode mode, enum database_status *status,
              char error[DATABASE_ERROR_MAX])
{
    const struct database_schema schema = {store_migrations, store_version};
    return database_open_schema(path, mode, &schema, status, error);
}

void
database_close(struct database *db)
{
    if (db == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct statement *s = db->statements[i], *next; s != NULL; s = next) {
            next = s->chain;
            statement_free(s);
        }
    database_rollback(db);
    sqlite3_close(db->handle);
    free(db->folder);
    free(db);
}
