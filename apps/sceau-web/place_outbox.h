/* The page of the reports that we send. */
#ifndef APP_PLACE_OUTBOX_H
#define APP_PLACE_OUTBOX_H

#include "insight/filter.h"
#include "insight/insight.h"
#include "web.h"

bool place_outbox(struct exchange *x, struct insight *in, const struct filter *f);

#endif
