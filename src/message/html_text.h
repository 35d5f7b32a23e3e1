/* HTML as the text that a person reads, with its links in brackets behind their words. For what
 * is told of a message: marks, comments, styles and scripts go, entities become characters, so
 * that no name hides between them. Any octets in; never more of them out. */
#ifndef MESSAGE_HTML_TEXT_H
#define MESSAGE_HTML_TEXT_H

#include "core/text.h"

/* Octets of another charset than UTF-8 stay as they are, and of characters that are written as
 * entities only ASCII then. {NULL, 0} when the arena is full. Linear. */
struct sceau_slice html_as_text(struct sceau_arena *arena, struct sceau_slice html,
                                bool is_utf8);

#endif
