/* A tokenizer as simple as can be: a mark is "<" and a letter, "/", "!" or "?", up to the ">"
 * outside of quotes. Browsers do more; where they differ text is shown that they would not show,
 * or not shown that they would. */
#include "html_text.h"

#include "core/hex.h"

#define NAME_MAX   16 /* octets of a mark's name that is looked at */
#define ENTITY_MAX 12 /* octets of an entity that has a name; a number has any */
#define LINK_MAX   2048

struct reader {
    struct text out;
    struct sceau_slice rest;
    bool is_utf8;
    struct sceau_slice
        hidden; /* the name of the mark at whose end text is shown again */
};

/* ---- characters ---- */

static void
put_character(struct reader *r, uint32_t c)
{
    struct text *t = &r->out;
    if (c == 0xa0)
        c = ' ';
    if (c < 0x80) {
        text_octet(t, c >= ' ' || c == '\t' || c == '\n' ? (char)c : '?');
    } else if (!r->is_utf8 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        text_octet(t, '?');
    } else if (c < 0x800) {
        text_octet(t, (char)(0xc0 | c >> 6));
        text_octet(t, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        text_octet(t, (char)(0xe0 | c >> 12));
        text_octet(t, (char)(0x80 | (c >> 6 & 0x3f)));
        text_octet(t, (char)(0x80 | (c & 0x3f)));
    } else {
        text_octet(t, (char)(0xf0 | c >> 18));
        text_octet(t, (char)(0x80 | (c >> 12 & 0x3f)));
        text_octet(t, (char)(0x80 | (c >> 6 & 0x3f)));
        text_octet(t, (char)(0x80 | (c & 0x3f)));
    }
}

/* Those that stand in addresses and links, and around them. Others stay as they are written. */
static const struct {
    const char *name;
    uint32_t character;
} entities[] = {
    {"amp",    '&'   },
    {"lt",     '<'   },
    {"gt",     '>'   },
    {"quot",   '"'   },
    {"apos",   '\''  },
    {"nbsp",   ' '   },
    {"commat", '@'   },
    {"period", '.'   },
    {"lowbar", '_'   },
    {"plus",   '+'   },
    {"hyphen", 0x2010},
    {"dash",   0x2010},
    {"sol",    '/'   },
    {"colon",  ':'   },
    {"quest",  '?'   },
    {"equals", '='   },
    {"num",    '#'   },
    {"percnt", '%'   },
    {"lpar",   '('   },
    {"rpar",   ')'   },
    {"shy",    0xad  },
    {"zwnj",   0x200c},
    {"zwj",    0x200d},
};

static uint32_t
numbered(struct sceau_slice digits)
{
    bool is_hex = digits.len > 0 && ascii_lower(*digits.ptr) == 'x';
    uint32_t c = 0;
    for (size_t i = is_hex; i < digits.len && c <= 0x10ffff; i++) {
        int digit = ascii_hex_digit(digits.ptr[i]);
        if (digit < 0 || (digit > 9 && !is_hex))
            return 0;
        c = c * (is_hex ? 16 : 10) + (uint32_t)digit;
    }
    return c;
}

/* At an "&": the octets of an entity, with its ";" or without, as browsers have it; 0: none. */
static size_t
entity(struct sceau_slice s, uint32_t *c)
{
    size_t len = 1;
    bool is_number = s.len > 1 && s.ptr[1] == '#';
    len += is_number;
    while (len < s.len && (is_number || len < ENTITY_MAX) &&
           ascii_is_alnum(s.ptr[len])) {
        bool is_hex = is_number && s.len > 2 && ascii_lower(s.ptr[2]) == 'x';
        int digit = ascii_hex_digit(s.ptr[len]);
        if (is_number && !(is_hex && len == 2) && (digit < 0 || (digit > 9 && !is_hex)))
            break;
        len++;
    }
    struct sceau_slice name = slice_sub(s, 1, len - 1);
    *c = 0;
    if (is_number)
        *c = numbered(slice_skip(name, 1));
    for (size_t i = 0; !is_number && i < sizeof entities / sizeof *entities; i++)
        if (slice_eq(name, sceau_slice_from(entities[i].name)))
            *c = entities[i].character;
    return *c == 0 ? 0 : len + (len < s.len && s.ptr[len] == ';');
}

static void
put_text(struct reader *r, struct sceau_slice s)
{
    for (size_t i = 0; i < s.len;) {
        uint32_t c;
        size_t len = s.ptr[i] == '&' ? entity(slice_skip(s, i), &c) : 0;
        if (len > 0)
            put_character(r, c);
        else
            text_octet(&r->out, ascii_is_fws(s.ptr[i]) ? ' ' : s.ptr[i]);
        i += len > 0 ? len : 1;
    }
}

/* ---- marks ---- */

/* The octets of the mark at the start of `s`, its ">" included; all when it has none. */
static size_t
mark_length(struct sceau_slice s)
{
    char quote = '\0';
    bool is_value = false;
    if (slice_starts_ci(s, SCEAU_SLICE("<!--"))) {
        const char *end = memmem(s.ptr + 2, s.len - 2, "-->", 3);
        return end != NULL ? (size_t)(end - s.ptr) + 3 : s.len;
    }
    for (size_t i = 1; i < s.len; i++) {
        char c = s.ptr[i];
        if (quote != '\0') {
            if (c == quote)
                quote = '\0';
        } else if (c == '>') {
            return i + 1;
        } else if (is_value && (c == '"' || c == '\'')) {
            quote = c;
        }
        is_value = c == '=' || (is_value && ascii_is_fws(c));
    }
    return s.len;
}

static struct sceau_slice
name_of(struct sceau_slice mark)
{
    size_t begin = mark.len > 1 && mark.ptr[1] == '/' ? 2 : 1, len = 0;
    while (begin + len < mark.len && len < NAME_MAX &&
           ascii_is_alnum(mark.ptr[begin + len]))
        len++;
    return slice_sub(mark, begin, len);
}

static bool
is_one_of(struct sceau_slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq_ci(name, sceau_slice_from(names[i])))
            return true;
    return false;
}
#define IS_ONE_OF(name, names) \
 is_one_of((name), (names), sizeof(names) / sizeof *(names))

/* Where a line ends. */
static const char *const blocks[] = {"p",  "br", "div", "tr", "li", "h1",    "h2",
                                     "h3", "h4", "hr",  "ul", "ol", "table", "body"};
/* What stands up to their end is not shown. */
static const char *const unseen[] = {"style", "script", "title", "template"};
/* What a mark leads to. */
static const char *const links[] = {"href", "src", "action", "background"};

/* The next attribute of a mark: its name and its value; *rest is behind it. */
static bool
next_attribute(struct sceau_slice *rest, struct sceau_slice *name,
               struct sceau_slice *value)
{
    struct sceau_slice s = *rest;
    size_t len = 0;
    while (s.len > 0 && !ascii_is_alpha(*s.ptr))
        s = slice_skip(s, 1);
    while (len < s.len && (ascii_is_alnum(s.ptr[len]) || s.ptr[len] == '-'))
        len++;
    *name = slice_sub(s, 0, len);
    *value = SLICE_NONE;
    s = slice_skip(s, len);
    while (s.len > 0 && ascii_is_fws(*s.ptr))
        s = slice_skip(s, 1);
    if (s.len > 0 && *s.ptr == '=') {
        s = slice_skip(s, 1);
        while (s.len > 0 && ascii_is_fws(*s.ptr))
            s = slice_skip(s, 1);
        bool is_quoted = s.len > 0 && (*s.ptr == '"' || *s.ptr == '\'');
        char end = is_quoted ? *s.ptr : ' ';
        s = slice_skip(s, is_quoted);
        len = 0;
        while (len < s.len && s.ptr[len] != end &&
               (is_quoted || (!ascii_is_fws(s.ptr[len]) && s.ptr[len] != '>')))
            len++;
        *value = slice_sub(s, 0, len);
        s = slice_skip(s, len);
    }
    *rest = s;
    return name->len > 0;
}

static void
put_links(struct reader *r, struct sceau_slice mark)
{
    struct sceau_slice name, value, rest = slice_skip(mark, 1 + name_of(mark).len);
    while (next_attribute(&rest, &name, &value)) {
        if (value.len == 0 || value.len > LINK_MAX || !IS_ONE_OF(name, links) ||
            slice_starts_ci(slice_trim(value), SCEAU_SLICE("data:")))
            continue;
        text_string(&r->out, " <");
        put_text(r, slice_trim(value));
        text_string(&r->out, "> ");
    }
}

static void
read_mark(struct reader *r, struct sceau_slice mark)
{
    struct sceau_slice name = name_of(mark);
    bool is_end = mark.len > 1 && mark.ptr[1] == '/';
    if (IS_ONE_OF(name, blocks))
        text_octet(&r->out, '\n');
    if (!is_end && IS_ONE_OF(name, unseen))
        r->hidden = name;
    if (!is_end)
        put_links(r, mark);
}

static bool
is_mark(struct sceau_slice s)
{
    return s.len > 1 && *s.ptr == '<' &&
           (ascii_is_alpha(s.ptr[1]) || s.ptr[1] == '/' || s.ptr[1] == '!' ||
            s.ptr[1] == '?');
}

/* Up to the mark that ends what is not shown. */
static size_t
unseen_length(const struct reader *r)
{
    size_t len = 0;
    for (; len < r->rest.len; len++) {
        struct sceau_slice s = slice_skip(r->rest, len);
        if (*s.ptr == '<' && s.len > 1 && s.ptr[1] == '/' &&
            slice_starts_ci(slice_skip(s, 2), r->hidden))
            break;
    }
    return len;
}

static size_t
read_some(struct reader *r)
{
    if (r->hidden.len > 0) {
        size_t len = unseen_length(r);
        r->hidden = SLICE_NONE;
        return len;
    }
    if (is_mark(r->rest)) {
        size_t len = mark_length(r->rest);
        read_mark(r, slice_sub(r->rest, 0, len));
        return len;
    }
    size_t len = 1 + slice_find(slice_skip(r->rest, 1), '<');
    put_text(r, slice_sub(r->rest, 0, len));
    return len;
}

/* Blanks are one, or one line end. */
static void
squeeze(struct text *t)
{
    size_t to = 0;
    for (size_t i = 0; i < t->len;) {
        bool has_end = false, is_blank = ascii_is_fws(t->ptr[i]);
        for (; i < t->len && is_blank && ascii_is_fws(t->ptr[i]); i++)
            has_end = has_end || t->ptr[i] == '\n';
        t->ptr[to++] = !is_blank ? t->ptr[i++] : has_end ? '\n' : ' ';
    }
    t->len = to;
}

struct sceau_slice
html_as_text(struct sceau_arena *arena, struct sceau_slice html, bool is_utf8)
{
    struct reader r = {.out = text_new(arena, SIZE_MAX),
                       .rest = html,
                       .is_utf8 = is_utf8};
    text_reserve(&r.out, html.len + 1);
    while (r.rest.len > 0 && !r.out.has_failed)
        r.rest = slice_skip(r.rest, read_some(&r));
    squeeze(&r.out);
    return text_done(&r.out);
}
