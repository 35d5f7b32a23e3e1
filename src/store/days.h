/* Which days a report is about, by UTC. */
#ifndef STORE_DAYS_H
#define STORE_DAYS_H

#include <stdint.h>

#define DAY_SECONDS 86400
#define DAYS_A_WEEK 7  /* the table week_ip: week * 7 is its first day */
#define DAYS_SPREAD 31 /* a longer range is not believed */

struct days {
    int64_t first;
    unsigned count; /* at least 1 */
};

/* The days between two times, the end not included. A range of a day or less, give or
 * take an hour, is the one day that most of it lies in: reporters have days of their own
 * time zone. What is not said, lies ahead, or is longer than DAYS_SPREAD, is the day it
 * ends; that one is today at the latest, and today when it is not said. */
struct days days_of(int64_t begin, int64_t end, int64_t now);

/* The part of `count` that falls on day number `n`, evenly; the parts add up to it. `turn`
 * is another number for each row, so that single messages do not all fall on one day. */
int64_t days_part(const struct days *days, unsigned n, int64_t count, uint64_t turn);

#endif
