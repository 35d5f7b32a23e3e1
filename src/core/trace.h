/* Tell the listener of a verdict one step (`verify --explain`): a sentence with holes, and
 * what goes into each, so that whoever listens can tell it in another language. Costs a
 * NULL check when nobody listens: the words of a step are only made then.
 *
 *     TRACE(context, N_("DMARC for the author domain {domain}"), TRACE_SLICE("domain", author));
 *
 * A step that is the same in every language stands in AS_IS(). */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "text.h"

static inline bool
trace_is_on(const struct sceau_context *context)
{
    return context->trace != NULL;
}

/* What stands in a hole: octets of anybody's, a name of a standard ("pass", "reject"), a
 * number, or English of ours, marked where it stands, that is looked up. */
#define TRACE_SLICE(hole, slice) \
 {                               \
  (hole), (slice), false         \
 }
#define TRACE_NAME(hole, string)          \
 {                                        \
  (hole), sceau_slice_from(string), false \
 }
#define TRACE_PHRASE(hole, string)       \
 {                                       \
  (hole), sceau_slice_from(string), true \
 }
#define TRACE_NUMBER(hole, n)                               \
 {                                                          \
  (hole), trace_number((char[24]){0}, (uint64_t)(n)), false \
 }

/* One step; the line of a listener who takes none apart is cut at 1,000 octets, and octets
 * outside printable ASCII are escaped in it. */
#define TRACE(context, sentence, ...)                                              \
 do {                                                                              \
  const struct sceau_context *trace_context = (context);                           \
  if (trace_is_on(trace_context))                                                  \
   trace_step(trace_context, (sentence), (struct sceau_trace_word[]){__VA_ARGS__}, \
              sizeof((struct sceau_trace_word[]){__VA_ARGS__}) /                   \
                  sizeof(struct sceau_trace_word));                                \
 } while (0)

/* The same without holes. */
void trace_text(const struct sceau_context *context, const char *text);

/* What TRACE calls. */
void trace_step(const struct sceau_context *context, const char *sentence,
                const struct sceau_trace_word *words, size_t count);
struct sceau_slice trace_number(char text[24], uint64_t n);

/* Steps until trace_leave stand one deeper. */
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
