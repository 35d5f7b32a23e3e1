/* What all connections of sceau-milter share. */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

#include "buffers.h"
#include "metrics.h"
#include "remember.h"
#include "samples.h"
#include "setup.h"
#include "signer.h"
#include "store/journal.h"
#include "tempfails.h"

#include <time.h>

struct daemon {
    struct setup_holder setups;
    struct journal *journal; /* NULL: no state directory */
    struct remember_key key; /* for journal.privacy = hash, and for samples */
    struct samples samples;
    struct signer signer;
    struct metrics metrics;
    struct tempfails tempfails;
    struct buffers buffers;
    uint64_t boot;                 /* µs since the epoch, of the start */
    int64_t clock_offset;          /* --now: added to the real time, seconds */
    atomic_uint_fast64_t sequence; /* of messages */
    atomic_uint_fast64_t
        told_limit; /* seconds: when journal.limit was last complained of */
};

/* Microseconds since the epoch, as this daemon sees them. */
static inline uint64_t
daemon_now_us(const struct daemon *d)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)(t.tv_sec + d->clock_offset) * 1000000 +
           (uint64_t)t.tv_nsec / 1000;
}

#endif
