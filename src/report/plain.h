/* Texts in XML are nearly always octets that stand for themselves. */
#ifndef REPORT_PLAIN_H
#define REPORT_PLAIN_H

#include "core/slice.h"

/* Printable ASCII, and none of what XML 1.0 section 2.4 has escaped in a text. */
static inline bool
plain_octet(char c)
{
    return c >= ' ' && c < 0x7f && c != '&' && c != '<' && c != '>';
}

/* Eight at once: a borrow that runs into the next octet comes from one that is not plain. */
static inline bool
plain_eight(const char *octets)
{
    const uint64_t ones = UINT64_MAX / 255, tops = ones << 7;
    uint64_t v;
    memcpy(&v, octets, sizeof v);
    uint64_t ampersand = v ^ ones * '&', angle = (v | ones * 2) ^ ones * '>',
             rubout = v ^ ones * 0x7f;
    uint64_t zeros = ((ampersand - ones) & ~ampersand) | ((angle - ones) & ~angle) |
                     ((rubout - ones) & ~rubout);
    return ((v | ((v - ones * ' ') & ~v) | zeros) & tops) == 0;
}

/* How many octets at the start are plain. */
static inline size_t
plain_length(struct sceau_slice s)
{
    size_t n = 0;
    while (s.len - n >= 8 && plain_eight(s.ptr + n))
        n += 8;
    while (n < s.len && plain_octet(s.ptr[n]))
        n++;
    return n;
}

#endif
