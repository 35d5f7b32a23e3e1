/* A verdict as one JSON object on a line: the keys of the command-line contract
 * (DESIGN.md section 8). Scripts and tests rely on names and order. */
#include "verify_json.h"

#include "core/json.h"

/* An absent text is null. */
static void
key_domain(struct json *j, const char *key, struct sceau_slice value)
{
    json_key_slice(j, key, value.len > 0 ? value : SLICE_NONE);
}

static void
spf_object(struct json *j, const char *key, const struct sceau_spf_outcome *s)
{
    json_key(j, key);
    json_open(j, '{');
    json_key_string(j, "result", sceau_spf_result_name(s->result));
    key_domain(j, "domain", s->domain);
    key_domain(j, "mechanism", s->mechanism);
    key_domain(j, "explanation", s->explanation);
    json_key_string(j, "reason", s->reason);
    json_close(j, '}');
}

static void
spf_member(struct json *j, const struct sceau_verdict *v)
{
    json_key(j, "spf");
    if (!v->has_spf) {
        json_none(j);
        return;
    }
    json_open(j, '{');
    spf_object(j, "mail_from", &v->spf_mail_from);
    spf_object(j, "helo", &v->spf_helo);
    json_close(j, '}');
}

static void
dkim_member(struct json *j, const struct sceau_verdict *v)
{
    json_key(j, "dkim");
    json_open(j, '[');
    for (size_t i = 0; i < v->dkim_count; i++) {
        const struct sceau_dkim_outcome *d = &v->dkim[i];
        json_open(j, '{');
        json_key_string(j, "result", sceau_dkim_result_name(d->result));
        key_domain(j, "domain", d->domain);
        key_domain(j, "selector", d->selector);
        json_key_string(j, "algorithm", sceau_dkim_algorithm_name(d->algorithm));
        json_key_number(j, "bits", d->bits);
        key_domain(j, "identity", d->identity);
        json_key_string(j, "reason", d->reason);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void
arc_member(struct json *j, const struct sceau_verdict *v)
{
    json_key(j, "arc");
    json_open(j, '{');
    json_key_string(j, "cv", sceau_arc_result_name(v->arc.result));
    json_key_number(j, "instances", v->arc.instances);
    json_key_string(j, "reason", v->arc.reason);
    json_close(j, '}');
}

static void
dmarc_member(struct json *j, const struct sceau_verdict *v)
{
    const struct sceau_dmarc_outcome *d = &v->dmarc;
    bool has_record = d->record != NULL;
    json_key(j, "dmarc");
    json_open(j, '{');
    json_key_string(j, "result", sceau_dmarc_result_name(d->result));
    key_domain(j, "policy_domain", d->policy_domain);
    key_domain(j, "organizational_domain", d->organizational_domain);
    json_key_string(j, "policy",
                    has_record ? sceau_dmarc_policy_name(d->policy) : NULL);
    json_key_slice(j, "record", has_record ? d->record->text : SLICE_NONE);
    json_key_string(j, "applied_tag",
                    has_record ? sceau_dmarc_tag_name(d->applied_tag) : NULL);
    json_key_string(j, "disposition", sceau_dmarc_policy_name(d->disposition));
    json_key_bool(j, "spf_aligned", d->spf_aligned);
    json_key_bool(j, "dkim_aligned", d->dkim_aligned);
    json_key_string(j, "reason", d->reason);
    json_close(j, '}');
}

static void
milter_member(struct json *j, const struct verified *verified)
{
    json_key(j, "milter");
    json_open(j, '{');
    json_key_slice(j, "reply", verified->reply);
    json_key_bool(j, "same_results", !verified->has_other_results);
    json_close(j, '}');
}

struct sceau_slice
verify_json(struct sceau_arena *arena, const struct verified *verified)
{
    const struct sceau_verdict *v = verified->verdict;
    struct json j = json_new(arena);
    json_open(&j, '{');
    json_key_string(&j, "file", verified->file);
    json_key_number(&j, "message", verified->message);
    key_domain(&j, "from_domain", v->author.domain);
    spf_member(&j, v);
    dkim_member(&j, v);
    arc_member(&j, v);
    dmarc_member(&j, v);
    json_key_string(&j, "action", verified->action);
    json_key_slice(&j, "authentication_results", verified->authentication_results);
    if (verified->is_of_milter)
        milter_member(&j, verified);
    json_close(&j, '}');
    return json_done(&j);
}

struct sceau_slice
verify_json_error(struct sceau_arena *arena, const char *file, size_t line,
                  size_t column, const char *text)
{
    struct json j = json_new(arena);
    json_open(&j, '{');
    json_key_string(&j, "file", file);
    json_key(&j, "error");
    json_open(&j, '{');
    json_key_number(&j, "line", (int64_t)line);
    json_key_number(&j, "column", (int64_t)column);
    json_key_string(&j, "text", text);
    json_close(&j, '}');
    json_close(&j, '}');
    return json_done(&j);
}
