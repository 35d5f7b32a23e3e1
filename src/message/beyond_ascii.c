#include "beyond_ascii.h"

#include "compose.h"

struct sceau_slice
beyond_ascii_clean(struct sceau_arena *arena, struct sceau_slice text)
{
    if (slice_is_utf8(text))
        return text;
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < text.len;) {
        size_t len = slice_utf8_length(slice_skip(text, i));
        if (len > 0)
            text_slice(&t, slice_sub(text, i, len));
        else
            text_octet(&t, '?');
        i += len > 0 ? len : 1;
    }
    return text_done(&t);
}

/* What ends a word of a field. */
static bool
is_delimiter(char c)
{
    return c != '\0' && strchr(" \t\r\n<>(),;:\"[]", c) != NULL;
}

/* The octets of words beyond ASCII at the start of `s`, with the blanks between them: of encoded
 * words that follow each other these would be lost (RFC 2047 section 6.2). */
static size_t
wide_words(struct sceau_slice s)
{
    size_t end = 0, at = 0;
    bool is_wide = s.ptr != NULL;
    while (is_wide) {
        size_t len = 0;
        is_wide = false;
        for (; at + len < s.len && !is_delimiter(s.ptr[at + len]); len++)
            is_wide = is_wide || (unsigned char)s.ptr[at + len] > 0x7f;
        if (!is_wide)
            return end;
        end = at + len;
        for (at = end; at < s.len && ascii_is_wsp(s.ptr[at]); at++)
            ;
    }
    return end;
}

/* Without CR: of folds, of encoded words too, the LF alone. */
static void
put_lines(struct text *t, struct sceau_slice s)
{
    struct sceau_slice part;
    while (slice_next(&s, '\r', &part))
        text_slice(t, part);
}

struct sceau_slice
beyond_ascii_encode(struct sceau_arena *arena, struct sceau_slice body)
{
    struct text t = text_new(arena, SIZE_MAX), words;
    bool is_begin = true; /* of a word */
    if (body.ptr == NULL)
        return SLICE_NONE;
    text_reserve(&t, body.len + 1);
    for (size_t i = 0; i < body.len;) {
        size_t len = is_begin ? wide_words(slice_skip(body, i)) : 0;
        words = text_new(arena, SIZE_MAX);
        if (len > 0)
            compose_encoded(&words, arena, slice_sub(body, i, len));
        put_lines(&t, len > 0 ? text_so_far(&words) : slice_sub(body, i, 1));
        t.has_failed = t.has_failed || words.has_failed;
        i += len > 0 ? len : 1;
        is_begin = len == 0 && is_delimiter(body.ptr[i - 1]);
    }
    return text_done(&t);
}
