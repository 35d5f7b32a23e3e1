/* RFC 2047 sections 2 and 4: "=?" charset ["*" language] "?" encoding "?" text "?=", the
 * encoding B (base64) or Q. */
#include "message/encoded_word.h"

#include "core/base64.h"
#include "core/hex.h"
#include "core/text.h"

bool
encoded_words_begin(struct sceau_slice text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] == '=' && text.ptr[i + 1] == '?')
            return true;
    }
    return false;
}

struct encoded_word {
    struct sceau_slice charset;
    struct sceau_slice text;
    char encoding; /* 'b' or 'q' */
    size_t len;    /* of the whole in the input */
};

static bool
is_charset_octet(char c)
{
    return ascii_is_alnum(c) || strchr("-_.:+", c) != NULL;
}

/* Is there one at the start of `s`? */
static bool
find_encoded_word(struct sceau_slice s, struct encoded_word *word)
{
    size_t i = 2;
    if (s.len < 2 || s.ptr[0] != '=' || s.ptr[1] != '?')
        return false;
    while (i < s.len && s.ptr[i] != '\0' && is_charset_octet(s.ptr[i]))
        i++;
    word->charset = slice_sub(s, 2, i - 2);
    if (i < s.len && s.ptr[i] == '*') /* a language, RFC 2231 section 5 */
        i += slice_find(slice_skip(s, i), '?');
    if (word->charset.len == 0 || s.len - i < 3 || s.ptr[i] != '?' ||
        s.ptr[i + 2] != '?')
        return false;
    word->encoding = ascii_lower(s.ptr[i + 1]);
    i += 3;
    size_t end = i + slice_find(slice_skip(s, i), '?');
    word->text = slice_sub(s, i, end - i);
    word->len = end + 2;
    return end + 1 < s.len && s.ptr[end + 1] == '=' &&
           (word->encoding == 'b' || word->encoding == 'q');
}

/* Section 4.2: "=XX" is an octet, "_" a space, all else itself. */
static struct sceau_slice
q_decoded(struct sceau_arena *arena, struct sceau_slice text)
{
    struct text out = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < text.len; i++) {
        bool is_pair = text.ptr[i] == '=' && text.len - i >= 3 &&
                       ascii_hex_digit(text.ptr[i + 1]) >= 0 &&
                       ascii_hex_digit(text.ptr[i + 2]) >= 0;
        if (is_pair) {
            text_octet(&out, (char)(ascii_hex_digit(text.ptr[i + 1]) * 16 +
                                    ascii_hex_digit(text.ptr[i + 2])));
            i += 2;
        } else {
            text_octet(&out, text.ptr[i] == '_' ? ' ' : text.ptr[i]);
        }
    }
    return text_done(&out);
}

static void
add_utf8(struct text *out, struct sceau_slice charset, struct sceau_slice octets)
{
    bool is_utf8 = slice_eq_ci(charset, SCEAU_SLICE("utf-8"));
    bool is_latin1 = slice_eq_ci(charset, SCEAU_SLICE("iso-8859-1"));
    while (octets.len > 0) {
        unsigned char c = (unsigned char)octets.ptr[0];
        size_t len = is_utf8 ? slice_utf8_length(octets) : c < 0x80;
        if (len > 0) {
            text_slice(out, slice_sub(octets, 0, len));
        } else if (is_latin1) {
            text_octet(out, (char)(0xc0 | c >> 6));
            text_octet(out, (char)(0x80 | (c & 0x3f)));
        } else {
            text_string(out, "\xef\xbf\xbd");
        }
        octets = slice_skip(octets, len > 0 ? len : 1);
    }
}

/* Octets of white space and line ends at the start of `s`. */
static size_t
white_space(struct sceau_slice s)
{
    size_t i = 0;
    while (i < s.len && ascii_is_fws(s.ptr[i]))
        i++;
    return i;
}

struct sceau_slice
encoded_words_decoded(struct sceau_arena *arena, struct sceau_slice text)
{
    struct text out = text_new(arena, SIZE_MAX);
    struct encoded_word word;
    bool is_after_word = false;
    while (text.len > 0) {
        size_t gap = is_after_word ? white_space(text) : 0;
        if (!find_encoded_word(slice_skip(text, gap), &word)) {
            size_t len = gap > 0 ? gap : 1;
            text_slice(&out, slice_sub(text, 0, len));
            text = slice_skip(text, len);
            is_after_word = false;
            continue;
        }
        struct sceau_slice octets = word.encoding == 'b'
                                        ? base64_decoded(arena, word.text)
                                        : q_decoded(arena, word.text);
        if (octets.ptr != NULL)
            add_utf8(&out, word.charset, octets);
        else
            text_slice(&out, slice_sub(text, gap, word.len));
        text = slice_skip(text, gap + word.len);
        is_after_word = true;
    }
    return text_done(&out);
}
