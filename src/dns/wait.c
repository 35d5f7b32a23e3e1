/* Waiting with a deadline: a jump of the wall clock must neither cut nor stretch it. */
#include "wait.h"

#include <time.h>

void
wait_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

int
wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ms)
{
    struct timespec deadline = {
        .tv_sec = (time_t)(deadline_ms / 1000),
        .tv_nsec = (long)(deadline_ms % 1000) * 1000000,
    };
    return pthread_cond_timedwait(condition, lock, &deadline);
}
