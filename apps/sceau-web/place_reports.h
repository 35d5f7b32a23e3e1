/* P7, P10 and the search. */
#ifndef APP_PLACE_REPORTS_H
#define APP_PLACE_REPORTS_H

#include "insight/insight.h"
#include "web.h"

bool place_reports(struct exchange *x, struct insight *in, const struct filter *f);
bool place_report(struct exchange *x, struct insight *in, const struct filter *f);
bool place_report_raw(struct exchange *x, struct insight *in, const struct filter *f);
bool place_intake(struct exchange *x, struct insight *in, const struct filter *f);
bool place_search(struct exchange *x, struct insight *in, const struct filter *f);

#endif
