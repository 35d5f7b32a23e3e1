/* Once a day: what is older than it may be goes. */
#include "store/retain.h"

#include "outbox/failure.h"
#include "outbox/forget.h"
#include "reportd.h"

#include <stdio.h>

bool
step_retain(struct reportd *r)
{
    const struct config_store *config = &r->env.config.store;
    const struct retain_times times = {
        .rows = (int64_t)config->keep_rows,
        .totals = (int64_t)config->keep_totals,
        .failures = (int64_t)config->keep_failures,
        /* A name that is forgotten before its file is gone would be folded again. */
        .segments = (int64_t)(config->keep_totals + config->keep_journal),
    };
    char outbox[REPORTD_PATH + 16];
    int64_t removed;
    snprintf(outbox, sizeof outbox, "%s/outbox", r->state);
    if (retain(r->db, &times, reportd_now(r), &removed) &&
        outbox_failure_forget(r->db, outbox, reportd_now(r) - times.failures) &&
        outbox_forget(r->db, outbox, reportd_now(r) - times.rows) &&
        outbox_spool_expire(r->db, reportd_now(r) - SPOOL_KEEP))
        return true;
    reportd_trouble(r, "%s", database_error(r->db));
    return false;
}
