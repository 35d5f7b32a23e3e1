/* When a report leaves: from 00:00 UTC on, spread over the hours that follow by a hash, so
 * that a domain's report comes at about the same time each day and no host gets all of
 * them at once. */
#ifndef OUTBOX_SCHEDULE_H
#define OUTBOX_SCHEDULE_H

#include "core/slice.h"

#define OUTBOX_SPREAD    (4 * 3600) /* seconds after midnight until the last one is due */
#define OUTBOX_WARM_UP   7          /* days until reports leave without a ceiling */
#define OUTBOX_FIRST     100 /* reports of the first day; each day four times more */
#define OUTBOX_TRIES_MAX 12

/* A number for a name, letter case aside: the same on every host and for ever, so that it may
 * tell times. Anybody can find names with the same number (FNV-1a). */
uint64_t outbox_hash(struct sceau_slice name);

/* The second at which the report about the day that ends at `end` (its last second) is
 * due. Stable for a policy domain; `spread` is 0 with pacing off. */
int64_t outbox_due(struct sceau_slice policy_domain, int64_t end, uint32_t spread);

/* How many reports may leave on a day: `since` counts from the first day of sending, 0.
 * UINT64_MAX when the slow beginning is over. */
uint64_t outbox_ceiling(int64_t since);

/* Seconds until the next try after `tries` failures: 5 minutes, doubling, with a share of
 * a quarter told by `seed` so that they do not come together; at most 8 hours. 0 when
 * OUTBOX_TRIES_MAX is reached: give up. */
uint32_t outbox_retry(unsigned tries, uint64_t seed);

/* Seconds that a mail server which takes nothing has its rest after so many failures in a row:
 * 5 minutes, doubling, at most an hour. */
uint32_t outbox_rest_wait(unsigned failures);

/* Seconds that a destination is left alone after `refusals` of it in a row, from the
 * second on, that will not change by themselves (5xx, a bounce): a day, doubling, at most 30 days. */
uint32_t outbox_suppression(unsigned refusals);

#endif
