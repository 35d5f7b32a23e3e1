/* The mechanisms that compare the client with what DNS or the record says, in the order of
 * RFC 7208 section 5. */
#include "mechanism.h"

#include "ahead.h"
#include "core/domain.h"
#include "core/ip.h"
#include "target.h"

/* Ask for the term's target-name. A target that is no DNS name gives an empty answer, so
 * it matches nothing. False on an exception. */
static bool
ask_target(struct spf_evaluation *e, const struct spf_term *term, uint16_t type,
           struct sceau_dns_answer *answer)
{
    struct sceau_slice name;
    *answer = (struct sceau_dns_answer){.status = SCEAU_DNS_INVALID};
    return spf_target_name(e, term->argument, &name) &&
           (name.len == 0 || spf_need_answer(e, name, type, answer));
}

/* Is the client among these addresses, by the prefix of its version? */
static enum spf_match
match_addresses(const struct spf_evaluation *e, const struct spf_term *term,
                const struct sceau_dns_answer *answer)
{
    unsigned prefix = e->query->ip.version == 6 ? term->ip6_prefix : term->ip4_prefix;
    return spf_has_client(e, answer, prefix) ? SPF_MATCH : SPF_NO_MATCH;
}

/* 5.3 */
static enum spf_match
match_a(struct spf_evaluation *e, const struct spf_term *term)
{
    struct sceau_dns_answer answer;
    if (!ask_target(e, term, spf_address_type(e), &answer))
        return SPF_EXCEPTION;
    return match_addresses(e, term, &answer);
}

/* 5.4. Without an MX record there is no host to ask: the implicit MX of RFC 5321 does not
 * count here. The "." of a null MX (RFC 7505) is no name, so it is not asked either. */
static enum spf_match
match_mx(struct spf_evaluation *e, const struct spf_term *term)
{
    struct sceau_dns_answer hosts, answer;
    if (!ask_target(e, term, SCEAU_DNS_MX, &hosts))
        return SPF_EXCEPTION;
    /* Section 4.6.4. Counted before the first is asked: the order of an answer changes
     * from one to the next, the verdict must not. */
    if (hosts.count > SCEAU_SPF_NAMES_MAX)
        return spf_exception(e, SCEAU_SPF_PERMERROR, "more than 10 MX hosts");
    spf_ahead_names(e, &hosts);
    for (size_t i = 0; i < hosts.count; i++) {
        if (!spf_need_answer(e, hosts.rrs[i].name, spf_address_type(e), &answer))
            return SPF_EXCEPTION;
        if (match_addresses(e, term, &answer) == SPF_MATCH)
            return SPF_MATCH;
    }
    return SPF_NO_MATCH;
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
    if (!ask_target(e, term, SCEAU_DNS_A, &answer))
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
