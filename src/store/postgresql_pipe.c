/* Answers come in the order in which statements were sent. When the connection is lost all
 * of them are, and the server is looked for again, less and less often. */
#include "postgresql_pipe.h"

#include "core/monotonic.h"
#include "core/text.h"
#include "postgresql_connect.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the connection ---- */

static void
lose(struct postgresql *p)
{
    if (p->rows != NULL)
        p->rows->state = STATE_DONE;
    p->rows = NULL;
    p->first = p->queued = p->unasked = 0;
    p->has_failed = p->is_open;
    p->is_stale = false;
    PQfinish(p->conn);
    p->conn = NULL;
}

bool
postgresql_find_server(struct postgresql *p)
{
    enum database_status status;
    char error[DATABASE_ERROR_MAX];
    bool is_good = p->conn != NULL && PQstatus(p->conn) == CONNECTION_OK;
    if (is_good && (!p->is_stale || p->is_open))
        return true;
    if (p->conn != NULL)
        lose(p);
    if (p->is_open || monotonic_seconds() < p->again_at)
        return false; /* the reason stands there already */
    p->conn = postgresql_connect(p->place, p->mode, &status, error);
    if (p->conn != NULL) {
        p->connection++;
        p->again_at = p->wait = 0;
        return true;
    }
    p->wait = p->wait == 0 ? 1 : p->wait < AGAIN_MAX / 2 ? 2 * p->wait : AGAIN_MAX;
    p->again_at = monotonic_seconds() + p->wait;
    return database_note(&p->front, status, error);
}

bool
postgresql_note_result(struct postgresql *p, const PGresult *result)
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
    enum database_status kind = postgresql_failure(p->conn, result);
    p->has_failed = p->is_open;
    p->is_stale = p->is_stale || kind == DATABASE_AWAY;
    return database_note(&p->front, kind, sentence);
}

bool
postgresql_note_connection(struct postgresql *p)
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

bool
postgresql_is_good(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
           status == PGRES_SINGLE_TUPLE;
}

bool
postgresql_take_answer(struct postgresql *p, struct sent sent)
{
    PGresult *result = PQgetResult(p->conn);
    if (result == NULL && PQstatus(p->conn) == CONNECTION_BAD)
        return postgresql_note_connection(p);
    bool is_fine = postgresql_is_good(result);
    if (!is_fine) {
        if (sent.statement != NULL && sent.is_prepare)
            sent.statement->connection = 0;
        postgresql_note_result(p, result);
    } else if (!sent.is_prepare && *PQcmdTuples(result) != '\0') {
        p->changes = strtoll(PQcmdTuples(result), NULL, 10);
    }
    PQclear(result);
    while ((result = PQgetResult(p->conn)) != NULL)
        PQclear(result);
    if (PQstatus(p->conn) == CONNECTION_BAD)
        return postgresql_note_connection(p);
    return is_fine;
}

/* Those that were sent first. Losing the connection empties the queue. */
static bool
take_oldest(struct postgresql *p, size_t count)
{
    bool is_fine = true;
    for (; count > 0 && p->queued > 0; count--) {
        struct sent sent = p->queue[p->first];
        p->first = (p->first + 1) % QUEUE_MAX;
        p->queued--;
        is_fine = postgresql_take_answer(p, sent) && is_fine;
    }
    return is_fine;
}

bool
postgresql_take_queue(struct postgresql *p)
{
    bool is_fine = take_oldest(p, QUEUE_MAX);
    p->unasked = 0;
    return is_fine;
}

bool
postgresql_take_mark(struct postgresql *p)
{
    if (p->conn == NULL)
        return false;
    PGresult *result = PQgetResult(p->conn);
    bool is_mark = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    PQclear(result);
    return is_mark || postgresql_note_connection(p);
}

bool
postgresql_settle(struct postgresql *p)
{
    if (p->queued == 0)
        return p->conn != NULL;
    if (p->conn == NULL || PQpipelineSync(p->conn) != 1)
        return postgresql_note_connection(p);
    bool is_fine = postgresql_take_queue(p);
    return postgresql_take_mark(p) && is_fine;
}

/* A server keeps answers until it is asked for them, or its buffer is full. */
static bool
ask_for_answers(struct postgresql *p)
{
    p->unasked = 0;
    return PQsendFlushRequest(p->conn) == 1 || postgresql_note_connection(p);
}

bool
postgresql_enqueue(struct postgresql *p, struct sent sent)
{
    p->queue[(p->first + p->queued++) % QUEUE_MAX] = sent;
    if (++p->unasked == QUEUE_PART && !ask_for_answers(p))
        return false;
    if (p->queued < QUEUE_MAX - 1 || take_oldest(p, QUEUE_PART))
        return true;
    postgresql_settle(p); /* behind a failure, up to a mark, nothing is done */
    return false;
}

bool
postgresql_send_words(struct postgresql *p, const char *words)
{
    if (PQsendQueryParams(p->conn, words, 0, NULL, NULL, NULL, NULL, 1) != 1)
        return postgresql_note_connection(p);
    return postgresql_enqueue(p, (struct sent){NULL, false});
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

void
postgresql_show_kept(struct pg_statement *s)
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

void
postgresql_show_row(struct pg_statement *s)
{
    for (int i = 0; i < s->column_count; i++) {
        bool is_null = PQgetisnull(s->row, s->row_at, i) == 1;
        s->cells[i] = (struct cell){is_null ? NULL : PQgetvalue(s->row, s->row_at, i),
                                    (size_t)PQgetlength(s->row, s->row_at, i),
                                    PQftype(s->row, i)};
    }
}

static void
count_columns(struct pg_statement *s)
{
    int columns = PQnfields(s->row);
    s->column_count = columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
}

/* `last` is what ends a statement's answer: take what stands behind it. */
static bool
end_rows(struct postgresql *p, struct pg_statement *s, const PGresult *last)
{
    bool is_fine = postgresql_is_good(last);
    if (!is_fine && last != NULL)
        postgresql_note_result(p, last);
    p->rows = NULL;
    s->state = STATE_DONE;
    if (last == NULL || PQstatus(p->conn) == CONNECTION_BAD)
        return postgresql_note_connection(p);
    PGresult *rest;
    while ((rest = PQgetResult(p->conn)) != NULL)
        PQclear(rest);
    return postgresql_take_mark(p) && is_fine;
}

int
postgresql_next_row(struct postgresql *p, struct pg_statement *s)
{
    PQclear(s->row);
    s->row = PQgetResult(p->conn);
    s->row_at = 0;
    if (PQresultStatus(s->row) == PGRES_SINGLE_TUPLE) {
        count_columns(s);
        return 1;
    }
    PGresult *last = s->row;
    s->row = NULL;
    bool is_fine = end_rows(p, s, last);
    PQclear(last);
    return is_fine ? 0 : -1;
}

bool
postgresql_all_rows(struct postgresql *p, struct pg_statement *s)
{
    PQclear(s->row);
    s->row = PQgetResult(p->conn);
    s->row_at = -1;
    s->row_count = PQntuples(s->row);
    count_columns(s);
    if (!end_rows(p, s, s->row))
        return false;
    s->state = STATE_WHOLE;
    return true;
}

bool
postgresql_make_room(struct postgresql *p, bool is_wanted)
{
    struct pg_statement *s = p->rows;
    int more;
    bool is_kept = true;
    if (s == NULL)
        return true;
    s->kept_len = s->kept_at = 0;
    PGresult *shown = s->row; /* its cells are still looked at */
    s->row = NULL;
    while ((more = postgresql_next_row(p, s)) == 1)
        is_kept = is_kept && (!is_wanted || keep_row(s, s->row));
    s->row = shown;
    s->state = is_wanted ? STATE_KEPT : STATE_DONE;
    if (!is_kept)
        database_note(&p->front, DATABASE_ERROR, "out of memory");
    return more == 0 && is_kept;
}
