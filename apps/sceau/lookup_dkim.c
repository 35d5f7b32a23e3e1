/* `sceau lookup dkim SELECTOR DOMAIN`: the key record, what key it holds, and whether a
 * signature made with it can pass. */
#include "core/domain.h"
#include "core/json.h"
#include "core/text.h"
#include "dkim/key.h"
#include "lookup.h"

static void
print_json(const struct lookup *l, struct sceau_slice owner, struct sceau_slice text,
           const struct sceau_dns_answer *answer, const struct dkim_key *key)
{
    struct json j = json_new(l->env.arena);
    json_open(&j, '{');
    json_key_slice(&j, "name", owner);
    json_key_string(&j, "type", "dkim");
    json_key_string(&j, "status", sceau_dns_status_name(answer->status));
    json_key_bool(&j, "secure", answer->secure);
    json_key_slice(&j, "record", text);
    json_key_bool(&j, "usable", key->refusal == NULL);
    json_key_string(&j, "reason", key->refusal);
    json_key_string(&j, "algorithm",
                    key->refusal == NULL ? dkim_key_type_name(key->type) : NULL);
    json_key_number(&j, "bits", key->bits);
    json_key_bool(&j, "testing", key->is_testing);
    json_key_bool(&j, "strict", key->is_strict);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
print_size(const struct lookup *l, const struct dkim_key *key)
{
    bool is_short = key->type == DKIM_KEY_RSA && key->bits < 2048;
    struct text bits = text_new(l->env.arena, SIZE_MAX);
    text_format(&bits, "%u", key->bits);
    print_line(
        stdout,
        ENV_SAY(&l->env,
                is_short
                    ? N_("  {type} key of {bits} bits (it counts, but 2048 is what "
                         "should be published today)")
                    : N_("  {type} key of {bits} bits"),
                LANGUAGE_OURS("type", sceau_slice_from(dkim_key_type_name(key->type))),
                LANGUAGE_OURS("bits", text_done(&bits))));
}

static void
print_key(const struct lookup *l, struct sceau_slice owner, struct sceau_slice text,
          const struct sceau_dns_answer *answer, const struct dkim_key *key)
{
    struct text t = text_new(l->env.arena, SIZE_MAX);
    text_escaped(&t, owner);
    text_string(&t, ". IN TXT \"");
    text_escaped(&t, text);
    text_string(&t, "\"");
    print_line(stdout, text_done(&t));
    lookup_print_secure(l, answer->secure);
    if (key->refusal != NULL) {
        print_line(
            stdout,
            ENV_SAY(
                &l->env,
                N_("  unusable: {why}; a signature with this selector does not pass"),
                LANGUAGE_OURS("why", environment_word(&l->env, key->refusal))));
        return;
    }
    print_size(l, key);
    if (key->is_testing)
        print_line(stdout,
                   environment_word(&l->env,
                                    N_("  t=y: the owner says it is only testing; "
                                       "receivers check it all the same")));
    if (key->is_strict)
        print_line(stdout,
                   environment_word(&l->env,
                                    N_("  t=s: only for identities of the domain "
                                       "itself, not of its subdomains")));
    print_line(
        stdout,
        ENV_SAY(&l->env,
                N_("Signatures with d={domain} and this selector can be verified."),
                LANGUAGE_THEIRS("domain", l->name)));
}

/* No key record, and why. */
static int
tell_no_key(const struct lookup *l, struct sceau_slice owner,
            const struct sceau_dns_answer *answer)
{
    struct dkim_key none = {.refusal =
                                answer->status == SCEAU_DNS_OK
                                    ? N_("no TXT record here is a DKIM key record")
                                    : lookup_status_sentence(answer->status)};
    if (l->env.call->globals.json) {
        print_json(l, owner, SLICE_NONE, answer, &none);
    } else if (answer->status != SCEAU_DNS_OK) {
        return lookup_tell_absent(l, owner, SCEAU_DNS_TXT, answer);
    } else if (!l->options->is_short) {
        lookup_print_records(l, owner, SCEAU_DNS_TXT, answer);
        print_line(stdout,
                   environment_word(&l->env,
                                    N_("  none of these is a DKIM key record")));
    }
    return sceau_dns_is_trouble(answer->status) ? CLI_EXIT_UNKNOWN : CLI_EXIT_WARNING;
}

/* The key records among the TXT records: more than one is none (our choice where RFC 6376
 * section 3.6.2.2 leaves it open). */
static size_t
key_records(const struct sceau_dns_answer *answer, struct sceau_slice *first)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++) {
        struct dkim_key key;
        if (dkim_key_init(&key, answer->rrs[i].text) && key.is_record && count++ == 0)
            *first = answer->rrs[i].text;
        dkim_key_clear(&key);
    }
    return count;
}

int
lookup_dkim(struct lookup *l, struct sceau_slice selector)
{
    struct sceau_dns_answer answer;
    struct sceau_slice text = SLICE_NONE, owner;
    struct dkim_key key;
    struct sceau_slice prefix =
        domain_join(l->env.arena, selector, SCEAU_SLICE("_domainkey"));
    owner = domain_join(l->env.arena, prefix, l->name);
    sceau_dns_lookup(&l->context, owner, SCEAU_DNS_TXT, &answer);
    size_t found = key_records(&answer, &text);
    if (found == 0)
        return tell_no_key(l, owner, &answer);
    if (!dkim_key_init(&key, text))
        return CLI_EXIT_TEMPORARY;
    if (found > 1)
        key.refusal = N_("more than one key record at this name");
    if (l->env.call->globals.json)
        print_json(l, owner, text, &answer, &key);
    else if (l->options->is_short)
        print_escaped(stdout, l->env.arena, text);
    else
        print_key(l, owner, text, &answer, &key);
    int status = key.refusal == NULL ? CLI_EXIT_OK : CLI_EXIT_WARNING;
    dkim_key_clear(&key);
    return status;
}
