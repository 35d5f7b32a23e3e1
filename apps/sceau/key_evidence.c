/* The journal names selectors of the whole world: only those of own domains are kept, found
 * by bisection, so that neither time nor memory is a stranger's choice. */
#include "key_evidence.h"

#include "core/slice.h"
#include "insight/insight.h"

#include <stdio.h>
#include <stdlib.h>

struct key_evidence_use {
    struct sceau_slice selector;
    int64_t last;
    struct key_evidence_use *next;
};

static int
compare(struct sceau_slice a, struct sceau_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < len; i++) {
        int order = (uint8_t)ascii_lower(a.ptr[i]) - (uint8_t)ascii_lower(b.ptr[i]);
        if (order != 0)
            return order;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

static int
by_domain(const void *a, const void *b)
{
    const struct key_evidence_domain *x = a, *y = b;
    return compare(x->domain, y->domain);
}

static struct key_evidence_domain *
find_domain(const struct key_evidence *e, struct sceau_slice domain)
{
    const struct key_evidence_domain wanted = {domain, NULL};
    return bsearch(&wanted, e->domains, e->domain_count, sizeof *e->domains, by_domain);
}

static struct key_evidence_use *
find_use(const struct key_evidence_domain *domain, struct sceau_slice selector)
{
    struct key_evidence_use *use = domain->uses;
    while (use != NULL && !slice_eq_ci(use->selector, selector))
        use = use->next;
    return use;
}

static void
note_use(void *self, const struct selector_use *seen)
{
    struct key_evidence *e = self;
    struct key_evidence_domain *domain = find_domain(e, seen->domain);
    struct key_evidence_use *use =
        domain != NULL ? find_use(domain, seen->selector) : NULL;
    if (domain != NULL && use == NULL) {
        use = sceau_arena_alloc(e->arena, sizeof *use);
        struct sceau_slice copy = slice_copy(e->arena, seen->selector);
        if (use == NULL || copy.ptr == NULL) {
            problem_tell_text(&e->journal.problem, N_("out of memory"));
            return;
        }
        *use = (struct key_evidence_use){copy, 0, domain->uses};
        domain->uses = use;
    }
    if (use != NULL && seen->when > use->last)
        use->last = seen->when;
}

bool
key_evidence_init(struct key_evidence *e, struct sceau_arena *arena,
                  struct sceau_slice state, int64_t age,
                  const struct sceau_slice *domains, size_t count,
                  enum language language)
{
    *e = (struct key_evidence){.arena = arena, .state = state, .age = age};
    e->journal.problem.language = language;
    e->domains = sceau_arena_alloc(arena, (count + 1) * sizeof *e->domains);
    for (size_t i = 0; e->domains != NULL && i < count; i++)
        e->domains[i] = (struct key_evidence_domain){domains[i], NULL};
    e->domain_count = e->domains != NULL ? count : 0;
    if (count > 0 && e->domains != NULL)
        qsort(e->domains, count, sizeof *e->domains, by_domain);
    return e->domains != NULL;
}

/* Trouble of ours, when there was some, stands before the journal's. */
static void
read_journal(struct key_evidence *e)
{
    struct selectors_journal journal;
    selectors_seen(e->state, e->age, e->journal.problem.language, note_use, e,
                   &journal);
    if (e->journal.problem.text[0] == '\0')
        e->journal = journal;
    e->is_read = true;
}

void
key_evidence_store(struct key_evidence *e, struct database *store, const char *problem,
                   int64_t now)
{
    e->store = store;
    e->now = now;
    if (problem[0] != '\0')
        problem_tell_text(&e->journal.problem, problem);
}

/* Mail may be signed elsewhere with the same key: reporters see it, this journal does not.
 * What a host that writes to this store signed stands there too. */
static void
add_reported(struct key_evidence *e, struct sceau_slice domain,
             struct sceau_slice selector, struct keys_use *use)
{
    static const struct analysis_ours nobody;
    struct insight in = {.db = e->store,
                         .arena = e->arena,
                         .now = e->now,
                         .ours = &nobody};
    struct insight_key_evidence seen;
    if (e->store == NULL)
        return;
    if (!insight_key_used(&in, domain, selector, e->age, &seen)) {
        problem_tell_text(&e->journal.problem, insight_error(&in));
        use->is_partial = true;
        return;
    }
    int64_t last =
        seen.last_reported > seen.last_signed ? seen.last_reported : seen.last_signed;
    if (last > e->now) /* the end of today */
        last = e->now;
    if (last > use->last)
        use->last = last;
}

struct keys_use
key_evidence_of(struct key_evidence *e, struct sceau_slice domain,
                struct sceau_slice selector)
{
    if (!e->is_read)
        read_journal(e);
    const struct key_evidence_domain *known = find_domain(e, domain);
    const struct key_evidence_use *seen =
        known != NULL ? find_use(known, selector) : NULL;
    struct keys_use use = {
        .since = e->journal.oldest,
        .last = seen != NULL ? seen->last : 0,
        .is_partial = e->journal.problem.text[0] != '\0' || known == NULL,
    };
    add_reported(e, domain, selector, &use);
    return use;
}
