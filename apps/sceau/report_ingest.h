/* `sceau report ingest`: reports into the store, by hand. */
#ifndef APP_REPORT_INGEST_H
#define APP_REPORT_INGEST_H

#include "config/cli.h"

struct report_ingest_options {
    const char *state;
    bool trust;
    const char *now;
};

int report_ingest_run(const struct cli_call *call);

#endif
