/* Findings, in an array of a fixed size: a record of thousands of errors says so and
 * ends. */
#include "finder.h"

#include "core/text.h"

#include <stdio.h>

enum {
    SENTENCE_MAX = 400 /* octets before escaping */
};

const char *
check_severity_name(enum check_severity severity)
{
    switch (severity) {
    case CHECK_INFO: return "info";
    case CHECK_WARNING: return "warning";
    case CHECK_PROBLEM: return "problem";
    }
    return "problem";
}

struct finder
finder_new(struct sceau_arena *arena)
{
    struct finder f = {.arena = arena};
    f.findings = sceau_arena_alloc(arena, CHECK_LINT_FINDINGS_MAX * sizeof *f.findings);
    f.has_failed = f.findings == NULL;
    return f;
}

void
finder_add(struct finder *f, const struct check *check, size_t offset,
           const char *format, ...)
{
    char sentence[SENTENCE_MAX + 1];
    if (f->has_failed || f->count == CHECK_LINT_FINDINGS_MAX) {
        f->is_cut = !f->has_failed;
        return;
    }
    va_list args;
    va_start(args, format);
    int len = vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    size_t octets = len < 0 ? 0 : len > SENTENCE_MAX ? SENTENCE_MAX : (size_t)len;
    struct text t = text_new(f->arena, SIZE_MAX);
    text_escaped(&t, (struct sceau_slice){sentence, octets});
    f->findings[f->count++] = (struct check_finding){.id = check->id,
                                                     .severity = check->severity,
                                                     .offset = offset,
                                                     .text = text_done(&t)};
    f->has_failed = t.has_failed;
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
