/* One pass over the octets; the names that are open stand in the tags that opened them. */
#include "xml_plain.h"

#include "core/octets16.h"

/* What an octet may be a part of. A digit, "-" and "." begin no name. */
enum {
    NAME = 1,
    NAME_BEGIN = 2,
    TEXT = 4,
    BLANK = 8,
};
#define O 0
#define B (TEXT | BLANK)
#define T TEXT
#define D (TEXT | NAME)
#define L (TEXT | NAME | NAME_BEGIN)
/* clang-format off */
static const unsigned char classes[256] = { /* sixteen a row */
    O, O, O, O, O, O, O, O, O, B, B, O, O, O, O, O,
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    B, T, T, T, T, T, O, T, T, T, T, T, T, D, D, T,
    D, D, D, D, D, D, D, D, D, D, T, T, O, T, O, T,
    T, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, T, T, O, T, L,
    T, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L,
    L, L, L, L, L, L, L, L, L, L, L, T, T, T, T, O,
};
/* clang-format on */

struct reading {
    const char *at, *end;
    struct plain_element *element;
    size_t open[REPORT_XML_DEPTH]; /* tags */
    unsigned depth, depth_max;
    const char *text; /* behind the last tag */
    bool is_leaf;     /* which opened an element */
};

static bool
is_of(const struct reading *r, unsigned class)
{
    return r->at < r->end && (classes[(unsigned char)*r->at] & class) != 0;
}

/* Places in loops are in registers: what is written through a char might be the reading. */

/* Behind "<". Empty: there is none. */
static struct sceau_slice
read_name(struct reading *r)
{
    const char *from = r->at, *at = from, *const end = r->end;
    if (!is_of(r, NAME_BEGIN))
        return SLICE_NONE;
    while (at < end && (classes[(unsigned char)*at] & NAME) != 0)
        at++;
    r->at = at;
    return (struct sceau_slice){from, (size_t)(at - from)};
}

static bool
read_octet(struct reading *r, char octet)
{
    bool is = r->at < r->end && *r->at == octet;
    r->at += is;
    return is;
}

static bool
add_tag(struct reading *r, const char *at, struct sceau_slice name,
        struct sceau_slice text)
{
    struct plain_element *e = r->element;
    if (e->count == PLAIN_TAGS_MAX)
        return false;
    e->tags[e->count++] = (struct plain_tag){at, name, text};
    r->is_leaf = name.len > 0;
    r->text = r->at;
    return true;
}

static bool
open_element(struct reading *r, const char *at)
{
    struct sceau_slice name = read_name(r);
    if (name.len == 0 || r->depth == r->depth_max)
        return false;
    r->open[r->depth++] = r->element->count;
    bool is_empty = read_octet(r, '/');
    if (!read_octet(r, '>') || !add_tag(r, at, name, SLICE_NONE))
        return false;
    r->depth -= is_empty;
    return !is_empty || add_tag(r, at, SLICE_NONE, SCEAU_SLICE(""));
}

/* The one name that it may have is known, and ">" ends it. */
static bool
close_element(struct reading *r, const char *at)
{
    struct sceau_slice name = r->element->tags[r->open[--r->depth]].name;
    struct sceau_slice text = {r->text, r->is_leaf ? (size_t)(at - r->text) : 0};
    if ((size_t)(r->end - r->at) <= name.len || memcmp(r->at, name.ptr, name.len) != 0)
        return false;
    r->at += name.len;
    return read_octet(r, '>') && text.len <= REPORT_TEXT_MAX &&
           add_tag(r, at, SLICE_NONE, text);
}

static bool
read_tag(struct reading *r)
{
    const char *at = r->at;
    if (!read_octet(r, '<'))
        return false;
    return read_octet(r, '/') ? close_element(r, at) : open_element(r, at);
}

/* How many of sixteen are of a text's line. */
static size_t
line_length(const char *at)
{
    octets16 here;
    memcpy(&here, at, sizeof here);
    return octets16_before_mark((octets16)((here < ' ') | (here > '~') | (here == '&') |
                                           (here == '<') | (here == '>')));
}

static void
skip(struct reading *r, unsigned class)
{
    const char *at = r->at, *const end = r->end;
    uint64_t lines = 0;
    while (at < end && (classes[(unsigned char)*at] & class) != 0) {
        lines += *at++ == '\n';
        if (class == TEXT && end - at >= (ptrdiff_t)sizeof(octets16))
            at += line_length(at);
    }
    r->at = at;
    r->element->lines += lines;
}

size_t
plain_read(struct sceau_slice octets, unsigned depth, struct plain_element *e)
{
    struct reading r = {
        .at = octets.ptr,
        .end = octets.ptr + octets.len,
        .element = e,
        .depth_max = depth < REPORT_XML_DEPTH ? depth : REPORT_XML_DEPTH,
    };
    e->count = 0;
    e->lines = 0;
    skip(&r, BLANK);
    if (r.at == r.end || r.at + 1 == r.end || r.at[1] == '/' || !read_tag(&r))
        return 0;
    while (r.depth > 0) {
        skip(&r, TEXT);
        if (!read_tag(&r))
            return 0;
    }
    return (size_t)(r.at - octets.ptr);
}
