/* Text under construction, and the escapes that keep a peer's octets in their place. */
#include "text.h"

#include <stdio.h>

struct text
text_new(struct sceau_arena *arena, size_t max)
{
    return (struct text){.arena = arena, .max = max};
}

/* Room for `more` octets and a NUL. */
static bool
text_reserve(struct text *t, size_t more)
{
    if (t->has_failed || more > t->max - t->len) {
        t->has_failed = true;
        return false;
    }
    if (t->capacity > t->len && more < t->capacity - t->len)
        return true;
    size_t capacity = t->capacity < 32 ? 64 : t->capacity * 2;
    if (capacity < t->len + more + 1)
        capacity = t->len + more + 1;
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
text_slice(struct text *t, struct sceau_slice s)
{
    if (s.len == 0 || !text_reserve(t, s.len))
        return;
    memcpy(t->ptr + t->len, s.ptr, s.len);
    t->len += s.len;
}

void
text_octet(struct text *t, char c)
{
    text_slice(t, (struct sceau_slice){&c, 1});
}

void
text_string(struct text *t, const char *s)
{
    text_slice(t, sceau_slice_from(s));
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
    int len = vsnprintf(NULL, 0, format, args);
    if (len < 0)
        t->has_failed = true;
    else if (text_reserve(t, (size_t)len)) {
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
text_escaped(struct text *t, struct sceau_slice s)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '\\')
            text_string(t, "\\\\");
        else if (c >= 0x20 && c < 0x7f)
            text_octet(t, (char)c);
        else
            text_slice(t, (struct sceau_slice){
                              (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]},
                              4
            });
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
