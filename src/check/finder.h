/* Findings under construction. */
#ifndef CHECK_FINDER_H
#define CHECK_FINDER_H

#include "lint.h"

/* A check of the catalogue, as far as the lints need it. */
struct check {
    const char *id;
    enum check_outcome severity;
};

struct finder {
    struct sceau_arena *arena;
    enum language language;
    struct check_lint_finding *findings;
    size_t count;
    bool is_cut;
    bool has_failed; /* the arena is full */
};

struct finder finder_new(struct sceau_arena *arena, enum language language);

/* Add one: a sentence with its words. */
void finder_add(struct finder *f, const struct check *check, size_t offset,
                const char *english, const struct language_word *words, size_t count);

#define FINDER_ADD(f, check, offset, english, ...)                \
 finder_add((f), (check), (offset), (english),                    \
            (const struct language_word[]){__VA_ARGS__},          \
            sizeof((const struct language_word[]){__VA_ARGS__}) / \
                sizeof(struct language_word))

/* Static text of ours for a word. */
#define FINDER_WORD(hole, text) LANGUAGE_OURS(hole, sceau_slice_from(text))

/* Add one without words. */
void finder_say(struct finder *f, const struct check *check, size_t offset,
                const char *english);

/* A number for a word. In the arena. */
struct sceau_slice finder_number(struct finder *f, size_t number);

/* The result. SCEAU_E_LIMIT when the arena was full. */
enum sceau_status finder_done(const struct finder *f, bool is_valid,
                              struct check_lint *lint);

#endif
