/* base64 (RFC 4648 section 4) as DKIM uses it. */
#include "base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Six bits, or -1. */
static int
sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (ascii_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
base64_decode(struct sceau_slice text, uint8_t *out, size_t *len)
{
    uint32_t bits = 0;
    unsigned sextets = 0, padding = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (ascii_is_fws(c))
            continue;
        if (c == '=') {
            padding++;
            continue;
        }
        int value = sextet(c);
        if (value < 0 || padding > 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        if (++sextets % 4 == 0) {
            out[n++] = (uint8_t)(bits >> 16);
            out[n++] = (uint8_t)(bits >> 8);
            out[n++] = (uint8_t)bits;
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
