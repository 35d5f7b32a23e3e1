/* The clock that nobody sets: for what lasts and what is due, never for a date. Of those who wait
 * for the world; a verdict reads no clock. */
#ifndef CORE_MONOTONIC_H
#define CORE_MONOTONIC_H

#include <stdint.h>
#include <time.h>

static inline int64_t
monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static inline int64_t
monotonic_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

#endif
