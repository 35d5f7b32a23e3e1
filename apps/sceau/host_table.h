/* Commands about this host: its daemons, its set-up, its settings. */
#ifndef APP_HOST_TABLE_H
#define APP_HOST_TABLE_H

#include "config/cli.h"

#define HOST_COMMAND_COUNT 10
extern const struct cli_command host_commands[HOST_COMMAND_COUNT];

#endif
