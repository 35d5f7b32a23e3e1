/* Sixteen octets side by side, for loops that skip what need not be looked at. Compilers make
 * vector instructions of them where the machine has such, and loops elsewhere. */
#ifndef CORE_OCTETS16_H
#define CORE_OCTETS16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t octets16 __attribute__((vector_size(16)));

/* How many of sixteen octets stand before the first that is marked; 16 when none is. On a
 * machine whose first octet is the highest: 0, so that each octet is looked at. */
static inline size_t
octets16_before_mark(octets16 marks)
{
    uint64_t half[2];
    memcpy(half, &marks, sizeof half);
    if ((half[0] | half[1]) == 0)
        return sizeof marks;
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
        return 0;
    return half[0] != 0 ? (size_t)__builtin_ctzll(half[0]) / 8
                        : 8 + (size_t)__builtin_ctzll(half[1]) / 8;
}

#endif
