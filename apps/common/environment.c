/* What every program works with, made from the global options: --config and --set give
 * the configuration, --dns or --resolver the resolver. */
#include "environment.h"

#include "core/text.h"
#include "dns/network.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRAM_MEMORY     ((size_t)1024 * 1024)
#define ENVIRONMENT_MEMORY ((size_t)512 * 1024 * 1024)
#define FILE_MAX           ((size_t)128 * 1024 * 1024)
#define KEYS_KEPT          1024

void
complain(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("sceau: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

#define COMPLAINT_MEMORY ((size_t)64 * 1024)

/* Its memory is its own: the arena of the command may be what is full. */
void
complain_in(enum language language, const char *english,
            const struct language_word *words, size_t count)
{
    struct sceau_arena *arena = sceau_arena_new(COMPLAINT_MEMORY);
    struct sceau_slice text = SLICE_NONE;
    if (arena != NULL)
        text = language_sentence(arena, language, english, words, count);
    if (text.ptr != NULL)
        complain("%.*s", SLICE_ARG(text));
    else
        complain("%s", language_text(language, english));
    sceau_arena_free(arena);
}

void
complain_text(enum language language, const char *english)
{
    complain("%s", language_text(language, english));
}

void
complain_problem(enum language language, const char *english)
{
    struct problem problem = {.language = language};
    problem_retell(&problem, english);
    complain_of(&problem);
}

void
complain_kept(enum language language, const char *path, const char *english)
{
    struct problem kept = {.language = language}, problem = {.language = language};
    problem_retell(&kept, english);
    PROBLEM(&problem, "{path}: {why}", THEIRS("path", path), OURS("why", kept.text));
    complain_of(&problem);
}

void
complain_of(const struct problem *problem)
{
    complain("%s", problem->text);
}

void
complain_file(enum language language, const char *path, const char *why)
{
    struct problem problem = {.language = language};
    problem_tell_file(&problem, path, why);
    complain_of(&problem);
}

void
complain_errno(enum language language, const char *path, int error)
{
    complain_file(language, path, strerror(error));
}

void
print_line(FILE *out, struct sceau_slice line)
{
    fwrite(line.len > 0 ? line.ptr : "", 1, line.len, out);
    fputc('\n', out);
}

struct sceau_slice
environment_say(const struct environment *env, const char *english,
                const struct language_word *words, size_t count)
{
    struct sceau_slice text =
        language_sentence(env->arena, env->language, english, words, count);
    return text.ptr != NULL ? text : SCEAU_SLICE("");
}

void
environment_complain(const struct environment *env, const char *english,
                     struct sceau_slice name)
{
    struct sceau_slice text = ENV_SAY(env, english, LANGUAGE_THEIRS("name", name));
    complain("%.*s", SLICE_ARG(text));
}

struct sceau_slice
environment_word(const struct environment *env, const char *english)
{
    return sceau_slice_from(language_text(env->language, english));
}

void
print_escaped(FILE *out, struct sceau_arena *arena, struct sceau_slice text)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_escaped(&t, text);
    print_line(out, text_done(&t));
}

const char *
color_of(const struct environment *env, const char *word)
{
    static const struct {
        const char *word, *escape;
    } colors[] = {
        {"pass",      "\033[32m"},
        {"fail",      "\033[31m"},
        {"permerror", "\033[31m"},
        {"temperror", "\033[33m"},
    };
    for (size_t i = 0; env->is_colored && i < sizeof colors / sizeof *colors; i++) {
        if (strcmp(colors[i].word, word) == 0)
            return colors[i].escape;
    }
    return "";
}

const char *
color_end(const struct environment *env)
{
    return env->is_colored ? "\033[0m" : "";
}

/* ---- files ---- */

/* All of an open file; NULL ptr, and errno, when it cannot be read. */
static struct sceau_slice
read_all(struct sceau_arena *arena, FILE *file)
{
    struct text t = text_new(arena, FILE_MAX);
    char buffer[64 * 1024];
    size_t n;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_slice(&t, (struct sceau_slice){buffer, n});
    if (ferror(file))
        return SLICE_NONE;
    errno = EFBIG;
    return text_done(&t);
}

/* A whole file in the arena. False with a message unless it is absent and may be. */
static bool
read_file(struct environment *env, const char *path, bool may_be_absent,
          struct sceau_slice *content)
{
    FILE *file = fopen(path, "rb");
    *content = file != NULL ? read_all(env->arena, file) : SLICE_NONE;
    int why = errno;
    if (file != NULL)
        fclose(file);
    if (content->ptr != NULL || (may_be_absent && why == ENOENT))
        return true;
    complain_errno(env->language, path, why);
    return false;
}

/* ---- the configuration ---- */

bool
environment_has_memory(struct environment *env)
{
    env->arena = sceau_arena_new(ENVIRONMENT_MEMORY);
    if (env->arena == NULL)
        complain_text(env->language, "out of memory");
    return env->arena != NULL;
}

int
environment_load_config(struct environment *env, const struct cli_call *call)
{
    const char *named = call->globals.config;
    const struct config_problem *problems = NULL;
    size_t count = 0;
    struct config_source source;
    env->call = call;
    env->language = environment_language(call);
    env->config_place = named != NULL ? named : CONFIG_PLACE;
    if (!environment_has_memory(env))
        return CLI_EXIT_TEMPORARY;
    if (!read_file(env, env->config_place, named == NULL, &source.text))
        return CLI_EXIT_INPUT;
    source.name = sceau_slice_from(env->config_place);
    env->has_file = source.text.ptr != NULL;
    if (!env->has_file)
        env->config_place = language_text(env->language, N_("the defaults"));
    enum sceau_status status =
        config_load(env->arena, env->language, source.text.ptr != NULL ? &source : NULL,
                    call->globals.set.items, call->globals.set.count, &env->config,
                    &problems, &count);
    for (size_t i = 0; i < count; i++)
        print_line(stderr, config_problem_line(env->arena, &problems[i]));
    if (status == SCEAU_OK)
        status = config_to_policy(env->arena, &env->config, &env->policy);
    if (status == SCEAU_OK)
        status = config_to_signing(env->arena, &env->config, &env->signing);
    if (status == SCEAU_E_LIMIT)
        COMPLAIN(env->language, "{path}: too large",
                 LANGUAGE_THEIRS("path", sceau_slice_from(env->config_place)));
    return status == SCEAU_OK ? 0 : CLI_EXIT_INPUT;
}

enum language
environment_language(const struct cli_call *call)
{
    if (strcmp(call->program->name, "sceau") != 0)
        return LANGUAGE_EN; /* a daemon writes logs */
    return cli_language(call);
}

struct sceau_slice
environment_host(struct environment *env)
{
    char name[256];
    if (gethostname(name, sizeof name) != 0)
        return SCEAU_SLICE("localhost");
    name[sizeof name - 1] = '\0';
    return slice_copy(env->arena, sceau_slice_from(name));
}

struct sceau_slice
environment_authserv_id(struct environment *env)
{
    struct sceau_slice configured = env->config.milter.authserv_id;
    return configured.len > 0 ? configured : environment_host(env);
}

static int
load_psl(struct environment *env)
{
    char path[4096];
    struct sceau_slice text, file = env->config.dmarc.psl_file;
    if (env->config.dmarc.discovery == SCEAU_DMARC_TREEWALK)
        return 0;
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(file));
    if (!read_file(env, path, false, &text))
        return CLI_EXIT_INPUT;
    env->psl = sceau_psl_new(text);
    if (env->psl == NULL)
        COMPLAIN(env->language, "{path}: not a public suffix list",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)));
    return env->psl != NULL ? 0 : CLI_EXIT_INPUT;
}

void
environment_want_psl(struct environment *env)
{
    char path[4096];
    struct sceau_slice text;
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(env->config.dmarc.psl_file));
    if (env->psl == NULL && read_file(env, path, true, &text) && text.ptr != NULL)
        env->psl = sceau_psl_new(text);
}

/* NAME.dafsa of NAME.dat. */
static bool
compiled_psl(struct sceau_slice file, char *path, size_t size)
{
    struct stat text, compiled;
    char plain[4096];
    if (!slice_ends_ci(file, SCEAU_SLICE(".dat")))
        return false;
    snprintf(plain, sizeof plain, "%.*s", SLICE_ARG(file));
    snprintf(path, size, "%.*s.dafsa", (int)(file.len - strlen(".dat")), file.ptr);
    return stat(plain, &text) == 0 && stat(path, &compiled) == 0 &&
           compiled.st_mtime >= text.st_mtime;
}

void
environment_want_psl_soon(struct environment *env)
{
    char path[4096];
    struct sceau_slice compiled;
    if (env->psl == NULL &&
        compiled_psl(env->config.dmarc.psl_file, path, sizeof path) &&
        read_file(env, path, true, &compiled) && compiled.ptr != NULL)
        env->psl = sceau_psl_new(compiled);
    environment_want_psl(env);
}

/* ---- the resolver ---- */

/* The library says what it expected, or what is wrong. */
static void
complain_zone(enum language language, const char *path,
              const struct sceau_zone_error *error)
{
    static const char expected[] = "expected ";
    size_t skip = strlen(expected);
    bool is_expected = strncmp(error->text, expected, skip) == 0;
    const char *what = language_text(language, error->text + (is_expected ? skip : 0));
    COMPLAIN(language,
             is_expected ? N_("{path}:{line}:{column}: expected {what}")
                         : AS_IS("{path}:{line}:{column}: {what}"),
             THEIRS("path", path), LANGUAGE_OURS("line", DECIMAL(error->line)),
             LANGUAGE_OURS("column", DECIMAL(error->column)), OURS("what", what));
}

static int
open_zone(struct environment *env, const char *path)
{
    struct sceau_zone_error error;
    struct sceau_slice text;
    if (!read_file(env, path, false, &text))
        return CLI_EXIT_INPUT;
    env->zone = sceau_zone_resolver_new(text, &error);
    if (env->zone == NULL) {
        complain_zone(env->language, path, &error);
        return CLI_EXIT_INPUT;
    }
    env->resolver = env->zone; /* in memory: no cache is needed */
    return 0;
}

/* "ADDRESS[@PORT]" as it is; a host's name as the first address it has. */
static const char *
server_address(struct environment *env, const char *server)
{
    char host[256], text[SCEAU_IP_TEXT];
    struct sceau_slice name = sceau_slice_from(server);
    size_t at = slice_find(name, '@');
    struct sceau_ip ip;
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *found = NULL;
    if (sceau_ip_parse(slice_sub(name, 0, at), &ip))
        return server;
    snprintf(host, sizeof host, "%.*s", (int)at, server);
    int error = getaddrinfo(host, "domain", &hints, &found);
    if (error != 0) {
        complain_file(env->language, host, gai_strerror(error));
        return NULL;
    }
    getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0,
                NI_NUMERICHOST);
    freeaddrinfo(found);
    struct text t = text_new(env->arena, SIZE_MAX);
    text_string(&t, text);
    text_string(&t, server + at);
    return text_done(&t).ptr;
}

/* The servers of the configuration, as "ADDRESS@PORT". */
static void
configured_servers(struct environment *env, struct dns_live_options *options)
{
    const struct config_servers *servers = &env->config.dns.resolver;
    for (size_t i = 0; i < servers->count && i < DNS_LIVE_SERVERS_MAX; i++) {
        char ip[SCEAU_IP_TEXT];
        struct text t = text_new(env->arena, SIZE_MAX);
        sceau_ip_format(&servers->items[i].address, ip);
        text_format(&t, "%s@%u", ip, servers->items[i].port);
        options->servers[options->server_count++] = text_done(&t).ptr;
    }
}

/* Where questions go: to `server` when it is named, else as configured. False, with a
 * message, when the server's name has no address. */
static bool
live_options(struct environment *env, const char *server,
             struct dns_live_options *options)
{
    *options = (struct dns_live_options){.mode = DNS_LIVE_SYSTEM};
    if (server != NULL) {
        options->servers[0] = server_address(env, server);
        options->server_count = 1;
        if (options->servers[0] == NULL)
            return false;
    } else {
        configured_servers(env, options);
    }
    if (options->server_count > 0)
        options->mode = DNS_LIVE_FORWARD;
    else if (env->config.dns.recursion)
        options->mode = DNS_LIVE_RECURSIVE;
    return true;
}

bool
environment_open_secure(struct environment *env, const char *anchor_file)
{
    struct problem problem = {0};
    struct dns_live_options options;
    if (!live_options(env, env->call->globals.resolver, &options))
        return false;
    options.trust_anchor_file = anchor_file;
    env->secure = dns_live_new(&options, &problem);
    return env->secure != NULL;
}

int
environment_use_server(struct environment *env, const char *server)
{
    struct dns_live_options options;
    struct problem problem = {.language = env->language};
    if (!live_options(env, server, &options))
        return CLI_EXIT_UNKNOWN;
    dns_network_free(env->network);
    uint64_t cache = env->config.dns.cache_size;
    env->network =
        dns_network_new(&options, cache > 0 ? cache : 1, /* 0 is not "the default" */
                        (unsigned)env->config.dns.down_after, &problem);
    if (env->network == NULL) {
        complain_of(&problem);
        return CLI_EXIT_TEMPORARY;
    }
    env->resolver = dns_network_resolver(env->network);
    return 0;
}

void
environment_close(struct environment *env)
{
    dns_live_free(env->secure);
    dns_network_free(env->network);
    sceau_zone_resolver_free(env->zone);
    sceau_key_cache_free(env->keys);
    sceau_psl_free(env->psl);
    sceau_arena_free(env->arena);
    *env = (struct environment){0};
}

/* The text of a table lies where main.cf names it, behind its type. */
struct sceau_slice
environment_login_map(const struct environment *env)
{
    static const char *const types[] = {"texthash:", "hash:", "lmdb:",
                                        "btree:",    "cdb:",  "dbm:"};
    struct sceau_slice file = env->config.sign.login_map;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct sceau_slice type = sceau_slice_from(types[i]);
        if (slice_starts_ci(file, type))
            return slice_skip(file, type.len);
    }
    return file;
}

static int
load_logins(struct environment *env)
{
    char path[4096];
    struct sceau_slice text;
    struct sceau_diag diag;
    if (env->config.sign.login_map.len == 0)
        return 0;
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(environment_login_map(env)));
    if (!read_file(env, path, false, &text))
        return CLI_EXIT_INPUT;
    enum sceau_status status =
        policy_logins_parse(env->arena, text, &env->signing.logins, &diag);
    size_t line = 1;
    for (size_t i = 0; status == SCEAU_E_SYNTAX && i < diag.offset; i++)
        line += text.ptr[i] == '\n';
    if (status == SCEAU_E_SYNTAX)
        COMPLAIN(env->language, "{path}:{line}: expected {what}",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)),
                 LANGUAGE_OURS("line", DECIMAL(line)),
                 LANGUAGE_OURS("what", environment_word(env, diag.expected)));
    else if (status != SCEAU_OK)
        COMPLAIN(env->language, "{path}: too large",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)));
    return status == SCEAU_OK ? 0 : CLI_EXIT_INPUT;
}

int
environment_load(struct environment *env, const struct cli_call *call)
{
    int status = environment_load_config(env, call);
    if (status == 0)
        status = load_logins(env);
    return status != 0 ? status : load_psl(env);
}

int
environment_connect(struct environment *env)
{
    const struct cli_globals *globals = &env->call->globals;
    env->is_colored = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
    env->keys = sceau_key_cache_new(KEYS_KEPT);
    if (globals->dns != NULL)
        return open_zone(env, globals->dns);
    return environment_use_server(env, globals->resolver);
}

int
environment_open(struct environment *env, const struct cli_call *call)
{
    int status = environment_load(env, call);
    return status != 0 ? status : environment_connect(env);
}

int
environment_usage(const struct environment *env, const char *english,
                  const struct language_word *words, size_t count)
{
    struct sceau_slice text =
        cli_usage_error(env->arena, env->call, english, words, count);
    fwrite(text.ptr, 1, text.len, stderr);
    return CLI_EXIT_USAGE;
}

static enum language
wished_language(void)
{
    const char *const wishes[] = {getenv("LANGUAGE"), getenv("LC_ALL"),
                                  getenv("LC_MESSAGES"), getenv("LANG")};
    return language_choose(wishes, sizeof wishes / sizeof *wishes);
}

int
environment_main(const struct cli_program *program, int argc, char **argv)
{
    struct sceau_arena *arena = sceau_arena_new(PROGRAM_MEMORY);
    struct sceau_slice text = SLICE_NONE;
    struct cli_call call;
    enum language language = wished_language();
    int status = CLI_EXIT_BUG;
    if (arena == NULL)
        return CLI_EXIT_BUG;
    switch (cli_parse(arena, program, language, argc, (const char *const *)argv, &call,
                      &text)) {
    case CLI_RUN: status = call.command->run(&call); break;
    case CLI_TOLD:
        fwrite(text.ptr, 1, text.len, stdout);
        status = CLI_EXIT_OK;
        break;
    case CLI_USAGE:
        fwrite(text.ptr, 1, text.len, stderr);
        status = CLI_EXIT_USAGE;
        break;
    }
    sceau_arena_free(arena);
    if (fflush(stdout) != 0 || ferror(stdout))
        status = CLI_EXIT_TEMPORARY; /* a full disk, a closed pipe */
    return status;
}
