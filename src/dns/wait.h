/* Waiting for another thread with a deadline, by the clock that never goes back. */
#ifndef DNS_WAIT_H
#define DNS_WAIT_H

#include <pthread.h>
#include <stdint.h>

/* A condition variable for wait_until. */
void wait_condition_init(pthread_cond_t *condition);

/* One wait, `lock` held: returns when signalled, at the deadline (monotonic_ms) or for no reason.
 * 0, or ETIMEDOUT. */
int wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_ms);

#endif
