/* Sources once gathered, kept for the next page about the same domain and days: most pages of a
 * domain begin with them. For a program of several threads; the command does without. */
#ifndef INSIGHT_KEPT_H
#define INSIGHT_KEPT_H

#include "scope.h"

struct kept;

/* At most so many octets while nobody uses them. NULL: no memory. */
struct kept *kept_new(size_t octets);
/* NULL is fine. Nobody uses any more what came from it. */
void kept_free(struct kept *kept);

/* What they are of. */
struct kept_key {
    struct sceau_slice policy_domain, author; /* of the scope */
    int from_day, to_day;
    int recent_from, recent_to; /* sources of these days as well; 0: not */
    bool needs_days;            /* struct insight_day */
    int64_t
        version; /* of the store and the minute: another one, and all is gathered anew */
};

struct kept_sources {
    struct analysis_sources *sources; /* done */
    struct analysis_source *const *list;
    size_t count;
    struct insight_day
        *days; /* each of the range; what is aligned alone; NULL: recent */
};

/* `recent`: sources alone, of the key's recent days, if it has any. */
typedef bool kept_make(void *self, struct sceau_arena *arena,
                       const struct kept_key *key, struct kept_sources *made,
                       struct kept_sources *recent);

/* Those of the key, or those that `make` makes in the arena it is given; others that ask for
 * the same meanwhile wait for it. They are not changed any more and live until kept_release
 * of the same insight. NULL: `make` gave false. */
const struct kept_sources *kept_take(struct insight *in, const struct kept_key *key,
                                     kept_make *make, void *self);

/* All that this request took. */
void kept_release(struct insight *in);

/* For tests. */
size_t kept_octets(struct kept *kept);

#endif
