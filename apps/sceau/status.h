/* `sceau status`: what runs, the last verdict, the keys, and what needs doing. */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "config/cli.h"

struct status_options {
    const char *state;
};

int status_run(const struct cli_call *call);

#endif
