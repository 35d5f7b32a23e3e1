/* The queue's own reader for what waits; sums and the latest failures are read here. */
#include "outbox.h"

#include "scope.h"

#define SECONDS_A_DAY 86400
#define WAITING_MAX   500
#define FAILURES_MAX  200
#define SHOWN_DAYS    7

/* ---- words ---- */

static const char *const report_states[] = {
    [OUTBOX_PLANNED] = N_("planned"),
    [OUTBOX_BUILT] = N_("built"),
    [OUTBOX_FINISHED] = N_("finished"),
};

static const char *const kinds[] = {
    [OUTBOX_AGGREGATE] = N_("aggregate"),
    [OUTBOX_FAILURE] = N_("failure"),
};

const char *
insight_outgoing_word(const struct outbox_entry *entry)
{
    if (entry->has_delivery)
        return outbox_delivery_word(entry->delivery);
    return (size_t)entry->state < sizeof report_states / sizeof *report_states
               ? report_states[entry->state]
               : "?";
}

/* ---- tables ---- */

static const struct table_column outgoing_columns[] = {
    {"day",      TABLE_DAY,    N_("Day"),      10},
    {"kind",     TABLE_WORD,   N_("Kind"),     9 },
    {"domain",   TABLE_TEXT,   N_("Domain"),   17},
    {"messages", TABLE_NUMBER, N_("Messages"), 8 },
    {"to",       TABLE_TEXT,   N_("To"),       19},
    {"state",    TABLE_WORD,   N_("State"),    12},
    {"due",      TABLE_TIME,   N_("Due"),      0 },
    {"tries",    TABLE_NUMBER, N_("Tries"),    0 },
    {"reply",    TABLE_TEXT,   N_("Reply"),    0 },
    {"id",       TABLE_TEXT,   N_("Id"),       0 },
};

struct table_maker
insight_outgoing_new(struct sceau_arena *arena)
{
    return table_new(arena, "outgoing", outgoing_columns,
                     sizeof outgoing_columns / sizeof *outgoing_columns);
}

void
insight_outgoing_row(struct table_maker *m, const struct outbox_entry *e)
{
    table_signed(m, e->day);
    table_word(m,
               (size_t)e->kind < sizeof kinds / sizeof *kinds ? kinds[e->kind] : "?");
    table_text(m, slice_copy(m->arena, e->policy_domain));
    table_signed(m, e->messages);
    table_text(m, slice_copy(m->arena, e->mailbox));
    table_word(m, insight_outgoing_word(e));
    table_signed(m, e->due);
    table_signed(m, e->tries);
    table_text(m, slice_copy(m->arena, e->reply));
    table_text(m, slice_copy(m->arena, e->id));
}

static const struct table_column suppressed_columns[] = {
    {"address",  TABLE_TEXT,   N_("Address"),  32},
    {"until",    TABLE_TIME,   N_("Until"),    17},
    {"refusals", TABLE_NUMBER, N_("Refusals"), 8 },
    {"reason",   TABLE_TEXT,   N_("Reason"),   20},
};

bool
insight_suppressed_table(struct insight *in, struct table *table)
{
    int step;
    struct outbox_destination d;
    struct table_maker m =
        table_new(in->arena, "suppressed", suppressed_columns,
                  sizeof suppressed_columns / sizeof *suppressed_columns);
    struct statement *destinations = queue_destinations(in->db, in->now);
    while ((step = queue_next_destination(destinations, &d)) == 1) {
        table_text(&m, slice_copy(in->arena, d.mailbox));
        if (d.until == INT64_MAX)
            table_none(&m);
        else
            table_signed(&m, d.until);
        table_signed(&m, d.refusals);
        table_text(&m, slice_copy(in->arena, d.reason));
    }
    *table = table_done(&m);
    return step == 0 || scope_fail(in);
}

/* ---- the page ---- */

static bool
read_waiting(struct insight *in, struct insight_outbox *outbox)
{
    struct outbox_entry entry;
    int step;
    struct table_maker m = insight_outgoing_new(in->arena);
    struct statement *entries = queue_entries(in->db, false);
    for (size_t n = 0; (step = queue_next(entries, &entry)) == 1 && n < WAITING_MAX;
         n++)
        insight_outgoing_row(&m, &entry);
    statement_reset(entries);
    outbox->outgoing = table_done(&m);
    return step >= 0 || scope_fail(in);
}

#define FAILED "state IN (3, 4, 5, 6, 7, 8)" /* DELIVERY_REFUSED to DELIVERY_BOUNCED */

static bool
read_sums(struct insight *in, struct insight_outbox *outbox)
{
    int64_t from = in->now - SHOWN_DAYS * (int64_t)SECONDS_A_DAY;
    struct statement *st =
        database_prepare(in->db, "SELECT count(*) FROM outgoing WHERE state < 2");
    if (statement_step(st) < 0)
        return scope_fail(in);
    outbox->waiting = (uint64_t)column_int(st, 0);
    statement_reset(st);
    st = database_prepare(
        in->db, "SELECT coalesce(sum(CASE WHEN state = 2 THEN 1 ELSE 0 END), 0), "
                "coalesce(sum(CASE WHEN " FAILED " THEN 1 ELSE 0 END), 0) "
                "FROM delivery WHERE changed >= ?1");
    bind_int(st, 1, from);
    if (statement_step(st) < 0)
        return scope_fail(in);
    outbox->sent = (uint64_t)column_int(st, 0);
    outbox->failed = (uint64_t)column_int(st, 1);
    statement_reset(st);
    return true;
}

static const struct table_column failure_columns[] = {
    {"changed", TABLE_TIME, N_("When"),   17},
    {"domain",  TABLE_TEXT, N_("Domain"), 20},
    {"day",     TABLE_DAY,  N_("Day"),    10},
    {"to",      TABLE_TEXT, N_("To"),     24},
    {"state",   TABLE_WORD, N_("State"),  14},
    {"reply",   TABLE_TEXT, N_("Why"),    0 },
    {"id",      TABLE_TEXT, N_("Id"),     0 },
};

static bool
read_failures(struct insight *in, struct insight_outbox *outbox)
{
    struct table_maker m = table_new(in->arena, "undelivered", failure_columns,
                                     sizeof failure_columns / sizeof *failure_columns);
    struct statement *st = database_prepare(
        in->db,
        "SELECT d.changed, o.policy_domain, o.day, CASE WHEN d.mailbox <> '' THEN "
        "d.mailbox ELSE d.uri END, d.state, d.reply, o.id FROM delivery d JOIN "
        "outgoing o ON o.id = d.report WHERE d." FAILED
        " ORDER BY d.changed DESC, o.id, d.n LIMIT ?1");
    int step;
    bind_int(st, 1, FAILURES_MAX);
    while ((step = statement_step(st)) == 1) {
        const struct outbox_entry entry = {.has_delivery = true,
                                           .delivery = (enum outbox_delivery_state)
                                               column_int(st, 4)};
        table_signed(&m, column_int(st, 0));
        table_text(&m, scope_text(in, st, 1));
        table_signed(&m, column_int(st, 2));
        table_text(&m, scope_text(in, st, 3));
        table_word(&m, insight_outgoing_word(&entry));
        table_text(&m, scope_text(in, st, 5));
        table_text(&m, scope_text(in, st, 6));
    }
    outbox->failures = table_done(&m);
    return step == 0 || scope_fail(in);
}

bool
insight_outbox(struct insight *in, struct insight_outbox *outbox)
{
    *outbox = (struct insight_outbox){0};
    if (!read_sums(in, outbox) || !read_waiting(in, outbox) ||
        !read_failures(in, outbox) ||
        !insight_suppressed_table(in, &outbox->suppressed_table))
        return false;
    outbox->suppressed = outbox->suppressed_table.row_count;
    return selftest_read_latest(in->db, &outbox->test) || scope_fail(in);
}
