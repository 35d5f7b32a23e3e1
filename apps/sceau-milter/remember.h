/* A verdict and a decision as the journal's record of a message. */
#ifndef APP_REMEMBER_H
#define APP_REMEMBER_H

#include "config/config.h"
#include "message/redact.h"
#include "milter/session.h"
#include "store/record.h"

/* The secret of this host's hashes; empty until it was read. */
struct remember_key {
    uint8_t octets[REDACT_KEY];
    bool is_set;
};

/* Read DIR/privacy.key, or make it. False, and errno. */
bool remember_key_open(struct remember_key *key, const char *dir);

/* Is the message one for the journal? One that was verified, or signed. */
bool remember_wants(const struct milter_message *message);

/* Fill `record` but for time, host, boot and sequence. Slices borrow from the message and
 * from the arena. The journal wants the message. */
void remember_message(struct sceau_arena *arena, enum config_privacy privacy,
                      const struct remember_key *key,
                      const struct milter_message *message,
                      struct record_message *record);

#endif
