/* What [intake] says of a mailbox, as imap_run takes it. */
#ifndef REMOTE_SETTINGS_H
#define REMOTE_SETTINGS_H

#include "config/config.h"
#include "imap.h"

/* Texts are copied into the arena. False when no mailbox is named, or the arena is full. */
bool remote_imap_options(const struct sceau_config *config, struct sceau_arena *arena,
                         struct imap_options *options);

#endif
