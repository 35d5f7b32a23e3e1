/* Forms with files in them (multipart/form-data, RFC 7578). Strangers' octets in, slices of
 * them out; nothing is copied. */
#ifndef WEB_MULTIPART_H
#define WEB_MULTIPART_H

#include "core/slice.h"

#define MULTIPART_PARTS_MAX 16

struct multipart_part {
    struct sceau_slice name;
    struct sceau_slice file_name; /* NULL ptr: no file */
    struct sceau_slice body;
};

struct multipart {
    struct multipart_part parts[MULTIPART_PARTS_MAX];
    size_t count;
};

/* The boundary that a Content-Type names; empty when it is no such form. */
struct sceau_slice multipart_boundary(struct sceau_slice content_type);

/* False when it breaks the grammar, or a limit is met. Linear. */
bool multipart_parse(struct sceau_slice body, struct sceau_slice boundary,
                     struct multipart *form);

/* The part of that name, or NULL. */
const struct multipart_part *multipart_get(const struct multipart *form,
                                           const char *name);

#endif
