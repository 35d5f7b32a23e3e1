/* Sentences with named holes, "{domain} publishes {tag}", as translators see them: what a
 * step of a verdict and a text for people are made of. "{{" stands for one brace. */
#ifndef CORE_SENTENCE_H
#define CORE_SENTENCE_H

#include "slice.h"

/* The next part of what is left: octets as they stand, then the name of a hole (empty when
 * there is none). False when nothing is left. A brace that is not closed is a bug (assert). */
bool sentence_next(struct sceau_slice *rest, struct sceau_slice *literal,
                   struct sceau_slice *hole);

#endif
