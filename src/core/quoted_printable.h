/* quoted-printable (RFC 2045 section 6.7). */
#ifndef CORE_QUOTED_PRINTABLE_H
#define CORE_QUOTED_PRINTABLE_H

#include "text.h"

#define QUOTED_PRINTABLE_LINE 76 /* octets of a line, without its end */

/* Decode. What is no escape stands for itself, as readers have it; blanks at the end of a line
 * are dropped. {NULL, 0} when the arena is full. Linear. */
struct sceau_slice quoted_printable_decoded(struct sceau_arena *arena,
                                            struct sceau_slice text);

/* Add the text as lines with CRLF; its own end with LF or CRLF. No line begins with two hyphens
 * or with "From ", which would be the end of a part or of a mail. */
void quoted_printable_write(struct text *t, struct sceau_slice octets);

#endif
