/* A delivery is claimed, composed, handed to the mail server, and its answer is written. */
#include "core/text.h"
#include "deliver_run.h"
#include "delivery_mail.h"
#include "schedule.h"

#include <stdio.h>
#include <stdlib.h>

#define ENDING \
 N_("all of it is sent but the last octet") /* in `reply`, while it is sent */

/* The first 60 bits of the report's id and the number of its mailbox. */
static uint64_t
delivery_number(const struct outbox_next *next)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%.15s", next->report);
    return strtoull(digits, NULL, 16) << 4 | (unsigned)next->n % OUTBOX_URIS_RECORDED;
}

static const char *
terminated(struct sceau_arena *arena, struct sceau_slice s)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, s);
    return text_done(&t).ptr;
}

#define LOST \
 "taken, perhaps: the answer did not come; it goes again under the same name; "

/* Does what was said of the tries before leave open whether one of them was taken? */
static bool
may_be_there(const struct outbox_next *next)
{
    return slice_starts_ci(next->reply, SCEAU_SLICE(LOST)) ||
           slice_eq(next->reply, SCEAU_SLICE(TAKEN_BACK));
}

/* The server answers again, or is to have its rest. */
static bool
note_server(struct run *r, bool is_down, const char *words)
{
    struct outbox_rest *rest = &r->rest;
    if (!is_down && rest->failures == 0)
        return true;
    unsigned failures = is_down ? rest->failures + 1 : 0;
    uint32_t wait = outbox_rest_wait(failures);
    *rest = (struct outbox_rest){.until = is_down ? run_now(r) + wait : 0,
                                 .failures = failures};
    snprintf(rest->words, sizeof rest->words, "%s", is_down ? words : "");
    r->delivered->is_down = is_down;
    struct database *db = r->d->db;
    if (database_begin_durable(db) && outbox_rest_write(db, r->folder, rest) &&
        database_commit(db))
        return true;
    run_failed(r);
    database_rollback(db);
    return false;
}

/* Not now. With a server that is down the delivery itself was not tried. */
static bool
wait_for_answer(struct run *r, struct outbox_next *next, bool is_down,
                const char *reply)
{
    uint32_t wait = is_down ? outbox_rest_wait(r->rest.failures)
                            : outbox_retry(next->tries, delivery_number(next));
    if (wait == 0) {
        r->delivered->given_up++;
        return run_set_state(r, next, DELIVERY_GIVEN_UP, 0, reply);
    }
    r->delivered->later++;
    next->is_untried = is_down;
    next->tries -= is_down;
    return run_set_state(r, next, DELIVERY_WAITING, run_now(r) + wait, reply);
}

static bool
record_answer(struct run *r, struct outbox_next *next, enum outbox_answer answer,
              const char *words)
{
    char reply[OUTBOX_REPLY + sizeof LOST];
    bool is_lost = answer == OUTBOX_UNKNOWN ||
                   (may_be_there(next) &&
                    (answer == OUTBOX_LATER || answer == OUTBOX_DOWN)); /* still so */
    snprintf(reply, sizeof reply, "%s%s", is_lost ? LOST : "", words);
    next->tries++;
    if (!note_server(r, answer == OUTBOX_DOWN, words) && answer != OUTBOX_TAKEN)
        return false;
    switch (answer) {
    case OUTBOX_TAKEN: run_count_sent(r); return run_set_sent(r, next, reply);
    case OUTBOX_REFUSED:
        /* The one before was taken, it seems, and this is refused as the same again. */
        if (may_be_there(next)) {
            run_count_sent(r);
            return run_set_sent(r, next, reply);
        }
        r->delivered->refused++;
        return run_set_state(r, next, DELIVERY_REFUSED, 0, reply);
    case OUTBOX_UNKNOWN: r->delivered->unknown++; break;
    case OUTBOX_LATER:
    case OUTBOX_DOWN:
    case OUTBOX_CALLED_OFF: break;
    }
    return wait_for_answer(r, next, answer == OUTBOX_DOWN, reply);
}

/* A mail on its way, and how long it is ours. */
struct holding {
    struct run *r;
    struct outbox_next *next;
    int64_t claimed; /* in running time */
    bool has_failed; /* the store did, when it was asked */
};

/* In one transaction: the claim is renewed when it is old, and noted that the end is sent now. A
 * note that is lost with the host's disk blames a mailbox for one refusal; it need not be waited
 * for. */
static bool
change_claim(struct holding *h, bool is_old, bool is_end, bool *is_ours)
{
    struct database *db = h->r->d->db;
    char claim[CLAIM_SIZE];
    int64_t until = run_now(h->r) + OUTBOX_LEASE;
    snprintf(claim, sizeof claim, "%s", h->next->claim);
    *is_ours = true;
    bool is_good =
        is_old ? claim_make(claim) && database_begin_durable(db) : database_begin(db);
    if (is_good && is_old)
        is_good = delivery_renew(db, h->next, claim, until, is_ours);
    if (is_good && is_end && *is_ours)
        is_good = delivery_note(db, h->next, claim, SCEAU_SLICE(ENDING), is_ours);
    if (!is_good || !database_commit(db))
        return false;
    snprintf(h->next->claim, sizeof h->next->claim, "%s", claim);
    h->next->next_try = is_old ? until : h->next->next_try;
    return true;
}

/* Who was frozen may find that another host has it. */
static bool
may_go(void *self, bool is_end)
{
    struct holding *h = self;
    struct run *r = h->r;
    int64_t at = run_clock(r);
    bool is_old = claim_is_old(h->claimed, at), is_ours = true;
    unsigned tries = 0;
    if (!is_old && !is_end)
        return true;
    while (!change_claim(h, is_old, is_end, &is_ours)) {
        run_failed(r);
        database_rollback(r->d->db);
        h->has_failed = !database_try_again(r->d->db, &tries);
        if (h->has_failed)
            return false;
    }
    h->claimed = is_old ? at : h->claimed;
    return is_ours;
}

static bool
send_and_record(struct run *r, struct outbox_next *next, int64_t claimed,
                const char *from, const char *to, struct sceau_slice mail)
{
    char reply[OUTBOX_REPLY] = "";
    struct outbox_sender *sender = r->d->sender;
    struct holding holding = {.r = r, .next = next, .claimed = claimed};
    sender->may_go = may_go;
    sender->may_go_self = &holding;
    enum outbox_answer answer = sender->send(sender, from, to, mail, reply);
    sender->may_go = NULL;
    if (answer == OUTBOX_CALLED_OFF)
        return !holding.has_failed; /* the claim is another one's, or will be */
    return record_answer(r, next, answer, reply);
}

bool
run_hand_over(struct run *r, struct outbox_next *next)
{
    char claim[CLAIM_SIZE];
    bool is_ours;
    const struct delivery_mail composing = {
        .db = r->d->db,
        .settings = r->d->settings,
        .is_bulk = r->d->is_bulk,
        .arena = r->arena,
        .mail_arena = r->mail_arena,
        .problem = r->problem,
    };
    struct sceau_slice mail = delivery_mail_compose(&composing, next);
    struct sceau_slice path =
        outbox_return_path(r->arena, r->d->secret, r->d->return_path,
                           delivery_number(next));
    const char *from = terminated(r->arena, path),
               *to = terminated(r->arena, next->mailbox);
    if (mail.ptr == NULL || path.ptr == NULL || from == NULL || to == NULL) {
        const char *why =
            mail.ptr == NULL ? r->problem : N_("report.return_path is no address");
        return run_wait_here(r, next, why);
    }
    int64_t claimed = run_clock(r);
    if (!claim_make(claim))
        return run_fail(r, N_("memory"), N_("there is none"));
    const char *left_open = may_be_there(next) ? TAKEN_BACK : "";
    if (!run_set_own_state(r, next, DELIVERY_SENDING, run_now(r) + OUTBOX_LEASE,
                           left_open, claim, &is_ours))
        return false;
    return !is_ours || send_and_record(r, next, claimed, from, to, mail);
}
