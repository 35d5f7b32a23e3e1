/* What every program of the suite works with: the configuration, the resolver, the
 * suffix list, the keys decoded so far. Made from the global options. */
#ifndef APP_ENVIRONMENT_H
#define APP_ENVIRONMENT_H

#include "sceau/dkim.h"
#include "sceau/dns.h"

#include "config/cli.h"
#include "config/config.h"
#include "language/problem.h"
#include "policy/policy.h"

#include <stdio.h>

#define CONFIG_PLACE "/etc/sceau/sceau.conf" /* unless --config says */

struct environment {
    const struct cli_call *call;
    struct sceau_arena *arena; /* lives as long as the command */
    struct sceau_config config;
    const char *config_place; /* where it was read, for people */
    bool has_file;            /* it was a file, and not the defaults */
    struct policy_config policy;
    struct policy_signing_config signing; /* its login map since environment_load */
    struct sceau_psl *psl;                /* NULL unless dmarc.discovery asks for it */
    struct sceau_key_cache *keys;
    struct sceau_resolver *resolver; /* the one to ask */
    struct sceau_resolver *zone;     /* `--dns FILE`; owned */
    struct dns_network *network;     /* the real DNS; owned; NULL with a zone */
    enum language language;          /* of what people read */
    struct sceau_resolver *secure;   /* validates DNSSEC; owned; NULL: none */
    bool is_colored;
};

/* The arena alone; false, with a message, when memory is exhausted. */
bool environment_has_memory(struct environment *env);

/* The configuration alone. 0, or an exit status with the message on standard error. */
int environment_load_config(struct environment *env, const struct cli_call *call);

/* The configuration and the files it names. 0, or as above. */
int environment_load(struct environment *env, const struct cli_call *call);

/* The file of sign.login_map, without its table type; empty: none. */
struct sceau_slice environment_login_map(const struct environment *env);

/* The suffix list too, if its file is there, whatever dmarc.discovery asks for. */
void environment_want_psl(struct environment *env);

/* The same for a command that ends soon and asks little: in the compiled form that Debian has
 * beside the text, where it is not older. */
void environment_want_psl_soon(struct environment *env);

/* Resolver and key cache of an environment that was loaded. 0, or as above. */
int environment_connect(struct environment *env);

/* Configuration and resolver. 0, or an exit status with the message on standard error.
 * Close in either case. */
int environment_open(struct environment *env, const struct cli_call *call);

/* Ask this server (ADDRESS[@PORT], or a host's name) instead of the common resolver. As
 * environment_open. */
int environment_use_server(struct environment *env, const char *server);

/* env->secure, which validates DNSSEC with the anchors of this file. False when there can be
 * none; whether the servers pass DNSSEC on is not asked. */
bool environment_open_secure(struct environment *env, const char *anchor_file);

void environment_close(struct environment *env);

/* This machine's name. In the arena. */
struct sceau_slice environment_host(struct environment *env);

/* This host's authserv-id: as configured, else the host's name. In the arena. */
struct sceau_slice environment_authserv_id(struct environment *env);

/* The language that --lang, else the environment asks for. */
enum language environment_language(const struct cli_call *call);

/* A sentence in the language of the reader. In the arena; never NULL. */
struct sceau_slice environment_say(const struct environment *env, const char *english,
                                   const struct language_word *words, size_t count);

/* The same with its words behind it. */
#define ENV_SAY(env, english, ...) \
 environment_say((env), (english), LANGUAGE_WORDS(__VA_ARGS__))

/* complain() in the language of the reader: a sentence about {name}, which others wrote. */
void environment_complain(const struct environment *env, const char *english,
                          struct sceau_slice name);

/* complain() in the language of the reader: a sentence with named holes. */
void complain_in(enum language language, const char *english,
                 const struct language_word *words, size_t count);

/* The same with its words behind it. */
#define COMPLAIN(language, english, ...) \
 complain_in((language), (english), LANGUAGE_WORDS(__VA_ARGS__))

/* The same without holes. */
void complain_text(enum language language, const char *english);

/* An English problem that was kept, as problem_retell tells it. */
void complain_problem(enum language language, const char *english);

/* The same of a file's: "PATH: ...". */
void complain_kept(enum language language, const char *path, const char *english);

/* One that is in the reader's language. */
void complain_of(const struct problem *problem);

/* "PATH: " and a text of ours about it, or of the C library's. */
void complain_file(enum language language, const char *path, const char *why);

/* "PATH: what the system said of it". */
void complain_errno(enum language language, const char *path, int error);

/* A usage message on standard error, in the language of the reader; gives
 * CLI_EXIT_USAGE. */
int environment_usage(const struct environment *env, const char *english,
                      const struct language_word *words, size_t count);

/* The same with its words behind it. */
#define ENV_USAGE(env, english, ...) \
 environment_usage((env), (english), LANGUAGE_WORDS(__VA_ARGS__))

/* A text without holes in the language of the reader, as a word of a sentence. */
struct sceau_slice environment_word(const struct environment *env, const char *english);

/* main() of every program: the command line is read and its command run. Gives the exit
 * status. */
int environment_main(const struct cli_program *program, int argc, char **argv);

/* "sceau: …" on standard error, for logs and for what has no words of ours:
 * tools/check-language refuses a sentence here in the programs that people run. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Print and end the line. */
void print_line(FILE *out, struct sceau_slice line);

/* The same with every octet that is not printable ASCII escaped. */
void print_escaped(FILE *out, struct sceau_arena *arena, struct sceau_slice text);

/* The escape that colours a result word; empty when colour is off. */
const char *color_of(const struct environment *env, const char *word);
const char *color_end(const struct environment *env);

#endif
