/* Content-Type (RFC 2045 section 5.1), as strictly as a sentinel reads: what readers could take
 * in two ways is none. */
#ifndef MESSAGE_MIME_TYPE_H
#define MESSAGE_MIME_TYPE_H

#include "core/text.h"

#define MIME_BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */

struct mime_type {
    struct sceau_slice type;     /* "text/plain"; borrows */
    struct sceau_slice charset;  /* empty: not said */
    struct sceau_slice boundary; /* without quotes; empty: not said */
};

/* Read the field's body. False when it breaks the grammar, has a comment, names a parameter twice or in
 * pieces (RFC 2231), or its charset or boundary has octets that these may not have. */
bool mime_type_parse(struct sceau_slice body, struct mime_type *type);

/* Is it "text/plain", letter case ignored? */
bool mime_type_is(const struct mime_type *type, const char *name);

#endif
