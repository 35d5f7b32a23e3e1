/* Encoded words (RFC 2047): text for people inside header fields. Never decoded inside an
 * address, and never before anything is parsed. */
#ifndef MESSAGE_ENCODED_WORD_H
#define MESSAGE_ENCODED_WORD_H

#include "core/slice.h"

/* Does anything in `text` begin like an encoded word ("=?")? */
bool encoded_words_begin(struct sceau_slice text);

/* `text` with its encoded words decoded into UTF-8, the white space between two of them
 * dropped (section 6.2). Of charsets other than UTF-8, US-ASCII and ISO-8859-1 the ASCII
 * is kept and the rest becomes U+FFFD; what is no encoded word stays as it is. The result
 * may hold any octet, line ends and NUL included. {NULL, 0} when the arena is full.
 * Linear. */
struct sceau_slice encoded_words_decoded(struct sceau_arena *arena,
                                         struct sceau_slice text);

#endif
