/* What is due, one after the other. The steps of each are in deliver_run.h. */
#include "deliver.h"

#include "deliver_run.h"
#include "delivery_mail.h"

#include <errno.h>
#include <string.h>

#include <openssl/rand.h>

#define DELIVERY_ARENA ((size_t)1024 * 1024)
#define PICKS          32 /* of the deliveries that are due one is taken by chance */

static bool
deliver_one(struct run *r, struct outbox_next *next)
{
    bool is_left;
    const char *why;
    const struct sceau_slice named = next->mailbox;
    if (!run_leave_alone(r, next, &is_left))
        return false;
    if (!is_left && r->d->settings->spread > 0 &&
        !run_wait_for_share(r, next, &is_left))
        return false;
    if (is_left)
        return true;
    switch (run_asks_destination(r, next, &why)) {
    case MAY_BE:
        return run_wait_here(r, next,
                             why != NULL
                                 ? why
                                 : N_("DNS could not tell whether it takes them"));
    case MAY_NOT:
        r->delivered->unaccepted++;
        return run_set_state(r, next, DELIVERY_UNACCEPTED, 0,
                             why != NULL ? why
                                         : N_("it does not say that it takes them"));
    case MAY: break;
    }
    bool is_replaced = !slice_eq(named, next->mailbox);
    if (is_replaced &&
        !(run_add_replacements(r, next) && run_look_at_replacement(r, next, &is_left)))
        return false;
    return is_left || run_hand_over(r, next);
}

/* How many of those that are due are left to others. With 32 two of three hosts that send at once
 * are at the same one a time in sixteen; by itself a host goes through them all the same. */
static unsigned
skipped(const struct run *r)
{
    unsigned char random = 0;
    if (!database_is_shared(r->d->db) || RAND_bytes(&random, 1) != 1)
        return 0;
    return random % PICKS;
}

static bool
deliver_all(struct run *r)
{
    int step = 0;
    while (!r->delivered->is_down &&
           (r->d->is_stopping == NULL || !r->d->is_stopping(r->d->stopping_self))) {
        struct outbox_next next;
        sceau_arena_clear(r->arena);
        sceau_arena_clear(r->mail_arena);
        step =
            delivery_next(r->d->db, r->arena, r->folder, run_now(r), skipped(r), &next);
        if (step != 1)
            break;
        if (r->until_look == 0 && !run_look_at_ceiling(r))
            return false;
        if (r->d->settings->spread > 0 && r->left_today == 0) {
            r->delivered->is_full = true;
            break;
        }
        if (!deliver_one(r, &next))
            return false;
    }
    return step >= 0 || run_failed(r);
}

bool
outbox_deliver(struct outbox_delivering *d, struct outbox_delivered *delivered,
               /* NOLINTNEXTLINE(readability-non-const-parameter): it is written to */
               char problem[OUTBOX_PROBLEM])
{
    *delivered = (struct outbox_delivered){0};
    struct run r = {.d = d,
                    .delivered = delivered,
                    .problem = problem,
                    .arena = sceau_arena_new(DELIVERY_ARENA),
                    .mail_arena = sceau_arena_new(DELIVERY_MAIL_ARENA)};
    bool is_good = r.arena != NULL && r.mail_arena != NULL;
    if (!is_good)
        run_fail(&r, N_("memory"), N_("there is none"));
    else if (!outbox_folder_name(d->settings->folder, r.folder))
        is_good = run_fail(&r, d->settings->folder, strerror(errno));
    is_good = is_good && run_tell_of_taken(&r) && run_take_back(&r) &&
              run_begin_pacing(&r) && deliver_all(&r);
    sceau_arena_free(r.mail_arena);
    sceau_arena_free(r.arena);
    return is_good;
}
