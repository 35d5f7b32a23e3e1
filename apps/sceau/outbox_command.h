/* What the commands of `sceau outbox` share. */
#ifndef APP_OUTBOX_COMMAND_H
#define APP_OUTBOX_COMMAND_H

#include "insight/table.h"
#include "outbox.h"
#include "outbox/selftest.h"
#include "outbox_place.h"

struct outbox {
    struct environment env;
    const struct outbox_options *options;
    const struct cli_call *call;
    struct database *db;
    struct sceau_arena *scratch;
    struct outbox_settings settings;
    char state[4096];
    int64_t now;
};

/* 0, or an exit status with a message. outbox_end in either case. */
int outbox_begin(struct outbox *o, const struct cli_call *call,
                 enum database_mode mode);

/* Gives the status. */
int outbox_end(struct outbox *o, int status);

/* A message; CLI_EXIT_TEMPORARY. */
int outbox_database_failed(struct outbox *o);

/* On standard output; CLI_EXIT_OK. */
int outbox_print_table(struct outbox *o, const struct table *table);

/* A sentence at 80 columns, indented, on standard output. */
void outbox_print_wrapped(struct outbox *o, struct sceau_slice sentence);

/* What the self-test lacks, and what helps: two lines on standard output. Nothing when it has
 * passed. */
void outbox_print_missing(struct outbox *o, const struct selftest *test);

#endif
