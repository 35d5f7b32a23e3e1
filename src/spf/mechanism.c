/* The mechanisms that compare the client with what DNS or the record says, in the order of
 * RFC 7208 section 5. */
#include "mechanism.h"

#include "core/domain.h"
#include "core/ip.h"
#include "target.h"

/* Does one of the name's addresses match? For "a", and for each host of "mx". */
static enum spf_match
match_addresses(struct spf_evaluation *e, const struct spf_term *term,
                struct sceau_slice name)
{
    struct sceau_dns_answer answer;
    if (!spf_need_answer(e, name, spf_address_type(e), &answer))
        return SPF_EXCEPTION;
    unsigned prefix = e->query->ip.version == 6 ? term->ip6_prefix : term->ip4_prefix;
    return spf_has_client(e, &answer, prefix) ? SPF_MATCH : SPF_NO_MATCH;
}

/* 5.3 */
static enum spf_match
match_a(struct spf_evaluation *e, const struct spf_term *term)
{
    struct sceau_slice name;
    if (!spf_target_name(e, term->argument, &name))
        return SPF_EXCEPTION;
    return name.len > 0 ? match_addresses(e, term, name) : SPF_NO_MATCH;
}

/* 5.4. Without an MX record there is no host to ask: the implicit MX of RFC 5321 does not
 * count here. The "." of a null MX (RFC 7505) is no name, so it is not asked either. */
static enum spf_match
match_mx(struct spf_evaluation *e, const struct spf_term *term)
{
    struct sceau_dns_answer answer;
    struct sceau_slice name;
    if (!spf_target_name(e, term->argument, &name))
        return SPF_EXCEPTION;
    if (name.len == 0)
        return SPF_NO_MATCH;
    if (!spf_need_answer(e, name, SCEAU_DNS_MX, &answer))
        return SPF_EXCEPTION;
    /* Section 4.6.4. Counted before the first is asked: the order of an answer changes
     * from one to the next, the verdict must not. */
    if (answer.count > SCEAU_SPF_NAMES_MAX)
        return spf_exception(e, SCEAU_SPF_PERMERROR, "more than 10 MX hosts");
    enum spf_match match = SPF_NO_MATCH;
    for (size_t i = 0; i < answer.count && match == SPF_NO_MATCH; i++)
        match = match_addresses(e, term, answer.rrs[i].name);
    return match;
}

/* 5.5. DNS trouble is no error here, only no match. */
static enum spf_match
match_ptr(struct spf_evaluation *e, const struct spf_term *term)
{
    struct sceau_slice name;
    if (!spf_target_name(e, term->argument, &name) || !spf_validate_names(e))
        return SPF_EXCEPTION;
    for (size_t i = 0; i < e->validated.count; i++) {
        if (name.len > 0 && domain_is_within(e->validated.names[i], name))
            return SPF_MATCH;
    }
    return SPF_NO_MATCH;
}

/* 5.6. An address of the other version is in no network. */
static enum spf_match
match_network(const struct spf_evaluation *e, const struct spf_term *term)
{
    unsigned prefix = term->kind == SPF_IP6 ? term->ip6_prefix : term->ip4_prefix;
    return ip_in_network(&e->query->ip, &term->network, prefix) ? SPF_MATCH
                                                                : SPF_NO_MATCH;
}

/* 5.7. Always an A record, for IPv6 clients as well. */
static enum spf_match
match_exists(struct spf_evaluation *e, const struct spf_term *term)
{
    struct sceau_dns_answer answer;
    struct sceau_slice name;
    if (!spf_target_name(e, term->argument, &name))
        return SPF_EXCEPTION;
    if (name.len == 0)
        return SPF_NO_MATCH;
    if (!spf_need_answer(e, name, SCEAU_DNS_A, &answer))
        return SPF_EXCEPTION;
    return answer.count > 0 ? SPF_MATCH : SPF_NO_MATCH;
}

enum spf_match
spf_match_term(struct spf_evaluation *e, const struct spf_term *term)
{
    switch ((enum spf_term_kind)term->kind) {
    case SPF_ALL: return SPF_MATCH; /* 5.1 */
    case SPF_A: return match_a(e, term);
    case SPF_MX: return match_mx(e, term);
    case SPF_PTR: return match_ptr(e, term);
    case SPF_IP4:
    case SPF_IP6: return match_network(e, term);
    case SPF_EXISTS: return match_exists(e, term);
    case SPF_INCLUDE: /* 5.2: check.c */
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER: break; /* 4.6.3: no mechanisms */
    }
    return SPF_NO_MATCH;
}
