/* Small questions about borrowed octets. No grammar lives here. */
#include "slice.h"

struct sceau_slice
sceau_slice_from(const char *text)
{
    return (struct sceau_slice){text, text != NULL ? strlen(text) : 0};
}

bool
slice_octets_eq_ci(const char *a, const char *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (ascii_lower(a[i]) != ascii_lower(b[i]))
            return false;
    }
    return true;
}

bool
slice_starts_ci(struct sceau_slice s, struct sceau_slice prefix)
{
    return s.len >= prefix.len && slice_eq_ci(slice_sub(s, 0, prefix.len), prefix);
}

bool
slice_ends_ci(struct sceau_slice s, struct sceau_slice suffix)
{
    return s.len >= suffix.len &&
           slice_eq_ci(slice_skip(s, s.len - suffix.len), suffix);
}

bool
slice_is_ascii(struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80)
            return false;
    }
    return true;
}

size_t
slice_find_last(struct sceau_slice s, char c)
{
    for (size_t i = s.len; i > 0; i--) {
        if (s.ptr[i - 1] == c)
            return i - 1;
    }
    return s.len;
}

struct sceau_slice
slice_trim(struct sceau_slice s)
{
    while (s.len > 0 && ascii_is_fws(s.ptr[0]))
        s = slice_skip(s, 1);
    while (s.len > 0 && ascii_is_fws(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool
slice_next(struct sceau_slice *rest, char c, struct sceau_slice *part)
{
    if (rest->ptr == NULL)
        return false;
    size_t at = slice_find(*rest, c);
    *part = slice_sub(*rest, 0, at);
    *rest = at < rest->len ? slice_skip(*rest, at + 1) : SLICE_NONE;
    return true;
}

struct sceau_slice
slice_copy(struct sceau_arena *arena, struct sceau_slice s)
{
    char *copy = sceau_arena_alloc(arena, s.len > 0 ? s.len : 1);
    if (copy == NULL)
        return SLICE_NONE;
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    return (struct sceau_slice){copy, s.len};
}

struct sceau_slice
slice_copy_lower(struct sceau_arena *arena, struct sceau_slice s)
{
    char *copy = sceau_arena_alloc(arena, s.len > 0 ? s.len : 1);
    if (copy == NULL)
        return SLICE_NONE;
    for (size_t i = 0; i < s.len; i++)
        copy[i] = ascii_lower(s.ptr[i]);
    return (struct sceau_slice){copy, s.len};
}

bool
slice_decimal(struct sceau_slice s, uint64_t max, uint64_t *value)
{
    uint64_t n = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i]))
            return false;
        unsigned digit = (unsigned)(s.ptr[i] - '0');
        if (n > (max - digit) / 10 || digit > max)
            return false;
        n = n * 10 + digit;
    }
    *value = n;
    return true;
}

size_t
slice_utf8_length(struct sceau_slice s)
{
    unsigned char c = (unsigned char)s.ptr[0];
    if (c < 0x80)
        return 1;
    size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || s.len < len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)s.ptr[i] & 0xc0) != 0x80)
            return 0;
    }
    unsigned char second = (unsigned char)s.ptr[1];
    if ((c == 0xe0 && second < 0xa0) || (c == 0xed && second > 0x9f) ||
        (c == 0xf0 && second < 0x90) || (c == 0xf4 && second > 0x8f))
        return 0; /* overlong, surrogate, above U+10FFFF */
    return len;
}

bool
slice_is_utf8(struct sceau_slice s)
{
    while (s.len > 0) {
        size_t len = slice_utf8_length(s);
        if (len == 0)
            return false;
        s = slice_skip(s, len);
    }
    return true;
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* Of eight octets: is one of them NUL, or above 0x7f? */
static bool
has_other(uint64_t eight)
{
    return ((eight | (eight - EACH(1))) & EACH(0x80)) != 0;
}

bool
slice_is_text(struct sceau_slice text)
{
    size_t i = 0;
    bool is_plain = true;
    for (uint64_t eight; is_plain && text.len - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, text.ptr + i, sizeof eight);
        is_plain = !has_other(eight);
    }
    for (; is_plain && i < text.len; i++)
        is_plain = text.ptr[i] != '\0' && (unsigned char)text.ptr[i] <= 0x7f;
    return is_plain || (slice_find(text, '\0') == text.len && slice_is_utf8(text));
}

size_t
slice_mend(struct sceau_slice s, char *out)
{
    char *end = out;
    while (s.len > 0) {
        size_t len = s.ptr[0] == '\0' ? 0 : slice_utf8_length(s);
        memcpy(end, len > 0 ? s.ptr : "\xef\xbf\xbd", len > 0 ? len : 3);
        end += len > 0 ? len : 3;
        s = slice_skip(s, len > 0 ? len : 1);
    }
    return (size_t)(end - out);
}
