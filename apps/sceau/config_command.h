/* `sceau config check|show|sample`. */
#ifndef APP_CONFIG_COMMAND_H
#define APP_CONFIG_COMMAND_H

#include "config/cli.h"

int config_check_run(const struct cli_call *call);
int config_show_run(const struct cli_call *call);
int config_sample_run(const struct cli_call *call);

#endif
