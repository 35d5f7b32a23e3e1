/* `sceau store`: the store as a whole. */
#ifndef APP_SCEAU_STORE_H
#define APP_SCEAU_STORE_H

#include "config/cli.h"

#define STORE_COMMAND_COUNT 1

extern const struct cli_command store_commands[STORE_COMMAND_COUNT];

#endif
