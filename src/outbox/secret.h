/* The key of the tokens in envelope senders (verp.h): one for the store. */
#ifndef OUTBOX_SECRET_H
#define OUTBOX_SECRET_H

#include "store/database.h"
#include "verp.h"

/* The key of the tokens, made at the first call and kept in `meta`. */
bool outbox_secret(struct database *db, uint8_t secret[OUTBOX_SECRET]);

/* The same without making one: *is_there is false when nothing was ever sent. */
bool outbox_secret_read(struct database *db, uint8_t secret[OUTBOX_SECRET],
                        bool *is_there);

#endif
