/* A lenient reader's own way to the authserv-id (comments cut out, then the quoted string
 * or the first word), written apart from id.c: whatever host it takes a field for, we take
 * it for that host too. */
#include "../../tests/fuzz/check.h"
#include "authres/authres.h"
#include "core/domain.h"
#include "message/encoded_word.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct buffer {
    char *octets;
    size_t len;
};

static void
put(struct buffer *b, char c)
{
    b->octets[b->len++] = c;
}

/* White space as a text library that reads Latin-1 has it. */
static bool
is_space(char c)
{
    return (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= ' ') || c == '\x85' ||
           c == '\xa0';
}

/* The end of the quoted string that starts at `i`, or 0. */
static size_t
quoted_end(struct sceau_slice s, size_t i)
{
    for (i++; i < s.len && s.ptr[i] != '"'; i++)
        i += s.ptr[i] == '\\';
    return i < s.len ? i + 1 : 0;
}

/* Cut out the first comment that holds no other, when only text and closed quotes stand
 * before it. */
static bool
cut_comment(struct buffer *b)
{
    struct sceau_slice s = {b->octets, b->len};
    size_t open = 0;
    while (open < s.len && s.ptr[open] != '(') {
        if (s.ptr[open] == ')')
            return false;
        open = s.ptr[open] == '"' ? quoted_end(s, open) : open + 1;
        if (open == 0)
            return false;
    }
    size_t end = open + 1;
    while (end < s.len && s.ptr[end] != ')' && s.ptr[end] != '(')
        end += s.ptr[end] == '\\' ? 2 : 1;
    if (end >= s.len || s.ptr[end] != ')')
        return false;
    b->octets[open] = ' ';
    memmove(b->octets + open + 1, b->octets + end + 1, s.len - end - 1);
    b->len = s.len - (end - open);
    return true;
}

/* Comments of any depth become a space and quoted strings `""`; false when one of them is
 * never closed. */
static bool
make_plain(struct sceau_slice s, struct buffer *out)
{
    size_t depth = 0;
    bool is_quoted = false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\\' && (depth > 0 || is_quoted)) {
            i++;
        } else if (is_quoted) {
            is_quoted = c != '"';
        } else if (c == '"' && depth == 0) {
            is_quoted = true;
            put(out, '"');
            put(out, '"');
        } else if (c == '(') {
            depth++;
        } else if (c == ')' && depth > 0) {
            if (--depth == 0)
                put(out, ' ');
        } else if (depth == 0) {
            put(out, c);
        }
    }
    return depth == 0 && !is_quoted;
}

static struct sceau_slice
stripped(struct sceau_slice s)
{
    while (s.len > 0 && is_space(s.ptr[0]))
        s = slice_skip(s, 1);
    while (s.len > 0 && is_space(s.ptr[s.len - 1]))
        s.len--;
    while (s.len > 0 && s.ptr[s.len - 1] == '.')
        s.len--;
    return s;
}

/* The content of the quoted string that `s` begins with, else NULL. */
static struct sceau_slice
leading_quoted(struct sceau_slice s, struct buffer *out)
{
    size_t start = 0;
    while (start < s.len && is_space(s.ptr[start]))
        start++;
    size_t end = start < s.len && s.ptr[start] == '"' ? quoted_end(s, start) : 0;
    if (end == 0)
        return SLICE_NONE;
    for (size_t i = start + 1; i < end - 1; i++) {
        i += s.ptr[i] == '\\';
        put(out, s.ptr[i]);
    }
    return (struct sceau_slice){out->octets, out->len};
}

static struct sceau_slice
first_word(struct sceau_slice s, struct buffer *out)
{
    struct sceau_slice text =
        make_plain(s, out) ? stripped((struct sceau_slice){out->octets, out->len}) : s;
    text.len = slice_find(text, ';');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ' ' || (text.ptr != s.ptr && is_space(text.ptr[i])))
            text.len = i;
    }
    return text;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(64 * size + (size_t)64 * 1024);
    struct sceau_slice body = {(const char *)data, size};
    struct buffer flat = {malloc(size + 1), 0}, word = {malloc(2 * size + 1), 0};
    memcpy(flat.octets, data, size);
    flat.len = size;
    while (cut_comment(&flat))
        ;
    struct sceau_slice id =
        leading_quoted((struct sceau_slice){flat.octets, flat.len}, &word);
    if (id.ptr == NULL)
        id = first_word(body, &word);
    id = stripped(id);
    if (domain_is_ldh(id))
        CHECK(authres_is_from(arena, body, id));

    struct sceau_slice own = authres_read_id(arena, body);
    if (own.len > 0)
        CHECK(authres_is_from(arena, body, own));
    const struct sceau_slice ours = SCEAU_SLICE("mx.receiver.test");
    struct sceau_slice decoded = encoded_words_decoded(arena, body);
    if (!encoded_words_begin(decoded) && authres_is_from(arena, decoded, ours))
        CHECK(authres_is_from(arena, body, ours));
    CHECK(!authres_is_from(arena, body, SLICE_NONE));
    struct sceau_arena *small = sceau_arena_new(16 * (size % 64));
    if (!authres_is_from(small, body,
                         own)) /* short of memory it invents, never misses */
        CHECK(!authres_is_from(arena, body, own));
    sceau_arena_free(small);
    free(flat.octets);
    free(word.octets);
    sceau_arena_free(arena);
    return 0;
}
