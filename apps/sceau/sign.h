/* `sceau sign`: a message with its DKIM-Signatures, and its ARC Set when asked. */
#ifndef APP_SIGN_H
#define APP_SIGN_H

#include "config/cli.h"

struct sign_options {
    struct cli_list keys; /* files, one for each selector */
    struct cli_list selectors;
    const char *domain;
    const char *headers; /* a colon list; NULL: what matters */
    const char *canonicalization; /* HEADER[/BODY], as in c= */
    bool arc;
    const char *authserv_id; /* whose Authentication-Results are sealed */
    const char *now;
};

int sign_run(const struct cli_call *call);

#endif
