/* What the configuration says of mailboxes, as imap_run takes it. */
#ifndef REMOTE_SETTINGS_H
#define REMOTE_SETTINGS_H

#include "config/config.h"
#include "imap.h"

/* How many there may be: that of [intake], which is the first, and each [mailbox]. */
size_t remote_imap_count(const struct sceau_config *config);

/* Number `n` of them. Texts are copied into the arena. False when it names no server, or the
 * arena is full. */
bool remote_imap_options(const struct sceau_config *config, size_t n,
                         struct sceau_arena *arena, struct imap_options *options);

#endif
