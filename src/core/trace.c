/* Steps of a verdict, told to whoever listens. */
#include "trace.h"

#include "text.h"

#include <stdio.h>

enum {
    LINE_MAX_OCTETS = 1000
};

void
trace_line(struct sceau_context *context, const char *format, ...)
{
    char line[LINE_MAX_OCTETS + 1];
    if (context->trace == NULL)
        return;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    size_t octets = len < 0 ? 0 : len > LINE_MAX_OCTETS ? LINE_MAX_OCTETS : (size_t)len;
    char escaped[4 * LINE_MAX_OCTETS + 1]; /* \xHH of each */
    struct text t = text_in(escaped, sizeof escaped);
    text_escaped(&t, (struct sceau_slice){line, octets});
    context->trace->line(context->trace, context->trace_depth, text_done(&t));
}
