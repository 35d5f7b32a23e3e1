/* A batch at a time: all PTR questions are on their way before the first is awaited, then
 * all that confirm them. No transaction is open meanwhile; what came is written in one. */
#include "enrich.h"

#include "core/domain.h"
#include "core/ip.h"
#include "core/monotonic.h"
#include "dmarc/organizational.h"
#include "verify/iprev.h"

#define BATCH_MEMORY ((size_t)16 * 1024 * 1024)

struct looked {
    struct sceau_ip ip;
    int64_t failures; /* in a row, before this look */
    bool is_known;    /* it has a row */
    bool has_failed;
    struct sceau_slice ptr, ptr_domain;
    struct check_network_facts facts;
};

struct run {
    const struct enrich *enrich;
    struct enrich_result *result;
    struct sceau_arena *arena; /* of the batch */
    struct sceau_context context;
    struct looked batch[ENRICH_BATCH];
    size_t count;
};

/* ---- which ---- */

static bool
take_address(struct run *r, struct statement *s, bool is_known)
{
    struct looked *looked = &r->batch[r->count];
    *looked =
        (struct looked){.ip = ip_of_octets(column_blob(s, 0)), .is_known = is_known};
    if (looked->ip.version == 0)
        return false;
    looked->failures = column_int(s, 1);
    r->count++;
    return true;
}

/* The next batch; false when the store fails. */
static bool
choose(struct run *r, size_t most)
{
    static const char *const questions[] = {
        "SELECT ip, 0 FROM seen WHERE NOT EXISTS (SELECT 1 FROM address WHERE address.ip "
        "= seen.ip) GROUP BY ip ORDER BY max(last_day) DESC, ip LIMIT ?1",
        "SELECT ip, failures FROM address WHERE next_look <= ?2 ORDER BY next_look LIMIT "
        "?1",
    };
    r->count = 0;
    for (size_t i = 0; i < 2 && r->count < most; i++) {
        struct statement *s = database_prepare(r->enrich->db, questions[i]);
        int step;
        bind_int(s, 1, (int64_t)(most - r->count));
        if (i == 1)
            bind_int(s, 2, r->enrich->now);
        while ((step = statement_step(s)) == 1 && r->count < ENRICH_BATCH)
            take_address(r, s, i == 1);
        statement_reset(s);
        if (step < 0)
            return false;
    }
    return true;
}

/* ---- what ---- */

/* The organisation of a host's name: what its suffix leaves, else the tree walk's. */
static struct sceau_slice
organisation(struct run *r, struct sceau_slice name)
{
    struct sceau_slice domain = SLICE_NONE;
    if (r->enrich->psl != NULL && sceau_psl_has_ending(r->enrich->psl, name))
        domain = sceau_psl_organizational(r->enrich->psl, r->arena, name);
    else if (sceau_dmarc_organizational_domain(&r->context, SCEAU_DMARC_TREEWALK, NULL,
                                               name, &domain) != SCEAU_OK)
        domain = SLICE_NONE;
    /* without any record on the way the walk gives the host itself (RFC 9989 section
     * 4.10.2): a name for one host groups nothing */
    if (domain.len == 0 || (slice_eq(domain, name) && domain_labels(name) > 2))
        domain = domain_parent(name);
    return domain_labels(domain) > 1 ? domain : name;
}

static void
look_up(struct run *r, struct looked *looked)
{
    struct sceau_slice name;
    enum sceau_iprev_result found = iprev_check(&r->context, &looked->ip, &name);
    looked->has_failed = found == SCEAU_IPREV_TEMPERROR;
    if (found == SCEAU_IPREV_PASS && domain_is_ldh(name)) {
        looked->ptr = slice_copy_lower(r->arena, name);
        looked->ptr_domain = organisation(r, looked->ptr);
    }
    if (r->enrich->networks != NULL)
        check_network_tell(r->enrich->networks, &looked->ip, r->arena, &looked->facts);
    if (r->enrich->countries != NULL) {
        struct check_network_facts more = {0};
        check_network_tell(r->enrich->countries, &looked->ip, r->arena, &more);
        if (more.country[0] != '\0')
            memcpy(looked->facts.country, more.country, sizeof more.country);
    }
}

/* ---- written ---- */

static int64_t
next_look(const struct run *r, const struct looked *looked)
{
    int64_t wait = ENRICH_RETRY_SECONDS;
    if (!looked->has_failed)
        return r->enrich->now + ENRICH_KEEP_SECONDS;
    for (int64_t i = 0; i < looked->failures && wait < ENRICH_RETRY_MAX; i++)
        wait *= 2;
    return r->enrich->now + (wait < ENRICH_RETRY_MAX ? wait : ENRICH_RETRY_MAX);
}

/* A name that could not be asked for again stays what it was. */
static bool
write_address(const struct run *r, const struct looked *l)
{
    struct statement *s = database_prepare(
        r->enrich->db,
        "INSERT INTO address (ip, ptr, ptr_domain, asn, as_name, country, looked_up, "
        "next_look, failures) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT "
        "(ip) DO UPDATE SET ptr = CASE WHEN ?9 > 0 THEN address.ptr ELSE excluded.ptr "
        "END, ptr_domain = CASE WHEN ?9 > 0 THEN address.ptr_domain ELSE "
        "excluded.ptr_domain END, asn = excluded.asn, as_name = excluded.as_name, "
        "country = excluded.country, looked_up = excluded.looked_up, next_look = "
        "excluded.next_look, failures = excluded.failures");
    bind_blob(s, 1, ip_octets(&l->ip));
    bind_text(s, 2, l->ptr);
    bind_text(s, 3, l->ptr_domain);
    bind_int(s, 4, l->facts.number);
    bind_text(s, 5, l->facts.name);
    bind_text(s, 6, sceau_slice_from(l->facts.country));
    bind_int(s, 7, r->enrich->now);
    bind_int(s, 8, next_look(r, l));
    bind_int(s, 9, l->has_failed ? l->failures + 1 : 0);
    return statement_step(s) == 0;
}

static bool
write_batch(struct run *r)
{
    if (!database_begin(r->enrich->db))
        return false;
    for (size_t i = 0; i < r->count; i++) {
        if (!write_address(r, &r->batch[i])) {
            database_rollback(r->enrich->db);
            return false;
        }
        r->result->looked_up++;
        r->result->named += r->batch[i].ptr.len > 0;
        r->result->failed += r->batch[i].has_failed;
    }
    return database_commit(r->enrich->db);
}

/* ---- the run ---- */

/* Ask all, then hear all. What did not get its turn in time is left for the next run. */
static void
look_up_batch(struct run *r, int64_t begin)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        iprev_prefetch(&r->context, &r->batch[i].ip);
    for (; n < r->count && monotonic_ms() - begin < r->enrich->budget_ms; n++)
        iprev_look_ahead(&r->context, &r->batch[n].ip);
    r->count = n;
    for (n = 0; n < r->count && monotonic_ms() - begin < r->enrich->budget_ms; n++)
        look_up(r, &r->batch[n]);
    r->count = n;
}

static bool
run_all(struct run *r)
{
    int64_t begin = monotonic_ms();
    const struct enrich *e = r->enrich;
    while (r->result->looked_up < e->most && monotonic_ms() - begin < e->budget_ms) {
        size_t left = e->most - r->result->looked_up;
        size_t wanted = left < ENRICH_BATCH ? left : ENRICH_BATCH;
        if (!choose(r, wanted))
            return false;
        r->result->has_more = r->count == wanted;
        if (r->count == 0)
            break;
        look_up_batch(r, begin);
        bool is_late = r->count == 0;
        if (!write_batch(r))
            return false;
        sceau_arena_clear(r->arena);
        if (is_late || !r->result->has_more)
            break;
    }
    return true;
}

bool
enrich_run(const struct enrich *enrich, struct enrich_result *result)
{
    struct run r = {.enrich = enrich,
                    .result = result,
                    .arena = sceau_arena_new(BATCH_MEMORY)};
    *result = (struct enrich_result){0};
    if (r.arena == NULL)
        return false;
    r.context = (struct sceau_context){.arena = r.arena,
                                       .resolver = enrich->resolver,
                                       .now = enrich->now};
    bool is_fine = run_all(&r);
    sceau_arena_free(r.arena);
    return is_fine;
}
