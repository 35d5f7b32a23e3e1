#include "figures.h"

uint64_t
figures_sum(struct sceau_slice text, const char *name)
{
    struct sceau_slice line, wanted = sceau_slice_from(name);
    uint64_t sum = 0, value;
    while (text.ptr != NULL && slice_next(&text, '\n', &line)) {
        size_t blank = slice_find_last(line, ' ');
        struct sceau_slice head = slice_sub(line, 0, slice_find(line, '{'));
        head = slice_sub(head, 0, slice_find(head, ' '));
        if (slice_eq(head, wanted) && blank < line.len &&
            slice_decimal(slice_skip(line, blank + 1), UINT64_MAX, &value))
            sum += value;
    }
    return sum;
}
