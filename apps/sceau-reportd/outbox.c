/* Reports to domain owners: planned after midnight, built, and on their way. */
#include "outbox_send.h"
#include "reportd.h"

#include <stdio.h>

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
        complain("reports to domain owners: %llu built, %llu sent, %llu refused, %llu given up",
                 (unsigned long long)sent->built, (unsigned long long)d->sent,
                 (unsigned long long)d->refused, (unsigned long long)d->given_up);
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
    if (!is_good)
        reportd_trouble(r, "%s", sending.problem);
    return is_good;
}
