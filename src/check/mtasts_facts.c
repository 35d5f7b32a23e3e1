/* The record and the policy of MTA-STS, asked once for all rules. */
#include "mtasts_facts.h"

#include "core/domain.h"
#include "facts.h"
#include "factstate.h"
#include "mtasts_kept.h"

static void
find_record(struct check_subject *s, struct check_mtasts *m)
{
    m->owner = domain_join(s->context->arena, SCEAU_SLICE("_mta-sts"), s->name);
    m->answer = check_ask(s, m->owner, SCEAU_DNS_TXT);
    for (size_t i = 0; i < m->answer.count; i++) {
        if (!mtasts_is_record(m->answer.rrs[i].text))
            continue;
        m->rr = &m->answer.rrs[i];
        m->record_count++;
    }
}

static void
recall(struct check_subject *s, struct check_mtasts *m)
{
    const struct mtasts_left *left = s->options->mtasts_left;
    if (left == NULL || m->has_policy)
        return;
    int64_t until = mtasts_left_until(s->context->arena, left, &m->left);
    m->left_until = until > s->context->now ? until : 0;
}

static void
fetch(struct check_subject *s, struct check_mtasts *m)
{
    m->url = check_format(s, "https://mta-sts.%.*s/.well-known/mta-sts.txt",
                          SLICE_ARG(s->name));
    if ((s->options->probes & CHECK_HTTP) == 0)
        return;
    m->page = s->options->mtasts_page != NULL ? *s->options->mtasts_page
                                              : https_get(s, m->url);
    if (m->page.failure == HTTPS_FINE && m->page.status == 200)
        m->has_policy = mtasts_policy_parse(s->context->arena, m->page.body, &m->policy,
                                            &m->diag) == SCEAU_OK;
    recall(s, m);
}

const struct check_mtasts *
check_mtasts(struct check_subject *s)
{
    static const struct check_mtasts none = {.answer = {.status = SCEAU_DNS_SERVFAIL}};
    struct check_facts *facts = check_facts(s);
    if (facts->mtasts != NULL)
        return facts->mtasts;
    struct check_mtasts *m = check_alloc(s, sizeof *m);
    if (m == NULL)
        return &none;
    *m = (struct check_mtasts){0};
    find_record(s, m);
    fetch(s, m);
    facts->mtasts = m;
    return m;
}

const struct mtasts_policy *
check_mtasts_policy(const struct check_mtasts *m)
{
    if (m->has_policy)
        return &m->policy;
    return m->left_until > 0 ? &m->left : NULL;
}

const struct check_host *
check_mtasts_uncovered(struct check_subject *s, size_t *at)
{
    const struct check_mx *mx = check_mx(s);
    const struct mtasts_policy *policy = check_mtasts_policy(check_mtasts(s));
    while (policy != NULL && policy->mode != MTASTS_NONE && *at < mx->count) {
        const struct check_host *host = mx->hosts[(*at)++].host;
        if (host != NULL && !mtasts_covers(policy, host->name))
            return host;
    }
    return NULL;
}

bool
check_has_mtasts_record(struct check_subject *s)
{
    struct check_mtasts m = {0};
    find_record(s, &m);
    return m.record_count > 0;
}

bool
check_mtasts_enforces(struct check_subject *s, struct sceau_slice host)
{
    const struct check_mtasts *m = check_mtasts(s);
    return m->record_count == 1 && m->has_policy && m->policy.mode == MTASTS_ENFORCE &&
           mtasts_covers(&m->policy, host);
}
