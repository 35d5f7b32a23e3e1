/* base64 (RFC 4648 section 4) as DKIM uses it. */
#include "base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Six bits and one more, which says that the octet belongs to the alphabet; 0: it does
 * not. A table, for a signature has 344 such octets. */
#define IN_ALPHABET 64
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a designator takes none */
#define SEXTET(octet, bits) [octet] = IN_ALPHABET | (bits)

static const uint8_t sextets_of[256] = {
    SEXTET('A', 0),  SEXTET('B', 1),  SEXTET('C', 2),  SEXTET('D', 3),  SEXTET('E', 4),
    SEXTET('F', 5),  SEXTET('G', 6),  SEXTET('H', 7),  SEXTET('I', 8),  SEXTET('J', 9),
    SEXTET('K', 10), SEXTET('L', 11), SEXTET('M', 12), SEXTET('N', 13), SEXTET('O', 14),
    SEXTET('P', 15), SEXTET('Q', 16), SEXTET('R', 17), SEXTET('S', 18), SEXTET('T', 19),
    SEXTET('U', 20), SEXTET('V', 21), SEXTET('W', 22), SEXTET('X', 23), SEXTET('Y', 24),
    SEXTET('Z', 25), SEXTET('a', 26), SEXTET('b', 27), SEXTET('c', 28), SEXTET('d', 29),
    SEXTET('e', 30), SEXTET('f', 31), SEXTET('g', 32), SEXTET('h', 33), SEXTET('i', 34),
    SEXTET('j', 35), SEXTET('k', 36), SEXTET('l', 37), SEXTET('m', 38), SEXTET('n', 39),
    SEXTET('o', 40), SEXTET('p', 41), SEXTET('q', 42), SEXTET('r', 43), SEXTET('s', 44),
    SEXTET('t', 45), SEXTET('u', 46), SEXTET('v', 47), SEXTET('w', 48), SEXTET('x', 49),
    SEXTET('y', 50), SEXTET('z', 51), SEXTET('0', 52), SEXTET('1', 53), SEXTET('2', 54),
    SEXTET('3', 55), SEXTET('4', 56), SEXTET('5', 57), SEXTET('6', 58), SEXTET('7', 59),
    SEXTET('8', 60), SEXTET('9', 61), SEXTET('+', 62), SEXTET('/', 63),
};

static uint32_t
sextet(char c)
{
    return sextets_of[(unsigned char)c];
}

/* Four octets of the alphabet as 24 bits; false when one is something else. */
static bool
quartet(const char *c, uint32_t *bits)
{
    uint32_t a = sextet(c[0]), b = sextet(c[1]), d = sextet(c[2]), e = sextet(c[3]);
    *bits = (a & 63) << 18 | (b & 63) << 12 | (d & 63) << 6 | (e & 63);
    return (a & b & d & e & IN_ALPHABET) != 0;
}

static void
put_three(uint8_t *out, uint32_t bits)
{
    out[0] = (uint8_t)(bits >> 16);
    out[1] = (uint8_t)(bits >> 8);
    out[2] = (uint8_t)bits;
}

bool
base64_decode(struct sceau_slice text, uint8_t *out, size_t *len)
{
    uint32_t bits = 0;
    unsigned sextets = 0, padding = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        bool is_between = sextets % 4 == 0 && padding == 0;
        if (is_between && text.len - i >= 4 && quartet(text.ptr + i, &bits)) {
            put_three(out + n, bits);
            n += 3;
            i += 3; /* and one more above */
            continue;
        }
        char c = text.ptr[i];
        if (ascii_is_fws(c))
            continue;
        if (c == '=') {
            padding++;
            continue;
        }
        uint32_t value = sextet(c);
        if (value == 0 || padding > 0)
            return false;
        bits = bits << 6 | (value & 63);
        if (++sextets % 4 == 0) {
            put_three(out + n, bits);
            n += 3;
        }
    }
    unsigned rest = sextets % 4;
    if (rest == 1 || padding != (rest == 0 ? 0 : 4 - rest))
        return false;
    if (rest >= 2)
        out[n++] = (uint8_t)(bits >> (rest == 2 ? 4 : 10));
    if (rest == 3)
        out[n++] = (uint8_t)(bits >> 2);
    *len = n;
    return true;
}

struct sceau_slice
base64_decoded(struct sceau_arena *arena, struct sceau_slice text)
{
    uint8_t *out = sceau_arena_alloc(arena, text.len / 4 * 3 + 3);
    size_t len;
    if (out == NULL || !base64_decode(text, out, &len))
        return SLICE_NONE;
    return (struct sceau_slice){(const char *)out, len};
}

struct sceau_slice
base64_encoded(struct sceau_arena *arena, struct sceau_slice octets)
{
    if (octets.len > SIZE_MAX / 2)
        return SLICE_NONE;
    char *out = sceau_arena_alloc(arena, (octets.len + 2) / 3 * 4 + 1);
    size_t n = 0;
    if (out == NULL)
        return SLICE_NONE;
    for (size_t i = 0; i < octets.len; i += 3) {
        size_t left = octets.len - i;
        const uint8_t *o = (const uint8_t *)octets.ptr + i;
        uint32_t bits = (uint32_t)o[0] << 16 | (left > 1 ? (uint32_t)o[1] << 8 : 0) |
                        (left > 2 ? o[2] : 0);
        out[n++] = alphabet[bits >> 18];
        out[n++] = alphabet[bits >> 12 & 63];
        out[n++] = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        out[n++] = left > 2 ? alphabet[bits & 63] : '=';
    }
    return (struct sceau_slice){out, n};
}
