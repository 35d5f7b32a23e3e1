/* Each form is one that mailers or people write, or that a reader of addresses takes for one. */
#include "address_forms.h"

#include "encoded_word.h"

#define WORD_MEMORY ((size_t)1024 * 1024) /* of the encoded words of a text, decoded */
#define TOKEN_MIN   12 /* octets of base64 that can hold an address */

/* What stands in an address beside its "@", and in a link. A control character is of the word:
 * between the letters of a name it would make each a word of its own. */
bool
address_octet(char c)
{
    return c == '\0' || (!ascii_is_fws(c) && strchr("<>(),;\"[]", c) == NULL);
}

/* The ";" of "&#8203;": what it stands for is of the word, seen or not. */
static bool
ends_reference(struct sceau_slice s, size_t at)
{
    size_t begin = at;
    while (begin > 0 && ascii_is_alnum(s.ptr[begin - 1]))
        begin--;
    return s.ptr[at] == ';' && begin < at && begin > 1 && s.ptr[begin - 1] == '#' &&
           s.ptr[begin - 2] == '&';
}

size_t
address_word(struct sceau_slice s)
{
    size_t len = 0;
    while (len < s.len &&
           (address_octet(s.ptr[len]) || (s.ptr[len] == ';' && ends_reference(s, len))))
        len++;
    return len;
}

/* How an "@" is written: as it is, in HTML, in the width of Chinese letters, by people who hide it
 * from programs, and in quoted-printable that does not say so. */
static const char *const signs[] = {
    "@",    "&commat", "\xef\xbc\xa0", "\xef\xb9\xab", "{at}",      "(at)",
    "[at]", "(@)",     "[@]",          "=40",          "(arobase)", "[arobase]",
};

/* "%40" (RFC 3986 section 2.1), "%2540" where a link is in a link, and so on. */
static size_t
percent_sign(struct sceau_slice s)
{
    size_t len = 1;
    while (slice_starts_ci(slice_skip(s, len), SCEAU_SLICE("25")))
        len += 2;
    return slice_starts_ci(slice_skip(s, len), SCEAU_SLICE("40")) ? len + 2 : 0;
}

/* "&#64" and "&#x40", with as many zeros as one likes. */
static size_t
reference_sign(struct sceau_slice s)
{
    bool is_hex = slice_starts_ci(s, SCEAU_SLICE("&#x"));
    size_t len = is_hex ? 3 : 2;
    if (!slice_starts_ci(s, SCEAU_SLICE("&#")))
        return 0;
    while (len < s.len && s.ptr[len] == '0')
        len++;
    return slice_starts_ci(slice_skip(s, len),
                           is_hex ? SCEAU_SLICE("40") : SCEAU_SLICE("64"))
               ? len + 2
               : 0;
}

/* ---- as people say it ---- */

/* The word and the blanks behind it; 0: it is not there. */
static size_t
spoken(struct sceau_slice s, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct sceau_slice word = sceau_slice_from(words[i]);
        size_t len = word.len;
        if (!slice_starts_ci(s, word))
            continue;
        while (len < s.len && ascii_is_fws(s.ptr[len]))
            len++;
        bool is_bracketed = !ascii_is_alpha(*word.ptr);
        if (len < s.len && (is_bracketed || len > word.len))
            return len;
    }
    return 0;
}

size_t
address_spoken_dot(struct sceau_slice s)
{
    static const char *const words[] = {"dot",   "point", "(dot)", "[dot]",
                                        "{dot}", "(.)",   "[.]",   "(point)"};
    return spoken(s, words, sizeof words / sizeof *words);
}

static size_t
label_length(struct sceau_slice s)
{
    size_t len = 0;
    while (len < s.len && (ascii_is_alnum(s.ptr[len]) || s.ptr[len] == '-' ||
                           (unsigned char)s.ptr[len] > 0x7f))
        len++;
    return len;
}

/* A label, a dot in whatever form, and one that is no number. */
static bool
may_be_domain(struct sceau_slice s)
{
    size_t len = label_length(s), dot = 1;
    if (len == 0 || len == s.len)
        return false;
    s = slice_skip(s, len);
    if (*s.ptr != '.') {
        while (s.len > 0 && ascii_is_fws(*s.ptr))
            s = slice_skip(s, 1);
        dot = address_spoken_dot(s);
    }
    return dot > 0 && dot < s.len && !ascii_is_digit(s.ptr[dot]) &&
           label_length(slice_skip(s, dot)) > 1;
}

/* "ann(a)a.test"; but there is a "(a)" in texts of law. */
static size_t
letter_sign(struct sceau_slice s)
{
    size_t len = 3;
    if (!slice_starts_ci(s, SCEAU_SLICE("(a)")) &&
        !slice_starts_ci(s, SCEAU_SLICE("[a]")))
        return 0;
    while (len < s.len && ascii_is_fws(s.ptr[len]))
        len++;
    return may_be_domain(slice_skip(s, len)) ? 3 : 0;
}

/* The octets of the sign at the start of `s`; 0: there is none. */
size_t
address_sign(struct sceau_slice s)
{
    if (s.len == 0 || strchr("@%&({[=\xef", *s.ptr) == NULL || *s.ptr == '\0')
        return 0;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        struct sceau_slice sign = sceau_slice_from(signs[i]);
        if (slice_starts_ci(s, sign))
            return sign.len;
    }
    if (*s.ptr == '%')
        return percent_sign(s);
    return *s.ptr == '&' ? reference_sign(s) : letter_sign(s);
}

bool
address_spoken_at(struct sceau_slice s)
{
    static const char *const words[] = {"at", "arobase", "arobas", "chez"};
    size_t len = spoken(s, words, sizeof words / sizeof *words);
    return len > 0 && may_be_domain(slice_skip(s, len));
}

/* The last sign of an address in a word; *behind is what follows it. The length: there is none. */
size_t
address_last_sign(struct sceau_slice word, size_t *behind)
{
    size_t at = word.len;
    for (size_t i = 0; i < word.len; i++) {
        size_t len = address_sign(slice_skip(word, i));
        if (len > 0) {
            at = i;
            *behind = i + len;
        }
    }
    return at;
}

static size_t
count_signs(struct sceau_slice s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += address_sign(slice_skip(s, i)) > 0;
    return count;
}

/* ---- addresses that nobody sees until they are decoded ---- */

/* Signs outside of encoded words. */
static size_t
count_plain_signs(struct sceau_slice s)
{
    size_t count = 0;
    while (s.len > 0) {
        size_t len = address_word(s);
        if (len == 0)
            len = 1;
        if (!encoded_words_begin(slice_sub(s, 0, len)))
            count += count_signs(slice_sub(s, 0, len));
        s = slice_skip(s, len);
    }
    return count;
}

/* Is there a sign in the encoded words, taken together, that stands nowhere else? Or anything
 * that is none, or hides another? */
static bool
hides_address(struct sceau_slice s)
{
    if (!encoded_words_begin(s))
        return false;
    struct sceau_arena *arena = sceau_arena_new(WORD_MEMORY);
    struct sceau_slice decoded =
        arena != NULL ? encoded_words_decoded(arena, s) : SLICE_NONE;
    bool hides = decoded.ptr == NULL || encoded_words_begin(decoded) ||
                 count_signs(decoded) > count_plain_signs(s);
    sceau_arena_free(arena);
    return hides;
}

/* Of the word that ends at `at`, or goes on there. */
static size_t
word_begin(struct sceau_slice s, size_t at)
{
    while (at > 0 && address_octet(s.ptr[at - 1]))
        at--;
    return at;
}

/* Where the words that hide an address begin and end: from the word before the first of them,
 * which may be the beginning of the address, to the last. */
void
address_hidden(struct sceau_slice s, size_t *begin, size_t *end)
{
    const char *at = memmem(s.ptr, s.len, "=?", 2);
    *begin = *end = s.len;
    if (at == NULL || !hides_address(s))
        return;
    *begin = word_begin(s, (size_t)(at - s.ptr));
    size_t before = *begin;
    while (before > 0 && ascii_is_fws(s.ptr[before - 1]))
        before--;
    if (word_begin(s, before) < before)
        *begin = word_begin(s, before);
    size_t last = *begin;
    while ((at = memmem(s.ptr + last, s.len - last, "?=", 2)) != NULL)
        last = (size_t)(at - s.ptr) + 2;
    if (last > *begin && memmem(s.ptr + last, s.len - last, "=?", 2) == NULL)
        *end = last + address_word(slice_skip(s, last));
}

static int
digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (ascii_is_digit(c))
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* What of an address was seen in octets that come one by one. */
struct sight {
    size_t local, domain;
    bool has_at, has_dot;
};

/* Has it been all of one? */
static bool
see(struct sight *s, char c)
{
    bool is_of_name = ascii_is_alnum(c) || strchr(".-_+=", c) != NULL;
    if (c == '@' && s->local > 0 && !s->has_at) {
        s->has_at = true;
    } else if (c == '\0' || !is_of_name) {
        *s = (struct sight){0};
    } else if (s->has_at) {
        s->domain++;
        s->has_dot = s->has_dot || c == '.';
    } else {
        s->local++;
    }
    return s->domain >= 4 && s->has_dot;
}

/* Mailers put the recipient into links and fields as base64, wherever it begins. */
bool
address_in_base64(struct sceau_slice word)
{
    for (size_t from = 0; from < 4 && from + TOKEN_MIN <= word.len; from++) {
        struct sight sight = {0};
        unsigned bits = 0, octets = 0;
        for (size_t i = from; i < word.len; i++) {
            int digit = digit_of(word.ptr[i]);
            if (digit < 0) {
                sight = (struct sight){0};
                octets = 0;
                continue;
            }
            bits = (bits << 6 | (unsigned)digit) & 0xffff;
            if (octets++ % 4 != 0 &&
                see(&sight, (char)(bits >> (6 - 2 * ((octets - 1) % 4)) & 0xff)))
                return true;
        }
    }
    return false;
}

/* An Exchange name (X.500) tells the mailbox without an "@". */
bool
address_of_exchange(struct sceau_slice word)
{
    for (size_t i = 0; i + 4 <= word.len; i++)
        if (slice_starts_ci(slice_skip(word, i), SCEAU_SLICE("/cn=")))
            return true;
    return false;
}

bool
address_in_identifier(struct sceau_slice left)
{
    size_t behind, equals = slice_find(left, '=');
    if (address_last_sign(left, &behind) < left.len || address_in_base64(left) ||
        address_of_exchange(left))
        return true;
    while (equals < left.len) {
        struct sceau_slice rest = slice_skip(left, equals + 1);
        if (slice_starts_ci(rest, SCEAU_SLICE("40")) || may_be_domain(rest))
            return true;
        equals += 1 + slice_find(rest, '=');
    }
    return false;
}
