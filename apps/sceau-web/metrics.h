/* /health and /metrics: for machines, without a session; figures only, no names. */
#ifndef APP_WEB_METRICS_H
#define APP_WEB_METRICS_H

#include "web.h"

/* 200 and "ok", or 503 and what is missing. */
void metrics_health(struct exchange *x);

/* Prometheus' text format: what this program did, what the store holds, and the file that
 * sceau-milter writes. */
void metrics_answer(struct exchange *x);

#endif
