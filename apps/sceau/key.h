/* `sceau key`: the keys that this host signs with, from the first one to the record's
 * removal. One file for what a command does; here what they share. */
#ifndef APP_KEY_H
#define APP_KEY_H

#include "config/cli.h"
#include "core/json.h"
#include "environment.h"
#include "keys/store.h"

/* The options of all `sceau key` commands; each command's table names its own. */
struct key_options {
    struct cli_list domains; /* -d */
    const char *selector;    /* -s */
    struct cli_number bits;  /* -b */
    const char *type;        /* rsa, ed25519 */
    const char *zone;        /* the zone that the record goes into */
    const char *state;       /* the state directory */
    const char *now;
    const char *signing_table;
    bool is_shared;  /* several domains may have one selector */
    bool is_private; /* show private keys */
};

#define KEY_COMMAND_COUNT 8
extern const struct cli_command key_commands[KEY_COMMAND_COUNT];

/* What every one of them works with. */
struct key_command {
    struct environment env;
    const struct cli_call *call;
    const struct key_options *options;
    struct keys_place place;
    struct problem problem;
    int64_t now;
    struct sceau_slice *domains; /* -d and operands, as A-labels */
    size_t domain_count;
    struct sceau_slice selector; /* empty: not given */
    struct sceau_slice zone;     /* empty: the domain itself */
};

/* Read the options that all have. 0, or an exit status with a message. Close in either
 * case. `wants_dns`: rotate and import ask for records. */
int key_open(struct key_command *c, const struct cli_call *call, bool wants_dns);

/* The same, and the domains of -d and the operands, checked against --zone. */
int key_open_with_domains(struct key_command *c, const struct cli_call *call,
                          bool wants_dns);
void key_close(struct key_command *c);

/* Tell c->problem: what is there cannot be used (CLI_EXIT_INPUT), or could not be written
 * (CLI_EXIT_TEMPORARY). They give that exit status. */
int key_unusable(const struct key_command *c);
int key_unwritten(const struct key_command *c);

/* The zone text of a key, as --zone wants it. In the arena. */
struct sceau_slice key_zone_text(struct key_command *c, const struct keys_key *key,
                                 struct sceau_slice domain);

/* "S._domainkey.D". In the arena. */
struct sceau_slice key_record_name(struct key_command *c, struct sceau_slice domain,
                                   const struct keys_key *key);

/* The state directory: --state, or milter.state. */
struct sceau_slice key_state_folder(const struct key_command *c);

/* Make it, for its owner alone: --state may name it for the first time. */
void key_make_state_folder(const struct key_command *c);

/* Begin a new key beside this one, as `sceau key update` does. The exit status. */
int key_begin_next(struct key_command *c, struct sceau_slice domain,
                   const struct keys_key *key);

/* A key as a JSON object; the private key's text is empty unless asked for. */
void key_json(struct key_command *c, struct json *j, const struct keys_key *key,
              struct sceau_slice domain, struct sceau_slice private_key);

/* Print it as a line. */
void key_print_json(struct key_command *c, const struct keys_key *key,
                    struct sceau_slice domain);

/* "2026-11-28T20:43:07Z" */
void key_put_time(struct text *t, int64_t time);

/* A sentence in the reader's language on standard output, unless --quiet. */
void key_say(struct key_command *c, const char *english,
             const struct language_word *words, size_t count);

#define KEY_SAY(c, english, ...) key_say((c), (english), LANGUAGE_WORDS(__VA_ARGS__))

int key_add_run(const struct cli_call *call);
int key_update_run(const struct cli_call *call);
int key_remove_run(const struct cli_call *call);
int key_query_run(const struct cli_call *call);
int key_list_run(const struct cli_call *call);
int key_show_run(const struct cli_call *call);
int key_import_run(const struct cli_call *call);
int key_rotate_run(const struct cli_call *call);

#endif
