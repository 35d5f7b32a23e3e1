/* The steps of a verdict (`verify --explain`) for a reader of another language. */
#ifndef APP_TRACE_WORDS_H
#define APP_TRACE_WORDS_H

#include "language/language.h"

enum {
    TRACE_WORD_MAX = 1000, /* octets of one word that are told */
    /* Room for any step: the largest word in each of its holes escaped, and the sentence. */
    TRACE_STEP_SIZE = 16 * 1024,
};

/* One step as a listener hears it (struct sceau_trace), added in that language. */
void trace_retell(struct text *t, enum language language, const char *sentence,
                  const struct sceau_trace_word *words, size_t count);

#endif
