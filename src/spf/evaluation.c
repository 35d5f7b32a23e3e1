/* The limits of RFC 7208 section 4.6.4, kept in one place: whoever asks DNS asks here. */
#include "evaluation.h"

#include "core/ip.h"
#include "core/text.h"
#include "core/trace.h"

#include <limits.h>

bool
spf_evaluation_init(struct spf_evaluation *e, struct sceau_context *context,
                    const struct sceau_spf_query *query,
                    struct sceau_spf_outcome *outcome)
{
    *outcome = (struct sceau_spf_outcome){
        .result = SCEAU_SPF_NONE,
        .identity = query->identity,
    };
    *e = (struct spf_evaluation){
        .context = context,
        .query = query,
        .outcome = outcome,
        .terms_max = query->terms_max > 0 ? query->terms_max : SCEAU_SPF_TERMS_MAX,
        .void_max = query->void_max > 0 ? query->void_max : SCEAU_SPF_VOID_MAX,
        .memory_before = sceau_arena_used(context->arena),
        .is_secure = true,
    };
    if (query->void_max == UINT_MAX)
        e->void_max = 0;
    return spf_identity_init(&e->identity, context->arena, query);
}

enum spf_match
spf_exception(struct spf_evaluation *e, enum sceau_spf_result result,
              const char *reason)
{
    if (!e->is_explaining) {
        e->frame->is_decided = true;
        e->frame->result = result;
        e->outcome->reason = reason;
        TRACE(e->context, N_("{result}: {reason}"),
              TRACE_NAME("result", sceau_spf_result_name(result)),
              TRACE_PHRASE("reason", reason));
    }
    return SPF_EXCEPTION;
}

bool
spf_spend_term(struct spf_evaluation *e, struct sceau_slice text)
{
    if (e->outcome->lookup_terms >= e->terms_max) {
        TRACE(e->context, N_("{term}: one lookup term more than {most}"),
              TRACE_SLICE("term", text), TRACE_NUMBER("most", e->terms_max));
        spf_exception(e, SCEAU_SPF_PERMERROR, "too many terms that need DNS lookups");
        return false;
    }
    e->outcome->lookup_terms++;
    TRACE(e->context, N_("{term}: lookup term {number} of {most}"),
          TRACE_SLICE("term", text), TRACE_NUMBER("number", e->outcome->lookup_terms),
          TRACE_NUMBER("most", e->terms_max));
    return true;
}

bool
spf_count_void(struct spf_evaluation *e)
{
    if (e->is_void || e->is_explaining)
        return true;
    e->is_void = true;
    e->outcome->void_lookups++;
    TRACE(e->context, N_("void lookup {number} of {most}"),
          TRACE_NUMBER("number", e->outcome->void_lookups),
          TRACE_NUMBER("most", e->void_max));
    if (e->outcome->void_lookups <= e->void_max)
        return true;
    spf_exception(e, SCEAU_SPF_PERMERROR, "too many void lookups");
    return false;
}

bool
spf_ask(struct spf_evaluation *e, struct sceau_slice name, uint16_t type,
        struct sceau_dns_answer *answer)
{
    if (sceau_arena_used(e->context->arena) - e->memory_before > SPF_MEMORY_MAX) {
        spf_exception(e, SCEAU_SPF_PERMERROR, "the records need too much memory");
        return false;
    }
    sceau_dns_lookup(e->context, name, type, answer);
    if (!e->is_explaining) {
        e->has_asked = true;
        e->is_secure &= answer->secure;
    }
    /* A record that is not there is "none" or a permerror by itself, not a void. */
    bool is_void = type != SCEAU_DNS_TXT && (answer->status == SCEAU_DNS_NODATA ||
                                             answer->status == SCEAU_DNS_NXDOMAIN);
    return !is_void || spf_count_void(e);
}

/* Why an answer could not be had, for a person. */
static const char *
trouble(enum sceau_dns_status status)
{
    switch (status) {
    case SCEAU_DNS_OK:
    case SCEAU_DNS_NODATA:
    case SCEAU_DNS_NXDOMAIN:
    case SCEAU_DNS_INVALID: break;
    case SCEAU_DNS_SERVFAIL: return N_("a DNS server failed");
    case SCEAU_DNS_REFUSED: return N_("a DNS server refused to answer");
    case SCEAU_DNS_TIMEOUT: return N_("DNS did not answer in time");
    case SCEAU_DNS_BOGUS: return N_("DNSSEC validation failed");
    case SCEAU_DNS_LIMIT: return N_("a DNS answer is too large");
    }
    return N_("DNS failed");
}

bool
spf_need_answer(struct spf_evaluation *e, struct sceau_slice name, uint16_t type,
                struct sceau_dns_answer *answer)
{
    if (!spf_ask(e, name, type, answer))
        return false;
    if (sceau_dns_is_trouble(answer->status)) {
        spf_exception(e, SCEAU_SPF_TEMPERROR, trouble(answer->status));
        return false;
    }
    return true;
}

uint16_t
spf_address_type(const struct spf_evaluation *e)
{
    return e->query->ip.version == 6 ? SCEAU_DNS_AAAA : SCEAU_DNS_A;
}

bool
spf_has_client(const struct spf_evaluation *e, const struct sceau_dns_answer *answer,
               unsigned prefix)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (ip_in_network(&e->query->ip, &answer->rrs[i].address, prefix))
            return true;
    }
    return false;
}
