/* Once a day: what is older than it may be goes. */
#include "store/retain.h"

#include "reportd.h"

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
    int64_t removed;
    if (retain(r->db, &times, reportd_now(r), &removed))
        return true;
    reportd_trouble(r, "%s", database_error(r->db));
    return false;
}
