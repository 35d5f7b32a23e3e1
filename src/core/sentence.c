/* A sentence taken apart. What goes into its holes is the caller's. */
#include "sentence.h"

#include <assert.h>

bool
sentence_next(struct sceau_slice *rest, struct sceau_slice *literal,
              struct sceau_slice *hole)
{
    *hole = slice_sub(*rest, 0, 0);
    if (rest->len == 0)
        return false;
    size_t open = slice_find(*rest, '{');
    bool is_brace = open + 1 < rest->len && rest->ptr[open + 1] == '{';
    *literal = slice_sub(*rest, 0, open + is_brace);
    if (open == rest->len || is_brace) {
        *rest = slice_skip(*rest, literal->len + is_brace);
        return true;
    }
    *rest = slice_skip(*rest, open + 1);
    size_t close = slice_find(*rest, '}');
    assert(close < rest->len);
    *hole = slice_sub(*rest, 0, close);
    *rest = slice_skip(*rest, close + 1);
    return true;
}
