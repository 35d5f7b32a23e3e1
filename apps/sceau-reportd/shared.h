/* Several sceau-reportd on one server: who does what is done once for all, and who is
 * there. With a store in a file there is one, and all of it is its own; with --once too, since
 * a process that ends sees no lease grow old: what must not happen twice is guarded by its own
 * transaction as well. */
#ifndef APP_REPORTD_SHARED_H
#define APP_REPORTD_SHARED_H

#include "reportd.h"
#include "store/lease.h"

#define SHARED_STEPS 20
#define SHARED_NAME  128

struct shared {
    struct lease leases[SHARED_STEPS]; /* by the step's place; name NULL: not shared */
    int64_t again[SHARED_STEPS]; /* when a step that failed may have its lease again */
    char host[64], self[LEASE_HOLDER];
    int64_t due;                     /* when leases are renewed next, by lease_clock */
    int64_t started;                 /* time, for people */
    size_t step;                     /* that runs; SHARED_STEPS: none */
    unsigned busy[SHARED_STEPS + 1]; /* how often each met the store in use, in a row */
    bool is_alone;
    bool is_heir; /* of the one before us in this state directory */
};

/* `names`: of the steps that are done once for all and wanted here, NULL for the others. */
void shared_open(struct reportd *r, struct shared *shared, const char *const *names,
                 size_t count);

/* Renew what is ours, take what is free; often enough, when it is called each second. */
void shared_renew(struct reportd *r, struct shared *shared);

/* May this step run here, now? */
bool shared_may(const struct shared *shared, size_t step);

/* Around a step's run. In between its lease is renewed while it goes on, and asked before each
 * commit: r->has_lost once another host has it, and nothing more is written. */
void shared_begin(struct reportd *r, struct shared *shared, size_t step);
void shared_go_on(struct reportd *r, struct shared *shared);
void shared_end(struct reportd *r, struct shared *shared);

/* It failed here: another host may do it, before it is tried here again; unless the store was
 * away, or in use, which is no other one's luck. True: it was, so it can go on soon. */
bool shared_failed(struct reportd *r, struct shared *shared, size_t step);

void shared_close(struct reportd *r, struct shared *shared);

#endif
