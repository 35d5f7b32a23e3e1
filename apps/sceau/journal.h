/* `sceau journal cat`: what the milter wrote down, as JSON. */
#ifndef APP_JOURNAL_H
#define APP_JOURNAL_H

#include "config/cli.h"

int journal_cat_run(const struct cli_call *call);

#endif
