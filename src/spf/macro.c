/* Macros: one reader of pieces, used twice. Parsing reads pieces to the end and asks
 * whether the last ones make a domain-end; expanding reads them again and appends what
 * each stands for. So what was accepted is what is expanded (RFC 7208 section 7). */
#include "macro.h"

#include "core/domain.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

/* Where a macro-string stands decides which letters and literals it may hold. */
enum place {
    IN_DOMAIN_SPEC, /* the letters c, r and t are refused, section 7.2 */
    IN_MODIFIER,    /* an unknown one: grammar only, it is ignored, section 6 */
    IN_EXPLANATION, /* spaces too: explain-string */
};

/* A run of literals, or one macro-expand. */
struct piece {
    struct sceau_slice literal; /* also what "%%", "%_" and "%-" stand for */
    char letter;                /* lower case; 0: a literal */
    bool is_url_escaped;        /* the letter was upper case, section 7.3 */
    bool is_reversed;
    bool is_split;  /* a transformer or delimiter was given */
    unsigned parts; /* right-hand parts to keep; 0: all */
    struct sceau_slice delimiters;
};

enum {
    PARTS_MAX = 65535, /* "1" and a thousand digits mean "all" just as well */
};

/* macro-literal = %x21-24 / %x26-7E */
static bool
is_macro_literal(char c)
{
    return c >= 0x21 && c <= 0x7e && c != '%';
}

static bool
is_explain_literal(char c)
{
    return c == ' ' || is_macro_literal(c);
}

/* delimiter = "." / "-" / "+" / "," / "/" / "_" / "=" */
static bool
is_delimiter(char c)
{
    return c != '\0' && strchr(".-+,/_=", c) != NULL;
}

static bool
is_macro_letter(char letter, enum place place)
{
    if (letter == '\0')
        return false;
    if (place == IN_DOMAIN_SPEC)
        return strchr("slodipvh", letter) != NULL;
    return strchr("slodipvhcrt", letter) != NULL;
}

/* transformers = *DIGIT [ "r" ] ; a number given is nonzero, section 7.3 */
static void
read_transformers(struct cursor *c, struct piece *piece)
{
    size_t from = c->pos;
    struct sceau_slice digits = cursor_take_while(c, ascii_is_digit);
    for (size_t i = 0; i < digits.len && piece->parts < PARTS_MAX; i++)
        piece->parts = piece->parts * 10 + (unsigned)(digits.ptr[i] - '0');
    if (digits.len > 0 && piece->parts == 0) {
        c->pos = from;
        cursor_fail(c, "a number of parts above 0");
    }
    piece->is_reversed = cursor_accept_word(c, SCEAU_SLICE("r"));
}

/* macro-letter transformers *delimiter "}" */
static void
read_macro(struct cursor *c, enum place place, struct piece *piece)
{
    char letter = cursor_peek(c) >= 0 ? c->in.ptr[c->pos] : '\0';
    if (!is_macro_letter(ascii_lower(letter), place)) {
        cursor_fail(c, place == IN_DOMAIN_SPEC
                           ? "a macro letter: s, l, o, d, i, p, v or h"
                           : "a macro letter: s, l, o, d, i, p, v, h, c, r or t");
        return;
    }
    c->pos++;
    piece->letter = ascii_lower(letter);
    piece->is_url_escaped = letter != piece->letter;
    size_t from = c->pos;
    read_transformers(c, piece);
    piece->delimiters = cursor_take_while(c, is_delimiter);
    piece->is_split = c->pos > from;
    cursor_expect(c, '}', "\"}\"");
}

/* The next piece; false at the end or at an error. */
static bool
next_piece(struct cursor *c, enum place place, struct piece *piece)
{
    *piece = (struct piece){.letter = 0};
    if (cursor_peek(c) < 0)
        return false;
    if (!cursor_accept(c, '%')) {
        piece->literal =
            cursor_take_while(c, place == IN_EXPLANATION ? is_explain_literal
                                                         : is_macro_literal);
        if (piece->literal.len == 0)
            cursor_fail(c, "a visible ASCII character");
    } else if (cursor_accept(c, '%')) {
        piece->literal = SCEAU_SLICE("%");
    } else if (cursor_accept(c, '_')) {
        piece->literal = SCEAU_SLICE(" ");
    } else if (cursor_accept(c, '-')) {
        piece->literal = SCEAU_SLICE("%20");
    } else if (cursor_accept(c, '{')) {
        read_macro(c, place, piece);
    } else {
        cursor_fail(c, "a brace, \"%\", \"_\" or \"-\" after \"%\"");
    }
    return cursor_ok(c);
}

/* toplabel = ( *alphanum ALPHA *alphanum ) /
 *            ( 1*alphanum "-" *( alphanum / "-" ) alphanum ) */
static bool
is_toplabel(struct sceau_slice label)
{
    bool has_non_digit = false;
    for (size_t i = 0; i < label.len; i++) {
        if (!ascii_is_alnum(label.ptr[i]) && label.ptr[i] != '-')
            return false;
        has_non_digit |= !ascii_is_digit(label.ptr[i]);
    }
    return has_non_digit && label.ptr[0] != '-' && label.ptr[label.len - 1] != '-';
}

/* domain-spec = macro-string domain-end
 * domain-end  = ( "." toplabel [ "." ] ) / macro-expand */
void
spf_domain_spec_parse(struct cursor *c)
{
    struct piece piece;
    size_t start = c->pos, literal_at = c->pos;
    bool ends_in_literal = true;
    for (size_t at = c->pos; next_piece(c, IN_DOMAIN_SPEC, &piece); at = c->pos) {
        ends_in_literal = c->in.ptr[at] != '%';
        literal_at = at;
    }
    if (!cursor_ok(c) || !ends_in_literal)
        return;
    struct sceau_slice tail = cursor_since(c, literal_at);
    if (tail.len > 0 && tail.ptr[tail.len - 1] == '.')
        tail.len--;
    size_t dot = slice_find_last(tail, '.');
    if (dot == tail.len || !is_toplabel(slice_skip(tail, dot + 1))) {
        c->pos = dot == tail.len ? start : literal_at + dot + 1;
        cursor_fail(c, "a domain name of two labels or more, or a macro at its end");
    }
}

void
spf_macro_string_parse(struct cursor *c)
{
    struct piece piece;
    while (next_piece(c, IN_MODIFIER, &piece))
        ;
}

bool
spf_macro_uses(struct sceau_slice text, char letter)
{
    struct cursor c = cursor_over(text);
    struct piece piece;
    while (next_piece(&c, IN_EXPLANATION, &piece)) {
        if (piece.letter == letter)
            return true;
    }
    return false;
}

/* ---- expanding -------------------------------------------------------------------- */

/* Text under expansion. A name that is too long loses labels from the left, so its right
 * end is all that need be kept, however much the macros yield. */
struct expansion {
    char octets[SPF_EXPLANATION_MAX];
    size_t len;
    bool keeps_right_end; /* a domain name; else what does not fit is the end of it */
    bool is_cut;
    bool has_8bit; /* a macro stood for something that is not ASCII */
    size_t work;   /* octets read to expand it */
};

/* The longest name, a final dot, and the dot before its first label. */
#define RIGHT_END ((size_t)SCEAU_SPF_MACRO_MAX + 2)

static void
add_octet(struct expansion *x, char c)
{
    if (x->len == sizeof x->octets) {
        x->is_cut = true;
        if (!x->keeps_right_end)
            return;
        memmove(x->octets, x->octets + x->len - RIGHT_END, RIGHT_END);
        x->len = RIGHT_END;
    }
    x->octets[x->len++] = c;
}

/* unreserved of RFC 3986 section 2.3 */
static bool
is_unreserved(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static void
add_value_octet(struct expansion *x, const struct piece *piece, char c)
{
    static const char hex[] = "0123456789ABCDEF";
    if (!piece->is_url_escaped || is_unreserved(c)) {
        add_octet(x, c);
        return;
    }
    unsigned char octet = (unsigned char)c; /* a signed one would index far away */
    add_octet(x, '%');
    add_octet(x, hex[octet >> 4]);
    add_octet(x, hex[octet & 15]);
}

static bool
splits_at(const struct piece *piece, char c)
{
    if (piece->delimiters.len == 0)
        return c == '.';
    return slice_find(piece->delimiters, c) < piece->delimiters.len;
}

/* Where the n-th delimiter from the left stands (n from 1), or the end. */
static size_t
find_delimiter(struct sceau_slice value, const struct piece *piece, size_t n)
{
    for (size_t i = 0; i < value.len; i++) {
        if (splits_at(piece, value.ptr[i]) && --n == 0)
            return i;
    }
    return value.len;
}

static size_t
count_parts(struct sceau_slice value, const struct piece *piece)
{
    size_t parts = 1;
    for (size_t i = 0; i < value.len; i++)
        parts += splits_at(piece, value.ptr[i]);
    return parts;
}

/* The right-hand parts of `value`, rejoined with dots. */
static void
add_parts(struct expansion *x, const struct piece *piece, struct sceau_slice value)
{
    size_t parts = count_parts(value, piece);
    if (piece->parts > 0 && piece->parts < parts)
        value =
            slice_skip(value, find_delimiter(value, piece, parts - piece->parts) + 1);
    for (size_t i = 0; i < value.len; i++) {
        bool is_delimiter_here = splits_at(piece, value.ptr[i]);
        add_value_octet(x, piece, is_delimiter_here ? '.' : value.ptr[i]);
    }
}

/* The same after reversal: the right-hand parts of the reversed list are the left-hand
 * ones of `value`, last to first. */
static void
add_parts_reversed(struct expansion *x, const struct piece *piece,
                   struct sceau_slice value)
{
    if (piece->parts > 0)
        value.len = find_delimiter(value, piece, piece->parts);
    for (;;) {
        size_t from = value.len;
        while (from > 0 && !splits_at(piece, value.ptr[from - 1]))
            from--;
        for (size_t i = from; i < value.len; i++)
            add_value_octet(x, piece, value.ptr[i]);
        if (from == 0)
            return;
        add_value_octet(x, piece, '.');
        value.len = from - 1;
    }
}

/* What a macro may need room for: 32 nibbles with dots, an address, or a time. */
#define VALUE_MAX 64

/* <ip> with dots: as it is for IPv4, nibble by nibble for IPv6. The RFC's example has
 * lower case letters, the openspf suite upper case ones in an explanation; DNS does not
 * mind, so the suite decides. */
static struct sceau_slice
dotted_ip(const struct sceau_ip *ip, char out[VALUE_MAX])
{
    static const char hex[] = "0123456789ABCDEF";
    if (ip->version != 6)
        return (struct sceau_slice){out, sceau_ip_format(ip, out)};
    size_t len = 0;
    for (size_t i = 0; i < 16; i++) {
        out[len++] = hex[ip->octets[i] >> 4];
        out[len++] = '.';
        out[len++] = hex[ip->octets[i] & 15];
        out[len++] = '.';
    }
    return (struct sceau_slice){out, len - 1};
}

static struct sceau_slice
or_unknown(struct sceau_slice value)
{
    return value.len > 0 ? value : SCEAU_SLICE("unknown");
}

/* Section 7.2, in its order. `out` holds what has to be written first. */
static struct sceau_slice
value_of(char letter, const struct spf_macro_values *values, char out[VALUE_MAX])
{
    switch (letter) {
    case 's': return values->sender;
    case 'l': return values->local_part;
    case 'o': return values->sender_domain;
    case 'd': return values->domain;
    case 'i': return dotted_ip(&values->ip, out);
    case 'p': return or_unknown(values->validated_name);
    case 'v':
        return values->ip.version == 6 ? SCEAU_SLICE("ip6") : SCEAU_SLICE("in-addr");
    case 'h': return values->helo;
    case 'c': return (struct sceau_slice){out, sceau_ip_format(&values->ip, out)};
    case 'r': return or_unknown(values->receiver);
    default:
        assert(letter == 't');
        return (struct sceau_slice){out, (size_t)snprintf(out, VALUE_MAX, "%" PRId64,
                                                          values->now)};
    }
}

static void
add_macro(struct expansion *x, const struct piece *piece,
          const struct spf_macro_values *values)
{
    char out[VALUE_MAX];
    struct sceau_slice value = value_of(piece->letter, values, out);
    x->work += value.len;
    x->has_8bit |= !slice_is_ascii(value);
    if (piece->is_reversed) {
        add_parts_reversed(x, piece, value);
    } else if (piece->is_split) {
        add_parts(x, piece, value);
    } else {
        for (size_t i = 0; i < value.len; i++)
            add_value_octet(x, piece, value.ptr[i]);
    }
}

/* False when `text` breaks its grammar, or takes more work than SPF_EXPANSION_MAX. */
static bool
expand(struct expansion *x, struct sceau_slice text, enum place place,
       const struct spf_macro_values *values)
{
    struct cursor c = cursor_over(text);
    struct piece piece;
    while (x->work <= SPF_EXPANSION_MAX && next_piece(&c, place, &piece)) {
        if (piece.letter != 0)
            add_macro(x, &piece, values);
        for (size_t i = 0; i < piece.literal.len; i++)
            add_octet(x, piece.literal.ptr[i]);
        x->work += piece.literal.len;
    }
    return cursor_at_end(&c) && x->work <= SPF_EXPANSION_MAX;
}

struct sceau_slice
spf_domain_spec_expand(struct sceau_arena *arena, struct sceau_slice domain_spec,
                       const struct spf_macro_values *values)
{
    struct expansion x = {.keeps_right_end = true};
    bool is_usable = expand(&x, domain_spec, IN_DOMAIN_SPEC, values) && !x.has_8bit;
    struct sceau_slice name = {x.octets, is_usable ? x.len : 0};
    if (name.len > 0 && name.ptr[name.len - 1] == '.')
        name.len--;
    while (name.len > SCEAU_SPF_MACRO_MAX)
        name = domain_parent(name);
    return slice_copy(arena, name);
}

struct sceau_slice
spf_explanation_expand(struct sceau_arena *arena, struct sceau_slice explain_string,
                       const struct spf_macro_values *values)
{
    struct expansion x = {.keeps_right_end = false};
    if (!expand(&x, explain_string, IN_EXPLANATION, values) || x.is_cut)
        return SLICE_NONE;
    for (size_t i = 0; i < x.len; i++) {
        if (x.octets[i] < ' ' || x.octets[i] > '~')
            return SLICE_NONE;
    }
    return slice_copy(arena, (struct sceau_slice){x.octets, x.len});
}
