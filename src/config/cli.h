/* A program's command line as tables: one table of options feeds the parser, --help and
 * the man page. No input or output here: what is to be printed comes back as text.
 *
 *     static const struct cli_option options[] = {
 *         {"ip", 0, CLI_TEXT, "ADDRESS", NULL, NULL, offsetof(struct verify_options, ip),
 *          "the client that handed the message over"},
 *     };
 *
 * GNU style: "--name=value", "--name value", "-x value", options and operands in any
 * order, "--" ends the options, "-" is an operand. Options that every command knows
 * (struct cli_globals) may stand before the command's name as well. */
#ifndef CONFIG_CLI_H
#define CONFIG_CLI_H

#include "sceau/core.h"

#include "language/language.h"

#define CLI_EXIT_OK        0
#define CLI_EXIT_WARNING   1  /* a warning, or a negative verdict */
#define CLI_EXIT_PROBLEM   2  /* a problem was found */
#define CLI_EXIT_UNKNOWN   3  /* could not tell */
#define CLI_EXIT_USAGE     64 /* the command line was wrong */
#define CLI_EXIT_INPUT     65 /* an input could not be read */
#define CLI_EXIT_BUG       70 /* our own fault */
#define CLI_EXIT_TEMPORARY 75 /* try again later */

enum cli_type {
    CLI_FLAG,   /* bool: given */
    CLI_TEXT,   /* const char *: the last one given, else the fallback, else NULL */
    CLI_LIST,   /* struct cli_list: every one given, in order */
    CLI_NUMBER, /* struct cli_number: decimal digits */
};

struct cli_list {
    const char *const *items;
    size_t count;
};

struct cli_number {
    uint64_t value;
    bool is_given;
};

struct cli_option {
    const char *name; /* without "--" */
    char letter;      /* "-x" too; 0: none */
    enum cli_type type;
    const char *argument; /* what --help calls the value; NULL for a flag */
    const char *choices;  /* the words admitted, by blanks; NULL: any text */
    const char *fallback; /* the default as text (CLI_TEXT, CLI_NUMBER); may be NULL */
    size_t offset;        /* of the member of that type in the command's struct */
    const char *sentence; /* lower case at the start, no full stop at the end */
};

struct cli_example {
    const char *command;  /* as typed */
    const char *sentence; /* what it shows */
};

struct cli_call;

struct cli_command {
    const char *name;     /* "verify", or two words: "config show"; "" when the program
                           * has this one alone and takes no command's name */
    const char *operands; /* what --help says behind the options: "FILE|-|DIR..." */
    size_t operands_min;
    size_t operands_max;     /* SIZE_MAX: any number */
    const char *sentence;    /* for the list of commands */
    const char *description; /* paragraphs with an empty line between them */
    const char *exit_status; /* what they mean here, a sentence; NULL: the usual */
    const struct cli_option *options;
    size_t option_count;
    size_t options_size; /* sizeof the struct that the offsets mean */
    const struct cli_example *examples;
    size_t example_count;
    int (*run)(const struct cli_call *call); /* gives the exit status */
};

/* Commands whose tables stand in another file. */
struct cli_group {
    const struct cli_command *commands;
    size_t count;
};

struct cli_program {
    const char *name;
    const char *sentence;
    const char *description;
    const struct cli_command *commands;
    size_t command_count;
    const struct cli_group *groups; /* further commands, behind those */
    size_t group_count;
};

/* The program's command number `i`, over its own and those of its groups; NULL behind the
 * last. */
const struct cli_command *cli_command_at(const struct cli_program *program, size_t i);

/* What every command knows. */
struct cli_globals {
    bool json;
    const char *dns; /* zone file that answers every DNS question; NULL: the real DNS */
    const char *resolver; /* ADDRESS[@PORT]; NULL: the system's */
    const char *config;   /* configuration file; NULL: the default place */
    struct cli_list set;  /* "section.key=value" */
    const char *lang;     /* "en", "fr"; NULL: the environment says */
    bool quiet;
    bool help;
    bool version;
};

/* A command line that was understood. */
struct cli_call {
    const struct cli_program *program;
    const struct cli_command *command; /* NULL when none was named */
    enum language language;            /* of the environment: see cli_language */
    struct cli_globals globals;
    const void *options; /* the command's own struct, zero where nothing was given */
    struct cli_list operands;
};

enum cli_outcome {
    CLI_RUN,   /* call->command->run is next */
    CLI_TOLD,  /* --help, --version: print the text on standard output, exit 0 */
    CLI_USAGE, /* print the text on standard error, exit CLI_EXIT_USAGE */
};

/* Read a command line.
 *
 * arena  owns the text, the options and the lists; argv is borrowed
 * language  of usage messages, unless --lang was read before the mistake
 * call   filled in as far as was understood
 * text   for CLI_TOLD and CLI_USAGE, with its line end; a wrong word comes with the
 *        nearest right one and the place to read on */
enum cli_outcome cli_parse(struct sceau_arena *arena, const struct cli_program *program,
                           enum language language, int argc, const char *const *argv,
                           struct cli_call *call, struct sceau_slice *text);

/* What --lang asks for, else the environment's. */
enum language cli_language(const struct cli_call *call);

/* One usage message in the same form and in that language, for what only the command
 * itself can judge ("--selector without --key"); print it and exit with CLI_EXIT_USAGE. */
struct sceau_slice cli_usage_error(struct sceau_arena *arena,
                                   const struct cli_call *call, const char *english,
                                   const struct language_word *words, size_t count);

/* What --help prints; `command` may be NULL for the program's own. */
struct sceau_slice cli_help(struct sceau_arena *arena,
                            const struct cli_program *program,
                            const struct cli_command *command);

/* The same as a man page (section 1) in roff; "--help=man" prints it. */
struct sceau_slice cli_man(struct sceau_arena *arena, const struct cli_program *program,
                           const struct cli_command *command);

#endif
