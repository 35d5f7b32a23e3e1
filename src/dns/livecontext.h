/* A libunbound context set up as sceau needs it. */
#ifndef DNS_LIVECONTEXT_H
#define DNS_LIVECONTEXT_H

#include "live.h"

struct ub_ctx;
struct event_base;

/* A context whose sockets are events of `base`. NULL: `problem` says why. Free it with
 * ub_ctx_delete, before the base. */
struct ub_ctx *live_context_new(struct event_base *base,
                                const struct dns_live_options *options,
                                struct problem *problem);

/* How many questions the limit on open files allows: each takes a socket or two. */
unsigned live_context_questions_max(void);

#endif
