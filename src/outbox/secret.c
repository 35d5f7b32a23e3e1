#include "secret.h"

#include "core/text.h"
#include "store/meta.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/rand.h>

#define SECRET SCEAU_SLICE("outbox.secret") /* in `meta` */

bool
outbox_secret_read(struct database *db, uint8_t secret[OUTBOX_SECRET], bool *is_there)
{
    char all[2 * OUTBOX_SECRET + 1];
    struct text value = text_in(all, sizeof all);
    int step = meta_read(db, SECRET, &value);
    struct sceau_slice hex = text_so_far(&value);
    *is_there = hex.len == 2 * OUTBOX_SECRET;
    for (size_t i = 0; *is_there && i < OUTBOX_SECRET; i++) {
        char digits[3] = {hex.ptr[2 * i], hex.ptr[2 * i + 1], '\0'};
        secret[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return step >= 0;
}

bool
outbox_secret(struct database *db, uint8_t secret[OUTBOX_SECRET])
{
    bool is_there;
    char hex[2 * OUTBOX_SECRET + 1];
    if (!outbox_secret_read(db, secret, &is_there) || is_there)
        return is_there;
    if (RAND_bytes(secret, OUTBOX_SECRET) != 1 || !database_begin_durable(db))
        return false;
    for (size_t i = 0; i < OUTBOX_SECRET; i++)
        snprintf(hex + 2 * i, 3, "%02x", secret[i]);
    /* Another process may have been faster: what is there then is the key. */
    if (meta_keep(db, SECRET, sceau_slice_from(hex)) && database_commit(db))
        return outbox_secret_read(db, secret, &is_there) && is_there;
    database_rollback(db);
    return false;
}
