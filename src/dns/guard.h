/* A resolver in front of one that may go silent (V13): after a number of time-outs in a row
 * and a probe that nobody answers it is down, and every question gets TIMEOUT at once instead
 * of seconds later. While it is down a thread of its own asks one question every few seconds;
 * the first answer brings it back.
 *
 *     live <- guard <- cache <- a session for each message
 *
 * Zones that are dead do not bring it down: the probe asks the resolver, not them. TIMEOUT
 * leads to temperror, never to a policy action (rule R7). Any number of threads may ask. */
#ifndef DNS_GUARD_H
#define DNS_GUARD_H

#include "sceau/dns.h"

#define DNS_GUARD_DOWN_AFTER     8    /* time-outs in a row */
#define DNS_GUARD_PROBE_EVERY_MS 3000 /* while it is down */
#define DNS_GUARD_PROBE_MS       1000 /* one probe waits so long */
/* A question that had less time than this says nothing when it times out: the budget of its
 * message was nearly spent. */
#define DNS_GUARD_PATIENCE_MS 1000

struct dns_guard_options {
    unsigned down_after;            /* 0: DNS_GUARD_DOWN_AFTER */
    uint32_t probe_every_ms;        /* 0: DNS_GUARD_PROBE_EVERY_MS */
    uint32_t probe_ms;              /* 0: DNS_GUARD_PROBE_MS */
    int64_t (*now_ms)(void *clock); /* never goes back; any thread; for the figures */
    void *clock;
};

struct dns_guard;

/** A guard without its thread: dns_guard_probe is the caller's to call. NULL when memory is
 * exhausted. `upstream` must outlive it and be thread-safe. */
struct dns_guard *dns_guard_new(struct sceau_resolver *upstream,
                                const struct dns_guard_options *options);

/** Start the thread that probes. False when there is none to be had. */
bool dns_guard_start(struct dns_guard *guard);

/** Stop the thread, free. Waits for a probe under way; no thread may be in a lookup. NULL is
 * fine. */
void dns_guard_free(struct dns_guard *guard);

/** The guard as a resolver; lives as long as the guard. */
struct sceau_resolver *dns_guard_resolver(struct dns_guard *guard);

/** If it is down or suspect, ask one question and draw the conclusion. Waits at most
 * probe_ms. */
void dns_guard_probe(struct dns_guard *guard);

struct dns_guard_stats {
    bool is_down;
    int64_t down_ms; /* how long it has been, 0 when it is not */
    uint64_t times_down;
    uint64_t spared;   /* questions answered at once while it was down */
    uint64_t timeouts; /* of questions that had time enough */
    uint64_t probes;
};

void dns_guard_stats(struct dns_guard *guard, struct dns_guard_stats *stats);

#endif
