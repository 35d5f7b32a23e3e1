/* DMARC records mended: what a person pastes over the one that is there. */
#ifndef CHECK_DMARC_EDIT_H
#define CHECK_DMARC_EDIT_H

#include "core/slice.h"

/* The record as its author meant it, as far as that is plain: v=DMARC1 first and in its
 * letter case, translated words in English, typing errors in names put right, what RFC 9989
 * removed left out, each tag once, p second. The order of the rest stays. {NULL, 0} when the
 * arena is full. */
struct sceau_slice dmarc_mended(struct sceau_arena *arena, struct sceau_slice text);

/* A mended record with that tag set; a NULL value takes the tag away. */
struct sceau_slice dmarc_with(struct sceau_arena *arena, struct sceau_slice text,
                              const char *name, const char *value);

#endif
