/* The parts of a result that several operations share: each enum as its word, each domain
 * that is not there as null. */

#include "harness.h"

json_t *
harness_dmarc(const struct sceau_dmarc_outcome *outcome)
{
    const char *policy = NULL, *tag = NULL;
    json_t *queries = json_array();
    json_t *result = json_object();
    if (outcome->record != NULL) {
        policy = sceau_dmarc_policy_name(outcome->policy);
        tag = sceau_dmarc_tag_name(outcome->applied_tag);
    }
    for (size_t i = 0; i < outcome->query_count; i++)
        json_array_append_new(queries, harness_string(outcome->queries[i]));
    harness_put(result, "result",
                harness_word(sceau_dmarc_result_name(outcome->result)));
    harness_put(result, "policy_domain", harness_name(outcome->policy_domain));
    harness_put(result, "organizational_domain",
                harness_name(outcome->organizational_domain));
    harness_put(result, "policy", harness_word(policy));
    harness_put(result, "applied_tag", harness_word(tag));
    harness_put(result, "disposition",
                harness_word(sceau_dmarc_policy_name(outcome->disposition)));
    harness_put(result, "spf_aligned", json_boolean(outcome->spf_aligned));
    harness_put(result, "dkim_aligned", json_boolean(outcome->dkim_aligned));
    harness_put(result, "queries", queries);
    harness_put(result, "reason", harness_word(outcome->reason));
    return result;
}

static json_t *
dkim_signature(const struct sceau_dkim_outcome *outcome)
{
    json_t *result = json_object();
    harness_put(result, "result",
                harness_word(sceau_dkim_result_name(outcome->result)));
    harness_put(result, "domain", harness_name(outcome->domain));
    harness_put(result, "selector", harness_name(outcome->selector));
    harness_put(result, "identity", harness_name(outcome->identity));
    harness_put(result, "reason", harness_word(outcome->reason));
    return result;
}

json_t *
harness_dkim(const struct sceau_dkim_outcome *outcomes, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, dkim_signature(&outcomes[i]));
    return list;
}

json_t *
harness_arc(const struct sceau_arc_outcome *outcome)
{
    json_t *result = json_object();
    harness_put(result, "cv", harness_word(sceau_arc_result_name(outcome->result)));
    harness_put(result, "instances", json_integer(outcome->instances));
    harness_put(result, "reason", harness_word(outcome->reason));
    return result;
}

json_t *
harness_spf_identity(const struct sceau_spf_outcome *outcome)
{
    json_t *result = json_object();
    harness_put(result, "result", harness_word(sceau_spf_result_name(outcome->result)));
    harness_put(result, "domain", harness_name(outcome->domain));
    harness_put(result, "mechanism", harness_name(outcome->mechanism));
    harness_put(result, "reason", harness_word(outcome->reason));
    return result;
}

json_t *
harness_spf(const struct sceau_verdict *verdict)
{
    json_t *result = json_object();
    harness_put(result, "mail_from", harness_spf_identity(&verdict->spf_mail_from));
    harness_put(result, "helo", harness_spf_identity(&verdict->spf_helo));
    return result;
}
