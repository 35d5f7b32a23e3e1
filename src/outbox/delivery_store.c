#include "delivery_store.h"

#include "schedule.h"
#include "store/meta.h"

#include <stdio.h>

#define DAY       86400
#define FIRST_DAY SCEAU_SLICE("outbox.first_day") /* in `meta` */
#define REST_NAME ((size_t)16 + OUTBOX_FOLDER_NAME)

static bool
done(struct statement *s)
{
    return statement_step(s) == 0;
}

/* Done, and did it find the row as we knew it? */
static bool
done_to_ours(struct database *db, struct statement *s, bool *is_ours)
{
    int64_t rows = done(s) ? database_changes(db) : -1;
    *is_ours = rows > 0;
    return rows >= 0;
}

static void
copy_name(char *name, size_t size, struct sceau_slice text)
{
    snprintf(name, size, "%.*s", SLICE_ARG(text));
}

#define NEXT_COLUMNS                                                                       \
 "SELECT d.report, d.n, d.tries, d.mailbox, o.policy_domain, o.receiver, o.day, o.built, " \
 "o.messages, d.state, d.next_try, o.kind, d.reply, d.organization, d.about, d.claim "     \
 "FROM delivery d JOIN outgoing o ON o.id = d.report WHERE "

static int
read_next(struct statement *s, struct sceau_arena *arena, struct outbox_next *next)
{
    int step = statement_step(s);
    if (step == 1) {
        copy_name(next->report, sizeof next->report, column_text(s, 0));
        next->n = (int)column_int(s, 1);
        next->tries = (unsigned)column_int(s, 2);
        next->mailbox = slice_copy(arena, column_text(s, 3));
        next->policy_domain = slice_copy(arena, column_text(s, 4));
        next->receiver = slice_copy(arena, column_text(s, 5));
        next->day = column_int(s, 6);
        next->built = column_int(s, 7);
        next->messages = (uint64_t)column_int(s, 8);
        next->state = (enum outbox_delivery_state)column_int(s, 9);
        next->next_try = column_int(s, 10);
        next->kind = (enum outbox_kind)column_int(s, 11);
        next->reply = slice_copy(arena, column_text(s, 12));
        next->organization = slice_copy(arena, column_text(s, 13));
        next->about = slice_copy(arena, column_text(s, 14));
        copy_name(next->claim, sizeof next->claim, column_text(s, 15));
        next->is_untried = false;
    }
    statement_reset(s);
    return step;
}

static int
next_behind(struct database *db, struct sceau_arena *arena, const char *folder,
            int64_t now, unsigned skip, struct outbox_next *next)
{
    struct statement *s = database_prepare(
        db, NEXT_COLUMNS
        "d.state = 0 AND d.next_try <= ?1 AND (o.lease_host IN ('', ?2) "
        "OR o.built < ?3) ORDER BY d.next_try, d.report, d.n LIMIT 1 OFFSET ?4");
    bind_int(s, 1, now);
    bind_text(s, 2, sceau_slice_from(folder));
    bind_int(s, 3, now - FOLDER_PATIENCE);
    bind_int(s, 4, skip);
    return read_next(s, arena, next);
}

int
delivery_next(struct database *db, struct sceau_arena *arena, const char *folder,
              int64_t now, unsigned skip, struct outbox_next *next)
{
    int step = next_behind(db, arena, folder, now, skip, next);
    while (step == 0 && skip > 0) {
        skip /= 2;
        step = next_behind(db, arena, folder, now, skip, next);
    }
    return step;
}

int
delivery_of(struct database *db, struct sceau_arena *arena, const char *report,
            struct sceau_slice mailbox, struct outbox_next *next)
{
    struct statement *s =
        database_prepare(db, NEXT_COLUMNS
                         "d.report = ?1 AND d.state <> ?2 AND (?3 = '' OR "
                         "lower(d.mailbox) = lower(?3)) ORDER BY d.n LIMIT 1");
    bind_text(s, 1, sceau_slice_from(report));
    bind_int(s, 2, DELIVERY_UNUSABLE);
    bind_text(s, 3, mailbox);
    return read_next(s, arena, next);
}

static bool
finish(struct database *db, struct sceau_slice report, int64_t now)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE outgoing SET state = ?2, finished = ?3 WHERE id = ?1 AND NOT EXISTS "
        "(SELECT 1 FROM delivery WHERE report = ?1 AND state IN (0, 1))");
    bind_text(s, 1, report);
    bind_int(s, 2, OUTBOX_FINISHED);
    bind_int(s, 3, now);
    return done(s);
}

bool
delivery_set(struct database *db, struct outbox_next *next,
             enum outbox_delivery_state state, int64_t next_try, int64_t now,
             struct sceau_slice reply, const char *claim, bool *is_ours)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE delivery SET state = ?3, tries = tries + ?4, next_try = ?5, changed = "
        "?6, reply = ?7, mailbox = ?8, organization = ?11, about = ?12, claim = ?13 WHERE "
        "report = ?1 AND n = ?2 AND ((state = ?9 AND next_try = ?10 AND claim = ?14) OR (?3 = "
        "2 AND state IN (0, 1)))");
    struct sceau_slice report = sceau_slice_from(next->report);
    bool is_open = state == DELIVERY_WAITING || state == DELIVERY_SENDING;
    bind_text(s, 1, report);
    bind_int(s, 2, next->n);
    bind_int(s, 3, state);
    bind_int(s, 4, state == DELIVERY_SENDING ? 1 : next->is_untried ? -1 : 0);
    bind_int(s, 5, next_try);
    bind_int(s, 6, now);
    bind_text(s, 7, reply);
    bind_text(s, 8, next->mailbox);
    bind_int(s, 9, next->state);
    bind_int(s, 10, next->next_try);
    bind_text(s, 11, next->organization);
    bind_text(s, 12, next->about);
    bind_text(s, 13, sceau_slice_from(claim != NULL ? claim : ""));
    bind_text(s, 14, sceau_slice_from(next->claim));
    if (!done_to_ours(db, s, is_ours))
        return false;
    if (!*is_ours)
        return true;
    next->state = state;
    next->next_try = next_try;
    snprintf(next->claim, sizeof next->claim, "%s", claim != NULL ? claim : "");
    return is_open || finish(db, report, now);
}

bool
delivery_taken(struct database *db, const char *report, int n, int64_t now,
               struct sceau_slice reply)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE delivery SET state = 2, next_try = ?3, changed = ?3, reply = ?4, claim "
        "= '' WHERE report = ?1 AND n = ?2 AND state IN (0, 1)");
    bind_text(s, 1, sceau_slice_from(report));
    bind_int(s, 2, n);
    bind_int(s, 3, now);
    bind_text(s, 4, reply);
    return done(s) && finish(db, sceau_slice_from(report), now);
}

/* ---- claims ---- */

int
delivery_claimed(struct database *db, struct delivery_claimed *claimed, int most)
{
    int count = 0, step = 0;
    struct statement *s = database_prepare(
        db, "SELECT report, n, claim, next_try FROM delivery WHERE state = 1 ORDER BY "
            "next_try, report, n LIMIT ?1");
    bind_int(s, 1, most);
    while (count < most && (step = statement_step(s)) == 1) {
        struct delivery_claimed *c = &claimed[count++];
        copy_name(c->report, sizeof c->report, column_text(s, 0));
        c->n = (int)column_int(s, 1);
        copy_name(c->claim, sizeof c->claim, column_text(s, 2));
        c->until = column_int(s, 3);
    }
    statement_reset(s);
    return step >= 0 ? count : -1;
}

bool
delivery_take_back(struct database *db, const struct delivery_claimed *claimed,
                   int64_t now, struct sceau_slice early, struct sceau_slice late)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE delivery SET state = 0, next_try = ?3, changed = ?3, reply = CASE WHEN "
        "reply = '' THEN ?4 ELSE ?6 END, claim = '' WHERE report = ?1 AND n = ?2 AND state "
        "= 1 AND claim = ?5");
    bind_text(s, 1, sceau_slice_from(claimed->report));
    bind_int(s, 2, claimed->n);
    bind_int(s, 3, now);
    bind_text(s, 4, early);
    bind_text(s, 5, sceau_slice_from(claimed->claim));
    bind_text(s, 6, late);
    return done(s);
}

bool
delivery_note(struct database *db, const struct outbox_next *next, const char *claim,
              struct sceau_slice reply, bool *is_ours)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE delivery SET reply = ?4 WHERE report = ?1 AND n = ?2 AND state = 1 AND "
        "claim = ?3");
    bind_text(s, 1, sceau_slice_from(next->report));
    bind_int(s, 2, next->n);
    bind_text(s, 3, sceau_slice_from(claim));
    bind_text(s, 4, reply);
    return done_to_ours(db, s, is_ours);
}

bool
delivery_renew(struct database *db, struct outbox_next *next, const char *claim,
               int64_t until, bool *is_ours)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE delivery SET claim = ?4, next_try = ?5 WHERE report = ?1 AND n = ?2 AND "
        "state = 1 AND claim = ?3");
    bind_text(s, 1, sceau_slice_from(next->report));
    bind_int(s, 2, next->n);
    bind_text(s, 3, sceau_slice_from(next->claim));
    bind_text(s, 4, sceau_slice_from(claim));
    bind_int(s, 5, until);
    return done_to_ours(db, s, is_ours);
}

static struct sceau_slice
claims_name(const char *folder, char name[REST_NAME])
{
    snprintf(name, REST_NAME, "outbox.claims/%.*s", OUTBOX_FOLDER_NAME - 1, folder);
    return sceau_slice_from(name);
}

bool
delivery_claims_read(struct database *db, const char *folder, const char *boot,
                     struct claims *claims)
{
    char name[REST_NAME], row[CLAIMS_TEXT];
    struct text value = text_in(row, sizeof row);
    int step = meta_read(db, claims_name(folder, name), &value);
    claims_parse(text_so_far(&value), boot, claims);
    return step >= 0;
}

bool
delivery_claims_write(struct database *db, const char *folder, const char *boot,
                      const struct claims *claims)
{
    char name[REST_NAME], row[CLAIMS_TEXT];
    struct text value = text_in(row, sizeof row);
    claims_format(&value, claims, boot);
    return meta_write(db, claims_name(folder, name), text_so_far(&value));
}

/* The ids that begin with the 15 digits that a token has room for. */
static bool
find_delivery(struct database *db, struct sceau_arena *arena, const char *first, int n,
              struct sceau_slice *report, struct bounced_delivery *found)
{
    char last[OUTBOX_ID_SIZE + 1];
    struct statement *s = database_prepare(
        db,
        "SELECT d.report, d.mailbox, o.policy_domain FROM delivery d JOIN outgoing o ON "
        "o.id = d.report WHERE d.report >= ?1 AND d.report < ?2 AND d.n = ?3");
    snprintf(last, sizeof last, "%sg", first); /* behind every hexadecimal digit */
    bind_text(s, 1, sceau_slice_from(first));
    bind_text(s, 2, sceau_slice_from(last));
    bind_int(s, 3, n);
    int step = statement_step(s);
    *report = step == 1 ? slice_copy(arena, column_text(s, 0)) : SLICE_NONE;
    found->mailbox = step == 1 ? slice_copy(arena, column_text(s, 1)) : SLICE_NONE;
    found->policy_domain =
        step == 1 ? slice_copy(arena, column_text(s, 2)) : SLICE_NONE;
    statement_reset(s);
    return step >= 0;
}

bool
delivery_bounced(struct database *db, struct sceau_arena *arena, const char *id, int n,
                 enum outbox_delivery_state state, int64_t now,
                 struct sceau_slice reason, struct bounced_delivery *bounced)
{
    struct sceau_slice report;
    struct bounced_delivery found;
    *bounced = (struct bounced_delivery){0};
    if (!find_delivery(db, arena, id, n, &report, &found))
        return false;
    if (report.len == 0)
        return true;
    struct statement *s = database_prepare(
        db,
        "UPDATE delivery SET state = ?3, changed = ?4, reply = ?5, claim = '' WHERE report = "
        "?1 AND n = ?2 AND state IN (1, 2)");
    bind_text(s, 1, report);
    bind_int(s, 2, n);
    bind_int(s, 3, state);
    bind_int(s, 4, now);
    bind_text(s, 5, reason);
    bool is_ours;
    if (!done_to_ours(db, s, &is_ours))
        return false;
    if (!is_ours)
        return true;
    *bounced = found;
    return finish(db, report, now);
}

bool
delivery_is_double(struct database *db, const struct outbox_next *next, bool *is_double)
{
    struct statement *s = database_prepare(
        db, "SELECT 1 FROM delivery WHERE report = ?1 AND n <> ?2 AND mailbox = ?3 AND "
            "state IN (0, 1, 2, 3, 8) LIMIT 1");
    bind_text(s, 1, sceau_slice_from(next->report));
    bind_int(s, 2, next->n);
    bind_text(s, 3, next->mailbox);
    int step = statement_step(s);
    *is_double = step == 1;
    statement_reset(s);
    return step >= 0;
}

bool
delivery_add(struct database *db, const struct outbox_next *next,
             struct sceau_slice mailbox, int64_t now)
{
    struct sceau_slice report = sceau_slice_from(next->report);
    struct statement *known = database_prepare(
        db,
        "SELECT max(n) + 1, sum(CASE WHEN state <> 7 THEN 1 ELSE 0 END), sum(CASE WHEN "
        "mailbox = ?2 THEN 1 ELSE 0 END) FROM delivery WHERE report = ?1");
    bind_text(known, 1, report);
    bind_text(known, 2, mailbox);
    bool is_read = statement_step(known) == 1;
    int64_t n = is_read ? column_int(known, 0) : 0;
    bool has_room = is_read && n < OUTBOX_URIS_RECORDED &&
                    column_int(known, 1) < OUTBOX_URIS_USED &&
                    column_int(known, 2) == 0;
    statement_reset(known);
    if (!has_room)
        return is_read;
    struct statement *s = database_prepare(
        db, "INSERT INTO delivery (report, n, uri, mailbox, state, tries, next_try, "
            "changed, reply) VALUES (?1, ?2, 'mailto:' || ?3, ?3, 0, 0, ?4, ?4, '')");
    bind_text(s, 1, report);
    bind_int(s, 2, n);
    bind_text(s, 3, mailbox);
    bind_int(s, 4, now);
    return done(s);
}

bool
destination_until(struct database *db, struct sceau_slice mailbox, int64_t now,
                  int64_t *until)
{
    struct statement *s = database_prepare(
        db, "SELECT coalesce(max(until), 0) FROM destination WHERE mailbox IN (?1, ?2) "
            "AND until > ?3");
    bind_text(s, 1, mailbox);
    bind_text(s, 2, outbox_host_of(mailbox));
    bind_int(s, 3, now);
    int step = statement_step(s);
    *until = step == 1 ? column_int(s, 0) : 0;
    statement_reset(s);
    return step >= 0;
}

/* How often it has refused, before this one; -1: this one does not count. */
static int64_t
refusals_before(struct database *db, struct sceau_slice mailbox,
                struct sceau_slice policy_domain, int64_t now)
{
    struct statement *s = database_prepare(
        db, "SELECT refusals, domain, changed FROM destination WHERE mailbox = ?1");
    bind_text(s, 1, mailbox);
    bool is_known = statement_step(s) == 1;
    int64_t refusals = is_known ? column_int(s, 0) : 0;
    if (refusals > 0 && slice_eq_ci(column_text(s, 1), policy_domain) &&
        column_int(s, 2) / DAY == now / DAY)
        refusals = -1;
    statement_reset(s);
    return refusals;
}

/* Is "552" (RFC 5321 section 4.2.3) the first code in it? */
static bool
is_about_size(struct sceau_slice reason)
{
    for (size_t i = 0; i + 3 <= reason.len; i++) {
        bool begins = i == 0 || reason.ptr[i - 1] == ' ';
        bool ends =
            i + 3 == reason.len || reason.ptr[i + 3] == ' ' || reason.ptr[i + 3] == '-';
        size_t digits = 0;
        while (digits < 3 && ascii_is_digit(reason.ptr[i + digits]))
            digits++;
        if (begins && ends && digits == 3)
            return slice_eq(slice_sub(reason, i, 3), SCEAU_SLICE("552"));
    }
    return false;
}

bool
destination_refused(struct database *db, struct sceau_slice mailbox,
                    struct sceau_slice policy_domain, int64_t now,
                    struct sceau_slice reason, bool is_bounce)
{
    int64_t before = refusals_before(db, mailbox, policy_domain, now);
    if (before < 0 || is_about_size(reason))
        return true;
    struct statement *s = database_prepare(
        db,
        "INSERT INTO destination (mailbox, refusals, until, changed, reason, domain, "
        "is_bounce, taken) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0) ON CONFLICT (mailbox) DO UPDATE SET refusals = "
        "excluded.refusals, until = CASE WHEN destination.until > excluded.until THEN "
        "destination.until ELSE excluded.until END, changed = excluded.changed, reason "
        "= excluded.reason, domain = excluded.domain, is_bounce = excluded.is_bounce, "
        "taken = 0");
    bind_text(s, 1, mailbox);
    bind_int(s, 2, before + 1);
    bind_int(s, 3, before > 0 ? now + outbox_suppression((unsigned)before) : 0);
    bind_int(s, 4, now);
    bind_text(s, 5, reason);
    bind_text(s, 6, policy_domain);
    bind_int(s, 7, is_bounce);
    return done(s);
}

bool
destination_took(struct database *db, struct sceau_slice mailbox, int64_t now)
{
    struct statement *over = database_prepare(
        db,
        "DELETE FROM destination WHERE mailbox = ?1 AND until < ?2 AND (is_bounce = "
        "0 OR (taken > 0 AND taken < ?3))");
    struct statement *first = database_prepare(
        db, "UPDATE destination SET taken = ?2 WHERE mailbox = ?1 AND taken = 0");
    bind_text(over, 1, mailbox);
    bind_int(over, 2, INT64_MAX);
    bind_int(over, 3, now - BOUNCE_PATIENCE);
    bind_text(first, 1, mailbox);
    bind_int(first, 2, now);
    return done(over) && done(first);
}

static bool
read_count(struct statement *s, uint32_t *count)
{
    bool is_read = statement_step(s) == 1;
    *count = is_read ? (uint32_t)column_int(s, 0) : 0;
    statement_reset(s);
    return is_read;
}

bool
delivery_sent_to(struct database *db, struct sceau_slice organization, int64_t since,
                 uint32_t most, uint32_t *sent)
{
    struct statement *s = database_prepare(
        db,
        "SELECT count(*) FROM (SELECT 1 FROM delivery WHERE organization = ?1 AND state "
        "IN (2, 8) AND next_try > ?2 LIMIT ?3) sent");
    bind_text(s, 1, organization);
    bind_int(s, 2, since);
    bind_int(s, 3, most);
    return read_count(s, sent);
}

bool
delivery_sent_about(struct database *db, struct sceau_slice organization,
                    enum outbox_kind kind, int64_t since, uint32_t most, uint32_t *sent)
{
    struct statement *s = database_prepare(
        db, "SELECT count(*) FROM (SELECT 1 FROM delivery d JOIN outgoing o ON o.id = "
            "d.report WHERE d.about = ?1 AND d.state IN (2, 8) AND d.next_try > ?2 AND "
            "o.kind = ?3 LIMIT ?4) sent");
    bind_text(s, 1, organization);
    bind_int(s, 2, since);
    bind_int(s, 3, kind);
    bind_int(s, 4, most);
    return read_count(s, sent);
}

/* Kept, for deliveries are forgotten, and all of them would be looked through at each run. */
static bool
find_first_day(struct database *db, int64_t *day)
{
    char digits[24];
    struct statement *first = database_prepare(
        db, "SELECT coalesce(min(changed), ?1) FROM delivery WHERE state IN (2, 8)");
    bind_int(first, 1, INT64_MAX);
    bool is_read = statement_step(first) == 1;
    int64_t at = is_read ? column_int(first, 0) : INT64_MAX;
    statement_reset(first);
    *day = at == INT64_MAX ? at : at / DAY;
    if (!is_read || at == INT64_MAX)
        return is_read;
    snprintf(digits, sizeof digits, "%lld", (long long)*day);
    if (database_begin_durable(db) &&
        meta_keep(db, FIRST_DAY, sceau_slice_from(digits)) && database_commit(db))
        return true;
    database_rollback(db);
    return false;
}

/* next_try of what was sent is when it was: the index has it. */
bool
delivery_sent_since(struct database *db, int64_t since, uint64_t *sent,
                    int64_t *first_day)
{
    *first_day = INT64_MAX;
    int known = meta_number(db, FIRST_DAY, first_day);
    if (known < 0 || (known == 0 && !find_first_day(db, first_day)))
        return false;
    struct statement *s = database_prepare(
        db, "SELECT count(*) FROM delivery WHERE state IN (2, 8) AND next_try >= ?1");
    bind_int(s, 1, since);
    bool is_read = statement_step(s) == 1;
    *sent = is_read ? (uint64_t)column_int(s, 0) : 0;
    statement_reset(s);
    return is_read;
}

/* ---- the mail server ---- */

static struct sceau_slice
rest_name(struct database *db, const char *folder, char name[REST_NAME])
{
    bool is_one = !database_is_shared(db);
    snprintf(name, REST_NAME, "outbox.rest%s%.*s", is_one ? "" : "/",
             is_one ? 0 : OUTBOX_FOLDER_NAME - 1, folder);
    return sceau_slice_from(name);
}

bool
outbox_rest_read(struct database *db, const char *folder, struct outbox_rest *rest)
{
    char row[320] = "", name[REST_NAME];
    long long until;
    int at = 0;
    struct text value = text_in(row, sizeof row);
    int step = meta_read(db, rest_name(db, folder, name), &value);
    text_done(&value);
    *rest = (struct outbox_rest){0};
    /* NOLINTNEXTLINE(cert-err34-c): a row of ours; what does not fit is no rest */
    if (sscanf(row, "%lld %u |%n", &until, &rest->failures, &at) == 2 && at > 0) {
        rest->until = until;
        snprintf(rest->words, sizeof rest->words, "%s", row + at);
    }
    return step >= 0;
}

bool
outbox_rest_write(struct database *db, const char *folder,
                  const struct outbox_rest *rest)
{
    char row[320], name[REST_NAME];
    snprintf(row, sizeof row, "%lld %u |%s", (long long)rest->until, rest->failures,
             rest->words);
    return meta_write(db, rest_name(db, folder, name), sceau_slice_from(row));
}
