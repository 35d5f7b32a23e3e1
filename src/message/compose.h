/* Parts of header fields that we write. */
#ifndef MESSAGE_COMPOSE_H
#define MESSAGE_COMPOSE_H

#include "core/text.h"

/* "Sun, 29 Nov 2026 06:00:00 +0000" (RFC 5322 section 3.3); from 1970 on. */
void compose_date(struct text *t, int64_t seconds);

/* Text for people as encoded words (RFC 2047), folded between them. Octets that are no
 * UTF-8 go in as they are. */
void compose_encoded(struct text *t, struct sceau_arena *arena, struct sceau_slice s);

#endif
