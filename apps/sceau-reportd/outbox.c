/* Reports to domain owners: planned after midnight, built, and on their way. */
#include "core/text.h"
#include "outbox_send.h"
#include "reportd.h"
#include "turn.h"

#include <stdio.h>
#include <string.h>

/* "ID: state=waiting tries=2 domain=… to=… next=… said="…"". */
static void
tell_one(void *self, const struct outbox_event *e)
{
    char memory[1024];
    struct text t = text_in(memory, sizeof memory);
    (void)self;
    text_format(&t, "%s: state=\"%s\" tries=%u domain=", e->report,
                outbox_delivery_word(e->state), e->tries);
    text_escaped(&t, e->policy_domain);
    text_string(&t, " to=");
    text_escaped(&t, e->mailbox);
    if (e->state == DELIVERY_WAITING)
        text_format(&t, " next=%lld", (long long)e->next_try);
    text_format(&t, " said=\"%s\"", e->words);
    complain("%.*s", SLICE_ARG(text_so_far(&t)));
}

/* "ID: back="refused" said="…"", with the first 15 digits of the report's id. */
void
outbox_tell_back(const struct outbox_mail_back *mail, enum outbox_taken taken)
{
    char memory[512];
    struct text t = text_in(memory, sizeof memory);
    if (mail->what == INCOMING_BOUNCE)
        text_format(&t, "%015llx: ", (unsigned long long)(mail->number >> 4));
    else
        text_string(&t, "self-test: ");
    text_format(&t, "back=\"%s\" said=\"", outbox_taken_word(taken));
    text_escaped(&t, slice_sub(mail->bounce.reason, 0,
                               mail->bounce.reason.len < 80 ? mail->bounce.reason.len
                                                            : 80));
    text_octet(&t, '"');
    complain("%.*s", SLICE_ARG(text_so_far(&t)));
}

static void
tell(const struct outbox_sent *sent)
{
    const struct outbox_delivered *d = &sent->delivered;
    if (sent->built > 0)
        complain("reports to domain owners: %llu built",
                 (unsigned long long)sent->built);
    if (d->sent + d->refused + d->given_up > 0)
        complain("reports to domain owners: %llu sent, %llu refused, %llu given up",
                 (unsigned long long)d->sent, (unsigned long long)d->refused,
                 (unsigned long long)d->given_up);
}

/* Once for each thing that is in the way. */
static void
tell_untested(const struct selftest *test)
{
    static char told[SELFTEST_PROBLEM]; /* of this process alone: what is on its log */
    const char *missing = selftest_missing(test);
    if (missing == NULL || strcmp(missing, told) == 0)
        return;
    snprintf(told, sizeof told, "%s", missing);
    complain("no report leaves before the self-test has passed: %s; %s", missing,
             selftest_remedy(test));
}

bool
wants_build(struct reportd *r)
{
    return outbox_is_wanted(&r->env);
}

/* One of the two halves. */
static bool
run_half(struct reportd *r,
         bool (*half)(struct outbox_sending *sending, struct outbox_sent *sent))
{
    static struct outbox_memory memory; /* of this process: what it saw and owes */
    struct outbox_settings settings;
    struct outbox_sent sent = {0};
    struct turn turn = turn_begin(r);
    if (!wants_build(r))
        return true;
    if (!outbox_place(&r->env, r->state, &settings)) {
        r->has_trouble = true;
        return false;
    }
    struct outbox_sending sending = {.env = &r->env,
                                     .db = r->db,
                                     .settings = &settings,
                                     .clock_offset = r->clock_offset,
                                     .is_stopping = turn_stops,
                                     .stopping_self = &turn,
                                     .tell = tell_one,
                                     .memory = &memory};
    bool is_good = half(&sending, &sent);
    tell(&sent);
    if (is_good && sent.is_untested)
        tell_untested(&sent.test);
    if (!is_good || sent.has_put_off)
        reportd_trouble(r, "%s", sending.problem);
    return is_good && !turn.is_over;
}

bool
step_build(struct reportd *r)
{
    return run_half(r, outbox_make);
}

bool
step_outbox(struct reportd *r)
{
    return run_half(r, outbox_hand_over);
}
