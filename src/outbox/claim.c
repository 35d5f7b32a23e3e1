#include "claim.h"

#include "folder.h"

#include <stdio.h>

void
claims_begin(struct claims *claims, int64_t at, bool has_lived)
{
    bool is_blind = at - claims->looked > CLAIM_BLIND;
    claims->looked = at;
    for (size_t i = 0; i < claims->count; i++) {
        struct claim_seen *seen = &claims->seen[i];
        seen->is_there = false;
        if (!is_blind || (seen->has_been_new && !has_lived))
            continue;
        seen->first = at;
        seen->has_been_new = true;
    }
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
        claims->seen[i] = (struct claim_seen){.first = at};
        snprintf(claims->seen[i].claim, CLAIM_SIZE, "%s", claim);
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

/* "BOOT LOOKED", then "CLAIM FIRST NEW" a line. */
void
claims_format(struct text *t, const struct claims *claims, const char *boot)
{
    text_format(t, "%s %lld", boot, (long long)claims->looked);
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim_seen *seen = &claims->seen[i];
        text_format(t, "\n%s %lld %d", seen->claim, (long long)seen->first,
                    seen->has_been_new);
    }
}

static bool
next_number(struct sceau_slice *rest, uint64_t most, uint64_t *number)
{
    struct sceau_slice word;
    return slice_next(rest, ' ', &word) && slice_decimal(word, most, number);
}

void
claims_parse(struct sceau_slice text, const char *boot, struct claims *claims)
{
    struct sceau_slice line, word;
    uint64_t looked, first, is_new;
    *claims = (struct claims){.count = 0};
    if (text.ptr == NULL || !slice_next(&text, '\n', &line) ||
        !slice_next(&line, ' ', &word) || !slice_eq(word, sceau_slice_from(boot)) ||
        !next_number(&line, INT64_MAX, &looked))
        return;
    claims->looked = (int64_t)looked;
    while (claims->count < CLAIMS_SEEN && slice_next(&text, '\n', &line)) {
        if (!slice_next(&line, ' ', &word) || word.len >= CLAIM_SIZE ||
            !next_number(&line, looked, &first) || !next_number(&line, 1, &is_new))
            continue;
        struct claim_seen *seen = &claims->seen[claims->count++];
        *seen =
            (struct claim_seen){.first = (int64_t)first, .has_been_new = is_new == 1};
        snprintf(seen->claim, CLAIM_SIZE, "%.*s", SLICE_ARG(word));
    }
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
