#include "week_pack.h"

#include <stdlib.h>
#include <string.h>

/* ---- what has changed ---- */

static bool
remove_pack(struct database *db, struct sceau_slice policy_domain, int64_t week)
{
    struct statement *s = database_prepare(
        db, "DELETE FROM week_pack WHERE policy_domain = ?1 AND week = ?2");
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, week);
    return statement_step(s) == 0;
}

bool
week_changed(struct database *db, struct sceau_slice policy_domain, int64_t week,
             int64_t now)
{
    /* The update changes nothing: it holds the row. */
    struct statement *s = database_prepare(
        db,
        "INSERT INTO week_changed (policy_domain, week, since) VALUES (?1, ?2, ?3) "
        "ON CONFLICT (policy_domain, week) DO UPDATE SET since = week_changed.since");
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, week);
    bind_int(s, 3, now);
    return statement_step(s) == 0 && remove_pack(db, policy_domain, week);
}

/* ---- packing ---- */

#define PIECE_ROWS 2000 /* at most: some 40 KiB */
#define PIECES_MAX 1000 /* a week that has more is read row by row */

struct packer {
    struct database *db;
    char domain[WEEK_NAME_MAX];
    struct sceau_slice policy_domain; /* in there */
    int64_t week;
    struct week_place
        last; /* bound while rows are read: the next one is noted beside it */
    struct week_place next;
    struct week_writer writer;
    char octets[WEEK_PIECE];
};

/* The first week behind the one at hand that has come to rest: 1; there is none: 0. */
static int
find_next(struct packer *p, int64_t before)
{
    struct statement *s = database_prepare(
        p->db,
        "SELECT policy_domain, week FROM week_changed WHERE (policy_domain, week) "
        "> (?1, ?2) AND since <= ?3 ORDER BY policy_domain, week LIMIT 1");
    bind_text(s, 1, p->policy_domain);
    bind_int(s, 2, p->week);
    bind_int(s, 3, before);
    int step = statement_step(s);
    if (step == 1) {
        struct sceau_slice name = column_text(s, 0);
        if (name.len > sizeof p->domain) /* no name of ours is */
            step = 0;
        else if (name.len > 0)
            memcpy(p->domain, name.ptr, name.len);
        p->policy_domain = (struct sceau_slice){p->domain, step == 1 ? name.len : 0};
        p->week = column_int(s, 1);
        statement_reset(s);
    }
    return step;
}

static bool
take_change(struct packer *p)
{
    struct statement *s = database_prepare(
        p->db, "DELETE FROM week_changed WHERE policy_domain = ?1 AND week = ?2");
    bind_text(s, 1, p->policy_domain);
    bind_int(s, 2, p->week);
    return statement_step(s) == 0 && remove_pack(p->db, p->policy_domain, p->week);
}

/* Rows behind the last one. */
static struct statement *
prepare_rest(struct packer *p)
{
    struct statement *s = database_prepare(
        p->db,
        "SELECT " WEEK_COLUMNS "WHERE policy_domain = ?1 AND week = ?2 AND "
        "(domain, ip, dkim, spf, disposition, cause, flags) > (?3, ?4, ?5, ?6, ?7, "
        "?8, ?9) ORDER BY domain, ip, dkim, spf, disposition, cause, flags LIMIT "
        "?10");
    bind_text(s, 1, p->policy_domain);
    bind_int(s, 2, p->week);
    week_place_bind(&p->last, s, 3);
    bind_int(s, 10, PIECE_ROWS);
    return s;
}

enum filled {
    FILLED_ALL, /* there are no more rows */
    FILLED_FULL,
    FILLED_ODD, /* a key that no writer of ours wrote */
    FILLED_ERROR,
};

/* As many rows as one piece takes. */
static enum filled
fill_piece(struct packer *p, int *rows)
{
    struct statement *s = prepare_rest(p);
    struct analysis_week week;
    enum filled filled = FILLED_ALL;
    int step = 0;
    *rows = 0;
    week_writer_begin(&p->writer, p->octets, sizeof p->octets);
    while (filled == FILLED_ALL && (step = statement_step(s)) > 0) {
        week_row_read(s, &week);
        if (!week_writer_add(&p->writer, &week))
            filled = FILLED_FULL;
        else if (!week_place_note(&p->next, s))
            filled = FILLED_ODD;
        else
            ++*rows;
    }
    if (filled != FILLED_ALL)
        statement_reset(s);
    if (filled == FILLED_ALL && *rows == PIECE_ROWS)
        filled = FILLED_FULL;
    p->last = p->next;
    return step < 0 ? FILLED_ERROR : filled;
}

static bool
write_piece(struct packer *p, int number)
{
    struct statement *s =
        database_prepare(p->db,
                         "INSERT INTO week_pack (policy_domain, week, piece, octets) "
                         "VALUES (?1, ?2, ?3, ?4)");
    bind_text(s, 1, p->policy_domain);
    bind_int(s, 2, p->week);
    bind_int(s, 3, number);
    bind_blob(s, 4, (struct sceau_slice){p->octets, p->writer.len});
    return statement_step(s) == 0;
}

static bool
write_pieces(struct packer *p)
{
    enum filled filled = FILLED_FULL;
    p->last = p->next =
        (struct week_place){.numbers = {[WEEK_KEY_NUMBERS - 1] = -1}}; /* before all */
    for (int number = 0, rows; filled == FILLED_FULL; number++) {
        filled = number < PIECES_MAX ? fill_piece(p, &rows) : FILLED_ODD;
        if (filled == FILLED_ODD)
            return remove_pack(p->db, p->policy_domain, p->week);
        if (filled == FILLED_ERROR)
            return false;
        if (filled == FILLED_ALL && number == 0 && rows < WEEK_FEW)
            return true;
        if (rows > 0 && !write_piece(p, number))
            return false;
    }
    return true;
}

static bool
pack_one(struct packer *p)
{
    if (!database_begin(p->db))
        return false;
    if (take_change(p) && write_pieces(p))
        return database_commit(p->db);
    database_rollback(p->db);
    return false;
}

bool
week_pack(struct database *db, int64_t now, uint64_t *packed,
          bool (*is_stopping)(void *self), void *self)
{
    struct packer *p = calloc(1, sizeof *p);
    bool is_good = p != NULL;
    int found = 1;
    *packed = 0;
    if (is_good) {
        p->db = db;
        p->policy_domain = SCEAU_SLICE("");
    }
    while (is_good && (is_stopping == NULL || !is_stopping(self)) &&
           (found = find_next(p, now - WEEK_SETTLE)) == 1) {
        /* What another host writes to at this moment is packed when it has come to rest. */
        bool is_packed = pack_one(p);
        *packed += is_packed;
        is_good = is_packed || database_failure(db) == DATABASE_BUSY;
    }
    free(p);
    return is_good && found >= 0;
}
