/* Octets as a URI list: what is kept is a URI again, and a mailbox is safe in an
 * envelope. */
#include "uri.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require_safe_mailbox(struct sceau_slice mailbox)
{
    size_t at_signs = 0;
    for (size_t i = 0; i < mailbox.len; i++) {
        char c = mailbox.ptr[i];
        assert(c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"' && c != ',');
        at_signs += c == '@';
    }
    assert(at_signs == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_slice value = {(const char *)data, size};
    const struct sceau_slice *uris;
    size_t count = 0, malformed = 0;
    if (arena == NULL || size > (size_t)16 * 1024)
        goto out;
    enum sceau_status status =
        dmarc_urilist_parse(arena, value, &uris, &count, &malformed);
    assert(status != SCEAU_OK || count > 0);
    for (size_t i = 0; status == SCEAU_OK && i < count; i++) {
        struct dmarc_uri uri;
        assert(uris[i].ptr >= value.ptr &&
               uris[i].ptr + uris[i].len <= value.ptr + value.len);
        status = dmarc_uri_parse(arena, uris[i], &uri);
        assert(status != SCEAU_E_SYNTAX && slice_eq(uri.text, uris[i]));
        if (status == SCEAU_OK && uri.is_mailto)
            require_safe_mailbox(uri.mailbox);
    }
out:
    sceau_arena_free(arena);
    return 0;
}
