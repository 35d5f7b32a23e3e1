/* `spf`: check_host() for one identity (RFC 7208). */

#include "harness.h"

static const char *const identities[] = {
    [SCEAU_SPF_MAIL_FROM] = "mail_from",
    [SCEAU_SPF_HELO] = "helo",
};

json_t *
op_spf(struct harness_case *c)
{
    struct sceau_spf_query query = {
        .helo = harness_octets(c, json_object_get(c->in, "helo")),
        .sender = harness_octets(c, json_object_get(c->in, "mail_from")),
        .receiver = harness_octets(c, json_object_get(c->in, "receiver")),
        .default_explanation =
            harness_octets(c, json_object_get(c->in, "default_explanation")),
        .want_explanation = true,
    };
    struct sceau_spf_outcome outcome;
    if (!sceau_ip_parse(harness_octets(c, json_object_get(c->in, "ip")), &query.ip))
        return harness_fail(c, "in.ip is not an address");
    query.identity = query.sender.len > 0 ? SCEAU_SPF_MAIL_FROM : SCEAU_SPF_HELO;
    sceau_spf_check(&c->context, &query, &outcome);
    json_t *result = harness_spf_identity(&outcome);
    bool is_fail = outcome.result == SCEAU_SPF_FAIL;
    harness_put(result, "identity", harness_word(identities[outcome.identity]));
    harness_put(result, "explanation",
                is_fail ? harness_string(outcome.explanation) : json_null());
    return result;
}
