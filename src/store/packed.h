/* Octets that rows are packed in (week_rows.h, report_rows.h): numbers of seven bits an octet, the
 * lowest first. Who reads them believes nothing: what is not there is 0 and marked. */
#ifndef STORE_PACKED_H
#define STORE_PACKED_H

#include "core/slice.h"

#define PACKED_NUMBER_MAX 10 /* octets of 64 bits */

/* Where it ended. */
static inline char *
packed_put_number(char *out, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *out++ = (char)(uint8_t)((number & 0x7f) | 0x80);
    *out++ = (char)(uint8_t)number;
    return out;
}

struct packed {
    struct sceau_slice rest;
    bool is_broken; /* the octets are not what a writer wrote */
};

static inline unsigned
packed_take(struct packed *p)
{
    if (p->rest.len == 0) {
        p->is_broken = true;
        return 0;
    }
    p->rest.len--;
    return (unsigned char)*p->rest.ptr++;
}

/* What is out of bounds is 0: not told. */
static inline unsigned
packed_below(unsigned value, unsigned bound)
{
    return value < bound ? value : 0;
}

static inline uint64_t
packed_take_number(struct packed *p)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t octet = packed_take(p);
        number |= (octet & 0x7f) << shift;
        if (octet < 0x80)
            return number;
    }
    p->is_broken = true;
    return 0;
}

static inline struct sceau_slice
packed_take_octets(struct packed *p, uint64_t len)
{
    if (len > p->rest.len) {
        p->is_broken = true;
        return SLICE_NONE;
    }
    struct sceau_slice octets = slice_sub(p->rest, 0, (size_t)len);
    p->rest = slice_skip(p->rest, (size_t)len);
    return octets;
}

#endif
