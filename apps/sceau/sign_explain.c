/* `sceau sign --explain`: what sceau-milter would do with a message of that author, from
 * that client, with that login. The same decision, on the same configuration and keys; no
 * message is read and no private key used. */
#include "core/domain.h"
#include "core/json.h"
#include "core/text.h"
#include "environment.h"
#include "key_place.h"
#include "milter/listener.h"
#include "sign.h"

#include <stdlib.h>

struct explain {
    const struct sign_options *options;
    struct environment env;
    struct keys_place place;
    struct policy_facts facts;
    struct sceau_author author;
    struct policy_signing signing;
    struct sceau_slice domain; /* d= */
    const struct keys_key *keys[KEYS_PER_DOMAIN_MAX];
    size_t count;
    struct problem problem;
    bool is_unreadable; /* the key store: `problem` says why */
};

/* ---- the question ---- */

/* The address as it would stand in From. */
static int
read_author(struct explain *e)
{
    struct sceau_header header = {0};
    const char *from = e->options->from;
    if (from == NULL) {
        complain_text(e->env.language, "--explain needs --from: the author's address");
        return CLI_EXIT_USAGE;
    }
    (void)sceau_header_add(e->env.arena, &header, SCEAU_SLICE("From"),
                           sceau_slice_from(from));
    sceau_author_find(e->env.arena, &header, &e->author);
    return 0;
}

static int
read_client(struct explain *e)
{
    const struct sign_options *o = e->options;
    struct sceau_slice name = environment_host(&e->env);
    if (o->ip != NULL && !sceau_ip_parse(sceau_slice_from(o->ip), &e->facts.client)) {
        COMPLAIN(e->env.language, "--ip {value} is no address",
                 LANGUAGE_THEIRS("value", sceau_slice_from(o->ip)));
        return CLI_EXIT_USAGE;
    }
    if (o->ip != NULL && o->is_local) {
        complain_text(e->env.language,
                      "--local and --ip: mail of sendmail(1) has no client");
        return CLI_EXIT_USAGE;
    }
    e->facts.login = sceau_slice_from(o->login != NULL ? o->login : "");
    e->facts.is_submitted_here = o->is_local;
    e->facts.mta_name = o->host != NULL ? sceau_slice_from(o->host) : name;
    return 0;
}

/* ---- the keys ---- */

/* Those of `domain` that would sign; false when they cannot be read. */
static bool
find_keys(struct explain *e, const struct policy_signing_domain *options)
{
    struct keys_domain keys;
    e->count = 0;
    e->is_unreadable =
        keys_read(&e->place, e->env.arena, e->domain, &keys, &e->problem) != SCEAU_OK;
    if (e->is_unreadable)
        return false;
    for (size_t i = 0; i < keys.count; i++) {
        const struct keys_key *key = &keys.keys[i];
        if (key->state == KEYS_ACTIVE &&
            policy_signing_wants(options, key->selector, key->algorithm))
            e->keys[e->count++] = key;
    }
    return true;
}

/* As the milter: the author's own domain, then the one above it that signs for it. */
static void
find_signers(struct explain *e)
{
    struct policy_signing *s = &e->signing;
    e->domain = s->author;
    bool is_read = find_keys(e, s->domain);
    if (is_read && e->count == 0 && s->above != NULL) {
        s->domain = s->above;
        e->domain = s->above->domain;
        is_read = find_keys(e, s->domain);
    }
    if (is_read && e->count == 0)
        s->rule = POLICY_UNSIGNED_NO_KEY;
}

/* Does any listener of the file sign? Those of --listen are not known here. */
static bool
has_signing_listener(const struct explain *e)
{
    const struct config_words *listen = &e->env.config.milter.listen;
    bool is_found = listen->count == 0;
    for (size_t i = 0; i < listen->count; i++) {
        struct milter_listener l;
        char error[256];
        is_found |= milter_listener_parse(listen->items[i], &l, error) &&
                    l.role != MILTER_ROLE_VERIFY;
    }
    return is_found;
}

/* ---- the answer ---- */

static bool
is_signed(const struct explain *e)
{
    return policy_signing_rule_signs(e->signing.rule) && !e->is_unreadable;
}

static const char *
canonicalization_name(enum policy_canonicalization c)
{
    switch (c) {
    case POLICY_RELAXED_RELAXED: return "relaxed/relaxed";
    case POLICY_RELAXED_SIMPLE: return "relaxed/simple";
    case POLICY_SIMPLE_RELAXED: return "simple/relaxed";
    case POLICY_SIMPLE_SIMPLE: return "simple/simple";
    }
    return "";
}

static void
print_json(const struct explain *e)
{
    struct json j = json_new(e->env.arena);
    json_open(&j, '{');
    json_key_bool(&j, "signed", is_signed(e));
    json_key_string(&j, "rule", policy_signing_rule_name(e->signing.rule));
    json_key_string(&j, "reason", policy_signing_rule_text(e->signing.rule));
    json_key_slice(&j, "author_domain",
                   e->author.domain.len > 0 ? e->author.domain : SLICE_NONE);
    json_key_slice(&j, "domain", is_signed(e) ? e->domain : SLICE_NONE);
    json_key(&j, "keys");
    json_open(&j, '[');
    for (size_t i = 0; i < e->count; i++) {
        json_open(&j, '{');
        json_key_slice(&j, "selector", e->keys[i]->selector);
        json_key_string(&j, "algorithm",
                        sceau_dkim_algorithm_name(e->keys[i]->algorithm));
        json_key_number(&j, "bits", e->keys[i]->bits);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    if (is_signed(e))
        json_key_string(&j, "canonicalization",
                        canonicalization_name(e->signing.domain->canonicalization));
    if (e->is_unreadable)
        json_key_string(&j, "problem", e->problem.text);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

#define SAY(e, english, ...)                                                        \
 print_line(stdout,                                                                 \
            language_sentence((e)->env.arena, (e)->env.language, (english),         \
                              (const struct language_word[]){__VA_ARGS__},          \
                              sizeof((const struct language_word[]){__VA_ARGS__}) / \
                                  sizeof(struct language_word)))

static void
print_text(struct explain *e)
{
    const char *rule = policy_signing_rule_name(e->signing.rule);
    struct sceau_slice why = sceau_slice_from(
        language_text(e->env.language, policy_signing_rule_text(e->signing.rule)));
    if (is_signed(e))
        SAY(e, N_("Signed by {domain} (rule {rule}): {why}."),
            LANGUAGE_THEIRS("domain", e->domain),
            LANGUAGE_OURS("rule", sceau_slice_from(rule)), LANGUAGE_OURS("why", why));
    else
        SAY(e, N_("Not signed (rule {rule}): {why}."),
            LANGUAGE_OURS("rule", sceau_slice_from(rule)), LANGUAGE_OURS("why", why));
    for (size_t i = 0; i < e->count; i++) {
        struct text t = text_new(e->env.arena, SIZE_MAX);
        text_format(&t, "  s=%.*s a=%s c=%s", SLICE_ARG(e->keys[i]->selector),
                    sceau_dkim_algorithm_name(e->keys[i]->algorithm),
                    canonicalization_name(e->signing.domain->canonicalization));
        print_line(stdout, text_done(&t));
    }
    if (!has_signing_listener(e))
        SAY(e, N_("But no listener of {option} has role sign or both."),
            LANGUAGE_OURS("option", SCEAU_SLICE("milter.listen")));
}

static int
answer(struct explain *e)
{
    policy_signing_decide(&e->env.signing, &e->env.policy, &e->facts, &e->author,
                          &e->signing);
    if (policy_signing_rule_signs(e->signing.rule))
        find_signers(e);
    if (e->env.call->globals.json)
        print_json(e);
    else if (!e->is_unreadable)
        print_text(e);
    if (e->is_unreadable) {
        complain_of(&e->problem);
        return CLI_EXIT_UNKNOWN;
    }
    return is_signed(e) ? 0 : 1;
}

int
sign_explain(const struct cli_call *call)
{
    struct explain e = {.options = call->options};
    int status = environment_load(&e.env, call);
    e.problem.language = call->globals.json ? LANGUAGE_EN : e.env.language;
    if (status == 0)
        status = read_author(&e);
    if (status == 0)
        status = read_client(&e);
    if (status == 0 && !environment_keys(&e.env, e.options->state, &e.place))
        status = CLI_EXIT_TEMPORARY;
    if (status == 0)
        status = answer(&e);
    environment_close(&e.env);
    return status;
}
