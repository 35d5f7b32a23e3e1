/* P9: zones that are pasted, and names by the records in the store. Asks no server. */
#ifndef APP_PLACE_CHECK_H
#define APP_PLACE_CHECK_H

#include "insight/insight.h"
#include "web.h"

/* GET: the forms, or on to ?name=. POST: a zone. */
void place_check(struct exchange *x);

bool place_check_name(struct exchange *x, struct insight *in, const struct filter *f);

#endif
