/* `sceau spf tree` and `sceau spf flatten`. */
#ifndef APP_SPF_H
#define APP_SPF_H

#include "check/spftree.h"
#include "environment.h"

struct spf_flatten_options {
    const char *source; /* a record, or the name where the unflattened one stands */
    bool check;
};

/* What both commands work with. */
struct spf_command {
    struct environment env;
    struct sceau_context context;
    struct sceau_dns_session session;
    struct sceau_slice domain;
};

/* 0, or an exit status with the message told. Close the environment in either case. */
int spf_open(struct spf_command *c, const struct cli_call *call);

/* Say that the arena is full; gives the exit status. */
int spf_out_of_memory(const struct environment *env);

/* "no SPF record there: none", of the name that was asked about, for people; "" for a good
 * record. */
const char *spf_own_sentence(const struct environment *env, enum spftree_state state);

int spf_tree_run(const struct cli_call *call);
int spf_flatten_run(const struct cli_call *call);

#endif
