/* `auth`: SPF, DKIM and DMARC of a whole message, as the verifier does it. */

#include "harness.h"

/* What SMTP would have said: HARNESS.md writes the null path as the empty string. */
static struct sceau_slice
reverse_path(struct harness_case *c)
{
    struct sceau_slice path = harness_octets(c, json_object_get(c->in, "mail_from"));
    return path.len > 0 ? path : SCEAU_SLICE("<>");
}

json_t *
op_auth(struct harness_case *c)
{
    const struct sceau_verify_options options = {.discovery = SCEAU_DMARC_TREEWALK};
    struct sceau_envelope envelope = {
        .helo = harness_octets(c, json_object_get(c->in, "helo")),
        .mail_from = reverse_path(c),
        .has_mail_from = true,
    };
    sceau_ip_parse(harness_octets(c, json_object_get(c->in, "ip")), &envelope.ip);
    struct sceau_verify *verify = sceau_verify_new(&c->context, &options);
    if (verify == NULL)
        return harness_fail(c, "the message's arena is full");
    sceau_verify_envelope(verify, &envelope);
    sceau_verify_octets(verify, harness_mail(c));
    const struct sceau_verdict *verdict = sceau_verify_finish(verify);
    json_t *result = harness_dmarc(&verdict->dmarc);
    harness_put(result, "from_domain", harness_name(verdict->author.domain));
    harness_put(result, "spf", harness_spf(verdict));
    harness_put(result, "dkim", harness_dkim(verdict->dkim, verdict->dkim_count));
    sceau_verify_free(verify);
    return result;
}
