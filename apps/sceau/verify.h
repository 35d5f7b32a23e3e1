/* `sceau verify`: a real message in, a right verdict out. */
#ifndef APP_VERIFY_H
#define APP_VERIFY_H

#include "config/cli.h"

struct verify_options {
    const char *ip;
    const char *helo;
    const char *mail_from;
    const char *border;
    const char *now;
    const char *authserv_id;
    const char *milter;
    bool explain;
};

int verify_run(const struct cli_call *call);

#endif
