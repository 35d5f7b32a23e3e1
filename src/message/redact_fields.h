/* Which fields of a stranger's header are told, and what stands in them (redact.h). Pure. */
#ifndef MESSAGE_REDACT_FIELDS_H
#define MESSAGE_REDACT_FIELDS_H

#include "redact.h"

bool redact_field_is_told(enum redact_level level, struct sceau_slice name);

/* Is it made of "key=value", as a signature is? */
bool redact_field_has_keys(struct sceau_slice name);

/* Are its long words of no use but to find a person by (opaque.h)? */
bool redact_field_hides_tokens(struct sceau_slice name);

#endif
