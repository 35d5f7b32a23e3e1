/* Sentences about what went wrong, in memory of their own: memory may be what is short. */
#include "problem.h"

#include <stdio.h>

#define MORE "..."

static struct text
begin(struct problem *problem)
{
    return text_in(problem->text, sizeof problem->text - strlen(MORE));
}

static void
end(const struct text *t)
{
    const char *tail = t->has_failed ? MORE : "";
    memcpy(t->ptr + t->len, tail, strlen(tail) + 1);
}

void
problem_tell(struct problem *problem, const char *english,
             const struct language_word *words, size_t count)
{
    struct text t = begin(problem);
    language_fill(&t, problem->language, english, words, count);
    end(&t);
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

#define JOINT ": "

/* The translation of a part, or the part escaped. */
static void
put_part(struct text *t, enum language language, struct sceau_slice part)
{
    char english[256];
    const char *said = english;
    if (part.len < sizeof english) {
        snprintf(english, sizeof english, "%.*s", SLICE_ARG(part));
        said = language_text(language, english);
    }
    if (said != english)
        text_string(t, said);
    else
        text_escaped(t, part);
}

void
problem_retell(struct problem *problem, const char *english)
{
    struct text t = begin(problem);
    while (language_text(problem->language, english) == english) {
        const char *joint = strstr(english, JOINT);
        if (joint == NULL)
            break;
        put_part(&t, problem->language,
                 (struct sceau_slice){english, (size_t)(joint - english)});
        text_string(&t, problem->language == LANGUAGE_FR ? "\u00a0: " : JOINT);
        english = joint + strlen(JOINT);
    }
    put_part(&t, problem->language, sceau_slice_from(english));
    end(&t);
}
