/* PostgreSQL through libpq, in pipeline mode. Inside of a transaction a statement that
 * gives no rows is sent and not awaited: its answer is taken when something is asked for, or
 * at the commit, so that writing does not wait for a journey each. Rows are read as they
 * arrive; when another statement wants the connection before their end, the rest of them is
 * kept in memory first.
 *
 * A transaction is SERIALIZABLE, as every one is in SQLite: what two hosts could have done
 * differently fails in one of them (DATABASE_BUSY). Types: int8, text, bytea, in binary. */
#include "core/text.h"
#include "database_backend.h"
#include "postgresql_connect.h"
#include "postgresql_text.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define QUEUE_MAX   256 /* answers that are not taken yet */
#define COLUMNS_MAX 64
#define AGAIN_MAX   60 /* seconds between two looks for a server that is away */

/* pg_type.oid of the types that there are. */
enum {
    TYPE_NONE = 0,
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_NUMERIC = 1700,
};

struct parameter {
    Oid type;
    struct sceau_slice octets; /* ptr NULL: null */
    uint64_t number;           /* in network order: what octets borrow */
    void (*release)(void *);
};

struct cell {
    const char *ptr; /* NULL: null */
    size_t len;
    Oid type;
};

enum state {
    STATE_READY, /* to be sent */
    STATE_ROWS,  /* its rows arrive */
    STATE_KEPT,  /* its rows are in memory */
    STATE_DONE,
};

struct pg_statement {
    struct statement front; /* first */
    char *text;             /* with $1 */
    bool gives_rows;
    unsigned parameter_count;
    uint64_t used; /* a bit for each that stands in the text */
    struct parameter *parameters;
    Oid *prepared_types;
    char name[16];
    unsigned connection; /* the one that knows `name`; 0: none */
    enum state state;
    PGresult *row;
    struct cell cells[COLUMNS_MAX];
    int column_count;
    char *kept; /* rows: for each column its length, then octets */
    size_t kept_len, kept_size, kept_at;
};

/* What was sent, and whose answer is still to come. */
struct sent {
    struct pg_statement *statement; /* NULL: BEGIN and its like */
    bool is_prepare;
};

struct postgresql {
    struct database front; /* first */
    PGconn *conn;          /* NULL: away */
    char *place;
    enum database_mode mode;
    unsigned connection;       /* counts them */
    unsigned names;            /* of prepared statements, counted */
    struct pg_statement *rows; /* whose rows arrive */
    struct sent queue[QUEUE_MAX];
    size_t queued;
    bool is_open;    /* a transaction */
    bool has_failed; /* the open one: nothing works until it is rolled back */
    int64_t changes;
    int64_t again_at, wait; /* monotonic seconds: before, no look for a lost server */
};

static struct postgresql *
of(struct database *db)
{
    return (struct postgresql *)db;
}

static struct pg_statement *
own(struct statement *s)
{
    return (struct pg_statement *)s;
}

/* ---- the connection ---- */

static int64_t
seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

static void
lose(struct postgresql *p)
{
    if (p->rows != NULL)
        p->rows->state = STATE_DONE;
    p->rows = NULL;
    p->queued = 0;
    p->has_failed = p->is_open;
    PQfinish(p->conn);
    p->conn = NULL;
}

/* Look for the server, less and less often. */
static bool
find_server(struct postgresql *p)
{
    enum database_status status;
    char error[DATABASE_ERROR_MAX];
    if (p->conn != NULL && PQstatus(p->conn) == CONNECTION_OK)
        return true;
    if (p->conn != NULL)
        lose(p);
    if (p->is_open || seconds() < p->again_at)
        return false; /* the reason stands there already */
    p->conn = postgresql_connect(p->place, p->mode, &status, error);
    if (p->conn != NULL) {
        p->connection++;
        p->again_at = p->wait = 0;
        return true;
    }
    p->wait = p->wait == 0 ? 1 : p->wait < AGAIN_MAX / 2 ? 2 * p->wait : AGAIN_MAX;
    p->again_at = seconds() + p->wait;
    return database_note(&p->front, status, error);
}

/* Keep the first failure of a transaction: those that follow are its shadow. */
static bool
note_result(struct postgresql *p, const PGresult *result)
{
    const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    char sentence[DATABASE_ERROR_MAX];
    if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED || p->has_failed)
        return false;
    snprintf(sentence, sizeof sentence, "%s",
             why != NULL ? why : PQerrorMessage(p->conn));
    for (char *c = sentence; *c != '\0'; c++)
        if (*c == '\n')
            *c = ' ';
    p->has_failed = p->is_open;
    return database_note(&p->front, postgresql_failure(p->conn, result), sentence);
}

static bool
note_connection(struct postgresql *p)
{
    database_note(&p->front, DATABASE_AWAY,
                  p->conn != NULL ? PQerrorMessage(p->conn) : N_("the server is away"));
    size_t len = strcspn(p->front.error, "\n");
    p->front.error[len] = '\0';
    if (p->conn != NULL)
        lose(p);
    return false;
}

/* ---- answers ---- */

static bool
is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
           status == PGRES_SINGLE_TUPLE;
}

/* The answer to the oldest that was sent, and the NULL behind it. */
static bool
take_answer(struct postgresql *p, struct sent sent)
{
    PGresult *result = PQgetResult(p->conn);
    if (result == NULL && PQstatus(p->conn) == CONNECTION_BAD)
        return note_connection(p);
    bool is_fine = is_good(result);
    if (!is_fine) {
        if (sent.statement != NULL && sent.is_prepare)
            sent.statement->connection = 0;
        note_result(p, result);
    } else if (!sent.is_prepare && *PQcmdTuples(result) != '\0') {
        p->changes = strtoll(PQcmdTuples(result), NULL, 10);
    }
    PQclear(result);
    while ((result = PQgetResult(p->conn)) != NULL)
        PQclear(result);
    if (PQstatus(p->conn) == CONNECTION_BAD)
        return note_connection(p);
    return is_fine;
}

static bool
take_queue(struct postgresql *p)
{
    bool is_fine = true;
    for (size_t i = 0; i < p->queued && p->conn != NULL; i++)
        is_fine = take_answer(p, p->queue[i]) && is_fine;
    p->queued = 0;
    return is_fine;
}

/* The mark behind what was sent. */
static bool
take_mark(struct postgresql *p)
{
    if (p->conn == NULL)
        return false;
    PGresult *result = PQgetResult(p->conn);
    bool is_mark = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    PQclear(result);
    return is_mark || note_connection(p);
}

/* Send a mark, and take every answer before it. */
static bool
settle(struct postgresql *p)
{
    if (p->queued == 0)
        return p->conn != NULL;
    if (p->conn == NULL || PQpipelineSync(p->conn) != 1)
        return note_connection(p);
    bool is_fine = take_queue(p);
    return take_mark(p) && is_fine;
}

static bool
enqueue(struct postgresql *p, struct sent sent)
{
    p->queue[p->queued++] = sent;
    return p->queued < QUEUE_MAX - 1 || settle(p);
}

static bool
send_words(struct postgresql *p, const char *words)
{
    if (PQsendQueryParams(p->conn, words, 0, NULL, NULL, NULL, NULL, 1) != 1)
        return note_connection(p);
    return enqueue(p, (struct sent){NULL, false});
}

/* ---- rows ---- */

static bool
keep_octets(struct pg_statement *s, const void *octets, size_t len)
{
    if (len > s->kept_size - s->kept_len) {
        size_t size = 2 * s->kept_size + len + 4096;
        char *kept = realloc(s->kept, size);
        if (kept == NULL)
            return false;
        s->kept = kept;
        s->kept_size = size;
    }
    if (len > 0)
        memcpy(s->kept + s->kept_len, octets, len);
    s->kept_len += len;
    return true;
}

#define IS_NULL UINT32_MAX

static bool
keep_row(struct pg_statement *s, const PGresult *row)
{
    bool is_kept = true;
    for (int i = 0; i < s->column_count && is_kept; i++) {
        bool is_null = PQgetisnull(row, 0, i) == 1;
        size_t len = is_null ? 0 : (size_t)PQgetlength(row, 0, i);
        uint32_t length = is_null ? IS_NULL : (uint32_t)len;
        is_kept = keep_octets(s, &length, sizeof length) &&
                  keep_octets(s, PQgetvalue(row, 0, i), len);
    }
    return is_kept;
}

static void
show_kept(struct pg_statement *s)
{
    for (int i = 0; i < s->column_count; i++) {
        uint32_t length;
        memcpy(&length, s->kept + s->kept_at, sizeof length);
        s->kept_at += sizeof length;
        s->cells[i].ptr = length == IS_NULL ? NULL : s->kept + s->kept_at;
        s->cells[i].len = length == IS_NULL ? 0 : length;
        s->kept_at += s->cells[i].len;
    }
}

static void
show_row(struct pg_statement *s)
{
    for (int i = 0; i < s->column_count; i++) {
        bool is_null = PQgetisnull(s->row, 0, i) == 1;
        s->cells[i] =
            (struct cell){is_null ? NULL : PQgetvalue(s->row, 0, i),
                          (size_t)PQgetlength(s->row, 0, i), PQftype(s->row, i)};
    }
}

/* The next row that arrives, into s->row: 1, 0 at their end, -1. */
static int
next_row(struct postgresql *p, struct pg_statement *s)
{
    PQclear(s->row);
    s->row = PQgetResult(p->conn);
    if (PQresultStatus(s->row) == PGRES_SINGLE_TUPLE) {
        int columns = PQnfields(s->row);
        s->column_count = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
        return 1;
    }
    bool is_fine = is_good(s->row);
    if (!is_fine && s->row != NULL)
        note_result(p, s->row);
    bool is_lost = s->row == NULL || PQstatus(p->conn) == CONNECTION_BAD;
    PQclear(s->row);
    s->row = NULL;
    p->rows = NULL;
    s->state = STATE_DONE;
    if (is_lost) {
        note_connection(p);
        return -1;
    }
    PGresult *rest;
    while ((rest = PQgetResult(p->conn)) != NULL)
        PQclear(rest);
    return take_mark(p) && is_fine ? 0 : -1;
}

/* Another one wants the connection: what still arrives is kept, or dropped. */
static bool
make_room(struct postgresql *p, bool is_wanted)
{
    struct pg_statement *s = p->rows;
    int more;
    bool is_kept = true;
    if (s == NULL)
        return true;
    s->kept_len = s->kept_at = 0;
    PGresult *shown = s->row; /* its cells are still looked at */
    s->row = NULL;
    while ((more = next_row(p, s)) == 1)
        is_kept = is_kept && (!is_wanted || keep_row(s, s->row));
    s->row = shown;
    s->state = is_wanted ? STATE_KEPT : STATE_DONE;
    if (!is_kept)
        database_note(&p->front, DATABASE_ERROR, "out of memory");
    return more == 0 && is_kept;
}

/* ---- statements ---- */

static struct statement *
prepare(struct database *db, const char *sql)
{
    struct pg_statement *s = calloc(1, sizeof *s);
    if (s != NULL)
        s->text = postgresql_statement(sql, &s->parameter_count, &s->used);
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
reset(struct statement *front)
{
    struct pg_statement *s = own(front);
    struct postgresql *p = of(front->db);
    if (p->rows == s)
        make_room(p, false);
    PQclear(s->row);
    s->row = NULL;
    s->kept_len = s->kept_at = 0;
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
    for (unsigned i = 0; i < own(s)->parameter_count; i++)
        release(&own(s)->parameters[i]);
}

static void
finish(struct statement *front)
{
    struct pg_statement *s = own(front);
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
    bool is_used = (s->used >> i & 1) != 0;
    return is_used || s->parameters[i].type != TYPE_NONE ? s->parameters[i].type
                                                         : TYPE_TEXT;
}

static struct parameter *
parameter_of(struct statement *s, int n)
{
    struct parameter *parameter = &own(s)->parameters[own(s)->parameter_count];
    if (n >= 1 && (unsigned)n <= own(s)->parameter_count)
        parameter = &own(s)->parameters[n - 1];
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
        return note_connection(p);
    return enqueue(p, (struct sent){s, true});
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
           note_connection(p);
}

/* Nothing stands before it, and its first row is what comes next. */
static bool
await_rows(struct postgresql *p, struct pg_statement *s)
{
    if (PQpipelineSync(p->conn) != 1)
        return note_connection(p);
    if (!take_queue(p)) {
        if (p->conn != NULL) {
            take_answer(p, (struct sent){s, false});
            take_mark(p);
        }
        return false;
    }
    if (PQsetSingleRowMode(p->conn) != 1)
        return note_connection(p);
    p->rows = s;
    s->state = STATE_ROWS;
    return true;
}

static bool
send(struct postgresql *p, struct pg_statement *s)
{
    if (p->has_failed || !make_room(p, true) || !find_server(p))
        return false;
    if (!send_prepare(p, s) || !send_statement(p, s))
        return false;
    if (s->gives_rows)
        return await_rows(p, s);
    s->state = STATE_DONE;
    bool is_fine = enqueue(p, (struct sent){s, false});
    return p->is_open ? is_fine : settle(p) && is_fine;
}

static int
more_of(struct postgresql *p, struct pg_statement *s)
{
    int more = 0;
    if (s->state == STATE_READY && !send(p, s))
        return -1;
    if (s->state == STATE_ROWS) {
        more = next_row(p, s);
        if (more == 1)
            show_row(s);
    } else if (s->state == STATE_KEPT && s->kept_at < s->kept_len) {
        show_kept(s);
        more = 1;
    }
    return more;
}

static int
step(struct statement *front)
{
    struct pg_statement *s = own(front);
    struct postgresql *p = of(front->db);
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
    return n >= 0 && n < own(s)->column_count ? &own(s)->cells[n] : &none;
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
    settle(of(db));
    return of(db)->changes;
}

/* Of whoever commits on this server: more often than need be. */
static int64_t
changed(struct database *db)
{
    return database_number(
        db, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint", 0);
}

/* ---- transactions ---- */

static bool
run(struct database *db, const char *sql)
{
    struct postgresql *p = of(db);
    if (p->has_failed || !make_room(p, true) || !find_server(p) ||
        (p->queued > 0 && !settle(p)))
        return false;
    if (PQexitPipelineMode(p->conn) != 1)
        return note_connection(p);
    PGresult *result = PQexec(p->conn, sql);
    bool is_fine = is_good(result);
    if (!is_fine)
        note_result(p, result);
    PQclear(result);
    return PQenterPipelineMode(p->conn) == 1 ? is_fine : note_connection(p);
}

static void
rollback(struct database *db)
{
    struct postgresql *p = of(db);
    bool was_open = p->is_open;
    if (was_open && p->conn != NULL) {
        char error[DATABASE_ERROR_MAX];
        enum database_status failure = db->failure;
        memcpy(error, db->error, sizeof error);
        make_room(p, false);
        if (p->conn != NULL && send_words(p, "ROLLBACK"))
            settle(p);
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
        return true;
    int64_t version = database_number(
        db,
        "SELECT CAST(value AS bigint) FROM meta WHERE name = 'version' FOR KEY SHARE",
        -1);
    if (version == db->version || of(db)->has_failed || of(db)->conn == NULL)
        return version == db->version;
    snprintf(sentence, sizeof sentence, "version %d, sceau %d: %s", (int)version,
             db->version, N_("a newer sceau wrote the store"));
    return database_note(db, DATABASE_VERSION, sentence);
}

static bool
begin_here(struct postgresql *p, bool is_durable)
{
    if (p->is_open)
        return database_note(&p->front, DATABASE_ERROR,
                             N_("a transaction within a transaction"));
    if (!make_room(p, true) || !find_server(p))
        return false;
    p->is_open = send_words(p, "BEGIN ISOLATION LEVEL SERIALIZABLE") &&
                 send_words(p, is_durable ? "SET LOCAL synchronous_commit = on"
                                          : "SET LOCAL synchronous_commit = off") &&
                 settle(p);
    if (p->is_open && is_ours(&p->front))
        return true;
    rollback(&p->front);
    return false;
}

static bool
begin(struct database *db, bool is_durable)
{
    struct postgresql *p = of(db);
    if (begin_here(p, is_durable))
        return true;
    return p->conn == NULL && p->again_at == 0 && begin_here(p, is_durable);
}

/* The commit of a transaction that failed is a rollback, and says so. */
static bool
commit(struct database *db)
{
    struct postgresql *p = of(db);
    bool is_fine = make_room(p, false) && !p->has_failed && p->conn != NULL &&
                   send_words(p, "COMMIT") && settle(p) && !p->has_failed;
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
    *status = find_server(p) ? DATABASE_OK : p->front.failure;
    return &p->front;
}

static void
close_server(struct database *db)
{
    rollback(db);
    PQfinish(of(db)->conn);
    free(of(db)->place);
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
    .tidy = tidy,
    .lock = lock,
    .version = version,
    .keep = keep,
    .migrate = migrate,
    .seal = seal,
};
