/* The lexical tokens of RFC 5322 section 3.2, read with the sticky cursor: folding white
 * space, comments, atoms, quoted strings. They read what RFC 6532 adds too: an octet above
 * 127 is text wherever text may stand. */
#ifndef MESSAGE_LEXICAL_H
#define MESSAGE_LEXICAL_H

#include "core/cursor.h"
#include "core/text.h"

/* `expected` of a cursor that met a comment deeper than SCEAU_COMMENT_DEPTH_MAX. */
extern const char lexical_too_deep[];

/* atext (section 3.2.3), 8-bit octets included. */
bool lexical_is_atext(char c);

/* Does an atom begin here? */
bool lexical_is_atom_next(const struct cursor *c);

/* Skip [CFWS] (section 3.2.2). True when something was skipped. A CR or LF that is no fold
 * is left for the caller to stumble over; an unclosed comment is a failure. */
bool lexical_skip_cfws(struct cursor *c);

/* 1*atext, without the CFWS around it; fails when there is none. */
struct sceau_slice lexical_atom(struct cursor *c);

/* quoted-string (section 3.2.4) without the CFWS around it: its content, quoted pairs
 * resolved and folds taken out, is added to `content` (may be NULL). */
void lexical_quoted_string(struct cursor *c, struct text *content);

#endif
