/* The steps of a verdict in the reader's language: libsceau gives each as a sentence and what
 * goes into its holes. */
#include "trace_words.h"

#include <assert.h>

enum {
    WORDS_MAX = 8
};

void
trace_retell(struct text *t, enum language language, const char *sentence,
             const struct sceau_trace_word *words, size_t count)
{
    struct language_word told[WORDS_MAX];
    assert(count <= WORDS_MAX);
    for (size_t i = 0; i < count; i++) {
        const char *english = words[i].value.ptr;
        const char *said =
            words[i].is_phrase ? language_text(language, english) : english;
        told[i] = (struct language_word){words[i].name, words[i].value, false};
        if (said != english)
            told[i] = (struct language_word)OURS(words[i].name, said);
        else if (told[i].value.len > TRACE_WORD_MAX)
            told[i].value.len = TRACE_WORD_MAX;
    }
    language_fill(t, language, sentence, told, count);
}
