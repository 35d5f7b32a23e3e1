/* What went wrong: one sentence for a person, in the language that whoever asks put here
 * before the call. All zero is English, and nothing wrong yet: a daemon's log. */
#ifndef LANGUAGE_PROBLEM_H
#define LANGUAGE_PROBLEM_H

#include "language.h"

#define PROBLEM_SIZE 1024

struct problem {
    enum language language;
    char text[PROBLEM_SIZE]; /* clean, no line end; what is longer ends in "..." */
};

/* The sentence in its language, its {holes} filled as language_sentence fills them. It
 * replaces what stood there; no word may lie in it. */
void problem_tell(struct problem *problem, const char *english,
                  const struct language_word *words, size_t count);

#define PROBLEM(problem, english, ...) \
 problem_tell((problem), (english), LANGUAGE_WORDS(__VA_ARGS__))

/* The same without holes. */
void problem_tell_text(struct problem *problem, const char *english);

/* "PATH: " and what is wrong with it, a text of ours. */
void problem_tell_file(struct problem *problem, const char *path, const char *english);

/* "PATH: " and what the system says. */
void problem_tell_errno(struct problem *problem, const char *path, int error);

/* An English problem that was kept, in a database or by a library: "PLACE: WORDS: MORE".
 * Each part that has a translation is told in it, what has none is escaped. */
void problem_retell(struct problem *problem, const char *english);

#endif
