#include "schedule.h"

#define DAY 86400

uint64_t
outbox_hash(struct sceau_slice name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.len; i++)
        hash =
            (hash ^ (unsigned char)ascii_lower(name.ptr[i])) * UINT64_C(1099511628211);
    return hash;
}

int64_t
outbox_due(struct sceau_slice policy_domain, int64_t end, uint32_t spread)
{
    uint64_t hash = outbox_hash(policy_domain);
    hash ^= hash >> 32;
    return end + 1 + (spread > 0 ? (int64_t)(hash % spread) : 0);
}

uint64_t
outbox_ceiling(int64_t since)
{
    if (since >= OUTBOX_WARM_UP)
        return UINT64_MAX;
    return (uint64_t)OUTBOX_FIRST << (2 * (since > 0 ? since : 0));
}

uint32_t
outbox_retry(unsigned tries, uint64_t seed)
{
    if (tries >= OUTBOX_TRIES_MAX)
        return 0;
    uint32_t wait = tries < 7 ? UINT32_C(300) << tries : 8 * 3600;
    if (wait > 8 * 3600)
        wait = 8 * 3600;
    return wait - (uint32_t)(seed % (wait / 4));
}

uint32_t
outbox_rest_wait(unsigned failures)
{
    return failures > 4 ? 3600 : failures == 0 ? 0 : UINT32_C(300) << (failures - 1);
}

uint32_t
outbox_suppression(unsigned refusals)
{
    if (refusals == 0)
        return 0;
    return refusals > 5 ? 30 * DAY : (uint32_t)DAY << (refusals - 1);
}
