/* The options that every command knows, for the parser, --help and the man pages. */
#ifndef CONFIG_CLI_TABLE_H
#define CONFIG_CLI_TABLE_H

#include "config/cli.h"

#define CLI_GLOBAL_OPTIONS 9

/* Offsets are those of struct cli_globals. */
extern const struct cli_option cli_global_options[CLI_GLOBAL_OPTIONS];

/* What the exit statuses mean where a command has nothing of its own to say. */
extern const char cli_usual_exit_status[];

#endif
