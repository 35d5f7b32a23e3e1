/* The right word beside a wrong one: what "did you mean" offers. */
#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

#include "language/language.h"

#define NEAREST_WORD_MAX 64 /* longer words have no neighbour */

/* The search so far; begin with nearest_to. */
struct nearest {
    struct sceau_slice wrong;
    struct sceau_slice word; /* the nearest candidate; empty: none is near enough */
    size_t distance;
};

/* Look for words near `wrong`: one slip (a letter missing, added, changed, or two swapped),
 * and one more for each three letters. */
struct nearest nearest_to(struct sceau_slice wrong);

/* One candidate; the first of equals stays. Costs wrong.len * candidate.len. */
void nearest_try(struct nearest *n, struct sceau_slice candidate);

/* Each of the words that stand between single blanks. */
void nearest_try_words(struct nearest *n, const char *words);

/* `; did you mean "PREFIXword"?`, or nothing when no word is near. */
struct sceau_slice nearest_hint(struct sceau_arena *arena, enum language language,
                                const struct nearest *n, const char *prefix);

/* Is `word` one of those in `words`, which stand between single blanks? */
bool nearest_is_listed(const char *words, struct sceau_slice word);

#endif
