/* PostgreSQL through libpq, in pipeline mode. Inside of a transaction a statement that
 * gives no rows is sent and not awaited: its answer is taken when something is asked for, or
 * at the commit, so that writing does not wait for a journey each. Rows are read as they
 * arrive; when another statement wants the connection before their end, the rest of them is
 * kept in memory first.
 *
 * A transaction is SERIALIZABLE, as every one is in SQLite: what two hosts could have done
 * differently fails in one of them (DATABASE_BUSY). One that only adds is READ COMMITTED.
 * Types: int8, text, bytea, in binary. */
#include "core/text.h"
#include "database_backend.h"
#include "postgresql_pipe.h"
#include "postgresql_text.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- statements ---- */

static struct statement *
prepare(struct database *db, const char *sql)
{
    struct pg_statement *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->text = postgresql_statement(sql, &s->parameter_count, s->used);
    if (s != NULL && s->text != NULL) {
        s->parameters = calloc(s->parameter_count + 1, sizeof *s->parameters);
        s->prepared_types = calloc(s->parameter_count + 1, sizeof *s->prepared_types);
        s->gives_rows = strncmp(sql, "SELECT", 6) == 0 ||
                        strncmp(sql, "WITH", 4) == 0 ||
                        strstr(sql, "RETURNING") != NULL;
        if (s->parameters != NULL && s->prepared_types != NULL)
            return &s->front;
        free(s->parameters);
        free(s->prepared_types);
        free(s->text);
    }
    free(s);
    database_note(db, DATABASE_ERROR, "out of memory");
    return NULL;
}

static void
few(struct statement *front)
{
    postgresql_own(front)->is_few = true;
}

static void
reset(struct statement *front)
{
    struct pg_statement *s = postgresql_own(front);
    struct postgresql *p = postgresql_of(front->db);
    if (p->rows == s)
        postgresql_make_room(p, false);
    PQclear(s->row);
    s->row = NULL;
    s->kept_len = s->kept_at = 0;
    if (s->kept_size > KEPT_BETWEEN) {
        free(s->kept);
        s->kept = NULL;
        s->kept_size = 0;
    }
    s->state = STATE_READY;
}

static void
release(struct parameter *parameter)
{
    if (parameter->release != NULL)
        parameter->release((void *)(uintptr_t)parameter->octets.ptr);
    parameter->release = NULL;
    parameter->octets = SLICE_NONE;
}

static void
clear(struct statement *s)
{
    for (unsigned i = 0; i < postgresql_own(s)->parameter_count; i++)
        release(&postgresql_own(s)->parameters[i]);
}

static void
finish(struct statement *front)
{
    struct pg_statement *s = postgresql_own(front);
    reset(front);
    clear(front);
    free(s->parameters);
    free(s->prepared_types);
    free(s->kept);
    free(s->text);
    free(s);
}

/* What is bound but does not stand in the text has to have some type. */
static Oid
type_of(const struct pg_statement *s, unsigned i)
{
    return s->used[i] || s->parameters[i].type != TYPE_NONE ? s->parameters[i].type
                                                            : TYPE_TEXT;
}

static struct parameter *
parameter_of(struct statement *s, int n)
{
    struct parameter *parameter =
        &postgresql_own(s)->parameters[postgresql_own(s)->parameter_count];
    if (n >= 1 && (unsigned)n <= postgresql_own(s)->parameter_count)
        parameter = &postgresql_own(s)->parameters[n - 1];
    release(parameter);
    return parameter;
}

static void
put_int(struct statement *s, int n, int64_t value)
{
    struct parameter *to = parameter_of(s, n);
    to->type = TYPE_INT8;
    to->number = htobe64((uint64_t)value);
    to->octets = (struct sceau_slice){(const char *)&to->number, sizeof to->number};
}

static void
put_text(struct statement *s, int n, struct sceau_slice text,
         void (*release_it)(void *))
{
    struct parameter *to = parameter_of(s, n);
    to->type = TYPE_TEXT;
    to->octets = text;
    to->release = release_it;
}

static void
put_blob(struct statement *s, int n, struct sceau_slice octets)
{
    struct parameter *to = parameter_of(s, n);
    to->type = TYPE_BYTEA;
    to->octets = octets;
}

/* Of the type that it had, or that the server finds. */
static void
put_null(struct statement *s, int n)
{
    parameter_of(s, n);
}

static bool
is_prepared(const struct postgresql *p, const struct pg_statement *s)
{
    for (unsigned i = 0; i < s->parameter_count; i++)
        if (s->prepared_types[i] != type_of(s, i))
            return false;
    return s->connection == p->connection;
}

static bool
send_prepare(struct postgresql *p, struct pg_statement *s)
{
    if (is_prepared(p, s))
        return true;
    for (unsigned i = 0; i < s->parameter_count; i++)
        s->prepared_types[i] = type_of(s, i);
    snprintf(s->name, sizeof s->name, "s%u", ++p->names);
    s->connection = p->connection;
    if (PQsendPrepare(p->conn, s->name, s->text, (int)s->parameter_count,
                      s->prepared_types) != 1)
        return postgresql_note_connection(p);
    return postgresql_enqueue(p, (struct sent){s, true});
}

static bool
send_statement(struct postgresql *p, struct pg_statement *s)
{
    const char *values[POSTGRESQL_PARAMETERS];
    int lengths[POSTGRESQL_PARAMETERS], formats[POSTGRESQL_PARAMETERS];
    for (unsigned i = 0; i < s->parameter_count; i++) {
        values[i] = s->parameters[i].octets.ptr;
        lengths[i] = (int)s->parameters[i].octets.len;
        formats[i] = 1;
    }
    return PQsendQueryPrepared(p->conn, s->name, (int)s->parameter_count, values,
                               lengths, formats, 1) == 1 ||
           postgresql_note_connection(p);
}

/* Nothing stands before it, and its first row is what comes next. */
static bool
await_rows(struct postgresql *p, struct pg_statement *s)
{
    if (PQpipelineSync(p->conn) != 1)
        return postgresql_note_connection(p);
    if (!postgresql_take_queue(p)) {
        if (p->conn != NULL) {
            postgresql_take_answer(p, (struct sent){s, false});
            postgresql_take_mark(p);
        }
        return false;
    }
    if (s->is_few)
        return postgresql_all_rows(p, s);
    if (PQsetSingleRowMode(p->conn) != 1)
        return postgresql_note_connection(p);
    p->rows = s;
    s->state = STATE_ROWS;
    return true;
}

static bool
send(struct postgresql *p, struct pg_statement *s)
{
    if (p->has_failed || !postgresql_make_room(p, true) || !postgresql_find_server(p))
        return false;
    if (!send_prepare(p, s) || !send_statement(p, s))
        return false;
    if (s->gives_rows)
        return await_rows(p, s);
    s->state = STATE_DONE;
    bool is_fine = postgresql_enqueue(p, (struct sent){s, false});
    return p->is_open ? is_fine : postgresql_settle(p) && is_fine;
}

static int
more_of(struct postgresql *p, struct pg_statement *s)
{
    int more = 0;
    if (s->state == STATE_READY && !send(p, s))
        return -1;
    if (s->state == STATE_ROWS) {
        more = postgresql_next_row(p, s);
        if (more == 1)
            postgresql_show_row(s);
    } else if (s->state == STATE_WHOLE && s->row_at + 1 < s->row_count) {
        s->row_at++;
        postgresql_show_row(s);
        more = 1;
    } else if (s->state == STATE_KEPT && s->kept_at < s->kept_len) {
        postgresql_show_kept(s);
        more = 1;
    }
    return more;
}

static int
step(struct statement *front)
{
    struct pg_statement *s = postgresql_own(front);
    struct postgresql *p = postgresql_of(front->db);
    bool is_first = s->state == STATE_READY;
    int more = more_of(p, s);
    /* Found lost by a question outside of a transaction: asked again of another connection. */
    if (more < 0 && is_first && s->gives_rows && !p->is_open && p->conn == NULL &&
        p->again_at == 0) {
        reset(front);
        more = more_of(p, s);
    }
    if (more != 1)
        reset(front);
    return more;
}

/* ---- columns ---- */

static const struct cell *
cell_of(struct statement *s, int n)
{
    static const struct cell none = {NULL, 0, TYPE_NONE};
    return n >= 0 && n < postgresql_own(s)->column_count ? &postgresql_own(s)->cells[n]
                                                         : &none;
}

static int64_t
get_int(struct statement *s, int n)
{
    const struct cell *cell = cell_of(s, n);
    const unsigned char *octets = (const unsigned char *)cell->ptr;
    uint64_t value = 0;
    if (octets == NULL)
        return 0;
    if (cell->type == TYPE_NUMERIC)
        return postgresql_numeric(octets, cell->len);
    if (cell->type == TYPE_TEXT)
        return strtoll(cell->ptr, NULL, 10); /* libpq ends each value with NUL */
    for (size_t i = 0; i < cell->len && i < sizeof value; i++)
        value = value << 8 | octets[i];
    if (cell->type == TYPE_INT4)
        return (int32_t)value;
    return cell->type == TYPE_INT2 ? (int16_t)value : (int64_t)value;
}

static struct sceau_slice
get_octets(struct statement *s, int n)
{
    const struct cell *cell = cell_of(s, n);
    return cell->ptr == NULL ? SLICE_NONE : (struct sceau_slice){cell->ptr, cell->len};
}

static int64_t
changes(struct database *db)
{
    struct postgresql *p = postgresql_of(db);
    return postgresql_settle(p) && !p->has_failed ? p->changes : -1;
}

/* Of whoever commits on this server: more often than need be. */
static int64_t
changed(struct database *db)
{
    return database_number(
        db, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint", 0);
}

static unsigned
connections(const struct database *db)
{
    return ((const struct postgresql *)db)->connection;
}

/* ---- transactions ---- */

static bool
run(struct database *db, const char *sql)
{
    struct postgresql *p = postgresql_of(db);
    if (p->has_failed || !postgresql_make_room(p, true) || !postgresql_find_server(p) ||
        (p->queued > 0 && !postgresql_settle(p)))
        return false;
    if (PQexitPipelineMode(p->conn) != 1)
        return postgresql_note_connection(p);
    PGresult *result = PQexec(p->conn, sql);
    bool is_fine = postgresql_is_good(result);
    if (!is_fine)
        postgresql_note_result(p, result);
    PQclear(result);
    return PQenterPipelineMode(p->conn) == 1 ? is_fine : postgresql_note_connection(p);
}

static void
rollback(struct database *db)
{
    struct postgresql *p = postgresql_of(db);
    bool was_open = p->is_open;
    if (was_open && p->conn != NULL) {
        char error[DATABASE_ERROR_MAX];
        enum database_status failure = db->failure;
        memcpy(error, db->error, sizeof error);
        postgresql_make_room(p, false);
        if (p->conn != NULL && postgresql_send_words(p, "ROLLBACK"))
            postgresql_settle(p);
        database_note(db, failure, error); /* what went wrong, and no echo of it */
    }
    p->is_open = p->has_failed = false;
}

/* Is the store still of our version? Who migrates it waits until this transaction ends. */
static bool
is_ours(struct database *db)
{
    char sentence[DATABASE_ERROR_MAX];
    if (db->version == 0)
        return postgresql_settle(postgresql_of(db));
    int64_t version = database_number(
        db,
        "SELECT CAST(value AS bigint) FROM meta WHERE name = 'version' FOR KEY SHARE",
        -1);
    if (version == db->version || postgresql_of(db)->has_failed ||
        postgresql_of(db)->conn == NULL)
        return version == db->version;
    snprintf(sentence, sizeof sentence, "version %d, sceau %d: %s", (int)version,
             db->version, N_("a newer sceau wrote the store"));
    return database_note(db, DATABASE_VERSION, sentence);
}

static bool
begin_here(struct postgresql *p, enum database_transaction kind)
{
    if (p->is_open)
        return database_note(&p->front, DATABASE_ERROR,
                             N_("a transaction within a transaction"));
    if (!postgresql_make_room(p, true) || !postgresql_find_server(p))
        return false;
    p->is_open = postgresql_send_words(p, kind == DATABASE_ADDING
                                              ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                                              : "BEGIN ISOLATION LEVEL SERIALIZABLE") &&
                 postgresql_send_words(p, kind == DATABASE_LAZY
                                              ? "SET LOCAL synchronous_commit = off"
                                              : "SET LOCAL synchronous_commit = on");
    if (p->is_open && is_ours(&p->front)) /* one journey answers all three */
        return true;
    rollback(&p->front);
    return false;
}

static bool
begin(struct database *db, enum database_transaction kind)
{
    struct postgresql *p = postgresql_of(db);
    if (begin_here(p, kind))
        return true;
    bool is_lost = p->conn == NULL ? p->again_at == 0 : p->is_stale;
    return is_lost && begin_here(p, kind);
}

/* The commit of a transaction that failed is a rollback, and says so. */
static bool
commit(struct database *db)
{
    struct postgresql *p = postgresql_of(db);
    bool is_fine = postgresql_make_room(p, false) && !p->has_failed &&
                   p->conn != NULL && postgresql_send_words(p, "COMMIT") &&
                   postgresql_settle(p) && !p->has_failed;
    if (!is_fine) {
        rollback(db);
        return false;
    }
    p->is_open = false;
    return true;
}

/* The server does so itself. */
static void
tidy(struct database *db)
{
    (void)db;
}

static void
keep_in_memory(struct database *db, unsigned mebibytes)
{
    (void)db, (void)mebibytes;
}

/* ---- versions ---- */

static bool
has_meta(struct database *db)
{
    return database_number(db,
                           "SELECT count(*) FROM information_schema.tables WHERE "
                           "table_schema = current_schema() AND table_name = 'meta'",
                           -1) == 1;
}

static int64_t
version(struct database *db)
{
    if (has_meta(db))
        return database_number(
            db, "SELECT CAST(value AS bigint) FROM meta WHERE name = 'version'", -1);
    return database_number(db,
                           "SELECT count(*) FROM information_schema.tables WHERE "
                           "table_schema = current_schema()",
                           -1) == 0
               ? 0
               : -1;
}

/* Those who create the first tables at once collide, and look again. */
static bool
lock(struct database *db)
{
    return !has_meta(db) ||
           database_number(db, "SELECT 1 FROM meta WHERE name = 'version' FOR UPDATE",
                           -1) == 1;
}

/* A script of DDL is undone as a whole with its transaction; copies are the server's
 * administrator's. */
static bool
keep(struct database *db, const char *place, int64_t of_version)
{
    (void)db, (void)place, (void)of_version;
    return true;
}

static bool
migrate(struct database *db, const char *script)
{
    char *text = postgresql_script(script);
    bool is_run = text != NULL ? run(db, text)
                               : database_note(db, DATABASE_ERROR, "out of memory");
    free(text);
    return is_run;
}

static bool
seal(struct database *db)
{
    (void)db;
    return true;
}

/* ---- opening ---- */

static struct database *
open_server(const char *place, enum database_mode mode, enum database_status *status)
{
    struct postgresql *p = calloc(1, sizeof *p);
    char *copy = strdup(place);
    if (p == NULL || copy == NULL) {
        free(p);
        free(copy);
        return NULL;
    }
    p->front.backend = &database_postgresql;
    p->place = copy;
    p->mode = mode;
    *status = postgresql_find_server(p) ? DATABASE_OK : p->front.failure;
    return &p->front;
}

static void
close_server(struct database *db)
{
    rollback(db);
    PQfinish(postgresql_of(db)->conn);
    free(postgresql_of(db)->place);
    free(db);
}

const struct database_backend database_postgresql = {
    .open = open_server,
    .close = close_server,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .run = run,
    .prepare = prepare,
    .few = few,
    .finish = finish,
    .reset = reset,
    .clear = clear,
    .bind_int = put_int,
    .bind_text = put_text,
    .bind_blob = put_blob,
    .bind_null = put_null,
    .step = step,
    .column_int = get_int,
    .column_text = get_octets,
    .column_blob = get_octets,
    .changes = changes,
    .changed = changed,
    .connections = connections,
    .tidy = tidy,
    .keep_in_memory = keep_in_memory,
    .lock = lock,
    .version = version,
    .keep = keep,
    .migrate = migrate,
    .seal = seal,
};
