/* Selectors in the milter's journal: of signatures that passed, and of those that this host
 * made. A forger can make mail name any selector, so what did not pass is not taken for one
 * in use. */
#ifndef APP_SELECTORS_SEEN_H
#define APP_SELECTORS_SEEN_H

#include "sceau/core.h"

#include "language/problem.h"

struct selector_use {
    struct sceau_slice domain, selector; /* until the call returns */
    int64_t when;                        /* seconds since the epoch */
    bool is_own;                         /* this host signed */
};

struct selectors_journal {
    int64_t oldest; /* time of its oldest record, or earlier; 0: there is none */
    struct problem problem; /* why not all of it could be read: what is missing may be a
                             * use. "" when all was read, or there is no journal */
};

/* Call `each` for every use in the journal STATE/journal. Nothing is said of what cannot be
 * read: whoever asks need not be allowed to.
 *
 * age       seconds: segments that nobody has written to for longer are not read; 0: all
 *           are
 * language  of the problem */
void selectors_seen(struct sceau_slice state, int64_t age, enum language language,
                    void (*each)(void *self, const struct selector_use *use),
                    void *self, struct selectors_journal *journal);

#endif
