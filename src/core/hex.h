/* Hexadecimal digits of texts. */
#ifndef CORE_HEX_H
#define CORE_HEX_H

#include "slice.h"

/* The value of a hexadecimal digit in either letter case; -1: it is none. */
static inline int
ascii_hex_digit(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
