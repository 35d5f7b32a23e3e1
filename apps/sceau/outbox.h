/* `sceau outbox`: the reports that this host sends. */
#ifndef APP_OUTBOX_H
#define APP_OUTBOX_H

#include "config/cli.h"

struct outbox_options {
    const char *state, *now;
    bool all;               /* list */
    const char *day;        /* preview */
    bool mail;              /* preview, show */
    bool failures;          /* preview */
    const char *to;         /* show */
    bool dry_run, due;      /* send */
    const char *confirm;    /* selftest */
    bool again;             /* selftest */
    bool for_good, lift;    /* suppress */
    struct cli_number days; /* suppress */
};

#define OUTBOX_COMMAND_COUNT          5
#define OUTBOX_SUPPRESS_COMMAND_COUNT 1
#define OUTBOX_SELFTEST_COMMAND_COUNT 1
#define OUTBOX_BOUNCE_COMMAND_COUNT   1
extern const struct cli_command outbox_commands[OUTBOX_COMMAND_COUNT];
extern const struct cli_command outbox_suppress_commands[OUTBOX_SUPPRESS_COMMAND_COUNT];
extern const struct cli_command outbox_selftest_commands[OUTBOX_SELFTEST_COMMAND_COUNT];
extern const struct cli_command outbox_bounce_commands[OUTBOX_BOUNCE_COMMAND_COUNT];

int outbox_list_run(const struct cli_call *call);
int outbox_preview_run(const struct cli_call *call);
int outbox_show_run(const struct cli_call *call);
int outbox_send_run(const struct cli_call *call);
int outbox_retry_run(const struct cli_call *call);
int outbox_suppress_run(const struct cli_call *call);
int outbox_selftest_run(const struct cli_call *call);
int outbox_bounce_run(const struct cli_call *call);

#endif
