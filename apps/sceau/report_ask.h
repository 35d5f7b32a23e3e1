/* `sceau report today` and its like: what the store says, for people, as JSON, as CSV. */
#ifndef APP_REPORT_ASK_H
#define APP_REPORT_ASK_H

#include "config/cli.h"

struct report_ask_options {
    bool csv, is_new, is_undone;
    const char *state, *now, *days, *from, *to, *since;
    const char *source, *ip, *reporter, *class, *cause, *disposition, *result,
        *selector;
    const char *note; /* of mark and mute */
};

int report_today_run(const struct cli_call *call);
int report_domain_run(const struct cli_call *call);
int report_sources_run(const struct cli_call *call);
int report_readiness_run(const struct cli_call *call);
int report_failures_run(const struct cli_call *call);
int report_keys_run(const struct cli_call *call);
int report_reporters_run(const struct cli_call *call);
int report_tls_run(const struct cli_call *call);
int report_mark_run(const struct cli_call *call);
int report_mute_run(const struct cli_call *call);
int report_ignore_run(const struct cli_call *call);
int report_findings_run(const struct cli_call *call);
int report_list_run(const struct cli_call *call);
int report_intake_run(const struct cli_call *call);

/* Their command lines: report_table.c. */
extern const struct cli_command report_commands[];
#define REPORT_COMMAND_COUNT 14

#endif
