/* Text under construction, and the escapes that keep a peer's octets in their place. */
#include "text.h"

#include <stdio.h>

struct text
text_new(struct sceau_arena *arena, size_t max)
{
    return (struct text){.arena = arena, .max = max};
}

struct text
text_in(char *memory, size_t size)
{
    return (struct text){.ptr = memory, .capacity = size, .max = size - 1};
}

/* Memory of a caller's never gets here with room to grow: it ends where the text may. */
bool
text_grow(struct text *t, size_t more)
{
    if (t->has_failed || more > t->max - t->len) {
        t->has_failed = true;
        return false;
    }
    size_t capacity = t->capacity < 32 ? 64 : t->capacity * 2;
    if (capacity < t->len + more + 1)
        capacity = t->len + more + 1;
    if (capacity - 1 > t->max)
        capacity = t->max + 1;
    char *grown = sceau_arena_alloc(t->arena, capacity);
    if (grown == NULL) {
        t->has_failed = true;
        return false;
    }
    if (t->len > 0)
        memcpy(grown, t->ptr, t->len);
    t->ptr = grown;
    t->capacity = capacity;
    return true;
}

void
text_lower(struct text *t, struct sceau_slice s)
{
    if (s.len == 0 || !text_reserve(t, s.len))
        return;
    for (size_t i = 0; i < s.len; i++)
        t->ptr[t->len++] = ascii_lower(s.ptr[i]);
}

void
text_vformat(struct text *t, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t room = t->capacity - t->len;
    int len = vsnprintf(room > 0 ? t->ptr + t->len : NULL, room, format, args);
    if (len < 0)
        t->has_failed = true;
    else if (text_reserve(t, (size_t)len)) {
        if ((size_t)len >= room)
            vsnprintf(t->ptr + t->len, (size_t)len + 1, format, again);
        t->len += (size_t)len;
    }
    va_end(again);
}

void
text_format(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vformat(t, format, args);
    va_end(args);
}

void
text_decimal(struct text *t, uint64_t n)
{
    char digits[20];
    size_t from = sizeof digits;
    do {
        digits[--from] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    text_slice(t, (struct sceau_slice){digits + from, sizeof digits - from});
}

static bool
is_printable(char c)
{
    return c >= 0x20 && c < 0x7f;
}

void
text_quoted(struct text *t, struct sceau_slice s)
{
    text_octet(t, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"' || s.ptr[i] == '\\')
            text_octet(t, '\\');
        text_octet(t, s.ptr[i]);
    }
    text_octet(t, '"');
}

void
text_escaped(struct text *t, struct sceau_slice s)
{
    static const char hex[] = "0123456789abcdef";
    while (s.len > 0) {
        size_t run = 0;
        while (run < s.len && is_printable(s.ptr[run]) && s.ptr[run] != '\\')
            run++;
        text_slice(t, slice_sub(s, 0, run));
        if (run == s.len)
            return;
        unsigned char c = (unsigned char)s.ptr[run];
        if (c == '\\')
            text_string(t, "\\\\");
        else
            text_slice(t, (struct sceau_slice){
                              (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]},
                              4
            });
        s = slice_skip(s, run + 1);
    }
}

void
text_json(struct text *t, struct sceau_slice s)
{
    text_octet(t, '"');
    while (s.len > 0) {
        unsigned char c = (unsigned char)s.ptr[0];
        size_t len = slice_utf8_length(s);
        if (len == 0) {
            text_format(t, "\\\\x%02x", c);
            len = 1;
        } else if (c == '"' || c == '\\') {
            text_octet(t, '\\');
            text_octet(t, (char)c);
        } else if (c < 0x20 || c == 0x7f) {
            text_format(t, "\\u%04x", c);
        } else if (c == 0xc2 && (unsigned char)s.ptr[1] < 0xa0) { /* C1 */
            text_format(t, "\\u%04x", (unsigned)(unsigned char)s.ptr[1]);
        } else {
            text_slice(t, slice_sub(s, 0, len));
        }
        s = slice_skip(s, len);
    }
    text_octet(t, '"');
}

struct sceau_slice
text_done(struct text *t)
{
    if (!text_reserve(t, 0))
        return SLICE_NONE;
    t->ptr[t->len] = '\0';
    return text_so_far(t);
}
