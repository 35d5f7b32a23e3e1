/* `sceau shadow report`: what shadow mode found, summed up. */
#ifndef APP_SHADOW_H
#define APP_SHADOW_H

#include "config/cli.h"

int shadow_report_run(const struct cli_call *call);

#endif
