/* Once a day: what is older than it may be goes, in as many turns as it takes. */
#include "store/retain.h"

#include "insight/tls_published.h"
#include "outbox/failure.h"
#include "outbox/forget.h"
#include "reportd.h"
#include "turn.h"

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
    struct turn turn = turn_begin(r);
    int64_t removed;
    struct insight in = {.db = r->db, .now = reportd_now(r)};
    snprintf(outbox, sizeof outbox, "%s/outbox", r->state);
    bool is_good = retain(r->db, &times, reportd_now(r), &removed, turn_stops, &turn);
    if (is_good && (turn.is_over || reportd_stops(r)))
        return false; /* the rest at the next turn */
    if (is_good &&
        outbox_failure_forget(r->db, outbox, reportd_now(r) - times.failures) &&
        outbox_forget(r->db, outbox, reportd_now(r) - times.rows) &&
        outbox_spool_expire(r->db, reportd_now(r) - SPOOL_KEEP) &&
        insight_mtasts_forget(&in))
        return true;
    reportd_trouble(r, "%s", database_error(r->db));
    return false;
}
