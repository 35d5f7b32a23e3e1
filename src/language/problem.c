/* Sentences about what went wrong, in memory of their own: memory may be what is short. */
#include "problem.h"

#define MORE "..."

void
problem_tell(struct problem *problem, const char *english,
             const struct language_word *words, size_t count)
{
    struct text t = text_in(problem->text, sizeof problem->text - strlen(MORE));
    language_fill(&t, problem->language, english, words, count);
    memcpy(problem->text + t.len, t.has_failed ? MORE : "",
           t.has_failed ? sizeof MORE : 1);
}

void
problem_tell_text(struct problem *problem, const char *english)
{
    problem_tell(problem, english, NULL, 0);
}

void
problem_tell_file(struct problem *problem, const char *path, const char *english)
{
    PROBLEM(problem, N_("{path}: {why}"), THEIRS("path", path),
            OURS("why", language_text(problem->language, english)));
}

void
problem_tell_errno(struct problem *problem, const char *path, int error)
{
    problem_tell_file(problem, path, language_strerror(problem->language, error));
}
