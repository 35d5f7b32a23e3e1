/* `sceau cache list|flush`: the DNS answers that the running milter keeps. */
#ifndef APP_CACHE_H
#define APP_CACHE_H

#include "config/cli.h"

int cache_list_run(const struct cli_call *call);
int cache_flush_run(const struct cli_call *call);

#endif
