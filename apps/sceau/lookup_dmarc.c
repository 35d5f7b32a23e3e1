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
        return N_("its owner asks for nothing: receivers deliver it as any other");
    case SCEAU_DMARC_POLICY_QUARANTINE:
        return N_("its owner asks receivers to treat it as suspicious (junk folder)");
    case SCEAU_DMARC_POLICY_REJECT: return N_("its owner asks receivers to refuse it");
    }
    return "";
}

static void
say_remark(struct text *t, const struct lookup *l, const char *english)
{
    text_octet(t, ' ');
    text_slice(t, environment_word(&l->env, english));
}

static void
say_meaning(struct text *t, const struct lookup *l, const struct sceau_dmarc_outcome *d)
{
    const char *english =
        d->record->is_testing
            ? N_("Mail from {name} that neither SPF nor DKIM proves: {what} ({tag}={policy}; "
                 "t=y lowers it one level, the owner is testing).")
            : N_("Mail from {name} that neither SPF nor DKIM proves: {what} "
                 "({tag}={policy}).");
    const char *tag = sceau_dmarc_tag_name(d->applied_tag);
    const char *policy = sceau_dmarc_policy_name(d->policy);
    struct text count = text_new(l->env.arena, SIZE_MAX);
    text_slice(t, ENV_SAY(&l->env, english, LANGUAGE_THEIRS("name", l->name),
                          LANGUAGE_OURS("what",
                                        environment_word(&l->env, policy_sentence(
                                                                      d->disposition))),
                          LANGUAGE_OURS("tag", sceau_slice_from(tag)),
                          LANGUAGE_OURS("policy", sceau_slice_from(policy))));
    if (!d->author_exists)
        say_remark(t, l, N_("The name does not exist, so np applies."));
    if (d->record->acts_as_none)
        say_remark(t, l,
                   N_("The policy in it cannot be used, so only its reports count."));
    text_format(&count, "%zu", d->record->rua_count);
    if (d->record->rua_count == 0)
        say_remark(t, l,
                   N_("No rua: the owner hears nothing of who sends in this name."));
    else if (d->record->rua_count == 1)
        say_remark(t, l, N_("Daily reports go to 1 address."));
    else {
        text_octet(t, ' ');
        text_slice(t, ENV_SAY(&l->env, N_("Daily reports go to {count} addresses."),
                              LANGUAGE_OURS("count", text_done(&count))));
    }
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
    lookup_print_secure(l, d->record->secure);
    if (!slice_eq(d->policy_domain, l->name))
        print_line(
            stdout,
            ENV_SAY(&l->env,
                    N_("  (found by the tree walk: organizational domain {domain})"),
                    LANGUAGE_THEIRS("domain", d->organizational_domain)));
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
    bool is_trouble = d->result == SCEAU_DMARC_TEMPERROR;
    struct text t = text_new(l->env.arena, SIZE_MAX);
    text_slice(
        &t, ENV_SAY(&l->env,
                    is_trouble
                        ? N_("DNS could not tell whether there is a policy for {name}")
                        : N_("no usable DMARC record for {name}"),
                    LANGUAGE_THEIRS("name", l->name)));
    if (d->reason != NULL) {
        text_string(&t, ": ");
        text_slice(&t, environment_word(&l->env, d->reason));
    }
    print_line(out, text_done(&t));
    for (size_t i = 0; i < d->query_count; i++)
        print_line(out, ENV_SAY(&l->env, N_("  asked {name}"),
                                LANGUAGE_THEIRS("name", d->queries[i])));
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
