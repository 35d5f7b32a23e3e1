/* From a domain-spec to the name that is asked. */
#include "target.h"

#include "ahead.h"
#include "core/domain.h"
#include "core/ip.h"
#include "core/trace.h"

/* Section 5.5: does this name have the client's address? DNS trouble skips the name. */
static bool
validate_name(struct spf_evaluation *e, struct sceau_slice name)
{
    struct sceau_dns_answer answer;
    struct spf_validated *validated = &e->validated;
    if (!spf_ask(e, name, spf_address_type(e), &answer))
        return false;
    bool is_valid = spf_has_client(e, &answer, e->query->ip.version == 6 ? 128 : 32);
    TRACE(e->context,
          is_valid ? N_("{name}: a validated name of the client")
                   : N_("{name}: does not point back to the client"),
          TRACE_SLICE("name", name));
    if (is_valid)
        validated->names[validated->count++] = name;
    return true;
}

bool
spf_validate_names(struct spf_evaluation *e)
{
    struct sceau_dns_answer answer;
    if (e->validated.is_known)
        return !e->validated.is_void || spf_count_void(e);
    e->validated.is_known = true;
    struct sceau_slice reverse = ip_reverse_name(e->context->arena, &e->query->ip);
    if (!spf_ask(e, reverse, SCEAU_DNS_PTR, &answer))
        return false;
    spf_ahead_names(e, &answer);
    /* Section 4.6.4: all but the first ten are ignored. They belong to the owner of the
     * address, who must not turn the domain's verdict into an error. */
    for (size_t i = 0; i < answer.count && i < SCEAU_SPF_NAMES_MAX; i++) {
        if (!validate_name(e, answer.rrs[i].name))
            return false;
    }
    e->validated.is_void = e->is_void; /* nothing of the term was asked before */
    return true;
}

/* Section 7.3: <domain> itself when it is among the names, else one below it, else any. */
static struct sceau_slice
choose_name(const struct spf_validated *validated, struct sceau_slice domain)
{
    struct sceau_slice chosen = SCEAU_SLICE("");
    bool is_below = false;
    for (size_t i = 0; i < validated->count; i++) {
        struct sceau_slice name = validated->names[i];
        if (slice_eq_ci(name, domain))
            return name;
        bool is_better = !is_below && domain_is_within(name, domain);
        if (chosen.len == 0 || is_better)
            chosen = name;
        is_below |= is_better;
    }
    return chosen;
}

bool
spf_macro_values_init(struct spf_evaluation *e, struct sceau_slice text,
                      struct spf_macro_values *values)
{
    *values = (struct spf_macro_values){
        .sender = e->identity.sender,
        .local_part = e->identity.local_part,
        .sender_domain = e->identity.domain,
        .domain = e->frame->domain,
        .ip = e->query->ip,
        .helo = e->identity.helo,
        .receiver = e->query->receiver,
        .now = e->context->now,
    };
    if (!spf_macro_uses(text, 'p'))
        return true;
    bool is_free = e->validated.is_known || e->is_explaining;
    if ((!is_free && !spf_spend_term(e, SCEAU_SLICE("%{p}"))) || !spf_validate_names(e))
        return false;
    values->validated_name = choose_name(&e->validated, e->frame->domain);
    return true;
}

bool
spf_target_name(struct spf_evaluation *e, struct sceau_slice domain_spec,
                struct sceau_slice *name)
{
    struct spf_macro_values values;
    *name = e->frame->domain;
    if (domain_spec.len == 0)
        return true;
    if (!spf_macro_values_init(e, domain_spec, &values))
        return false;
    *name = spf_domain_spec_expand(e->context->arena, domain_spec, &values);
    if (name->ptr == NULL) {
        spf_exception(e, SCEAU_SPF_TEMPERROR, "the message's memory is full");
        return false;
    }
    /* Section 4.8 leaves open what becomes of a name that DNS cannot have (empty or long
     * labels, or nothing that fits): it is not asked, so no mechanism matches by it. */
    if (!domain_is_askable(*name)) {
        TRACE(e->context, N_("not asked, as it is no DNS name: {name}"),
              TRACE_SLICE("name", *name));
        name->len = 0;
    }
    return true;
}
