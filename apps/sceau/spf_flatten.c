/* `sceau spf flatten NAME`: an SPF record with addresses for its includes, and whether a
 * published copy still says what its source says. */
#include "check/spfflat.h"
#include "core/domain.h"
#include "core/json.h"
#include "dns/rdata.h"
#include "spf.h"

#include <assert.h>

/* The tree of the source: a record given in words, or the one kept at a name. Either is
 * read as the record of the domain. 0, or an exit status. */
static int
read_source(struct spf_command *c, const char *source, struct spftree *tree)
{
    struct sceau_slice name = c->domain, text = sceau_slice_from(source);
    bool is_record = spf_record_has_version(text);
    enum sceau_status status = SCEAU_OK;
    if (!is_record && source != NULL && !domain_normal(c->env.arena, text, &name)) {
        environment_complain(
            &c->env, "--source is neither a record (v=spf1 ...) nor a name: {name}",
            text);
        return CLI_EXIT_USAGE;
    }
    if (!is_record)
        status = spftree_read(&c->context, name, tree);
    if (!is_record && source != NULL && status == SCEAU_OK)
        text = tree->root->text;
    if (status == SCEAU_OK && text.len > 0)
        status = spftree_read_text(&c->context, c->domain, text, tree);
    if (status != SCEAU_OK)
        return spf_out_of_memory(&c->env);
    assert(tree->root != NULL);
    if (tree->root->state == SPFTREE_OK)
        return 0;
    complain("%.*s: %s", SLICE_ARG(name), spf_own_sentence(&c->env, tree->root->state));
    return tree->root->state == SPFTREE_TROUBLE ? CLI_EXIT_UNKNOWN : CLI_EXIT_PROBLEM;
}

/* A comment of a zone file, in 80 columns. */
static void
put_comment(const struct spf_command *c, struct sceau_slice sentence)
{
    struct text t = text_new(c->env.arena, SIZE_MAX);
    language_wrap(&t, sentence, 78, 0, 0);
    struct sceau_slice rest = text_done(&t), line;
    while (rest.len > 0 && slice_next(&rest, '\n', &line))
        printf("; %.*s\n", SLICE_ARG(line));
}

/* Do addresses come from elsewhere: another record, or hosts? */
static bool
is_copied(const struct spftree *tree)
{
    const struct spftree_record *root = tree->root;
    for (size_t i = 0; i < root->parsed->count; i++) {
        if (root->terms[i].record != NULL || root->terms[i].address_count > 0)
            return true;
    }
    return false;
}

static void
print_flat(const struct spf_command *c, const struct spfflat *flat,
           const struct spftree *tree)
{
    /* Where nothing is copied, that of the record itself; a record in words has none. */
    uint32_t ttl = flat->ttl > 0 ? flat->ttl : tree->root->ttl;
    for (size_t i = 0; i < flat->record_count; i++) {
        struct text t = text_new(c->env.arena, SIZE_MAX);
        text_escaped(&t, flat->records[i].name);
        text_string(&t, ". ");
        if (ttl > 0)
            text_format(&t, "%u ", ttl);
        text_string(&t, "IN TXT ");
        dns_txt_present(&t, flat->records[i].text);
        print_line(stdout, text_done(&t));
    }
    const struct environment *env = &c->env;
    put_comment(
        c,
        ENV_SAY(
            env,
            flat->network_count == 1
                ? N_("{lookups} of 10 lookups instead of {before}, {count} network.")
                : N_("{lookups} of 10 lookups instead of {before}, {count} networks."),
            LANGUAGE_OURS("lookups", DECIMAL(flat->cost)),
            LANGUAGE_OURS("before", DECIMAL(tree->root->cost)),
            LANGUAGE_OURS("count", DECIMAL(flat->network_count))));
    if (is_copied(tree))
        put_comment(
            c, ENV_SAY(
                   env,
                   N_("Addresses of others change: run sceau spf flatten --check every "
                      "{seconds} seconds, the shortest TTL copied."),
                   LANGUAGE_OURS("seconds", DECIMAL(ttl))));
}

static void
json_networks(struct json *j, struct sceau_arena *arena, const char *key,
              const struct ip_network *networks, size_t count)
{
    json_key(j, key);
    json_open(j, '[');
    for (size_t i = 0; i < count; i++)
        json_slice(j, spfflat_network_text(arena, &networks[i]));
    json_close(j, ']');
}

static void
print_flat_json(const struct spf_command *c, const struct spfflat *flat)
{
    struct json j = json_new(c->env.arena);
    json_open(&j, '{');
    json_key_slice(&j, "name", c->domain);
    json_key_number(&j, "lookups", flat->cost);
    json_key_number(&j, "networks", (int64_t)flat->network_count);
    json_key_number(&j, "ttl", flat->ttl);
    json_key(&j, "records");
    json_open(&j, '[');
    for (size_t i = 0; i < flat->record_count; i++) {
        json_open(&j, '{');
        json_key_slice(&j, "name", flat->records[i].name);
        json_key_slice(&j, "text", flat->records[i].text);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
print_networks(const struct spf_command *c, const char *what,
               const struct ip_network *networks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s %.*s\n", language_text(c->env.language, what),
               SLICE_ARG(spfflat_network_text(c->env.arena, &networks[i])));
}

/* Does what is published at the name still let in what the source lets in? */
static int
check_drift(struct spf_command *c, const struct spftree *tree,
            const struct spfflat *now)
{
    struct spftree published;
    struct spfflat copy;
    const struct ip_network *stale, *missing;
    size_t stale_count, missing_count;
    if (spftree_read(&c->context, c->domain, &published) != SCEAU_OK)
        return spf_out_of_memory(&c->env);
    if (published.root->state != SPFTREE_OK) {
        complain("%.*s: %s", SLICE_ARG(c->domain),
                 spf_own_sentence(&c->env, published.root->state));
        return published.has_trouble ? CLI_EXIT_UNKNOWN : CLI_EXIT_PROBLEM;
    }
    if (spfflat_make(c->env.arena, &published, &copy) != SCEAU_OK ||
        spfflat_compare(c->env.arena, &copy, now, &stale, &stale_count, &missing,
                        &missing_count) != SCEAU_OK)
        return spf_out_of_memory(&c->env);
    if (c->env.call->globals.json) {
        struct json j = json_new(c->env.arena);
        json_open(&j, '{');
        json_key_slice(&j, "name", c->domain);
        json_networks(&j, c->env.arena, "missing", missing, missing_count);
        json_networks(&j, c->env.arena, "stale", stale, stale_count);
        json_close(&j, '}');
        print_line(stdout, json_done(&j));
    } else if (!c->env.call->globals.quiet) {
        print_networks(c, N_("missing:"), missing, missing_count);
        print_networks(c, N_("stale:"), stale, stale_count);
        if (stale_count + missing_count == 0)
            print_line(stdout,
                       environment_word(
                           &c->env, "The published record says what its source says."));
    }
    if (tree->has_trouble || published.has_trouble)
        return CLI_EXIT_UNKNOWN;
    return stale_count + missing_count > 0 ? CLI_EXIT_WARNING : CLI_EXIT_OK;
}

int
spf_flatten_run(const struct cli_call *call)
{
    const struct spf_flatten_options *options = call->options;
    struct spf_command c = {0};
    struct spftree tree = {0};
    struct spfflat flat;
    int status = spf_open(&c, call);
    if (status == 0 && options->check && options->source == NULL) {
        complain_text(c.env.language,
                      "--check needs --source: the record before it was flattened, or "
                      "the name where that is kept");
        status = CLI_EXIT_USAGE;
    }
    if (status == 0)
        status = read_source(&c, options->source, &tree);
    if (status == 0) {
        if (spfflat_make(c.env.arena, &tree, &flat) != SCEAU_OK)
            status = spf_out_of_memory(&c.env);
        else if (options->check)
            status = check_drift(&c, &tree, &flat);
        else if (call->globals.json)
            print_flat_json(&c, &flat);
        else
            print_flat(&c, &flat, &tree);
        if (status == 0 && tree.has_trouble)
            status = CLI_EXIT_UNKNOWN;
    }
    environment_close(&c.env);
    return status;
}
