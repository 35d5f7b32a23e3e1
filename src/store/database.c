/* The front: statements are kept here, texts made fit to be bound, and the store brought to
 * its version; what differs between engines is behind struct database_backend. Migrations go
 * forward, all in one transaction; a process killed anywhere in between leaves the old
 * version or the new one. */
#include "database.h"

#include "core/text.h"
#include "database_backend.h"
#include "meta.h"
#include "migrations.h"
#include "report_pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Before the second try of what was in another one's way; then twice as long, ... */
#define PAUSE_NS (20 * 1000 * 1000)

/* ---- errors ---- */

enum database_status
database_failure(const struct database *db)
{
    return db->failure;
}

void
database_forget_failure(struct database *db)
{
    database_note(db, DATABASE_OK, "");
}

bool
database_try_again(const struct database *db, unsigned *tries)
{
    struct timespec now, pause = {0};
    if (database_failure(db) != DATABASE_BUSY || *tries >= DATABASE_TRIES)
        return false;
    clock_gettime(CLOCK_MONOTONIC, &now);
    pause.tv_nsec = (PAUSE_NS << *tries) + now.tv_nsec % PAUSE_NS;
    nanosleep(&pause, NULL);
    ++*tries;
    return true;
}

const char *
database_error(const struct database *db)
{
    return db->error;
}

bool
database_note(struct database *db, enum database_status failure, const char *why)
{
    db->failure = failure;
    if (why != db->error)
        snprintf(db->error, sizeof db->error, "%s", why);
    return false;
}

/* ---- statements ---- */

static size_t
bucket_of(const char *sql)
{
    return ((uintptr_t)sql * UINT64_C(0x9e3779b97f4a7c15)) >> 56;
}

struct statement *
database_prepare(struct database *db, const char *sql)
{
    struct statement **bucket = &db->statements[bucket_of(sql)], *s = *bucket;
    while (s != NULL && s->sql != sql)
        s = s->chain;
    if (s != NULL) {
        db->backend->reset(s);
        db->backend->clear(s);
        return s;
    }
    s = db->backend->prepare(db, sql);
    if (s == NULL)
        return NULL;
    s->db = db;
    s->sql = sql;
    s->chain = *bucket;
    *bucket = s;
    return s;
}

struct statement *
database_prepare_few(struct database *db, const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    if (s != NULL && db->backend->few != NULL)
        db->backend->few(s);
    return s;
}

void
statement_reset(struct statement *s)
{
    if (s != NULL)
        s->db->backend->reset(s);
}

void
database_rest(struct database *db)
{
    for (size_t i = 0; db != NULL && i < DATABASE_BUCKETS; i++) {
        for (struct statement *s = db->statements[i]; s != NULL; s = s->chain)
            db->backend->reset(s);
    }
}

void
bind_int(struct statement *s, int n, int64_t value)
{
    if (s != NULL)
        s->db->backend->bind_int(s, n, value);
}

void
bind_null(struct statement *s, int n)
{
    if (s != NULL)
        s->db->backend->bind_null(s, n);
}

void
bind_blob(struct statement *s, int n, struct sceau_slice octets)
{
    if (octets.len == 0)
        octets = SCEAU_SLICE("");
    if (s != NULL)
        s->db->backend->bind_blob(s, n, octets);
}

/* A copy without what is no text; owned by the engine. */
static void
bind_mended(struct statement *s, int n, struct sceau_slice text)
{
    char *copy = malloc(3 * text.len + 1);
    if (copy == NULL) {
        database_note(s->db, DATABASE_ERROR, "out of memory");
        return;
    }
    struct sceau_slice mended = {copy, slice_mend(text, copy)};
    s->db->backend->bind_text(s, n, mended, free);
}

void
bind_text(struct statement *s, int n, struct sceau_slice text)
{
    if (s == NULL)
        return;
    if (text.len == 0)
        text = SCEAU_SLICE("");
    if (slice_is_text(text))
        s->db->backend->bind_text(s, n, text, NULL);
    else
        bind_mended(s, n, text);
}

int
statement_step(struct statement *s)
{
    return s == NULL ? -1 : s->db->backend->step(s);
}

int64_t
column_int(struct statement *s, int n)
{
    return s->db->backend->column_int(s, n);
}

struct sceau_slice
column_text(struct statement *s, int n)
{
    return s->db->backend->column_text(s, n);
}

struct sceau_slice
column_blob(struct statement *s, int n)
{
    return s->db->backend->column_blob(s, n);
}

int64_t
database_number(struct database *db, const char *sql, int64_t otherwise)
{
    struct statement *s = database_prepare(db, sql);
    int64_t value = statement_step(s) == 1 ? column_int(s, 0) : otherwise;
    statement_reset(s);
    return value;
}

bool
database_run(struct database *db, const char *sql)
{
    return db->backend->run(db, sql);
}

bool
database_is_shared(const struct database *db)
{
    return db->backend == &database_postgresql;
}

const char *
database_folder(const struct database *db)
{
    return db->folder;
}

struct statement *
database_columns(struct database *db)
{
    const char *sql = db->backend->columns;
    return sql != NULL ? database_prepare(db, sql) : NULL;
}

int64_t
database_changes(struct database *db)
{
    return db->backend->changes(db);
}

int64_t
database_changed(struct database *db)
{
    return db->backend->changed(db);
}

unsigned
database_connections(const struct database *db)
{
    return db->backend->connections != NULL ? db->backend->connections(db) : 0;
}

void
database_tidy(struct database *db)
{
    db->backend->tidy(db);
}

void
database_keep(struct database *db, unsigned mebibytes)
{
    db->backend->keep_in_memory(db, mebibytes);
}

/* ---- transactions ---- */

static bool
begin(struct database *db, enum database_transaction kind)
{
    bool is_begun = db->backend->begin(db, kind);
    db->is_begun = db->is_begun || is_begun;
    return is_begun;
}

bool
database_begin(struct database *db)
{
    return begin(db, DATABASE_LAZY);
}

bool
database_begin_durable(struct database *db)
{
    return begin(db, DATABASE_DURABLE);
}

bool
database_begin_adding(struct database *db)
{
    return begin(db, DATABASE_ADDING);
}

bool
database_is_begun(const struct database *db)
{
    return db->is_begun;
}

void
database_guard(struct database *db, int (*may_commit)(void *self), void *self)
{
    db->may_commit = may_commit;
    db->guard = self;
}

bool
database_commit(struct database *db)
{
    int may = db->may_commit != NULL ? db->may_commit(db->guard) : 1;
    if (may == 1) {
        db->is_begun = false;
        return db->backend->commit(db);
    }
    if (may == 0)
        database_note(db, DATABASE_LOST, N_("another host does this now"));
    database_rollback(db);
    return false;
}

void
database_rollback(struct database *db)
{
    db->is_begun = false;
    db->backend->rollback(db);
}

bool
database_is_current(struct database *db)
{
    struct statement *s = database_prepare(
        db, "SELECT CAST(value AS bigint), (SELECT count(*) FROM meta WHERE name = "
            "'copying') FROM meta WHERE name = 'version'");
    bool is_current = statement_step(s) == 1 && column_int(s, 0) == db->version &&
                      column_int(s, 1) == 0;
    statement_reset(s);
    return is_current;
}

/* ---- opening and migrating ---- */

static bool
run_migrations(struct database *db, const struct database_schema *schema, int64_t from)
{
    for (int64_t v = from; v < schema->version; v++)
        if (!db->backend->migrate(db, schema->migrations[v]) ||
            (schema->behind != NULL && !schema->behind(db, (int)v + 1)))
            return false;
    return meta_write_number(db, SCEAU_SLICE("version"), schema->version) &&
           db->backend->seal(db);
}

/* Another process may have been first: the version is read again under the lock. */
static bool
migrate(struct database *db, const char *place, const struct database_schema *schema,
        int64_t from)
{
    if (from > 0 && !db->backend->keep(db, place, from))
        return false;
    if (!database_begin_durable(db))
        return false;
    int64_t version = db->backend->lock(db) ? db->backend->version(db) : -1;
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
    if (version < 0) {
        if (db->failure == DATABASE_OK)
            database_note(db, DATABASE_ERROR, N_("it is no store of sceau"));
        return db->failure;
    }
    snprintf(db->error, sizeof db->error, "version %d, sceau %d: %s", (int)version,
             schema->version,
             version > schema->version
                 ? N_("a newer sceau wrote the store")
                 : N_("sceau-reportd has not brought the store up to date"));
    return DATABASE_VERSION;
}

#define MIGRATION_TRIES 3 /* another one may create the same tables at the same time */

static enum database_status
take_version(struct database *db, const char *place, enum database_mode mode,
             const struct database_schema *schema)
{
    for (int tries = 1;; tries++) {
        int64_t version = db->backend->version(db);
        if (version == schema->version)
            return DATABASE_OK;
        if (version == 0 && database_mode_reads(mode) && database_is_server(place)) {
            database_note(db, DATABASE_ABSENT, N_("there is no store yet"));
            return DATABASE_ABSENT;
        }
        if (version < 0 || version > schema->version || database_mode_reads(mode))
            return other_version(db, version, schema);
        if (migrate(db, place, schema, version))
            return DATABASE_OK;
        if (tries == MIGRATION_TRIES || db->failure == DATABASE_FULL)
            return db->failure;
    }
}

/* What copy.c marked and did not end is no store yet. */
static enum database_status
take_whole(struct database *db)
{
    if (database_number(db, "SELECT 1 FROM meta WHERE name = 'copying'", 0) == 0)
        return DATABASE_OK;
    database_note(db, DATABASE_HALF,
                  N_("a copy into this store is not finished: the same sceau store "
                     "copy again goes on with it"));
    return DATABASE_HALF;
}

bool
database_is_frozen(const struct database *db)
{
    return db->is_frozen;
}

bool
database_is_intact(struct database *db)
{
    return !db->is_frozen || db->backend->is_intact(db);
}

static const struct database_backend *
backend_of(const char *place)
{
    return database_is_server(place) ? &database_postgresql : &database_sqlite;
}

bool
database_is_server(const char *place)
{
    struct sceau_slice text = sceau_slice_from(place);
    return slice_starts_ci(text, SCEAU_SLICE("postgresql://")) ||
           slice_starts_ci(text, SCEAU_SLICE("postgres://"));
}

/* Of a file the folder that it is in; with a server the place names one. */
static char *
folder_of(const char *place)
{
    if (database_is_server(place)) {
        const char *line = strchr(place, '\n');
        line = line != NULL ? strchr(line + 1, '\n') : NULL;
        return strdup(line != NULL ? line + 1 : "/tmp");
    }
    const char *slash = strrchr(place, '/');
    if (slash == NULL)
        return strdup(".");
    return strndup(place, slash == place ? 1 : (size_t)(slash - place));
}

struct database *
database_open_schema(const char *place, enum database_mode mode,
                     const struct database_schema *schema, enum database_status *status,
                     char error[DATABASE_ERROR_MAX])
{
    struct database *db = backend_of(place)->open(place, mode, status);
    if (db == NULL) {
        *status = DATABASE_ERROR;
        snprintf(error, DATABASE_ERROR_MAX, "out of memory");
        return NULL;
    }
    db->folder = folder_of(place);
    if (*status == DATABASE_OK && db->folder == NULL) {
        database_note(db, DATABASE_ERROR, "out of memory");
        *status = DATABASE_ERROR;
    }
    if (*status == DATABASE_OK)
        *status = take_version(db, place, mode, schema);
    if (*status == DATABASE_OK && mode != DATABASE_COPY)
        *status = take_whole(db);
    if (*status == DATABASE_OK) {
        db->version = schema->version;
        database_note(db, DATABASE_OK, "");
        return db;
    }
    snprintf(error, DATABASE_ERROR_MAX, "%s", db->error);
    database_close(db);
    return NULL;
}

/* What SQL does not do alone. */
static bool
migrate_further(struct database *db, int version)
{
    return version != REPORT_PACK_VERSION || report_pack_migrate(db);
}

struct database *
database_open(const char *place, enum database_mode mode, enum database_status *status,
              char error[DATABASE_ERROR_MAX])
{
    const struct database_schema schema = {store_migrations, store_version,
                                           migrate_further};
    return database_open_schema(place, mode, &schema, status, error);
}

void
database_close(struct database *db)
{
    if (db == NULL)
        return;
    if (db->is_begun)
        database_rollback(db); /* answers may be told to statements */
    for (size_t i = 0; i < DATABASE_BUCKETS; i++)
        for (struct statement *s = db->statements[i], *next; s != NULL; s = next) {
            next = s->chain;
            db->backend->finish(s);
        }
    free(db->folder);
    db->backend->close(db);
}
