/* Shadow mode (P8) of the daemon: each message compared, each difference logged, counted and
 * put into its record. */
#ifndef APP_COMPARE_H
#define APP_COMPARE_H

#include "config/config.h"
#include "metrics.h"
#include "store/record.h"

/* The message was judged in shadow mode. Slices put into `record` live in the arena or with
 * the message. */
void compare_message(struct sceau_arena *arena, const struct sceau_config *config,
                     const struct policy_config *policy, struct metrics *metrics,
                     const struct milter_message *message,
                     struct record_message *record);

#endif
