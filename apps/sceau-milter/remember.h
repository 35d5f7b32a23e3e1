/* A verdict and a decision as the journal's record of a message. */
#ifndef APP_REMEMBER_H
#define APP_REMEMBER_H

#include "milter/session.h"
#include "store/record.h"

/* Fill `record` but for time, host, boot and sequence. Slices borrow from the message.
 * `message->verdict` is not NULL. */
void remember_message(const struct milter_message *message,
                      struct record_message *record);

#endif
