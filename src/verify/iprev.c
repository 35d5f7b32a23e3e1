/* The reverse name of the client, confirmed by its addresses: a hint for people and
 * filters, never a proof of anything (RFC 8601 sections 2.7.3 and 3). */
#include "verify/iprev.h"

#include "core/ip.h"
#include "core/trace.h"

#include <assert.h>

/* What the addresses of one claimed name say about `ip`. */
static enum sceau_iprev_result
check_name(struct sceau_context *context, const struct sceau_ip *ip,
           struct sceau_slice name)
{
    struct sceau_dns_answer answer;
    sceau_dns_lookup(context, name, ip->version == 4 ? SCEAU_DNS_A : SCEAU_DNS_AAAA,
                     &answer);
    if (sceau_dns_is_trouble(answer.status))
        return SCEAU_IPREV_TEMPERROR;
    for (size_t i = 0; i < answer.count; i++)
        if (ip_equal(&answer.rrs[i].address, ip))
            return SCEAU_IPREV_PASS;
    return SCEAU_IPREV_FAIL;
}

void
iprev_prefetch(struct sceau_context *context, const struct sceau_ip *ip)
{
    struct sceau_slice question = ip_reverse_name(context->arena, ip);
    if (question.len > 0)
        sceau_dns_prefetch(context, question, SCEAU_DNS_PTR);
}

void
iprev_look_ahead(struct sceau_context *context, const struct sceau_ip *ip)
{
    struct sceau_context quiet = *context;
    struct sceau_dns_answer answer;
    struct sceau_slice question = ip_reverse_name(context->arena, ip);
    quiet.trace = NULL; /* the check itself will tell it */
    if (question.len == 0)
        return;
    sceau_dns_lookup(&quiet, question, SCEAU_DNS_PTR, &answer);
    for (size_t i = 0; i < answer.count && i < IPREV_NAMES_MAX; i++)
        sceau_dns_prefetch(&quiet, answer.rrs[i].name,
                           ip->version == 4 ? SCEAU_DNS_A : SCEAU_DNS_AAAA);
}

enum sceau_iprev_result
iprev_check(struct sceau_context *context, const struct sceau_ip *ip,
            struct sceau_slice *name)
{
    struct sceau_dns_answer answer;
    struct sceau_slice question = ip_reverse_name(context->arena, ip);
    enum sceau_iprev_result result = SCEAU_IPREV_FAIL;
    *name = SLICE_NONE;
    if (question.len == 0) /* the arena is full */
        return SCEAU_IPREV_TEMPERROR;
    sceau_dns_lookup(context, question, SCEAU_DNS_PTR, &answer);
    if (sceau_dns_is_trouble(answer.status))
        return SCEAU_IPREV_TEMPERROR;
    if (answer.count == 0) /* section 2.7.3: no PTR data is the permanent error */
        return SCEAU_IPREV_PERMERROR;
    *name = answer.rrs[0].name;
    for (size_t i = 0; i < answer.count && i < IPREV_NAMES_MAX; i++) {
        enum sceau_iprev_result one = check_name(context, ip, answer.rrs[i].name);
        TRACE(context, N_("{name}: {result}"), TRACE_SLICE("name", answer.rrs[i].name),
              TRACE_NAME("result", sceau_iprev_result_name(one)));
        if (one == SCEAU_IPREV_PASS) {
            *name = answer.rrs[i].name;
            return SCEAU_IPREV_PASS;
        }
        if (one == SCEAU_IPREV_TEMPERROR) /* another name may still confirm it */
            result = SCEAU_IPREV_TEMPERROR;
    }
    return result;
}

const char *
sceau_iprev_result_name(enum sceau_iprev_result result)
{
    static const char *const names[] = {
        [SCEAU_IPREV_NOT_ASKED] = "none",      [SCEAU_IPREV_PASS] = "pass",
        [SCEAU_IPREV_FAIL] = "fail",           [SCEAU_IPREV_TEMPERROR] = "temperror",
        [SCEAU_IPREV_PERMERROR] = "permerror",
    };
    assert((size_t)result < sizeof names / sizeof *names);
    return names[result];
}
