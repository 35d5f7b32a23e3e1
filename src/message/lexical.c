/* The lexical tokens of RFC 5322 section 3.2 and RFC 6532 section 3.2.
 *
 * Of the obsolete forms (section 4.1) the control characters are left out: honest mail
 * does not use them, and readers downstream do not agree on them. */
#include "message/lexical.h"

#include "sceau/message.h"

const char lexical_too_deep[] = "comments nested at most 16 deep";

bool
lexical_is_atext(char c)
{
    static const char specials[] = "()<>[]:;@\\,.\"";
    unsigned char u = (unsigned char)c;
    return u > 0x20 && u != 0x7f && strchr(specials, c) == NULL;
}

bool
lexical_is_atom_next(const struct cursor *c)
{
    int next = cursor_peek(c);
    return next >= 0 && lexical_is_atext((char)next);
}

/* VCHAR, WSP or 8-bit: what may stand in a comment or a quoted string. */
static bool
is_text(int c)
{
    return c >= 0x80 || (c >= 0x20 && c < 0x7f) || c == '\t';
}

/* CRLF and the white space behind it; RFC 5322 section 3.2.2. */
static bool
is_fold_next(const struct cursor *c)
{
    struct sceau_slice rest = slice_skip(c->in, c->pos);
    return rest.len >= 3 && rest.ptr[0] == '\r' && rest.ptr[1] == '\n' &&
           ascii_is_wsp(rest.ptr[2]);
}

/* One octet of text, one quoted pair, or the CRLF of a fold. */
static void
take_content(struct cursor *c, struct text *content, const char *expected)
{
    if (is_fold_next(c)) {
        c->pos += 2;
        return;
    }
    size_t at = c->pos + (cursor_peek(c) == '\\');
    if (at >= c->in.len || !is_text((unsigned char)c->in.ptr[at])) {
        cursor_fail(c, expected);
        return;
    }
    if (content != NULL)
        text_octet(content, c->in.ptr[at]);
    c->pos = at + 1;
}

/* comment = "(" *([FWS] ccontent) [FWS] ")", nested by counting. */
static void
skip_comment(struct cursor *c)
{
    unsigned depth = 0;
    do {
        if (cursor_accept(c, '(')) {
            if (++depth > SCEAU_COMMENT_DEPTH_MAX)
                cursor_fail(c, lexical_too_deep);
        } else if (cursor_accept(c, ')')) {
            depth--;
        } else {
            take_content(c, NULL, "the end of a comment");
        }
    } while (depth > 0 && cursor_ok(c));
}

bool
lexical_skip_cfws(struct cursor *c)
{
    size_t start = c->pos;
    for (;;) {
        int next = cursor_peek(c);
        if (next == ' ' || next == '\t')
            c->pos++;
        else if (next == '\r' && is_fold_next(c))
            c->pos += 3;
        else if (next == '(')
            skip_comment(c);
        else
            return c->pos > start;
    }
}

struct sceau_slice
lexical_atom(struct cursor *c)
{
    struct sceau_slice atom = cursor_take_while(c, lexical_is_atext);
    if (atom.len == 0)
        cursor_fail(c, "a word");
    return atom;
}

void
lexical_quoted_string(struct cursor *c, struct text *content)
{
    cursor_expect(c, '"', "a quoted string");
    while (cursor_ok(c) && !cursor_accept(c, '"'))
        take_content(c, content, "the end of a quoted string");
}
