/* Findings, in an array of a fixed size: a record of thousands of errors says so and
 * ends. */
#include "finder.h"

struct finder
finder_new(struct sceau_arena *arena, enum language language)
{
    struct finder f = {.arena = arena, .language = language};
    f.findings = sceau_arena_alloc(arena, CHECK_LINT_FINDINGS_MAX * sizeof *f.findings);
    f.has_failed = f.findings == NULL;
    return f;
}

void
finder_add(struct finder *f, const struct check *check, size_t offset,
           const char *english, const struct language_word *words, size_t count)
{
    if (f->has_failed || f->count == CHECK_LINT_FINDINGS_MAX) {
        f->is_cut = !f->has_failed;
        return;
    }
    struct sceau_slice text =
        language_sentence(f->arena, f->language, english, words, count);
    f->findings[f->count++] = (struct check_lint_finding){.id = check->id,
                                                          .severity = check->severity,
                                                          .offset = offset,
                                                          .text = text};
    f->has_failed = text.ptr == NULL;
}

void
finder_say(struct finder *f, const struct check *check, size_t offset,
           const char *english)
{
    finder_add(f, check, offset, english, NULL, 0);
}

struct sceau_slice
finder_number(struct finder *f, size_t number)
{
    struct text t = text_new(f->arena, SIZE_MAX);
    text_format(&t, "%zu", number);
    struct sceau_slice digits = text_done(&t);
    f->has_failed |= digits.ptr == NULL;
    return digits;
}

enum sceau_status
finder_done(const struct finder *f, bool is_valid, struct check_lint *lint)
{
    *lint = (struct check_lint){.is_valid = is_valid,
                                .is_cut = f->is_cut,
                                .findings = f->findings,
                                .count = f->count};
    return f->has_failed ? SCEAU_E_LIMIT : SCEAU_OK;
}
