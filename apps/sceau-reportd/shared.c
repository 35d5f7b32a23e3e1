/* A lease for each step that is shared; a row of `worker` for people. */
#include "shared.h"

#include "store/journal_waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define RENEW \
 10 /* seconds; a holder believes in its lease for nine of them (LEASE_VALID) */
#define FORGET \
 (INT64_C(3) * 86400) /* seconds: who did not say so for so long is here no more */

void
shared_open(struct reportd *r, struct shared *shared, const char *const *names,
            size_t count)
{
    uint64_t random = 0;
    *shared = (struct shared){.is_alone = r->is_once || !database_is_shared(r->db),
                              .started = reportd_now(r),
                              .step = SHARED_STEPS};
    if (gethostname(shared->host, sizeof shared->host - 1) != 0 ||
        getrandom(&random, sizeof random, 0) != sizeof random)
        complain("no name for this process: it leaves shared work to others");
    else
        snprintf(shared->self, sizeof shared->self, "%s/%016llx", shared->host,
                 (unsigned long long)random);
    for (size_t i = 0; i < count && i < SHARED_STEPS; i++)
        shared->leases[i] = (struct lease){.name = names[i], .self = shared->self};
}

/* What the milter here wrote, and is not folded. */
static int64_t
waiting(const struct reportd *r)
{
    char folder[REPORTD_PATH + 16];
    struct journal_waiting waiting;
    snprintf(folder, sizeof folder, "%s/journal", r->state);
    return journal_waiting(folder, &waiting) ? (int64_t)waiting.octets : 0;
}

static bool
say_here(struct reportd *r, const struct shared *shared)
{
    struct statement *s = database_prepare(
        r->db,
        "INSERT INTO worker (holder, host, version, started, seen, waiting) VALUES "
        "(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (holder) DO UPDATE SET seen = "
        "excluded.seen, waiting = excluded.waiting");
    int64_t octets = waiting(r);
    bind_text(s, 1, sceau_slice_from(shared->self));
    bind_text(s, 2, sceau_slice_from(shared->host));
    bind_text(s, 3, SCEAU_SLICE(SCEAU_VERSION));
    bind_int(s, 4, shared->started);
    bind_int(s, 5, reportd_now(r));
    bind_int(s, 6, octets);
    return statement_step(s) == 0;
}

/* Those that have not said so for long; and this one. */
static bool
forget(struct reportd *r, struct sceau_slice holder)
{
    struct statement *s =
        database_prepare(r->db, "DELETE FROM worker WHERE holder = ?1 OR seen < ?2");
    bind_text(s, 1, holder);
    bind_int(s, 2, reportd_now(r) - FORGET);
    return statement_step(s) == 0;
}

/* The name of who holds the state directory stands in its lock. We have the lock now: whoever
 * stands there has ended, be it without a word, and what it did for all waits for nobody. */
static bool
inherit(struct reportd *r, struct shared *shared)
{
    char path[REPORTD_PATH + 16], last[LEASE_HOLDER];
    snprintf(path, sizeof path, "%s/reportd.lock", r->state);
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    ssize_t len = fd >= 0 ? pread(fd, last, sizeof last, 0) : -1;
    struct sceau_slice holder = {last, len > 0 ? (size_t)len : 0};
    ssize_t own = (ssize_t)strlen(shared->self);
    bool is_done =
        forget(r, holder) && (holder.len == 0 || lease_give_of(r->db, holder));
    if (is_done && fd >= 0 &&
        (ftruncate(fd, 0) != 0 || pwrite(fd, shared->self, (size_t)own, 0) != own))
        reportd_trouble(r, "%s: %s", path,
                        strerror(errno)); /* the next one waits for its lease */
    if (fd >= 0)
        close(fd);
    return is_done;
}

void
shared_renew(struct reportd *r, struct shared *shared)
{
    if (shared->is_alone || shared->self[0] == '\0' || lease_clock() < shared->due)
        return;
    shared->due = lease_clock() + RENEW;
    shared->is_heir = shared->is_heir || inherit(r, shared);
    bool is_fine = shared->is_heir && forget(r, SLICE_NONE) && say_here(r, shared);
    for (size_t i = 0; i < SHARED_STEPS && is_fine; i++)
        if (shared->leases[i].name != NULL && lease_clock() >= shared->again[i])
            is_fine = lease_take(r->db, &shared->leases[i], lease_clock()) ||
                      database_failure(r->db) == DATABASE_BUSY;
    if (is_fine)
        shared->busy[SHARED_STEPS] = 0;
    else
        reportd_trouble(r, "leases: %s", database_error(r->db));
}

bool
shared_may(const struct shared *shared, size_t step)
{
    return shared->is_alone || shared->leases[step].name == NULL ||
           lease_is_held(&shared->leases[step], lease_clock());
}

static bool
is_leased(const struct shared *shared, size_t step)
{
    return !shared->is_alone && step < SHARED_STEPS &&
           shared->leases[step].name != NULL;
}

struct guard {
    struct database *db;
    const struct lease *lease;
};

static int
may_commit(void *self)
{
    const struct guard *guard = self;
    return lease_confirm(guard->db, guard->lease);
}

/* Of the one step that runs. */
static void
begin_guard(struct reportd *r, const struct shared *shared)
{
    static struct guard guard;
    if (!is_leased(shared, shared->step))
        return;
    guard = (struct guard){.db = r->db, .lease = &shared->leases[shared->step]};
    database_guard(r->db, may_commit, &guard);
}

void
shared_begin(struct reportd *r, struct shared *shared, size_t step)
{
    shared->step = step;
    r->has_lost = false;
    database_forget_failure(r->db);
    begin_guard(r, shared);
}

/* Amid a transaction nothing can be renewed; its commit tells. Leases are taken by commits of
 * their own, which need no leave of the step's lease. */
void
shared_go_on(struct reportd *r, struct shared *shared)
{
    bool has_trouble = r->has_trouble;
    if (shared->step == SHARED_STEPS || database_is_begun(r->db))
        return;
    database_guard(r->db, NULL, NULL);
    shared_renew(r, shared);
    begin_guard(r, shared);
    r->has_trouble = has_trouble; /* the step's own */
    r->has_lost = r->has_lost || (is_leased(shared, shared->step) &&
                                  !shared_may(shared, shared->step));
}

void
shared_end(struct reportd *r, struct shared *shared)
{
    database_guard(r->db, NULL, NULL);
    shared->step = SHARED_STEPS;
    r->has_lost = false;
}

bool
shared_failed(struct reportd *r, struct shared *shared, size_t step)
{
    enum database_status why = database_failure(r->db);
    if (!is_leased(shared, step))
        return false;
    if (why == DATABASE_AWAY || why == DATABASE_BUSY || why == DATABASE_LOST)
        return true;
    lease_give(r->db, &shared->leases[step]); /* else they see it grow old */
    shared->again[step] = lease_clock() + LEASE_SECONDS;
    return false;
}

void
shared_close(struct reportd *r, struct shared *shared)
{
    if (shared->is_alone || shared->self[0] == '\0')
        return;
    for (size_t i = 0; i < SHARED_STEPS; i++)
        if (shared->leases[i].name != NULL)
            lease_give(r->db, &shared->leases[i]);
    forget(r, sceau_slice_from(shared->self));
}
