/* `sceau report digest`: what sceau-reportd sends, printed, or sent to somebody once more. */
#ifndef APP_REPORT_DIGEST_H
#define APP_REPORT_DIGEST_H

#include "config/cli.h"

extern const struct cli_command report_digest_commands[];
#define REPORT_DIGEST_COMMAND_COUNT 1

#endif
