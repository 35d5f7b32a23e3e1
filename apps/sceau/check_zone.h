/* A zone file that stands in for DNS in `sceau check`. */
#ifndef APP_CHECK_ZONE_H
#define APP_CHECK_ZONE_H

#include "check.h"

struct zone_check;

/* Read a zone file (or "-"), with what it includes inside its own folder. `origin` is
 * --origin's or NULL. NULL with a message on standard error; else close it after the
 * batch. */
struct zone_check *zone_check_open(struct environment *env, const char *path,
                                   const char *origin);
void zone_check_close(struct zone_check *check);

/* Put the zone into a batch: its resolver, its selectors, and, when the batch has none, its
 * names. False when memory is exhausted. */
bool zone_check_use(struct zone_check *check, struct environment *env,
                    struct check_options *options, struct check_batch *batch);

#endif
