/* Text that is to be ASCII, and is not. Pure; {NULL, 0} when the arena is full or `text` is. */
#ifndef MESSAGE_BEYOND_ASCII_H
#define MESSAGE_BEYOND_ASCII_H

#include "core/slice.h"

/* An octet that is none of UTF-8 becomes "?". May borrow. */
struct sceau_slice beyond_ascii_clean(struct sceau_arena *arena,
                                      struct sceau_slice text);

/* The words of a field's body in UTF-8 (RFC 6532, or against all rules) become encoded words (RFC
 * 2047), which any reader shows, wherever in the field they stand. Lines end with LF alone. */
struct sceau_slice beyond_ascii_encode(struct sceau_arena *arena,
                                       struct sceau_slice body);

#endif
