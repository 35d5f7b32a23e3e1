/* The right word beside a wrong one: what "did you mean" offers. */
#ifndef CONFIG_NEAREST_H
#define CONFIG_NEAREST_H

#include "core/slice.h"

#define NEAREST_WORD_MAX 64 /* longer words have no neighbour */

/* The search so far; begin with nearest_to. */
struct nearest {
    struct sceau_slice wrong;
    const char *word; /* the nearest candidate; NULL: none is near enough */
    size_t distance;
};

/* Look for words near `wrong`: one slip (a letter missing, added, changed, or two swapped),
 * and one more for each three letters. */
struct nearest nearest_to(struct sceau_slice wrong);

/* One candidate; the first of equals stays. Costs wrong.len * strlen(word). */
void nearest_try(struct nearest *n, const char *word);

/* Is `word` one of those in `words`, which stand between single blanks? */
bool nearest_is_listed(const char *words, struct sceau_slice word);

#endif
