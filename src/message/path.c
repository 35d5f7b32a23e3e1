/* Reverse-path and forward-path of SMTP (RFC 5321 section 4.1.2, RFC 6531 section 3.3):
 *
 *     Path       = "<" [ A-d-l ":" ] Mailbox ">"
 *     A-d-l      = At-domain *( "," At-domain )
 *     Mailbox    = Local-part "@" ( Domain / address-literal )
 *     Local-part = Dot-string / Quoted-string
 *
 * There are no comments and no spaces here. Taken although the grammar has no place for
 * them, since the domain is beyond doubt: dots in a local part but for the first octet (some
 * carriers gave out such addresses), underscores in a domain, one final dot behind it. */
#include "sceau/message.h"

#include "message/lexical.h"

static bool
is_local_octet(char c)
{
    return c == '.' || lexical_is_atext(c);
}

static bool
is_domain_octet(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || (unsigned char)c >= 0x80;
}

/* Domain = sub-domain *("." sub-domain) ["."]; without the final dot. */
static struct sceau_slice
parse_domain(struct cursor *c)
{
    size_t start = c->pos;
    do {
        if (cursor_take_while(c, is_domain_octet).len == 0)
            cursor_fail(c, "a domain");
        size_t end = c->pos;
        bool has_more =
            c->pos + 1 < c->in.len && is_domain_octet(c->in.ptr[c->pos + 1]);
        if (cursor_peek(c) == '.' && !has_more) {
            c->pos++;
            return slice_sub(c->in, start, end - start);
        }
    } while (cursor_accept(c, '.'));
    return cursor_since(c, start);
}

static bool
is_literal_octet(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '.' || c == ':';
}

/* address-literal = "[" 1*dcontent "]" (section 4.1.3); what it names is not looked at. */
static struct sceau_slice
parse_literal(struct cursor *c)
{
    size_t start = c->pos;
    cursor_expect(c, '[', "a domain");
    if (cursor_take_while(c, is_literal_octet).len == 0)
        cursor_fail(c, "an address");
    cursor_expect(c, ']', "the end of an address literal");
    return cursor_since(c, start);
}

/* Quoted-string = DQUOTE *QcontentSMTP DQUOTE: no folds, printable octets only. */
static struct sceau_slice
parse_quoted_local(struct sceau_arena *arena, struct cursor *c)
{
    struct text content = text_new(arena, SIZE_MAX);
    size_t start = c->pos;
    lexical_quoted_string(c, &content);
    struct sceau_slice quoted = cursor_since(c, start);
    if (slice_find(quoted, '\t') < quoted.len || slice_find(quoted, '\r') < quoted.len)
        cursor_fail(c, "a quoted string on one line");
    struct sceau_slice done = text_done(&content);
    if (done.ptr == NULL)
        cursor_fail(c, "memory");
    return done;
}

/* The source route is ignored (section 4.1.1.3 and appendix C). */
static void
skip_route(struct cursor *c)
{
    while (cursor_peek(c) == '@') {
        c->pos++;
        parse_domain(c);
        if (cursor_accept(c, ':'))
            return;
        cursor_expect(c, ',', "\":\" after a source route");
        if (cursor_peek(c) != '@')
            cursor_fail(c, "\"@\" in a source route");
    }
}

/* Mailbox = Local-part "@" ( Domain / address-literal ) */
static void
parse_mailbox(struct sceau_arena *arena, struct cursor *c, struct sceau_path *path)
{
    size_t start = c->pos;
    if (cursor_peek(c) == '.')
        cursor_fail(c, "a local part");
    path->local = cursor_peek(c) == '"' ? parse_quoted_local(arena, c)
                                        : cursor_take_while(c, is_local_octet);
    if (c->pos == start)
        cursor_fail(c, "a local part");
    cursor_expect(c, '@', "\"@\"");
    path->domain = cursor_peek(c) == '[' ? parse_literal(c) : parse_domain(c);
    if (!slice_is_utf8(path->local) || !slice_is_utf8(path->domain))
        cursor_fail(c, "UTF-8");
    path->text = cursor_since(c, start);
}

void
sceau_path_parse(struct sceau_arena *arena, struct sceau_slice text,
                 struct sceau_path *path)
{
    struct cursor c = cursor_over(slice_trim(text));
    bool has_bracket = cursor_accept(&c, '<');
    struct sceau_slice rest = slice_skip(c.in, c.pos);
    *path = (struct sceau_path){0};
    if (has_bracket ? slice_eq(rest, SCEAU_SLICE(">")) : rest.len == 0) {
        path->is_valid = path->is_null = true;
        return;
    }
    skip_route(&c);
    parse_mailbox(arena, &c, path);
    if (has_bracket)
        cursor_expect(&c, '>', "\">\" after an address");
    path->is_valid = cursor_at_end(&c);
    if (!path->is_valid)
        *path = (struct sceau_path){0};
}
