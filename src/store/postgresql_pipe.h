/* One connection in pipeline mode: what was sent, whose answers are to come, and the rows
 * that arrive. database_postgresql.c stands on it, and nobody else. */
#ifndef STORE_POSTGRESQL_PIPE_H
#define STORE_POSTGRESQL_PIPE_H

#include "database_backend.h"
#include "postgresql_text.h"

#include <libpq-fe.h>

#define QUEUE_MAX   1024 /* answers that are not taken yet */
#define QUEUE_PART  64   /* so many are asked for, and taken, at once */
#define COLUMNS_MAX 64
#define AGAIN_MAX   60 /* seconds between two looks for a server that is away */

/* Octets of memory for rows that a statement has until it is asked again. */
#define KEPT_BETWEEN ((size_t)64 * 1024)

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
    STATE_WHOLE, /* they came at once, and are all in `row` */
    STATE_DONE,
};

struct pg_statement {
    struct statement front; /* first */
    char *text;             /* with $1 */
    bool gives_rows;
    bool is_few; /* rows may come at once */
    unsigned parameter_count;
    bool used[POSTGRESQL_PARAMETERS]; /* it stands in the text */
    struct parameter *parameters;
    Oid *prepared_types;
    char name[16];
    unsigned connection; /* the one that knows `name`; 0: none */
    enum state state;
    PGresult *row;
    int row_at, row_count; /* of STATE_WHOLE; otherwise `row` is one */
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
    unsigned connection;          /* counts them */
    unsigned names;               /* of prepared statements, counted */
    struct pg_statement *rows;    /* whose rows arrive */
    struct sent queue[QUEUE_MAX]; /* a ring */
    size_t first, queued;         /* the oldest; how many */
    size_t unasked;               /* of them, since the server was asked to answer */
    bool is_open;                 /* a transaction */
    bool has_failed; /* the open one: nothing works until it is rolled back */
    bool is_stale;   /* the connection answers and is of no use: after the transaction
                        another one is looked for */
    int64_t changes;
    int64_t again_at, wait; /* monotonic seconds: before, no look for a lost server */
};
static inline struct postgresql *
postgresql_of(struct database *db)
{
    return (struct postgresql *)db;
}

static inline struct pg_statement *
postgresql_own(struct statement *s)
{
    return (struct pg_statement *)s;
}
/* Look for the server, less and less often. */
bool postgresql_find_server(struct postgresql *p);

/* Keep the first failure of a transaction: those that follow are its shadow. */
bool postgresql_note_result(struct postgresql *p, const PGresult *result);

/* The connection is lost: keep why, and give false. */
bool postgresql_note_connection(struct postgresql *p);

/* Rows, or done? */
bool postgresql_is_good(const PGresult *result);

/* Send a mark, and take every answer before it. */
bool postgresql_settle(struct postgresql *p);

/* Its answer is still to come. Where too many are, the oldest are taken, which have arrived by
 * then unless the server is very far: what was sent behind them is on its way meanwhile. */
bool postgresql_enqueue(struct postgresql *p, struct sent sent);

/* The answers to all that was sent, a mark apart. */
bool postgresql_take_queue(struct postgresql *p);

/* The answer to the oldest that was sent, and the NULL behind it. */
bool postgresql_take_answer(struct postgresql *p, struct sent sent);

/* The mark behind what was sent. */
bool postgresql_take_mark(struct postgresql *p);

/* BEGIN and its like. */
bool postgresql_send_words(struct postgresql *p, const char *words);

/* The next row of those in memory, as cells. */
void postgresql_show_kept(struct pg_statement *s);

/* The row that arrived, or number row_at of all, as cells. */
void postgresql_show_row(struct pg_statement *s);

/* The next row that arrives, into s->row: 1, 0 at their end, -1. */
int postgresql_next_row(struct postgresql *p, struct pg_statement *s);

/* All rows at once, where single ones were not asked for, into s->row. The connection is free
 * then. False: the statement failed. */
bool postgresql_all_rows(struct postgresql *p, struct pg_statement *s);

/* Another one wants the connection: what still arrives is kept, or dropped. */
bool postgresql_make_room(struct postgresql *p, bool is_wanted);

#endif
