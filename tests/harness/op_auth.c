/* `auth`: SPF, DKIM and DMARC of a whole message, as the verifier does it. */
#include "settings.h"

/* What SMTP would have said: HARNESS.md writes the null path as the empty string. */
static struct sceau_slice
reverse_path(struct harness_case *c)
{
    struct sceau_slice path = harness_octets(c, json_object_get(c->in, "mail_from"));
    return path.len > 0 ? path : SCEAU_SLICE("<>");
}

static json_t *
judge(struct harness_case *c, struct sceau_verify *verify,
      const struct sceau_envelope *envelope)
{
    sceau_verify_envelope(verify, envelope);
    sceau_verify_octets(verify, harness_mail(c));
    const struct sceau_verdict *verdict = sceau_verify_finish(verify);
    json_t *result = harness_dmarc(&verdict->dmarc);
    harness_put(result, "from_domain", harness_name(verdict->author.domain));
    harness_put(result, "spf", harness_spf(verdict));
    harness_put(result, "dkim", harness_dkim(verdict->dkim, verdict->dkim_count));
    return result;
}

json_t *
op_auth(struct harness_case *c)
{
    struct settings settings;
    struct sceau_envelope envelope = {
        .helo = harness_octets(c, json_object_get(c->in, "helo")),
        .mail_from = reverse_path(c),
        .has_mail_from = true,
    };
    sceau_ip_parse(harness_octets(c, json_object_get(c->in, "ip")), &envelope.ip);
    if (!settings_read(c, &settings))
        return NULL;
    json_t *result = NULL;
    struct sceau_verify *verify = sceau_verify_new(&c->context, &settings.verify);
    if (verify == NULL)
        harness_fail(c, "the message's arena is full");
    else
        result = judge(c, verify, &envelope);
    sceau_verify_free(verify);
    settings_clear(&settings);
    return result;
}
