/* Questions put before their turn. check_host() goes from term to term, so a cold record of
 * six terms would cost six round trips; asked at once they cost one. The order of evaluation,
 * and with it the verdict and its limits, stays as RFC 7208 section 4.6 has it. */
#include "ahead.h"

#include "core/ip.h"
#include "target.h"

/* Does the client match without a question? What follows is not evaluated then. */
static bool
ends_record(const struct spf_evaluation *e, const struct spf_term *term)
{
    switch ((enum spf_term_kind)term->kind) {
    case SPF_ALL: return true;
    case SPF_IP4: return ip_in_network(&e->query->ip, &term->network, term->ip4_prefix);
    case SPF_IP6: return ip_in_network(&e->query->ip, &term->network, term->ip6_prefix);
    case SPF_INCLUDE:
    case SPF_A:
    case SPF_MX:
    case SPF_PTR:
    case SPF_EXISTS:
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER: break;
    }
    return false;
}

static uint16_t
type_of(const struct spf_evaluation *e, const struct spf_term *term)
{
    switch ((enum spf_term_kind)term->kind) {
    case SPF_INCLUDE:
    case SPF_REDIRECT: return SCEAU_DNS_TXT;
    case SPF_A: return spf_address_type(e);
    case SPF_MX: return SCEAU_DNS_MX;
    case SPF_PTR: return SCEAU_DNS_PTR;
    case SPF_EXISTS: return SCEAU_DNS_A;
    case SPF_ALL:
    case SPF_IP4:
    case SPF_IP6:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER: break;
    }
    return 0;
}

/* The name that the term will ask for; empty when that is not known yet (%{p} needs DNS
 * itself) or is no DNS name. */
static struct sceau_slice
name_of(struct spf_evaluation *e, const struct spf_term *term)
{
    struct spf_macro_values values;
    if (term->kind == SPF_PTR)
        return ip_reverse_name(e->context->arena, &e->query->ip);
    if (term->argument.len == 0)
        return e->frame->domain;
    if (spf_macro_uses(term->argument, 'p') ||
        !spf_macro_values_init(e, term->argument, &values))
        return SLICE_NONE;
    return spf_domain_spec_expand(e->context->arena, term->argument, &values);
}

static void
ask_ahead(struct spf_evaluation *e, struct sceau_slice name, uint16_t type)
{
    if (name.len > 0)
        sceau_dns_prefetch(e->context, name, type);
}

/* A record's terms are each other's rivals for the lookup terms that are left; what was
 * asked ahead in vain is not asked ahead again elsewhere, so that a sender's records cost no
 * more questions than they may. */
void
spf_ahead_terms(struct spf_evaluation *e)
{
    const struct spf_record *record = e->frame->record;
    if (e->context->resolver->prefetch == NULL)
        return;
    for (size_t i = 0; i < record->count; i++) {
        const struct spf_term *term = &record->terms[i];
        if (ends_record(e, term))
            return;
        bool is_asked =
            spf_term_costs_lookup(term->kind) && !spf_term_is_modifier(term->kind);
        if (is_asked && e->ahead++ < e->terms_max)
            ask_ahead(e, name_of(e, term), type_of(e, term));
    }
    if (record->redirect != NULL && e->ahead++ < e->terms_max)
        ask_ahead(e, name_of(e, record->redirect), SCEAU_DNS_TXT);
}

void
spf_ahead_names(struct spf_evaluation *e, const struct sceau_dns_answer *answer)
{
    if (e->context->resolver->prefetch == NULL)
        return;
    for (size_t i = 0; i < answer->count && i < SCEAU_SPF_NAMES_MAX; i++)
        ask_ahead(e, answer->rrs[i].name, spf_address_type(e));
}
