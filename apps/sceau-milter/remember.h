/* A verdict and a decision as the journal's record of a message. */
#ifndef APP_REMEMBER_H
#define APP_REMEMBER_H

#include "config/config.h"
#include "milter/session.h"
#include "store/record.h"

/* The secret of this host's hashes; empty until it was read. */
struct remember_key {
    char octets[32];
    bool is_set;
};

/* Read DIR/privacy.key, or make it. False, and errno. */
bool remember_key_open(struct remember_key *key, const char *dir);

/* Fill `record` but for time, host, boot and sequence. Slices borrow from the message and
 * from the arena. `message->verdict` is not NULL. */
void remember_message(struct sceau_arena *arena, enum config_privacy privacy,
                      const struct remember_key *key,
                      const struct milter_message *message,
                      struct record_message *record);

#endif
