/* One event, one line, one write: lines of different threads do not mix. */
#ifndef APP_LOG_H
#define APP_LOG_H

#include "config/config.h"
#include "milter/session.h"
#include "policy/shadow.h"
#include "store/record.h"

/* A message that is about to be answered, on standard error. */
void log_message(enum config_log_format format, const struct milter_message *message,
                 const struct record_message *record);

/* What the filter before us says otherwise (shadow mode). Memory of the arena is used. */
void log_difference(enum config_log_format format, struct sceau_arena *arena,
                    const struct policy_facts *facts,
                    const struct shadow_difference *difference);

#endif
