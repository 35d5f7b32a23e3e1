#include "claim.h"

#include "folder.h"

#include <stdio.h>

void
claims_begin(struct claims *claims, int64_t at)
{
    if (at - claims->looked > CLAIM_BLIND)
        claims->count = 0;
    claims->looked = at;
    for (size_t i = 0; i < claims->count; i++)
        claims->seen[i].is_there = false;
}

bool
claims_is_over(struct claims *claims, const char *claim, int64_t at)
{
    size_t i = 0;
    while (i < claims->count && strcmp(claims->seen[i].claim, claim) != 0)
        i++;
    if (i == CLAIMS_SEEN)
        return false; /* these come first */
    if (i == claims->count) {
        claims->count++;
        snprintf(claims->seen[i].claim, CLAIM_SIZE, "%s", claim);
        claims->seen[i].first = at;
    }
    claims->seen[i].is_there = true;
    return at - claims->seen[i].first > OUTBOX_LEASE;
}

void
claims_end(struct claims *claims)
{
    size_t kept = 0;
    for (size_t i = 0; i < claims->count; i++)
        if (claims->seen[i].is_there)
            claims->seen[kept++] = claims->seen[i];
    claims->count = kept;
}

bool
claim_is_old(int64_t claimed, int64_t at)
{
    return at - claimed >= CLAIM_RENEW;
}

bool
claim_make(char claim[CLAIM_SIZE])
{
    return outbox_random_name(claim, CLAIM_SIZE);
}
