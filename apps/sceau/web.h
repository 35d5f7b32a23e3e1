/* `sceau web`: the way into the dashboard. */
#ifndef APP_SCEAU_WEB_H
#define APP_SCEAU_WEB_H

#include "config/cli.h"

#define WEB_COMMAND_COUNT 1

extern const struct cli_command web_commands[WEB_COMMAND_COUNT];

#endif
