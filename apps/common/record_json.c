/* A journal record as members of a JSON object: `sceau journal cat` and log.format = json
 * say the same things with the same names. */
#include "record_json.h"

#include "policy/shadow.h"

#include <stdio.h>
#include <time.h>

/* RFC 3339, UTC, to the microsecond. */
static void
key_time(struct json *j, uint64_t time_us)
{
    time_t seconds = (time_t)(time_us / 1000000);
    struct tm utc;
    char text[64];
    gmtime_r(&seconds, &utc);
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + len, sizeof text - len, ".%06uZ", (unsigned)(time_us % 1000000));
    json_key_string(j, "time", text);
}

/* An absent text is null. */
static void
key_text(struct json *j, const char *key, struct sceau_slice value)
{
    json_key_slice(j, key, value.len > 0 ? value : SLICE_NONE);
}

static void
put_spf(struct json *j, const struct record_message *m)
{
    json_key(j, "spf");
    if (!m->has_spf) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_key_string(j, "mail_from", sceau_spf_result_name(m->spf_mail_from_result));
    key_text(j, "mail_from_domain", m->spf_mail_from_domain);
    json_key_string(j, "helo", sceau_spf_result_name(m->spf_helo_result));
    key_text(j, "helo_domain", m->spf_helo_domain);
    json_close(j, '}');
}

static void
put_signatures(struct json *j, const struct record_message *m)
{
    json_key(j, "dkim");
    json_open(j, '[');
    for (size_t i = 0; i < m->signature_count; i++) {
        const struct record_signature *s = &m->signatures[i];
        json_open(j, '{');
        json_key_string(j, "result", sceau_dkim_result_name(s->result));
        key_text(j, "domain", s->domain);
        key_text(j, "selector", s->selector);
        json_key_string(j, "algorithm", sceau_dkim_algorithm_name(s->algorithm));
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void
put_dmarc(struct json *j, const struct record_message *m)
{
    json_key(j, "dmarc");
    if (m->is_unverified) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_key_string(j, "result", sceau_dmarc_result_name(m->dmarc_result));
    key_text(j, "policy_domain", m->policy_domain);
    key_text(j, "record", m->record);
    if (m->record.len > 0) {
        json_key_string(j, "policy", sceau_dmarc_policy_name(m->dmarc_policy));
        json_key_string(j, "applied_tag", sceau_dmarc_tag_name(m->applied_tag));
        json_key_string(j, "disposition", sceau_dmarc_policy_name(m->dmarc_asked));
    }
    json_key_bool(j, "spf_aligned", m->spf_aligned);
    json_key_bool(j, "dkim_aligned", m->dkim_aligned);
    json_close(j, '}');
}

static void
put_selectors(struct json *j, const struct record_message *m)
{
    json_key(j, "signed");
    json_open(j, '[');
    for (size_t i = 0; i < m->selector_count; i++)
        json_slice(j, m->selectors[i]);
    json_close(j, ']');
    key_text(j, "signing_domain",
             m->selector_count > 0 ? record_signing_domain(m) : SLICE_NONE);
}

/* Null when the message was not handled in shadow mode. */
static void
put_shadow(struct json *j, const struct record_message *m)
{
    json_key(j, "shadow");
    if (!m->is_shadow) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    json_key(j, "compared");
    json_open(j, '[');
    for (unsigned method = 0; method < SHADOW_METHODS; method++) {
        if (m->shadow_compared >> method & 1)
            json_text(j, shadow_method_name(method));
    }
    json_close(j, ']');
    json_key(j, "differences");
    json_open(j, '[');
    for (size_t i = 0; i < m->difference_count; i++) {
        const struct record_difference *d = &m->differences[i];
        json_open(j, '{');
        json_key_string(j, "method", shadow_method_name(d->method));
        key_text(j, "theirs", d->theirs);
        key_text(j, "ours", d->ours);
        key_text(j, "domain", d->domain);
        json_close(j, '}');
    }
    json_close(j, ']');
    json_key_number(j, "more", (int64_t)m->differences_more);
    json_close(j, '}');
}

void
record_members(struct json *j, const struct record_message *m)
{
    char client[SCEAU_IP_TEXT];
    sceau_ip_format(&m->client, client);
    key_text(j, "queue_id", m->queue_id);
    key_time(j, m->time_us);
    key_text(j, "host", m->host);
    json_key_number(j, "boot", (int64_t)m->boot);
    json_key_number(j, "sequence", (int64_t)m->sequence);
    json_key_string(j, "client", m->client.version != 0 ? client : NULL);
    key_text(j, "helo", m->helo);
    key_text(j, "mail_from_local", m->mail_from_local);
    key_text(j, "mail_from_domain", m->mail_from_domain);
    json_key_number(j, "recipients", (int64_t)m->recipients);
    key_text(j, "author_domain", m->author_domain);
    json_key_bool(j, "verified", !m->is_unverified);
    put_spf(j, m);
    put_signatures(j, m);
    json_key_string(j, "arc",
                    m->is_unverified ? NULL : sceau_arc_result_name(m->arc_result));
    json_key_number(j, "arc_instances", m->arc_instances);
    put_dmarc(j, m);
    json_key_string(j, "action", policy_action_name(m->action));
    json_key_bool(j, "held", m->is_held);
    json_key_bool(j, "claims_own_domain", m->claims_own_domain);
    json_key_string(j, "override",
                    m->override != 0 ? policy_override_name(m->override) : NULL);
    key_text(j, "override_comment", m->override_comment);
    put_selectors(j, m);
    put_shadow(j, m);
}

void
record_sample_members(struct json *j, const struct store_sample *s)
{
    static const char *const kinds[] = {"dmarc", "dkim", "spf"};
    key_time(j, s->time_us);
    key_text(j, "host", s->host);
    json_key_number(j, "boot", (int64_t)s->boot);
    json_key_number(j, "sequence", (int64_t)s->sequence);
    json_key_string(j, "kind",
                    s->kind < sizeof kinds / sizeof *kinds ? kinds[s->kind] : NULL);
    json_key_number(j, "cause", s->cause);
    key_text(j, "policy_domain", s->policy_domain);
    key_text(j, "record", s->record);
    json_key_bool(j, "whole", s->header.len > 0);
    json_key_number(j, "header_octets", (int64_t)s->header.len);
    json_key_number(j, "body_octets", (int64_t)s->body.len);
}
