/* Octets that are pulled: from a file, from memory, out of an archive. */
#ifndef REPORT_SOURCE_H
#define REPORT_SOURCE_H

#include "core/slice.h"

/* Embed it. */
struct report_source {
    /* Up to `size` octets; 0 at the end, -1 when they cannot be had. */
    int64_t (*read)(struct report_source *self, char *out, size_t size);
};

struct memory_source {
    struct report_source source;
    struct sceau_slice rest;
};

void memory_source_init(struct memory_source *m, struct sceau_slice octets);

#endif
