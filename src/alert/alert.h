/* Alerts and digests: who is told what, once. */
#ifndef ALERT_ALERT_H
#define ALERT_ALERT_H

#include "state.h"
#include "ways.h"

/* What there is to tell. */
struct alert_world {
    const struct letter_item *items; /* not muted, the worst first */
    size_t item_count;
    size_t left_out;    /* findings that alert.without keeps out */
    struct insight *in; /* for figures; NULL: there are none */
};

struct alert_result {
    unsigned alerts, digests; /* sent, each way counted */
    unsigned failed;          /* not taken; again later */
    struct problem problem;   /* "mail: ..." of the last */
};

/* The findings of the store as items in words, but for those that [alert] leaves out and
 * those that are muted. False: insight_error tells. */
bool alert_world_make(struct insight *in, const struct alert_settings *settings,
                      struct alert_world *world);

/* Figures of the days before now's: the last one, or the last seven. */
bool alert_figures(struct insight *in, struct letter *letter);

/* What may not wait, then the digest once its hour has come. False when the store fails. */
bool alert_run(const struct alert_settings *settings, struct database *db,
               struct sceau_arena *arena, const struct alert_world *world, int64_t now,
               struct alert_result *result);

#endif
