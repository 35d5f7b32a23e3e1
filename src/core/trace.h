/* Tell the listener of a verdict one step (`verify --explain`). Costs a NULL check when
 * nobody listens: guard arguments that are dear to compute with trace_is_on. */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "slice.h"

static inline bool
trace_is_on(const struct sceau_context *context)
{
    return context->trace != NULL;
}

/* One line, printf-like; cut at 1,000 octets. Octets outside printable ASCII are escaped
 * here, so a peer's text may be given as %.*s with SLICE_ARG. */
void trace_line(struct sceau_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Lines until trace_leave stand one step deeper. */
static inline void
trace_enter(struct sceau_context *context)
{
    context->trace_depth++;
}

static inline void
trace_leave(struct sceau_context *context)
{
    context->trace_depth--;
}

#endif
