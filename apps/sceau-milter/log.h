/* One event, one line, one write: lines of different threads do not mix. */
#ifndef APP_LOG_H
#define APP_LOG_H

#include "config/config.h"
#include "milter/session.h"
#include "store/record.h"

/* A message that is about to be answered, on standard error. */
void log_message(enum config_log_format format, const struct milter_message *message,
                 const struct record_message *record);

#endif
