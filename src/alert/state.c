/* Rows: "WAY:ID" of a finding that was told, with its severity then; "WAY:digest:DAY" and
 * "WAY:now" of letters, whose state stands in `arguments` and whose tries in `level`. */
#include "state.h"

#include <stdio.h>

#define ID_MAX 160
#define DAY    INT64_C(86400)
#define FORGET (30 * DAY)

static struct sceau_slice
row_id(char out[ID_MAX], const char *way, struct sceau_slice name)
{
    int len =
        snprintf(out, ID_MAX, "%s:%.*s", way, (int)(name.len < 100 ? name.len : 100),
                 name.len > 0 ? name.ptr : "");
    return (struct sceau_slice){out, len > 0 ? (size_t)len : 0};
}

bool
state_is_due(struct database *db, const char *way, const struct letter_item *item,
             bool *is_fine)
{
    char id[ID_MAX];
    struct statement *s =
        database_prepare(db, "SELECT sent, level FROM alert WHERE id = ?1");
    bind_text(s, 1, row_id(id, way, item->id));
    int step = statement_step(s);
    bool is_due = step == 0;
    if (step == 1)
        is_due = (int64_t)item->severity > column_int(s, 1) ||
                 item->first > column_int(s, 0);
    statement_reset(s);
    *is_fine = step >= 0;
    return is_due;
}

/* ---- letters ---- */

struct row {
    bool is_there, is_claimed, is_failed;
    int64_t time, tries;
};

static bool
read_row(struct database *db, struct sceau_slice id, struct row *row)
{
    struct statement *s =
        database_prepare(db, "SELECT sent, level, arguments FROM alert WHERE id = ?1");
    bind_text(s, 1, id);
    int step = statement_step(s);
    *row = (struct row){.is_there = step == 1};
    if (step == 1) {
        struct sceau_slice state = column_text(s, 2);
        row->time = column_int(s, 0);
        row->tries = column_int(s, 1);
        row->is_claimed = slice_starts_ci(state, SCEAU_SLICE("{\"state\":\"claimed\""));
        row->is_failed = slice_starts_ci(state, SCEAU_SLICE("{\"state\":\"failed\""));
    }
    statement_reset(s);
    return step >= 0;
}

static bool
write_row(struct database *db, struct sceau_slice id, struct sceau_slice rule,
          struct sceau_slice domain, int64_t time, int64_t level,
          struct sceau_slice arguments)
{
    struct statement *s = database_prepare(
        db,
        "INSERT INTO alert (id, rule, domain, sent, level, arguments) VALUES (?1, ?2, "
        "?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET sent = excluded.sent, level = "
        "excluded.level, arguments = excluded.arguments");
    bind_text(s, 1, id);
    bind_text(s, 2, rule);
    bind_text(s, 3, domain);
    bind_int(s, 4, time);
    bind_int(s, 5, level);
    bind_text(s, 6, arguments);
    return statement_step(s) == 0;
}

static int64_t
next_try(const struct row *row)
{
    int64_t wait = STATE_RETRY_SECONDS;
    for (int64_t i = 1; i < row->tries && wait < STATE_RETRY_MAX; i++)
        wait *= 2;
    return row->time + (wait < STATE_RETRY_MAX ? wait : STATE_RETRY_MAX);
}

/* Of hosts that need no lease, as from cron, two may be at it at once. */
static bool
is_left_behind(const struct database *db, const struct row *row, int64_t now)
{
    int64_t age = now - row->time;
    return row->is_claimed &&
           (!database_is_shared(db) || age >= STATE_OTHERS || age <= -STATE_OTHERS);
}

enum state_claim
state_claim(struct database *db, const char *way, const char *name, bool is_again,
            int64_t now)
{
    char memory[ID_MAX];
    struct sceau_slice id = row_id(memory, way, sceau_slice_from(name));
    struct row row;
    if (!database_begin_durable(db))
        return STATE_BROKEN;
    bool is_fine = read_row(db, id, &row);
    bool is_mine = !row.is_there || (is_again && is_left_behind(db, &row, now)) ||
                   (!row.is_claimed && !row.is_failed && is_again) ||
                   (row.is_failed && now >= next_try(&row));
    if (is_fine && is_mine)
        is_fine = write_row(db, id, SCEAU_SLICE("letter"), SLICE_NONE, now, row.tries,
                            SCEAU_SLICE("{\"state\":\"claimed\"}"));
    if (!is_fine) {
        database_rollback(db);
        return STATE_BROKEN;
    }
    if (!database_commit(db))
        return STATE_BROKEN;
    return is_mine ? STATE_MINE : STATE_NOT_NOW;
}

static bool
write_told(struct database *db, const char *way, const struct letter_item *items,
           size_t count, int64_t now)
{
    bool is_fine = true;
    for (size_t i = 0; i < count && is_fine; i++) {
        char id[ID_MAX];
        if (!items[i].is_new)
            continue;
        is_fine =
            write_row(db, row_id(id, way, items[i].id), sceau_slice_from(items[i].rule),
                      items[i].domain, now, items[i].severity, SCEAU_SLICE("{}"));
    }
    return is_fine;
}

bool
state_end(struct database *db, const char *way, const char *name,
          enum state_outcome outcome, struct sceau_slice problem,
          const struct letter_item *items, size_t count, int64_t now)
{
    static const char *const words[] = {
        [STATE_SENT] = "sent", [STATE_FAILED] = "failed", [STATE_NOTHING] = "nothing"};
    char memory[ID_MAX], state[1024];
    struct sceau_slice id = row_id(memory, way, sceau_slice_from(name));
    struct text t = text_in(state, sizeof state);
    struct row row;
    text_format(&t, "{\"state\":\"%s\",\"problem\":\"", words[outcome]);
    text_json(&t, problem);
    text_string(&t, "\"}");
    struct sceau_slice arguments = text_done(&t);
    if (arguments.ptr == NULL || !database_begin_durable(db))
        return false;
    bool is_fine = read_row(db, id, &row) &&
                   write_row(db, id, SCEAU_SLICE("letter"), SLICE_NONE, now,
                             outcome == STATE_FAILED ? row.tries + 1 : 0, arguments) &&
                   (outcome != STATE_SENT || write_told(db, way, items, count, now));
    if (is_fine)
        return database_commit(db);
    database_rollback(db);
    return false;
}

bool
state_tidy(struct database *db, int64_t now)
{
    struct statement *s = database_prepare(
        db,
        "DELETE FROM alert WHERE sent < ?1 AND (rule = 'letter' OR NOT EXISTS (SELECT "
        "1 FROM finding WHERE alert.id LIKE '%:' || finding.id))");
    bind_int(s, 1, now - FORGET);
    return statement_step(s) == 0;
}
