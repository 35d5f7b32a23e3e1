/* Steps of a verdict, told to whoever listens. */
#include "trace.h"

#include "sentence.h"

#include <assert.h>

enum {
    LINE_MAX_OCTETS = 1000
};

/* A part of a line, as much of it as the line still takes. */
static void
put(struct text *t, struct sceau_slice part, size_t *room)
{
    part.len = part.len < *room ? part.len : *room;
    *room -= part.len;
    text_escaped(t, part);
}

static const struct sceau_trace_word *
word_of(struct sceau_slice hole, const struct sceau_trace_word *words, size_t count)
{
    while (count > 0 && !slice_eq(hole, sceau_slice_from(words->name)))
        words++, count--;
    assert(count > 0); /* a hole that no word fills */
    return words;
}

void
trace_step(const struct sceau_context *context, const char *sentence,
           const struct sceau_trace_word *words, size_t count)
{
    struct sceau_trace *listener = context->trace;
    char line[4 * LINE_MAX_OCTETS + 1]; /* \xHH of each */
    struct sceau_slice rest = sceau_slice_from(sentence), literal, hole;
    size_t room = LINE_MAX_OCTETS;
    if (listener == NULL)
        return;
    if (listener->step != NULL) {
        listener->step(listener, context->trace_depth, sentence, words, count);
        return;
    }
    struct text t = text_in(line, sizeof line);
    while (sentence_next(&rest, &literal, &hole)) {
        put(&t, literal, &room);
        if (hole.len > 0)
            put(&t, word_of(hole, words, count)->value, &room);
    }
    listener->line(listener, context->trace_depth, text_done(&t));
}

void
trace_text(const struct sceau_context *context, const char *text)
{
    trace_step(context, text, NULL, 0);
}

struct sceau_slice
trace_number(char text[24], uint64_t n)
{
    struct text t = text_in(text, 24);
    text_decimal(&t, n);
    return text_done(&t);
}
