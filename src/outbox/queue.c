/* Queries and changes of a few rows. A suppression whose end is INT64_MAX is a person's
 * decision for good, and only queue_lift takes it back. */
#include "queue.h"

#include "core/text.h"

static bool
done(struct statement *s)
{
    return statement_step(s) == 0;
}

/* ---- what is in it ---- */

static const char *const delivery_words[] = {
    [DELIVERY_WAITING] = N_("waiting"),
    [DELIVERY_SENDING] = N_("being sent"),
    [DELIVERY_SENT] = N_("sent"),
    [DELIVERY_REFUSED] = N_("refused"),
    [DELIVERY_GIVEN_UP] = N_("given up"),
    [DELIVERY_UNACCEPTED] = N_("not accepted"),
    [DELIVERY_SUPPRESSED] = N_("left alone"),
    [DELIVERY_UNUSABLE] = N_("not used"),
    [DELIVERY_BOUNCED] = N_("come back"),
};

const char *
outbox_delivery_word(enum outbox_delivery_state state)
{
    return (unsigned)state < OUTBOX_DELIVERY_STATES ? delivery_words[state] : "?";
}

struct statement *
queue_entries(struct database *db, bool all)
{
    struct statement *s = database_prepare(
        db,
        "SELECT o.day, o.policy_domain, o.messages, o.state, coalesce(d.mailbox, ''), "
        "coalesce(d.state, -1), coalesce(d.next_try, o.due), coalesce(d.tries, o.tries), "
        "coalesce(d.reply, o.problem), o.id, o.kind FROM outgoing o LEFT JOIN delivery d ON d.report "
        "= o.id WHERE ?1 <> 0 OR o.state < 2 ORDER BY o.day, o.policy_domain, o.part, d.n");
    bind_int(s, 1, all);
    return s;
}

int
queue_next(struct statement *entries, struct outbox_entry *entry)
{
    int step = statement_step(entries);
    if (step != 1)
        return step;
    int64_t delivery = column_int(entries, 5);
    *entry = (struct outbox_entry){
        .day = column_int(entries, 0),
        .policy_domain = column_text(entries, 1),
        .messages = column_int(entries, 2),
        .state = (enum outbox_state)column_int(entries, 3),
        .mailbox = column_text(entries, 4),
        .has_delivery = delivery >= 0,
        .delivery = (enum outbox_delivery_state)(delivery >= 0 ? delivery : 0),
        .due = column_int(entries, 6),
        .tries = column_int(entries, 7),
        .reply = column_text(entries, 8),
        .id = column_text(entries, 9),
        .kind = (enum outbox_kind)column_int(entries, 10),
    };
    return 1;
}

struct statement *
queue_configurations(struct database *db, struct sceau_slice policy_domain, int64_t day)
{
    struct statement *s = database_prepare(
        db, "SELECT DISTINCT policy_hash FROM observation WHERE policy_domain = ?1 AND "
            "day = ?2");
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, day);
    return s;
}

struct statement *
queue_unbuilt(struct database *db, int64_t today)
{
    struct statement *s = database_prepare(
        db,
        "SELECT o.policy_domain, o.day, sum(o.count), coalesce(p.record, '') FROM "
        "observation o LEFT JOIN policy p ON p.hash = o.policy_hash WHERE o.day < ?1 "
        "GROUP BY o.day, o.policy_domain, o.policy_hash, p.record ORDER BY o.day, "
        "o.policy_domain");
    bind_int(s, 1, today);
    return s;
}

int
queue_next_unbuilt(struct statement *rows, struct outbox_unbuilt *unbuilt)
{
    int step = statement_step(rows);
    if (step == 1)
        *unbuilt = (struct outbox_unbuilt){
            .policy_domain = column_text(rows, 0),
            .day = column_int(rows, 1),
            .messages = column_int(rows, 2),
            .record = column_text(rows, 3),
        };
    return step;
}

bool
queue_has(struct database *db, struct sceau_slice id, bool *has, enum outbox_kind *kind)
{
    struct statement *s =
        database_prepare(db, "SELECT kind FROM outgoing WHERE id = ?1");
    bind_text(s, 1, id);
    int step = statement_step(s);
    *kind = step == 1 ? (enum outbox_kind)column_int(s, 0) : OUTBOX_AGGREGATE;
    statement_reset(s);
    *has = step == 1;
    return step >= 0;
}

/* ---- once more ---- */

static bool
forget_refusals(struct database *db, struct sceau_slice what)
{
    struct statement *s = database_prepare(
        db, "DELETE FROM destination WHERE until < ?2 AND (mailbox = ?1 OR mailbox IN "
            "(SELECT mailbox FROM delivery WHERE report = ?1))");
    bind_text(s, 1, what);
    bind_int(s, 2, INT64_MAX);
    return done(s);
}

static bool
wait_again(struct database *db, struct sceau_slice what, int64_t now)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE delivery SET state = 0, tries = 0, next_try = ?2 WHERE (report = ?1 "
        "OR mailbox = ?1) AND state IN (0, 3, 4, 5, 6, 8) AND NOT EXISTS (SELECT 1 FROM "
        "destination d WHERE d.mailbox = delivery.mailbox AND d.until = ?3) AND EXISTS "
        "(SELECT 1 FROM outgoing o WHERE o.id = delivery.report AND (?4 = 0 OR "
        "o.lease_host <> '' OR EXISTS (SELECT 1 FROM spool WHERE report = o.id)))");
    bind_text(s, 1, what);
    bind_int(s, 2, now);
    bind_int(s, 3, INT64_MAX);
    bind_int(s, 4, database_is_shared(db)); /* else files live as long as their rows */
    return done(s);
}

static bool
reopen_reports(struct database *db, struct sceau_slice what)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE outgoing SET state = 1, finished = 0 WHERE state = 2 AND id IN (SELECT "
        "report FROM delivery WHERE (report = ?1 OR mailbox = ?1) AND state = 0)");
    bind_text(s, 1, what);
    return done(s);
}

bool
queue_retry(struct database *db, struct sceau_slice what, int64_t now, int64_t *changed)
{
    if (!forget_refusals(db, what) || !wait_again(db, what, now))
        return false;
    *changed = database_changes(db);
    return reopen_reports(db, what);
}

bool
queue_retry_all(struct database *db, int64_t since, int64_t now, int64_t *changed)
{
    struct statement *refusals =
        database_prepare(db, "DELETE FROM destination WHERE until < ?1");
    struct statement *deliveries = database_prepare(
        db,
        "UPDATE delivery SET state = 0, tries = 0, next_try = ?2 WHERE state IN (0, 3, 4, "
        "5, 6, 8) AND report IN (SELECT id FROM outgoing WHERE built >= ?1) AND NOT EXISTS "
        "(SELECT 1 FROM destination d WHERE d.mailbox = delivery.mailbox AND d.until = "
        "?3)");
    struct statement *reports = database_prepare(
        db,
        "UPDATE outgoing SET state = 1, finished = 0 WHERE state = 2 AND built >= ?1 "
        "AND id IN (SELECT report FROM delivery WHERE state = 0)");
    bind_int(refusals, 1, INT64_MAX);
    bind_int(deliveries, 1, since);
    bind_int(deliveries, 2, now);
    bind_int(deliveries, 3, INT64_MAX);
    bind_int(reports, 1, since);
    if (!done(refusals) || !done(deliveries))
        return false;
    *changed = database_changes(db);
    return done(reports);
}

/* ---- destinations that are left alone ---- */

struct statement *
queue_destinations(struct database *db, int64_t now)
{
    struct statement *s = database_prepare(
        db, "SELECT mailbox, until, refusals, reason FROM destination WHERE until > ?1 "
            "ORDER BY mailbox");
    bind_int(s, 1, now);
    return s;
}

int
queue_next_destination(struct statement *destinations,
                       struct outbox_destination *destination)
{
    int step = statement_step(destinations);
    if (step == 1)
        *destination = (struct outbox_destination){
            .mailbox = column_text(destinations, 0),
            .until = column_int(destinations, 1),
            .refusals = column_int(destinations, 2),
            .reason = column_text(destinations, 3),
        };
    return step;
}

bool
queue_suppress(struct database *db, struct sceau_slice mailbox, int64_t until,
               int64_t now)
{
    struct statement *s = database_prepare(
        db,
        "INSERT INTO destination (mailbox, refusals, until, changed, reason) VALUES "
        "(?1, 0, ?2, ?3, 'sceau outbox suppress') ON CONFLICT (mailbox) DO UPDATE SET "
        "until = excluded.until, changed = excluded.changed, reason = "
        "excluded.reason");
    bind_text(s, 1, mailbox);
    bind_int(s, 2, until);
    bind_int(s, 3, now);
    return done(s);
}

bool
queue_lift(struct database *db, struct sceau_slice mailbox)
{
    struct statement *s =
        database_prepare(db, "DELETE FROM destination WHERE mailbox = ?1");
    bind_text(s, 1, mailbox);
    return done(s);
}

/* ---- figures ---- */

bool
queue_failures(struct database *db, int64_t since, uint64_t *taken, uint64_t *lost)
{
    struct statement *s = database_prepare(
        db,
        "SELECT coalesce(sum(CASE WHEN d.state = 2 THEN 1 ELSE 0 END), 0), coalesce(sum(CASE "
        "WHEN d.state IN (3, 4, 5, 8) THEN 1 ELSE 0 END), 0) FROM outgoing o JOIN delivery d "
        "ON d.report = o.id WHERE o.kind = 1 AND o.built > ?1");
    bind_int(s, 1, since);
    int step = statement_step(s);
    *taken = step == 1 ? (uint64_t)column_int(s, 0) : 0;
    *lost = step == 1 ? (uint64_t)column_int(s, 1) : 0;
    statement_reset(s);
    return step == 1;
}

bool
queue_count(struct database *db, uint64_t counts[OUTBOX_DELIVERY_STATES])
{
    struct statement *s =
        database_prepare(db, "SELECT state, count(*) FROM delivery GROUP BY state");
    int step;
    memset(counts, 0, OUTBOX_DELIVERY_STATES * sizeof *counts);
    while ((step = statement_step(s)) == 1) {
        int64_t state = column_int(s, 0);
        if (state >= 0 && state < OUTBOX_DELIVERY_STATES)
            counts[state] = (uint64_t)column_int(s, 1);
    }
    return step == 0;
}
