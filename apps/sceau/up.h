/* `sceau up`: the daemons of the suite in the foreground, started and stopped together. */
#ifndef APP_UP_H
#define APP_UP_H

#include "config/cli.h"

struct up_options {
    struct cli_list
        listen;        /* of the milter, beside the socket in the state directory */
    const char *state; /* NULL: a folder of its own, removed at the end */
    const char *now;
    const char *web; /* where the dashboard listens; NULL: none, and no sceau-reportd */
};

int up_run(const struct cli_call *call);

#endif
