/* Facts about DMARC: the policy in force for a name, as a receiver of RFC 9989 finds it
 * and as one of RFC 7489 does. */
#include "core/domain.h"
#include "facts.h"
#include "factstate.h"

static const struct check_dmarc no_dmarc = {
    .walk.result = SCEAU_DMARC_TEMPERROR,
    .own = &(const struct check_texts){.answer.status = SCEAU_DNS_LIMIT},
};

static void
find_policy(struct check_subject *s, enum sceau_dmarc_discovery discovery,
            struct sceau_dmarc_outcome *outcome)
{
    struct sceau_dmarc_query query = {.author = s->name,
                                      .discovery = discovery,
                                      .psl = s->options->psl};
    sceau_dmarc_check(s->context, &query, outcome);
}

const struct check_dmarc *
check_dmarc(struct check_subject *s)
{
    struct check_facts *facts = check_facts(s);
    if (facts->dmarc != NULL)
        return facts->dmarc;
    struct check_dmarc *d = check_alloc(s, sizeof *d);
    struct sceau_slice prefix = SCEAU_SLICE("_dmarc");
    if (d == NULL)
        return &no_dmarc;
    find_policy(s, SCEAU_DMARC_TREEWALK, &d->walk);
    d->has_psl = s->options->psl != NULL;
    if (d->has_psl)
        find_policy(s, SCEAU_DMARC_PSL, &d->psl);
    d->own = check_dmarc_texts(s, domain_join(s->context->arena, prefix, s->name));
    if (sceau_dmarc_organizational_domain(s->context, SCEAU_DMARC_TREEWALK, NULL,
                                          s->name,
                                          &d->organizational_domain) != SCEAU_OK)
        d->organizational_domain = SLICE_NONE;
    if (d->walk.record != NULL) {
        d->is_own = slice_eq(d->walk.policy_domain, s->name);
        d->owner = domain_join(s->context->arena, prefix, d->walk.policy_domain);
    }
    facts->dmarc = d;
    return d;
}
