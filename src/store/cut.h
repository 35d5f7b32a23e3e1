/* Texts of strangers that are part of a key: no longer than an index of any engine takes. */
#ifndef STORE_CUT_H
#define STORE_CUT_H

#include "core/slice.h"

/* At most so many octets of UTF-8, whole characters, up to the first NUL. */
static inline struct sceau_slice
cut_text(struct sceau_slice text, size_t most)
{
    struct sceau_slice cut = text;
    if (text.len > most)
        for (cut.len = most;
             cut.len > 0 && ((unsigned char)text.ptr[cut.len] & 0xc0) == 0x80;)
            cut.len--;
    return slice_sub(cut, 0, slice_find(cut, '\0'));
}

#endif
