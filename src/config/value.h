/* How each type of value is read and written. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "core/text.h"
#include "table.h"

/* Octets of the member that holds a value of this type. */
size_t value_size(enum config_type type);

/* Does it take any number of words, each appended? */
bool value_is_list(enum config_type type);

/* Does it take the rest of the line, blanks included? */
bool value_is_line(enum config_type type);

/* Put `word` into `member`, or append it. False when it is no such value; a full arena or
 * list is refused the same way. */
bool value_parse(struct sceau_arena *arena, const struct config_option *option,
                 struct sceau_slice word, void *member);

/* "local@domain" with the domain in its normal form; the local part keeps its case. False
 * when it is no such thing. */
bool value_address(struct sceau_arena *arena, struct sceau_slice text,
                   struct sceau_slice *address);

/* The text that reads back to the same value. */
void value_format(struct text *t, const struct config_option *option,
                  const void *member);

/* What may be written, in words: "a number from 0 to 100". */
struct sceau_slice value_wanted(struct sceau_arena *arena, enum language language,
                                const struct config_option *option);

#endif
