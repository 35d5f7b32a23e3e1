/* Reports to domain owners: planned after midnight, built, and on their way. */
#include "outbox_send.h"
#include "reportd.h"

#include <stdio.h>
#include <string.h>

static bool
stops(void *self)
{
    return reportd_stops(self);
}

static void
tell(const struct outbox_sent *sent)
{
    const struct outbox_delivered *d = &sent->delivered;
    if (sent->built > 0 || d->sent + d->refused + d->given_up > 0)
        complain(
            "reports to domain owners: %llu built, %llu sent, %llu refused, %llu given up",
            (unsigned long long)sent->built, (unsigned long long)d->sent,
            (unsigned long long)d->refused, (unsigned long long)d->given_up);
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
step_outbox(struct reportd *r)
{
    struct outbox_settings settings;
    struct outbox_sent sent;
    if (!outbox_is_wanted(&r->env))
        return true;
    if (!outbox_place(&r->env, r->state, &settings))
        return false;
    struct outbox_sending sending = {.env = &r->env,
                                     .db = r->db,
                                     .settings = &settings,
                                     .clock_offset = r->clock_offset,
                                     .is_stopping = stops,
                                     .stopping_self = r};
    bool is_good = outbox_send(&sending, &sent);
    tell(&sent);
    if (is_good && sent.is_untested)
        tell_untested(&sent.test);
    if (!is_good)
        reportd_trouble(r, "%s", sending.problem);
    return is_good;
}
