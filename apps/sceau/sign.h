/* `sceau sign`: a message with its DKIM-Signatures, and its ARC Set when asked. */
#ifndef APP_SIGN_H
#define APP_SIGN_H

#include "config/cli.h"

struct sign_options {
    struct cli_list keys; /* files, one for each selector */
    struct cli_list selectors;
    const char *domain;
    const char *headers;          /* a colon list; NULL: what matters */
    const char *canonicalization; /* HEADER[/BODY], as in c= */
    bool arc;
    const char *authserv_id; /* whose Authentication-Results are sealed */
    const char *now;
    bool explain; /* the rest are its facts */
    const char *from;
    const char *ip;
    const char *login;
    bool is_local;
    const char *host;
    const char *state;
};

int sign_run(const struct cli_call *call);

/* What the milter would do: sign_explain.c. */
int sign_explain(const struct cli_call *call);

#endif
