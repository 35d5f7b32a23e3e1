/* A fuzzer's octets as choices and texts: each taken off the front until none is left. */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include "core/slice.h"

/* The next octet; 0 when the input is used up. */
static inline unsigned
input_octet(struct sceau_slice *input)
{
    if (input->len == 0)
        return 0;
    unsigned octet = (uint8_t)input->ptr[0];
    *input = slice_skip(*input, 1);
    return octet;
}

/* What stands before the next `end`, or all; the end is taken too. */
static inline struct sceau_slice
input_text(struct sceau_slice *input, char end)
{
    size_t len = slice_find(*input, end);
    struct sceau_slice text = slice_sub(*input, 0, len);
    *input = slice_skip(*input, len < input->len ? len + 1 : len);
    return text;
}

#endif
