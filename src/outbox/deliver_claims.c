/* Whose claim is over has gone away, or its host has: the delivery is free again (claim.h). */
#include "deliver_run.h"
#include "store/lease.h"

static bool
take_one_back(struct run *r, const struct delivery_claimed *claimed)
{
    struct database *db = r->d->db;
    if (database_begin_durable(db) &&
        delivery_take_back(db, claimed, run_now(r), SCEAU_SLICE(TAKEN_BACK_EARLY),
                           SCEAU_SLICE(TAKEN_BACK)) &&
        database_commit(db))
        return true;
    run_failed(r);
    bool is_busy = database_failure(db) == DATABASE_BUSY; /* another host is at it */
    database_rollback(db);
    return is_busy;
}

/* On one host: by its clock. */
static bool
take_back_alone(struct run *r, const struct delivery_claimed *all, int count)
{
    bool is_good = true;
    for (int i = 0; i < count && is_good; i++)
        is_good = all[i].until > run_now(r) || take_one_back(r, &all[i]);
    return is_good;
}

/* What this process saw, or another one of this host behind it. */
static bool
remember_claims(struct run *r, const char *boot, struct claims *claims)
{
    struct claims kept;
    if (boot[0] == '\0')
        return true;
    if (!delivery_claims_read(r->d->db, r->folder, boot, &kept))
        return run_failed(r);
    if (kept.looked > claims->looked)
        *claims = kept;
    return true;
}

/* For those who come after. Without it they see them as new: who wrote at the same time has. */
static bool
keep_claims(struct run *r, const char *boot, const struct claims *claims)
{
    struct database *db = r->d->db;
    if (database_begin(db) && delivery_claims_write(db, r->folder, boot, claims) &&
        database_commit(db))
        return true;
    run_failed(r);
    bool is_busy = database_failure(db) == DATABASE_BUSY;
    database_rollback(db);
    return is_busy;
}

static bool
take_back_shared(struct run *r, const struct delivery_claimed *all, int count)
{
    char boot[LEASE_BOOT];
    struct claims own = {.count = 0},
                  *claims = r->d->memory != NULL ? &r->d->memory->claims : &own;
    bool has_lived = claims->looked > 0, is_good = true;
    if (!lease_boot(boot))
        boot[0] = '\0'; /* this process alone remembers */
    if (!remember_claims(r, boot, claims))
        return false;
    bool had_any = claims->count > 0;
    claims_begin(claims, run_clock(r), has_lived);
    for (int i = 0; i < count && is_good; i++)
        is_good = !claims_is_over(claims, all[i].claim, run_clock(r)) ||
                  take_one_back(r, &all[i]);
    claims_end(claims);
    if (!is_good || boot[0] == '\0' || (!had_any && claims->count == 0))
        return is_good;
    return keep_claims(r, boot, claims);
}

bool
run_take_back(struct run *r)
{
    struct delivery_claimed all[CLAIMS_SEEN];
    int count = delivery_claimed(r->d->db, all, CLAIMS_SEEN);
    if (count < 0)
        return run_failed(r);
    return database_is_shared(r->d->db) ? take_back_shared(r, all, count)
                                        : take_back_alone(r, all, count);
}
