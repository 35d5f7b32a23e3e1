/* Once a day the MTA-STS policy file of each of our domains is fetched as a sender does it (RFC
 * 8461 section 3.3), but without a record at _mta-sts too, for a file alone is to be told; it is
 * kept as it came: what it says is judged where it is shown. Others' domains, for which anybody
 * may send a report, are not asked. */
#include "check/mtasts_facts.h"
#include "core/domain.h"
#include "core/monotonic.h"
#include "enrich/records.h"
#include "insight/tls_published.h"
#include "reportd.h"
#include "turn.h"

#define NAMES_MEMORY ((size_t)4 * 1024 * 1024)
#define LOOK_AGE     86400 /* seconds */
#define ONCE         120   /* seconds with --once: the next run goes on */

struct look {
    struct reportd *r;
    struct insight in; /* its arena is of the domain at hand */
    struct check_options options;
};

static void
set_options(struct look *l, struct sceau_arena *names)
{
    const struct config_check *check = &l->r->env.config.check;
    struct text trust = text_new(names, SIZE_MAX);
    text_slice(&trust, check->trust_file);
    l->options = (struct check_options){
        .probes = CHECK_HTTP,
        .allow_private = check->allow_private,
        .https_port = (uint16_t)check->https_port,
        .trust_file = check->trust_file.len > 0 ? text_done(&trust).ptr : NULL,
        .is_offline = l->r->env.zone != NULL,
    };
}

/* A host without an address, or of whose DNS nothing is known, was not asked; 5xx is an answer
 * from there. */
static void
count_host(struct reportd *r, const struct https_answer *page)
{
    bool is_asked = page->failure != HTTPS_NO_ADDRESS && page->failure != HTTPS_DNS &&
                    page->failure != HTTPS_NOT_PUBLIC;
    bool is_silent = page->failure == HTTPS_REFUSED || page->failure == HTTPS_TIMEOUT ||
                     page->failure == HTTPS_UNREACHABLE ||
                     page->failure == HTTPS_SYSTEM;
    r->policies_asked += is_asked;
    if (is_asked && !is_silent)
        r->policies_reached = reportd_now(r);
}

/* All that were due were looked at: when nobody was reached for a day, within which each one is
 * asked, the fault is here. */
static void
tell_silence(struct reportd *r)
{
    if (r->policies_asked > 0 && reportd_now(r) - r->policies_reached >= LOOK_AGE)
        reportd_trouble(
            r,
            "MTA-STS policies: none of %zu hosts could be reached: may this "
            "host connect to port 443 of others?",
            r->policies_asked);
    r->policies_asked = 0;
}

static bool
fetch(struct look *l, struct sceau_slice domain, const struct mtasts_look *last)
{
    struct check_subject *s = sceau_arena_alloc(l->in.arena, sizeof *s);
    if (s == NULL || !check_subject_init(s, l->in.arena, l->r->env.resolver, l->in.now,
                                         &l->options, domain))
        return false;
    const struct https_answer *page = &check_mtasts(s)->page;
    count_host(l->r, page);
    struct mtasts_look look = mtasts_look_again(l->in.arena, last, page, l->in.now);
    return insight_mtasts_keep(&l->in, domain, &look);
}

static bool
look_at(struct look *l, struct sceau_slice domain)
{
    struct mtasts_look last;
    sceau_arena_clear(l->in.arena);
    l->in.now = reportd_now(l->r);
    return insight_mtasts_look(&l->in, domain, &last) && fetch(l, domain, &last);
}

static bool
has_domain(const struct sceau_slice *domains, size_t count, struct sceau_slice domain)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(domains[i], domain))
            return true;
    return false;
}

/* No more than have their records looked at: the page shows the others nowhere. NULL: out of
 * memory. */
static const struct sceau_slice *
our_domains(struct reportd *r, struct sceau_arena *arena, size_t *count)
{
    size_t all;
    const struct sceau_slice *domains = reportd_domains(r, arena, &all);
    struct sceau_slice *ours =
        sceau_arena_alloc(arena, RECORDS_DOMAINS_MAX * sizeof *ours);
    *count = 0;
    if (domains == NULL || ours == NULL)
        return NULL;
    for (size_t i = 0; i < all && *count < RECORDS_DOMAINS_MAX; i++) {
        struct sceau_slice name = slice_copy_lower(arena, domains[i]);
        if (name.ptr == NULL)
            return NULL;
        if (domain_is_ldh(name) && !has_domain(ours, *count, name))
            ours[(*count)++] = name;
    }
    return ours;
}

/* False: to be tried again, or gone on with. Every turn begins with one question, whatever was
 * looked at before: the store's server may be far away. */
static bool
look_at_due(struct look *l, const struct sceau_slice *domains, size_t count,
            bool *is_due)
{
    struct turn turn = turn_begin(l->r);
    int64_t end = monotonic_seconds() + ONCE;
    bool is_good = insight_mtasts_due(&l->in, domains, count, LOOK_AGE, is_due);
    for (size_t i = 0; is_good && i < count; i++) {
        if (!is_due[i])
            continue;
        if (turn_stops(&turn))
            return false;
        if (l->r->is_once && monotonic_seconds() > end) {
            reportd_trouble(l->r,
                            "more domains wait for a look at their MTA-STS policy: run "
                            "it again");
            return true;
        }
        is_good = look_at(l, domains[i]);
    }
    if (is_good) {
        tell_silence(l->r);
        return true;
    }
    reportd_trouble(l->r, "MTA-STS policies: %s",
                    l->in.error != NULL ? l->in.error : "out of memory");
    return false;
}

bool
wants_policies(struct reportd *r)
{
    bool is_played = r->env.zone != NULL && !r->env.config.check.allow_private;
    return r->env.config.check.mta_sts && !is_played;
}

bool
step_policies(struct reportd *r)
{
    if (!wants_policies(r))
        return true;
    struct sceau_arena *names = sceau_arena_new(NAMES_MEMORY);
    struct look l = {
        .r = r,
        .in = {.db = r->db,
               .now = reportd_now(r),
               .arena = sceau_arena_new(CHECK_MEMORY)}
    };
    size_t count;
    const struct sceau_slice *domains =
        names != NULL ? our_domains(r, names, &count) : NULL;
    bool *is_due = domains != NULL ? sceau_arena_alloc(names, count + 1) : NULL;
    bool is_good = l.in.arena != NULL && is_due != NULL;
    if (is_good) {
        set_options(&l, names);
        is_good = look_at_due(&l, domains, count, is_due);
    }
    sceau_arena_free(l.in.arena);
    sceau_arena_free(names);
    return is_good;
}
