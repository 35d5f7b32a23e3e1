/* Segments of the journal into the store. */
#include "reportd.h"

#include <stdio.h>

bool
step_fold(struct reportd *r)
{
    char folder[REPORTD_PATH + 16];
    struct fold_look look;
    int64_t keep = (int64_t)r->env.config.store.keep_journal;
    snprintf(folder, sizeof folder, "%s/journal", r->state);
    bool is_good = fold_folder(r->fold, folder, reportd_now(r), keep, &look);
    if (!is_good)
        reportd_trouble(r, "%s: %s", folder, database_error(r->db));
    else if (look.problem[0] != '\0')
        reportd_trouble(r, "%s", look.problem);
    if (look.counts.skipped > 0)
        complain("%s: %llu octets or records are no message", folder,
                 (unsigned long long)look.counts.skipped);
    return is_good && look.problem[0] == '\0';
}
