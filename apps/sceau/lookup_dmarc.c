/* `sceau lookup dmarc NAME`: the policy in force for mail from NAME, where it stands, how
 * a receiver reads it, and what it means. Found as a receiver finds it: by the tree walk
 * of RFC 9989 section 4.10. */
#include "sceau/dmarc.h"

#include "core/json.h"
#include "core/text.h"
#include "lookup.h"

static const char *
policy_sentence(enum sceau_dmarc_policy policy)
{
    switch (policy) {
    case SCEAU_DMARC_POLICY_NONE:
        return "its owner asks for nothing: receivers deliver it as any other";
    case SCEAU_DMARC_POLICY_QUARANTINE:
        return "its owner asks receivers to treat it as suspicious (junk folder)";
    case SCEAU_DMARC_POLICY_REJECT: return "its owner asks receivers to refuse it";
    }
    return "";
}

static void
say_meaning(struct text *t, const struct lookup *l, const struct sceau_dmarc_outcome *d)
{
    text_string(t, "Mail from ");
    text_escaped(t, l->name);
    text_format(t, " that neither SPF nor DKIM proves: %s (%s=%s",
                policy_sentence(d->disposition), sceau_dmarc_tag_name(d->applied_tag),
                sceau_dmarc_policy_name(d->policy));
    if (d->record->is_testing)
        text_string(t, "; t=y lowers it one level, the owner is testing");
    text_string(t, "). ");
    if (!d->author_exists)
        text_string(t, "The name does not exist, so np applies. ");
    if (d->record->acts_as_none)
        text_string(t, "The policy in it cannot be used, so only its reports count. ");
    if (d->record->rua_count == 0)
        text_string(t, "No rua: the owner hears nothing of who sends in this name.");
    else
        text_format(t, "Daily reports go to %zu address%s.", d->record->rua_count,
                    d->record->rua_count == 1 ? "" : "es");
}

static void
print_record(const struct lookup *l, const struct sceau_dmarc_outcome *d)
{
    const struct sceau_dmarc_tag_value *tags;
    size_t count;
    struct text t = text_new(l->env.arena, SIZE_MAX);
    text_string(&t, "_dmarc.");
    text_escaped(&t, d->policy_domain);
    text_string(&t, ". IN TXT \"");
    text_escaped(&t, d->record->text);
    text_string(&t, "\"");
    print_line(stdout, text_done(&t));
    lookup_print_secure(d->record->secure);
    if (!slice_eq(d->policy_domain, l->name))
        printf("  (found by the tree walk: organizational domain %.*s)\n",
               SLICE_ARG(d->organizational_domain));
    if (sceau_dmarc_record_tags(l->env.arena, d->record, &tags, &count) != SCEAU_OK)
        return;
    for (size_t i = 0; i < count; i++) {
        struct text value = text_new(l->env.arena, SIZE_MAX);
        text_escaped(&value, tags[i].value);
        printf("  %-6s %.*s\n", tags[i].name, SLICE_ARG(text_done(&value)));
    }
    struct text meaning = text_new(l->env.arena, SIZE_MAX);
    say_meaning(&meaning, l, d);
    print_line(stdout, text_done(&meaning));
}

static void
print_json(const struct lookup *l, const struct sceau_dmarc_outcome *d)
{
    const struct sceau_dmarc_tag_value *tags;
    size_t count;
    struct json j = json_new(l->env.arena);
    json_open(&j, '{');
    json_key_slice(&j, "name", l->name);
    json_key_string(&j, "type", "dmarc");
    json_key_bool(&j, "found", d->record != NULL);
    json_key_bool(&j, "secure", d->record != NULL && d->record->secure);
    json_key_slice(&j, "policy_domain",
                   d->policy_domain.len > 0 ? d->policy_domain : SLICE_NONE);
    json_key_slice(&j, "organizational_domain",
                   d->organizational_domain.len > 0 ? d->organizational_domain
                                                    : SLICE_NONE);
    json_key_slice(&j, "record", d->record != NULL ? d->record->text : SLICE_NONE);
    if (d->record != NULL &&
        sceau_dmarc_record_tags(l->env.arena, d->record, &tags, &count) == SCEAU_OK) {
        json_key_string(&j, "applied_tag", sceau_dmarc_tag_name(d->applied_tag));
        json_key_string(&j, "policy", sceau_dmarc_policy_name(d->policy));
        json_key_string(&j, "disposition", sceau_dmarc_policy_name(d->disposition));
        json_key(&j, "tags");
        json_open(&j, '{');
        for (size_t i = 0; i < count; i++)
            json_key_slice(&j, tags[i].name, tags[i].value);
        json_close(&j, '}');
    }
    json_key(&j, "queries");
    json_open(&j, '[');
    for (size_t i = 0; i < d->query_count; i++)
        json_slice(&j, d->queries[i]);
    json_close(&j, ']');
    json_key_string(&j, "reason", d->reason);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
print_absent(const struct lookup *l, const struct sceau_dmarc_outcome *d, FILE *out)
{
    struct text t = text_new(l->env.arena, SIZE_MAX);
    if (d->result == SCEAU_DMARC_TEMPERROR)
        text_string(&t, "DNS could not tell whether there is a policy for ");
    else
        text_string(&t, "no usable DMARC record for ");
    text_escaped(&t, l->name);
    if (d->reason != NULL)
        text_format(&t, ": %s", d->reason);
    print_line(out, text_done(&t));
    for (size_t i = 0; i < d->query_count; i++)
        fprintf(out, "  asked %.*s\n", SLICE_ARG(d->queries[i]));
}

int
lookup_dmarc(struct lookup *l)
{
    struct sceau_dmarc_query query = {.author = l->name,
                                      .discovery = l->env.config.dmarc.discovery,
                                      .psl = l->env.psl};
    struct sceau_dmarc_outcome d;
    sceau_dmarc_check(&l->context, &query, &d);
    if (l->env.call->globals.json)
        print_json(l, &d);
    else if (d.record == NULL)
        print_absent(l, &d, l->options->is_short ? stderr : stdout);
    else if (l->options->is_short)
        print_escaped(stdout, l->env.arena, d.record->text);
    else
        print_record(l, &d);
    if (d.result == SCEAU_DMARC_TEMPERROR)
        return CLI_EXIT_UNKNOWN;
    return d.record != NULL ? CLI_EXIT_OK : CLI_EXIT_WARNING;
}
