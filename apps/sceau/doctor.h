/* `sceau doctor`: what is wrong with this host's set-up, and what mends it. */
#ifndef APP_DOCTOR_H
#define APP_DOCTOR_H

#include "config/cli.h"

struct doctor_options {
    struct cli_list only, skip; /* ids; "milter." stands for all that begin with it */
    const char *postfix;        /* folder of main.cf; NULL: Postfix's own */
    const char *state;          /* NULL: milter.state */
    bool list;                  /* the checks, not their findings */
};

int doctor_command_run(const struct cli_call *call);

#endif
