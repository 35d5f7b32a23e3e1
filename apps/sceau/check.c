/* `sceau check`: reads what is wanted, gathers the names, runs them. */
#include "check.h"

#include "check/networks.h"
#include "check_zone.h"
#include "core/domain.h"
#include "core/text.h"
#include "verify.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_OCTETS 4096
#define NAMES_MAX       1000000

/* Names under collection. */
struct collection {
    struct environment *env;
    struct sceau_slice *items;
    size_t count, capacity;
    int status; /* 0 while all is well */
};

static void
add_name(struct collection *c, const char *text, const char *where)
{
    struct sceau_slice name;
    if (!check_name_of(c->env->arena, text, &name)) {
        struct sceau_slice why = environment_word(
            c->env, "no name to check; give a domain, a host or an address in it");
        complain("%s%s%s: %.*s", where, *where != '\0' ? ": " : "", text,
                 SLICE_ARG(why));
        c->status = CLI_EXIT_INPUT;
        return;
    }
    if (c->count == c->capacity) {
        size_t capacity = c->capacity > 0 ? 2 * c->capacity : 16;
        struct sceau_slice *items =
            capacity <= NAMES_MAX
                ? sceau_arena_alloc(c->env->arena, capacity * sizeof *items)
                : NULL;
        if (items == NULL) {
            COMPLAIN(c->env->language, "more than {count} names",
                     LANGUAGE_OURS("count", DECIMAL(c->count)));
            c->status = CLI_EXIT_INPUT;
            return;
        }
        if (c->count > 0)
            memcpy(items, c->items, c->count * sizeof *items);
        c->items = items;
        c->capacity = capacity;
    }
    c->items[c->count++] = name;
}

/* Names one a line; "#" begins a comment. */
static void
add_file(struct collection *c, const char *path)
{
    char line[LINE_MAX_OCTETS];
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (file == NULL) {
        complain_errno(c->env->language, path, errno);
        c->status = CLI_EXIT_INPUT;
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "#\r\n")] = '\0';
        if (slice_trim(sceau_slice_from(line)).len > 0)
            add_name(c, line, path);
    }
    if (file != stdin)
        fclose(file);
}

/* The words of --only and the like, split at commas. */
static struct check_words
words_of(struct environment *env, const struct cli_list *list)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        for (const char *p = list->items[i]; *p != '\0'; p++)
            count += *p == ',';
        count++;
    }
    struct sceau_slice *items =
        sceau_arena_alloc(env->arena, (count + 1) * sizeof *items);
    struct check_words words = {items, 0};
    for (size_t i = 0; items != NULL && i < list->count; i++) {
        struct sceau_slice rest = sceau_slice_from(list->items[i]), word;
        while (slice_next(&rest, ',', &word)) {
            if (slice_trim(word).len > 0)
                items[words.count++] = slice_trim(word);
        }
    }
    return words;
}

/* Does this name a rule or a family? */
static bool
is_known(struct sceau_slice word)
{
    size_t count;
    const struct check_family *const *families = check_families(&count);
    if (check_rule_find(word) != NULL)
        return true;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < families[i]->count; k++) {
            struct sceau_slice id = sceau_slice_from(families[i]->rules[k].id);
            if (slice_eq_ci(word, slice_sub(id, 0, slice_find(id, '.'))))
                return true;
        }
    }
    return false;
}

static bool
are_known(enum language language, const struct check_words *words)
{
    for (size_t i = 0; i < words->count; i++) {
        if (is_known(words->items[i]))
            continue;
        COMPLAIN(language, "{id} is no check; sceau check --explain all lists them",
                 LANGUAGE_THEIRS("id", words->items[i]));
        return false;
    }
    return true;
}

/* ---- --explain ---- */

static int
explain(const struct cli_call *call, const char *id)
{
    struct sceau_arena *arena = sceau_arena_new(CHECK_MEMORY);
    enum language language = environment_language(call);
    struct text out = text_new(arena, SIZE_MAX);
    const struct check_rule *rule = check_rule_find(sceau_slice_from(id));
    size_t families;
    const struct check_family *const *family = check_families(&families);
    bool is_all = strcmp(id, "all") == 0;
    if (rule != NULL)
        check_put_rule(&out, language, rule);
    for (size_t i = 0; is_all && i < families; i++) {
        for (size_t k = 0; k < family[i]->count; k++) {
            const struct check_rule *one = &family[i]->rules[k];
            text_format(&out, "%-26s ", one->id);
            check_put_wrapped(&out,
                              sceau_slice_from(language_text(language, one->title)), 27,
                              27);
        }
    }
    struct sceau_slice text = text_done(&out);
    if (text.len > 0)
        fwrite(text.ptr, 1, text.len, stdout);
    else
        COMPLAIN(language, "{id} is no check; sceau check --explain all lists them",
                 LANGUAGE_THEIRS("id", sceau_slice_from(id)));
    sceau_arena_free(arena);
    return text.len > 0 ? CLI_EXIT_OK : CLI_EXIT_USAGE;
}

/* ---- the command ---- */

/* The addresses of a list of the command line; false, with a message, when one is none. */
static bool
read_addresses(struct environment *env, const char *option, const struct cli_list *list,
               const struct sceau_ip **ips, size_t *count)
{
    struct sceau_ip *out =
        sceau_arena_alloc(env->arena, (list->count + 1) * sizeof *out);
    *ips = out;
    *count = 0;
    for (size_t i = 0; out != NULL && i < list->count; i++) {
        if (!sceau_ip_parse(sceau_slice_from(list->items[i]), &out[(*count)++])) {
            COMPLAIN(env->language, "{option} {value}: not an IPv4 or IPv6 address",
                     LANGUAGE_OURS("option", sceau_slice_from(option)),
                     LANGUAGE_THEIRS("value", sceau_slice_from(list->items[i])));
            return false;
        }
    }
    return out != NULL;
}

/* Own addresses: those of the command line, then those of the configuration. */
static bool
read_own(struct environment *env, const struct cli_list *list,
         struct check_options *options)
{
    const struct config_networks *configured = &env->config.check.own_addresses;
    struct ip_network *own =
        sceau_arena_alloc(env->arena,
                          (list->count + configured->count + 1) * sizeof *own);
    options->own = own;
    for (size_t i = 0; own != NULL && i < list->count; i++) {
        if (!ip_network_parse(sceau_slice_from(list->items[i]),
                              &own[options->own_count++])) {
            COMPLAIN(env->language, "--own {value}: not an IPv4 or IPv6 address",
                     LANGUAGE_THEIRS("value", sceau_slice_from(list->items[i])));
            return false;
        }
    }
    for (size_t i = 0; own != NULL && i < configured->count; i++)
        own[options->own_count++] = configured->items[i];
    return own != NULL;
}

/* What the probes need to know. */
static void
read_probing(struct environment *env, const struct check_command *command,
             struct check_options *options)
{
    const struct config_check *config = &env->config.check;
    options->allow_private = command->allow_private || config->allow_private;
    options->blocklists =
        (struct check_words){config->blocklists.items, config->blocklists.count};
    options->smtp_port = (uint16_t)config->smtp_port;
    options->dns_port = (uint16_t)config->dns_port;
    options->https_port = (uint16_t)config->https_port;
    options->ehlo = environment_host(env);
    options->is_offline = env->zone != NULL;
    if (config->trust_file.len > 0) {
        struct text t = text_new(env->arena, SIZE_MAX);
        text_slice(&t, config->trust_file);
        options->trust_file = text_done(&t).ptr;
    }
    if (!options->is_offline)
        check_open_secure(env, options);
}

/* The database of networks, if one is configured. False, with a message, when it is of no
 * use: closed with the options. */
static bool
open_networks(struct environment *env, struct check_options *options)
{
    struct sceau_slice file = env->config.check.network_database;
    char path[4096], problem[CHECK_NETWORKS_PROBLEM];
    if (file.len == 0)
        return true;
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(file));
    options->networks = check_networks_open(path, problem);
    if (options->networks == NULL)
        COMPLAIN(env->language, "check.network_database: {path}: {why}",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)),
                 LANGUAGE_OURS("why", sceau_slice_from(
                                          language_text(env->language, problem))));
    return options->networks != NULL;
}

static bool
read_options(struct environment *env, const struct check_command *command,
             struct check_options *options)
{
    const struct cli_globals *globals = &env->call->globals;
    const struct config_check *config = &env->config.check;
    *options = (struct check_options){
  /* programs read English */
        .language = globals->json || command->csv ? LANGUAGE_EN : env->language,
        .only = words_of(env, &command->only),
        .skip = words_of(env, &command->skip),
        .selectors = words_of(env, &command->selector),
        .discovery = env->config.dmarc.discovery,
        .psl = env->psl,
        .machine_domains = {config->machine_domains.items,
                            config->machine_domains.count                              },
        .parked_domains = {config->parked_domains.items,  config->parked_domains.count},
        .wants_blocklists = command->blocklists || command->all,
    };
    if (command->smtp || command->all)
        options->probes |= CHECK_SMTP;
    if (command->http || command->all)
        options->probes |= CHECK_HTTP;
    check_learn_selectors(env, options);
    read_probing(env, command, options);
    return open_networks(env, options) && read_own(env, &command->own, options) &&
           read_addresses(env, "--sender", &command->sender, &options->senders,
                          &options->sender_count) &&
           are_known(env->language, &options->only) &&
           are_known(env->language, &options->skip);
}

/* Run the names, against the zone file when there is one. */
static int
run_names(struct environment *env, const struct check_command *command,
          struct check_options *options, const struct collection *names)
{
    struct zone_check *zone = NULL;
    struct check_batch batch = {
        .env = env,
        .command = command,
        .options = options,
        .resolver = env->resolver,
        .names = {names->items, names->count}
    };
    if (command->zone != NULL) {
        zone = zone_check_open(env, command->zone, command->origin);
        if (zone == NULL)
            return CLI_EXIT_INPUT;
    }
    int status = CLI_EXIT_TEMPORARY;
    if (zone == NULL || zone_check_use(zone, env, options, &batch))
        status = check_batch_run(&batch);
    zone_check_close(zone);
    return status;
}

static int
check_all(struct environment *env, const struct check_command *command)
{
    const struct cli_call *call = env->call;
    struct collection names = {.env = env};
    struct check_options options;
    if (!read_options(env, command, &options))
        return CLI_EXIT_USAGE;
    for (size_t i = 0; i < call->operands.count; i++)
        add_name(&names, call->operands.items[i], "");
    if (command->file != NULL)
        add_file(&names, command->file);
    if (command->origin != NULL && command->zone == NULL) {
        complain_text(env->language, "--origin names the zone of --zone FILE");
        return CLI_EXIT_USAGE;
    }
    if (names.count == 0 && (names.status != 0 || command->zone == NULL)) {
        if (names.status == 0)
            complain_text(env->language, "no name to check: sceau check --help");
        return names.status != 0 ? names.status : CLI_EXIT_USAGE;
    }
    int status = run_names(env, command, &options, &names);
    check_networks_close(options.networks);
    return names.status != 0 ? names.status : status;
}

/* `check message.eml`: a message is verified. */
static bool
are_messages(const struct cli_call *call)
{
    struct stat info;
    for (size_t i = 0; i < call->operands.count; i++) {
        const char *path = call->operands.items[i];
        bool is_path = strchr(path, '/') != NULL ||
                       slice_ends_ci(sceau_slice_from(path), SCEAU_SLICE(".eml"));
        if (!is_path || stat(path, &info) != 0)
            return false;
    }
    return call->operands.count > 0;
}

static int
verify_instead(const struct cli_call *call)
{
    static const struct verify_options none;
    struct cli_call meant = *call;
    meant.options = &none;
    COMPLAIN(environment_language(call), "{path} is a message: sceau verify does that",
             LANGUAGE_THEIRS("path", sceau_slice_from(call->operands.items[0])));
    return verify_run(&meant);
}

int
check_run_command(const struct cli_call *call)
{
    const struct check_command *command = call->options;
    struct environment env = {0};
    if (command->explain != NULL)
        return explain(call, command->explain);
    if (are_messages(call))
        return verify_instead(call);
    int status = environment_open(&env, call);
    if (status == 0)
        environment_want_psl_soon(&env);
    if (status == 0 && call->globals.quiet && !call->globals.json &&
        !freopen("/dev/null", "w", stdout))
        status = CLI_EXIT_TEMPORARY;
    if (status == 0)
        status = check_all(&env, command);
    environment_close(&env);
    return status;
}
