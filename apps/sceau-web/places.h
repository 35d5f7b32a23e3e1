/* The pages that show something of the store: its rows in, a page out. */
#ifndef APP_PLACES_H
#define APP_PLACES_H

#include "insight/insight.h"
#include "insight/reports.h"
#include "web.h"

void places_answer(struct exchange *x);

/* The table as the format of the request has it: CSV or JSON. `f` may be NULL. */
void places_table(struct exchange *x, const struct filter *f,
                  const struct table *table);

/* Is that one of the page's tables asked for? */
bool places_asks(const struct exchange *x, const char *name);

/* The page of a list that is asked for; of a file, all of it, `all` rows at most. */
struct insight_part places_part(const struct exchange *x, uint64_t all);

/* What the query asks for; false, with the answer made, when it is not understood. */
bool places_filter(struct exchange *x, struct filter *f);

#endif
