#include "bounced.h"

#include "delivery_store.h"

#include <stdio.h>

#define BOUNCE_ARENA ((size_t)16 * 1024)

bool
outbox_bounce_number(const uint8_t secret[OUTBOX_SECRET],
                     const struct outbox_bounce *bounce, uint64_t *number)
{
    for (size_t i = 0; i < bounce->to_count; i++)
        if (outbox_delivery(secret, bounce->to[i], number))
            return true;
    return false;
}

static bool
count_bounce(struct database *db, struct sceau_arena *arena, uint64_t number,
             const struct outbox_bounce *bounce, int64_t now,
             enum outbox_bounced *bounced)
{
    char id[17];
    struct bounced_delivery found;
    struct sceau_slice reason = bounce->reason;
    if (reason.len > OUTBOX_REPLY) /* of a mail of strangers */
        reason.len = OUTBOX_REPLY;
    snprintf(id, sizeof id, "%015llx", (unsigned long long)(number >> 4));
    if (!delivery_bounced(db, arena, id, (int)(number % OUTBOX_URIS_RECORDED),
                          bounce->is_final ? DELIVERY_BOUNCED : DELIVERY_GIVEN_UP, now,
                          reason, &found))
        return false;
    if (found.mailbox.len == 0)
        return true;
    *bounced = bounce->is_final ? OUTBOX_BOUNCE_REFUSED : OUTBOX_BOUNCE_EXPIRED;
    return !bounce->is_final ||
           destination_refused(db, found.mailbox, found.policy_domain, now, reason,
                               true);
}

bool
outbox_bounced(struct database *db, const uint8_t secret[OUTBOX_SECRET],
               const struct outbox_bounce *bounce, int64_t now,
               enum outbox_bounced *bounced)
{
    uint64_t number;
    *bounced = OUTBOX_BOUNCE_FOREIGN;
    if (!outbox_bounce_number(secret, bounce, &number))
        return true;
    *bounced = OUTBOX_BOUNCE_KNOWN;
    if (!bounce->has_failed)
        return true;
    struct sceau_arena *arena = sceau_arena_new(BOUNCE_ARENA);
    bool is_good =
        arena != NULL && count_bounce(db, arena, number, bounce, now, bounced);
    sceau_arena_free(arena);
    return is_good;
}
