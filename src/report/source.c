/* Memory as a source. */
#include "source.h"

static int64_t
memory_read(struct report_source *self, char *out, size_t size)
{
    struct memory_source *m = (struct memory_source *)self;
    size_t part = m->rest.len < size ? m->rest.len : size;
    if (part > 0)
        memcpy(out, m->rest.ptr, part);
    m->rest = slice_skip(m->rest, part);
    return (int64_t)part;
}

void
memory_source_init(struct memory_source *m, struct sceau_slice octets)
{
    *m = (struct memory_source){{memory_read}, octets};
}
