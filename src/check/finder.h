/* Findings under construction. */
#ifndef CHECK_FINDER_H
#define CHECK_FINDER_H

#include "lint.h"

/* A check of the catalogue, as far as the lints need it. */
struct check {
    const char *id;
    enum check_severity severity;
};

struct finder {
    struct sceau_arena *arena;
    struct check_finding *findings;
    size_t count;
    bool is_cut;
    bool has_failed; /* the arena is full */
};

struct finder finder_new(struct sceau_arena *arena);

/* Add one; printf-like. Octets outside printable ASCII are escaped, so text of the
 * record may be given as %.*s. */
void finder_add(struct finder *f, const struct check *check, size_t offset,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The result. SCEAU_E_LIMIT when the arena was full. */
enum sceau_status finder_done(const struct finder *f, bool is_valid,
                              struct check_lint *lint);

#endif
