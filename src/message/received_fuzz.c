/* Any octets are a Received field: what is found lies inside them. */
#include "message/received.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.len == 0 ||
           (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice body = {(const char *)data, size};
    struct received r;
    bool is_read = received_parse(body, &r);
    assert(is_inside(r.helo, body) && is_inside(r.by, body));
    assert(is_read || (r.helo.len == 0 && r.by.len == 0 && r.ip.version == 0));
    return 0;
}
