/* Selectors in the milter's journal: of signatures that passed, and of those that this host
 * made. A forger can make mail name any selector, so what did not pass is not taken for one
 * in use. */
#ifndef APP_SELECTORS_SEEN_H
#define APP_SELECTORS_SEEN_H

#include "sceau/core.h"

struct selector_use {
    struct sceau_slice domain, selector; /* until the call returns */
    int64_t when;                        /* seconds since the epoch */
    bool is_own;                         /* this host signed */
};

/* Call `each` for every use in the journal STATE/journal. Gives the time of its oldest
 * record; 0 when there is none, or it cannot be read: no error, whoever asks need not be
 * allowed to. */
int64_t selectors_seen(struct sceau_slice state,
                       void (*each)(void *self, const struct selector_use *use),
                       void *self);

#endif
