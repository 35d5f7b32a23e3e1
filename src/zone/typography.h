/* Typographic characters in text that machines read. */
#ifndef ZONE_TYPOGRAPHY_H
#define ZONE_TYPOGRAPHY_H

#include "core/slice.h"

struct zone_typography {
    unsigned code;
    const char *ascii;  /* what was meant; may be empty */
    const char *octets; /* UTF-8 */
};

/* The first one from *at on, which is moved to it; NULL when there is none. */
const struct zone_typography *zone_typography_find(struct sceau_slice text, size_t *at);

/* The text with each replaced; {NULL, 0} when the arena is full. */
struct sceau_slice zone_typography_ascii(struct sceau_arena *arena,
                                         struct sceau_slice text);

#endif
