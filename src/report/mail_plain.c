/* RFC 2045 and 2046 without what readers differ about: no comments, no encoded words, no
 * parameters in pieces (RFC 2231), no field twice, no parts in parts, no line that looks like a
 * delimiter and is none, no end without one. Each doubt is GMime's. */
#include "mail_plain.h"

#include "core/base64.h"

#include <stdlib.h>

#define LINE_MAX_OCTETS ((size_t)998) /* RFC 5322 section 2.1.1 */
#define BOUNDARY_MAX    ((size_t)70)  /* RFC 2046 section 5.1.1 */

/* The fields that say how a part is to be read; empty: it has none. */
struct fields {
    struct sceau_slice type, encoding, disposition;
};

struct content_type {
    struct sceau_slice type, subtype, name, boundary;
};

/* ---- lines ---- */

/* All of a mail end alike: where they do not, whose CR it is before a delimiter is in doubt. */
struct lines {
    struct sceau_slice rest;
    bool has_cr;
};

static struct lines
lines_of(struct sceau_slice mail)
{
    size_t end = slice_find(mail, '\n');
    return (struct lines){mail, end > 0 && end < mail.len && mail.ptr[end - 1] == '\r'};
}

/* The next one without its end. False without one, and for one that is too long. */
static bool
next_line(struct lines *l, struct sceau_slice *line)
{
    size_t end = slice_find(l->rest, '\n');
    if (end == l->rest.len || end > LINE_MAX_OCTETS)
        return false;
    bool has_cr = end > 0 && l->rest.ptr[end - 1] == '\r';
    *line = slice_sub(l->rest, 0, has_cr ? end - 1 : end);
    l->rest = slice_skip(l->rest, end + 1);
    return has_cr == l->has_cr;
}

static bool
has_octet(struct sceau_slice s, char c)
{
    return slice_find(s, c) < s.len;
}

static bool
starts(struct sceau_slice s, struct sceau_slice with)
{
    return s.len >= with.len && memcmp(s.ptr, with.ptr, with.len) == 0;
}

/* ---- the header of a mail or a part ---- */

/* Where the value of a field that matters goes; false when it was there before. */
static bool
find_field(struct fields *f, struct sceau_slice name, struct sceau_slice **value)
{
    *value = slice_eq_ci(name, SCEAU_SLICE("Content-Type")) ? &f->type
             : slice_eq_ci(name, SCEAU_SLICE("Content-Transfer-Encoding"))
                 ? &f->encoding
             : slice_eq_ci(name, SCEAU_SLICE("Content-Disposition")) ? &f->disposition
                                                                     : NULL;
    return *value == NULL || (*value)->ptr == NULL;
}

static bool
is_field_name(struct sceau_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~')
            return false;
    return name.len > 0;
}

/* Up to the empty line and behind it. A folded value holds its line ends. */
static bool
read_header(struct lines *lines, struct fields *f)
{
    struct sceau_slice line, *value = NULL;
    bool has_field = false;
    *f = (struct fields){0};
    while (next_line(lines, &line)) {
        if (line.len == 0)
            return true;
        if (has_octet(line, '\0') || has_octet(line, '\r') ||
            starts(line, SCEAU_SLICE("--")))
            return false;
        if (ascii_is_wsp(line.ptr[0])) {
            if (!has_field || slice_trim(line).len == 0)
                return false;
            if (value != NULL)
                value->len = (size_t)(line.ptr + line.len - value->ptr);
            continue;
        }
        size_t colon = slice_find(line, ':');
        struct sceau_slice name = slice_sub(line, 0, colon);
        if (colon == line.len || !is_field_name(name) || !find_field(f, name, &value))
            return false;
        if (value != NULL)
            *value = slice_skip(line, colon + 1);
        has_field = true;
    }
    return false;
}

/* ---- values ---- */

static void
skip_blanks(struct sceau_slice *s)
{
    while (s->len > 0 && ascii_is_fws(s->ptr[0]))
        *s = slice_skip(*s, 1);
}

static bool
is_word_octet(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '+' ||
           c == '!';
}

static bool
take_word(struct sceau_slice *s, struct sceau_slice *word)
{
    size_t n = 0;
    while (n < s->len && is_word_octet(s->ptr[n]))
        n++;
    *word = slice_sub(*s, 0, n);
    *s = slice_skip(*s, n);
    return n > 0;
}

/* Printable ASCII in quotes, without an escape, and no encoded word (RFC 2047), which some
 * decode there. */
static bool
take_quoted(struct sceau_slice *s, struct sceau_slice *text)
{
    size_t n = 1;
    while (n < s->len && s->ptr[n] != '"') {
        char c = s->ptr[n++];
        if (c < ' ' || c > '~' || c == '\\' || (c == '?' && s->ptr[n - 2] == '='))
            return false;
    }
    *text = slice_sub(*s, 1, n - 1);
    if (n == s->len || text->len == 0 || slice_trim(*text).len < text->len)
        return false;
    *s = slice_skip(*s, n + 1);
    return true;
}

/* ";" attribute "=" value ... to the end. Of `wanted`, `values` are set. */
static bool
read_parameters(struct sceau_slice s, const char *const *wanted,
                struct sceau_slice *values, size_t count)
{
    struct sceau_slice attribute, value;
    for (skip_blanks(&s); s.len > 0; skip_blanks(&s)) {
        if (s.ptr[0] != ';')
            return false;
        s = slice_skip(s, 1);
        skip_blanks(&s);
        if (!take_word(&s, &attribute) || s.len < 2 || s.ptr[0] != '=')
            return false;
        s = slice_skip(s, 1);
        if (s.ptr[0] == '"' ? !take_quoted(&s, &value) : !take_word(&s, &value))
            return false;
        for (size_t i = 0; i < count; i++) {
            if (!slice_eq_ci(attribute, sceau_slice_from(wanted[i])))
                continue;
            if (values[i].ptr != NULL)
                return false;
            values[i] = value;
        }
    }
    return true;
}

static bool
read_type(struct sceau_slice s, struct content_type *t)
{
    static const char *const wanted[] = {"name", "boundary"};
    struct sceau_slice values[2] = {SLICE_NONE, SLICE_NONE};
    skip_blanks(&s);
    if (!take_word(&s, &t->type) || s.len == 0 || s.ptr[0] != '/')
        return false;
    s = slice_skip(s, 1);
    if (!take_word(&s, &t->subtype) || !read_parameters(s, wanted, values, 2))
        return false;
    t->name = values[0];
    t->boundary = values[1];
    return true;
}

/* RFC 2183. No field, no name. */
static bool
read_disposition(struct sceau_slice s, struct sceau_slice *name)
{
    static const char *const wanted[] = {"filename"};
    struct sceau_slice word;
    *name = SLICE_NONE;
    if (s.ptr == NULL)
        return true;
    skip_blanks(&s);
    return take_word(&s, &word) && read_parameters(s, wanted, name, 1);
}

enum encoding {
    AS_IT_IS,
    BASE64,
    OTHER
};

static enum encoding
encoding_of(struct sceau_slice s)
{
    struct sceau_slice word;
    if (s.ptr == NULL)
        return AS_IT_IS;
    skip_blanks(&s);
    if (!take_word(&s, &word) || slice_trim(s).len > 0)
        return OTHER;
    if (slice_eq_ci(word, SCEAU_SLICE("base64")))
        return BASE64;
    return slice_eq_ci(word, SCEAU_SLICE("7bit")) ||
                   slice_eq_ci(word, SCEAU_SLICE("8bit"))
               ? AS_IT_IS
               : OTHER;
}

/* ---- parts ---- */

/* Those that reports come as; of others, GMime knows whether they are more than octets. */
static bool
is_leaf(const struct content_type *t)
{
    static const struct {
        const char *type, *subtype;
    } leaves[] = {
        {"text",        "plain"           },
        {"text",        "html"            },
        {"text",        "xml"             },
        {"application", "gzip"            },
        {"application", "x-gzip"          },
        {"application", "zip"             },
        {"application", "x-zip"           },
        {"application", "x-zip-compressed"},
        {"application", "xml"             },
        {"application", "json"            },
        {"application", "octet-stream"    },
        {"application", "tlsrpt+gzip"     },
        {"application", "tlsrpt+json"     },
    };
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        if (slice_eq_ci(t->type, sceau_slice_from(leaves[i].type)) &&
            slice_eq_ci(t->subtype, sceau_slice_from(leaves[i].subtype)))
            return true;
    return false;
}

/* `used`: octets of m->decoded. */
static bool
add_part(struct mail_plain *m, const struct fields *f, const struct content_type *t,
         struct sceau_slice body, size_t *used)
{
    struct mail_plain_part part = {.octets = body};
    bool is_of_text = slice_eq_ci(t->type, SCEAU_SLICE("text"));
    enum encoding encoding = encoding_of(f->encoding);
    size_t len;
    if (m->count == MAIL_PLAIN_PARTS || !is_leaf(t) || encoding == OTHER ||
        body.len == 0 || !read_disposition(f->disposition, &part.name))
        return false;
    if (part.name.len == 0)
        part.name = t->name;
    part.is_text = is_of_text && slice_eq_ci(t->subtype, SCEAU_SLICE("plain"));
    part.is_html = is_of_text && slice_eq_ci(t->subtype, SCEAU_SLICE("html"));
    if (encoding == BASE64) {
        if (!base64_decode(body, (uint8_t *)m->decoded + *used, &len))
            return false;
        part.octets = (struct sceau_slice){m->decoded + *used, len};
        *used += len;
    }
    m->parts[m->count++] = part;
    return true;
}

enum line_kind {
    LINE_CONTENT,
    LINE_DELIMITER,
    LINE_CLOSE,
    LINE_DOUBTFUL, /* none of them for sure */
};

static enum line_kind
kind_of(struct sceau_slice line, struct sceau_slice boundary)
{
    if (!starts(line, SCEAU_SLICE("--")) || !starts(slice_skip(line, 2), boundary))
        return LINE_CONTENT;
    struct sceau_slice rest = slice_skip(line, 2 + boundary.len);
    if (rest.len == 0)
        return LINE_DELIMITER;
    return slice_eq(rest, SCEAU_SLICE("--")) ? LINE_CLOSE : LINE_DOUBTFUL;
}

/* Up to the next delimiter and behind it: the body is what is before its line end. False when
 * there is none, or a line in doubt. */
static bool
take_body(struct lines *lines, struct sceau_slice boundary, struct sceau_slice *body,
          bool *is_last)
{
    struct sceau_slice line, whole = lines->rest;
    while (next_line(lines, &line)) {
        enum line_kind kind = kind_of(line, boundary);
        if (kind == LINE_DOUBTFUL)
            return false;
        if (kind == LINE_CONTENT)
            continue;
        *body = slice_sub(whole, 0, (size_t)(line.ptr - whole.ptr));
        size_t end = lines->has_cr ? 2 : 1;
        body->len -= body->len < end ? body->len : end;
        *is_last = kind == LINE_CLOSE;
        return true;
    }
    return false;
}

/* Behind the last delimiter is nothing but empty lines. */
static bool
read_multipart(struct mail_plain *m, struct lines *lines, struct sceau_slice boundary,
               size_t *used)
{
    struct sceau_slice body;
    bool is_last = false;
    if (!take_body(lines, boundary, &body, &is_last) || is_last)
        return false; /* what is before the first is for nobody */
    while (!is_last) {
        struct fields f;
        struct content_type t;
        if (!read_header(lines, &f) || !read_type(f.type, &t) ||
            !take_body(lines, boundary, &body, &is_last) ||
            !add_part(m, &f, &t, body, used))
            return false;
    }
    return slice_trim(lines->rest).len == 0;
}

static bool
is_boundary(struct sceau_slice s)
{
    if (s.len == 0 || s.len > BOUNDARY_MAX || s.ptr[s.len - 1] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_word_octet(s.ptr[i]) && s.ptr[i] != '=' && s.ptr[i] != '/')
            return false;
    return true;
}

static bool
read_mail(struct mail_plain *m, struct sceau_slice mail)
{
    struct lines lines = lines_of(mail);
    struct fields f;
    struct content_type t;
    size_t used = 0;
    if (!read_header(&lines, &f) || !read_type(f.type, &t))
        return false;
    if (!slice_eq_ci(t.type, SCEAU_SLICE("multipart")))
        return add_part(m, &f, &t, lines.rest, &used);
    return slice_eq_ci(t.subtype, SCEAU_SLICE("mixed")) && is_boundary(t.boundary) &&
           encoding_of(f.encoding) == AS_IT_IS &&
           read_multipart(m, &lines, t.boundary, &used);
}

bool
mail_plain_read(struct sceau_slice mail, struct mail_plain *m)
{
    *m = (struct mail_plain){.decoded = malloc(mail.len + 3 * MAIL_PLAIN_PARTS)};
    if (m->decoded != NULL && read_mail(m, mail))
        return true;
    free(m->decoded);
    m->decoded = NULL;
    return false;
}
