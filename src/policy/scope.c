/* Names and networks of exceptions, compared with what a message proves. */
#include "scope.h"

#include "core/domain.h"

bool
scope_covers_domain(const struct policy_names *names, struct sceau_slice domain)
{
    for (size_t i = 0; i < names->count; i++) {
        struct sceau_slice covered = names->items[i];
        if (covered.len > 0 && slice_find(covered, '@') == covered.len &&
            domain_is_within(domain, covered))
            return true;
    }
    return false;
}

bool
scope_covers_address(const struct policy_names *names, struct sceau_slice address)
{
    size_t at = slice_find_last(address, '@');
    if (at == address.len)
        return false;
    for (size_t i = 0; i < names->count; i++) {
        if (slice_eq_ci(names->items[i], address))
            return true;
    }
    return scope_covers_domain(names, slice_skip(address, at + 1));
}

bool
scope_covers_recipients(const struct policy_names *names,
                        const struct policy_facts *facts)
{
    if (facts->recipients_known == 0 ||
        facts->recipients_known != facts->recipient_count)
        return false;
    for (size_t i = 0; i < facts->recipients_known; i++) {
        if (!scope_covers_address(names, facts->recipients[i]))
            return false;
    }
    return true;
}

bool
scope_covers_client(const struct policy_networks *networks,
                    const struct policy_facts *facts)
{
    for (size_t i = 0; !facts->is_local_socket && i < networks->count; i++) {
        const struct ip_network *n = &networks->items[i];
        if (ip_in_network(&facts->client, &n->address, n->prefix))
            return true;
    }
    return false;
}

struct sceau_slice
scope_find_signer(const struct policy_names *names, const struct sceau_verdict *verdict)
{
    for (size_t i = 0; i < verdict->dkim_count; i++) {
        const struct sceau_dkim_outcome *dkim = &verdict->dkim[i];
        if (dkim->result == SCEAU_DKIM_PASS && scope_covers_domain(names, dkim->domain))
            return dkim->domain;
    }
    return SLICE_NONE;
}

struct sceau_slice
scope_find_spf(const struct policy_names *names, const struct sceau_verdict *verdict)
{
    const struct sceau_spf_outcome *const checks[] = {&verdict->spf_mail_from,
                                                      &verdict->spf_helo};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (checks[i]->result == SCEAU_SPF_PASS && !checks[i]->is_permissive &&
            scope_covers_domain(names, checks[i]->domain))
            return checks[i]->domain;
    }
    return SLICE_NONE;
}
