/* Any octets as a bounce: what is found borrows the mail. */
#include "bounce.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(struct sceau_slice mail, struct sceau_slice part)
{
    if (part.len > 0 &&
        (part.ptr < mail.ptr || part.ptr + part.len > mail.ptr + mail.len))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice mail = {(const char *)data, size};
    struct outbox_bounce b;
    if (!outbox_bounce_read(mail, &b))
        return 0;
    for (size_t i = 0; i < b.to_count; i++)
        check(mail, b.to[i]);
    check(mail, b.status);
    check(mail, b.reason);
    return 0;
}
