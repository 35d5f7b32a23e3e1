/* What every part of a run needs: the clock, the problem, and the states of a delivery, each on the
 * disk before anything follows from it. */
#include "deliver_run.h"

#include "core/text.h"
#include "store/lease.h"

#include <stdio.h>
#include <unistd.h>

#define AGAIN      900 /* seconds until what fails here is tried again, at least */
#define AWAY_TRIES 10

bool
run_fail(struct run *r, const char *what, const char *why)
{
    struct text t = text_in(r->problem, OUTBOX_PROBLEM);
    text_format(&t, "%s: %s", what, why);
    text_done(&t);
    return false;
}

bool
run_failed(struct run *r)
{
    return run_fail(r, N_("the store"), database_error(r->d->db));
}

int64_t
run_now(const struct run *r)
{
    return r->d->clock(r->d->clock_self);
}

int64_t
run_clock(const struct run *r)
{
    return r->d->running != NULL ? r->d->running(r->d->clock_self) : lease_clock();
}

static void
tell(struct run *r, const struct outbox_next *next, const char *words)
{
    const struct outbox_event event = {
        .report = next->report,
        .policy_domain = next->policy_domain,
        .mailbox = next->mailbox,
        .state = next->state,
        .tries = next->tries,
        .next_try = next->next_try,
        .words = words,
    };
    if (r->d->tell != NULL)
        r->d->tell(r->d->tell_self, &event);
}

/* ---- one state ---- */

static bool
write_state(struct run *r, struct outbox_next *next, enum outbox_delivery_state state,
            int64_t next_try, const char *reply, const char *claim, bool *is_ours)
{
    struct database *db = r->d->db;
    const struct outbox_next before = *next;
    struct sceau_slice words = sceau_slice_from(reply);
    bool is_set =
        database_begin_durable(db) &&
        delivery_set(db, next, state, next_try, run_now(r), words, claim, is_ours);
    if (is_set && *is_ours && state == DELIVERY_REFUSED)
        is_set = destination_refused(db, next->mailbox, next->policy_domain, run_now(r),
                                     words, false);
    if (is_set && *is_ours && state == DELIVERY_SENT)
        is_set = destination_took(db, next->mailbox, run_now(r));
    if (is_set && database_commit(db))
        return true;
    run_failed(r);
    database_rollback(db);
    *next = before;
    return false;
}

/* It is on the disk before this returns. *is_ours is false, and nothing has changed, when
 * another process is at this delivery. */
bool
run_set_own_state(struct run *r, struct outbox_next *next,
                  enum outbox_delivery_state state, int64_t next_try, const char *reply,
                  const char *claim, bool *is_ours)
{
    unsigned tries = 0;
    while (!write_state(r, next, state, next_try, reply, claim, is_ours))
        if (!database_try_again(r->d->db, &tries))
            return false;
    if (*is_ours && state != DELIVERY_SENDING)
        tell(r, next, reply);
    return true;
}

/* The same where it does not matter who wrote it. */
bool
run_set_state(struct run *r, struct outbox_next *next, enum outbox_delivery_state state,
              int64_t next_try, const char *reply)
{
    bool is_ours;
    return run_set_own_state(r, next, state, next_try, reply, NULL, &is_ours);
}

/* The mail server has it. A store that is away for a moment is waited for; one that stays away
 * hears of it at the next call. */
bool
run_set_sent(struct run *r, struct outbox_next *next, const char *reply)
{
    struct outbox_memory *memory = r->d->memory;
    for (unsigned left = AWAY_TRIES; left > 0; left--) {
        if (run_set_state(r, next, DELIVERY_SENT, run_now(r), reply))
            return true;
        if (database_failure(r->d->db) != DATABASE_AWAY)
            break;
        sleep(1);
    }
    if (memory == NULL)
        return false;
    snprintf(memory->report, sizeof memory->report, "%s", next->report);
    snprintf(memory->reply, sizeof memory->reply, "%.*s", OUTBOX_REPLY - 1, reply);
    memory->n = next->n;
    memory->taken = run_now(r);
    return false;
}

bool
run_tell_of_taken(struct run *r)
{
    struct outbox_memory *memory = r->d->memory;
    struct database *db = r->d->db;
    if (memory == NULL || memory->report[0] == '\0')
        return true;
    if (database_begin_durable(db) &&
        delivery_taken(db, memory->report, memory->n, memory->taken,
                       sceau_slice_from(memory->reply)) &&
        database_commit(db)) {
        memory->report[0] = '\0';
        return true;
    }
    run_failed(r);
    database_rollback(db);
    return false;
}

/* For what is no answer of the destination. The older the report, the longer; in the end it is of
 * no use to anybody. */
bool
run_wait_here(struct run *r, struct outbox_next *next, const char *why)
{
    int64_t age = run_now(r) - next->built;
    if (age > OUTBOX_PATIENCE) {
        r->delivered->given_up++;
        return run_set_state(r, next, DELIVERY_GIVEN_UP, 0, why);
    }
    r->delivered->later++;
    return run_set_state(r, next, DELIVERY_WAITING,
                         run_now(r) + AGAIN + (age > 0 ? age / 4 : 0), why);
}
