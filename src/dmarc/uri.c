/* The dmarc-urilist of RFC 9989 section 4.8 over the URI syntax of RFC 3986 appendix A.
 * What a mailto URI means is RFC 6068; what is sent there is not decided here.
 *
 *     dmarc-urilist = (dmarc-uri / obs-dmarc-uri) *(*WSP "," *WSP ...)
 *     dmarc-uri     = URI            ; "," and "!" percent-encoded
 *     obs-dmarc-uri = dmarc-uri "!" 1*DIGIT [ "k" / "m" / "g" / "t" ]
 *     URI           = scheme ":" hier-part [ "?" query ] [ "#" fragment ] */
#include "uri.h"

#include "core/cursor.h"
#include "core/domain.h"
#include "core/hex.h"
#include "core/ip.h"
#include "core/text.h"

#define LOCAL_PART_MAX 64 /* RFC 5321 section 4.5.3.1.1 */

static bool
is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* unreserved, and sub-delims without "," and "!" */
static bool
is_plain(char c)
{
    return ascii_is_alnum(c) || is_one_of(c, "-._~$&'()*+;=");
}

/* pchar, without "%" */
static bool
is_path_octet(char c)
{
    return is_plain(c) || c == ':' || c == '@' || c == '/';
}

static bool
is_query_octet(char c)
{
    return is_path_octet(c) || c == '?';
}

static bool
is_userinfo_octet(char c)
{
    return is_plain(c) || c == ':';
}

static bool
is_scheme_octet(char c)
{
    return ascii_is_alnum(c) || c == '+' || c == '-' || c == '.';
}

static bool
is_literal_octet(char c)
{
    return is_plain(c) || c == ':';
}

/* Octets of the set, and pct-encoded = "%" HEXDIG HEXDIG. */
static struct sceau_slice
take_encoded(struct cursor *c, bool (*is_member)(char))
{
    size_t from = c->pos;
    cursor_take_while(c, is_member);
    while (cursor_accept(c, '%')) {
        struct sceau_slice rest = slice_skip(c->in, c->pos);
        if (rest.len < 2 || ascii_hex_digit(rest.ptr[0]) < 0 ||
            ascii_hex_digit(rest.ptr[1]) < 0) {
            cursor_fail(c, "two hexadecimal digits after %");
            break;
        }
        c->pos += 2;
        cursor_take_while(c, is_member);
    }
    return cursor_since(c, from);
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) */
static struct sceau_slice
parse_scheme(struct cursor *c)
{
    if (!ascii_is_alpha((char)cursor_peek(c)))
        cursor_fail(c, "a scheme such as mailto");
    struct sceau_slice scheme = cursor_take_while(c, is_scheme_octet);
    cursor_expect(c, ':', "\":\" after the scheme");
    return scheme;
}

/* IP-literal = "[" ( IPv6address / IPvFuture ) "]"; the future has not come. */
static void
parse_ip_literal(struct cursor *c)
{
    struct sceau_ip ip;
    cursor_expect(c, '[', "\"[\"");
    struct sceau_slice literal = cursor_take_while(c, is_literal_octet);
    if (!ip6_parse(literal, &ip))
        cursor_fail(c, "an IPv6 address");
    cursor_expect(c, ']', "\"]\"");
}

/* authority = [ userinfo "@" ] host [ ":" port ]; gives the host unless it is a
 * literal. */
static struct sceau_slice
parse_authority(struct cursor *c)
{
    struct sceau_slice host = SLICE_NONE;
    size_t from = c->pos;
    take_encoded(c, is_userinfo_octet);
    if (!cursor_accept(c, '@') && cursor_ok(c))
        c->pos = from;
    if (cursor_peek(c) == '[')
        parse_ip_literal(c);
    else
        host = take_encoded(c, is_plain);
    if (cursor_accept(c, ':'))
        cursor_take_while(c, ascii_is_digit);
    int next = cursor_peek(c);
    if (next >= 0 && next != '/' && next != '?' && next != '#')
        cursor_fail(c, "a path after the host");
    return host;
}

/* All behind "scheme:". Gives the host of the authority and the path. */
static void
parse_hier_part(struct cursor *c, struct sceau_slice *host, struct sceau_slice *path)
{
    if (cursor_accept_word(c, SCEAU_SLICE("//")))
        *host = parse_authority(c);
    *path = take_encoded(c, is_path_octet);
    if (cursor_accept(c, '?'))
        take_encoded(c, is_query_octet);
    if (cursor_accept(c, '#'))
        take_encoded(c, is_query_octet);
    if (cursor_ok(c) && c->pos < c->in.len)
        cursor_fail(c, "an octet of a URI");
}

/* "!" 1*DIGIT [ "k" / "m" / "g" / "t" ], the obsolete report size, to the end. */
static bool
is_report_size(struct sceau_slice text)
{
    struct cursor c = cursor_over(text);
    cursor_expect(&c, '!', "\"!\"");
    if (cursor_take_while(&c, ascii_is_digit).len == 0)
        return false;
    if (c.pos < text.len && is_one_of(ascii_lower(text.ptr[c.pos]), "kmgt"))
        c.pos++;
    return cursor_at_end(&c);
}

/* Percent-decoded; {NULL, 0} when the arena is full. */
static struct sceau_slice
decoded(struct sceau_arena *arena, struct sceau_slice text)
{
    char *out = sceau_arena_alloc(arena, text.len + 1);
    size_t len = 0;
    if (out == NULL)
        return SLICE_NONE;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '%' && text.len - i > 2) {
            out[len++] = (char)(ascii_hex_digit(text.ptr[i + 1]) * 16 +
                                ascii_hex_digit(text.ptr[i + 2]));
            i += 2;
        } else {
            out[len++] = text.ptr[i];
        }
    }
    return (struct sceau_slice){out, len};
}

/* dot-atom-text of RFC 5322 section 3.2.3 in ASCII. Quoted local parts and those of RFC
 * 6531 are refused: nobody needs one to receive reports, and this text goes into an
 * envelope. */
static bool
is_dot_atom(struct sceau_slice text)
{
    struct sceau_slice rest = text, atom;
    while (slice_next(&rest, '.', &atom)) {
        if (atom.len == 0)
            return false;
        for (size_t i = 0; i < atom.len; i++) {
            if (!ascii_is_alnum(atom.ptr[i]) &&
                !is_one_of(atom.ptr[i], "!#$%&'*+-/=?^_`{|}~"))
                return false;
        }
    }
    return text.len > 0;
}

/* The host as a name; a full arena is told from a text that names none. */
static enum sceau_status
normal_host(struct sceau_arena *arena, struct sceau_slice text,
            struct sceau_slice *host)
{
    struct sceau_slice domain = decoded(arena, text);
    if (domain.ptr == NULL)
        return SCEAU_E_LIMIT;
    if (domain_normal(arena, domain, host))
        return SCEAU_OK;
    *host = SLICE_NONE;
    bool is_full =
        sceau_arena_alloc(arena, (size_t)2 * DOMAIN_MAX) == NULL; /* what it asks */
    return is_full ? SCEAU_E_LIMIT : SCEAU_E_SYNTAX;
}

/* to = addr-spec of RFC 6068, exactly one: what stands behind "mailto:", before "?". */
static enum sceau_status
parse_mailbox(struct sceau_arena *arena, struct sceau_slice to, struct dmarc_uri *uri)
{
    size_t at = slice_find(to, '@');
    if (at == to.len)
        return SCEAU_E_SYNTAX;
    struct sceau_slice local = decoded(arena, slice_sub(to, 0, at));
    if (local.ptr == NULL)
        return SCEAU_E_LIMIT;
    if (local.len > LOCAL_PART_MAX || !is_dot_atom(local))
        return SCEAU_E_SYNTAX;
    enum sceau_status status = normal_host(arena, slice_skip(to, at + 1), &uri->host);
    if (status != SCEAU_OK)
        return status;
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, local);
    text_octet(&t, '@');
    text_slice(&t, uri->host);
    uri->mailbox = text_done(&t);
    return uri->mailbox.ptr != NULL ? SCEAU_OK : SCEAU_E_LIMIT;
}

enum sceau_status
dmarc_uri_parse(struct sceau_arena *arena, struct sceau_slice text,
                struct dmarc_uri *uri)
{
    struct sceau_slice host = SLICE_NONE, path = SLICE_NONE;
    size_t size_at = slice_find(text, '!');
    *uri = (struct dmarc_uri){.text = slice_sub(text, 0, size_at)};
    if (size_at < text.len && !is_report_size(slice_skip(text, size_at)))
        return SCEAU_E_SYNTAX;
    struct cursor c = cursor_over(uri->text);
    uri->scheme = parse_scheme(&c);
    parse_hier_part(&c, &host, &path);
    if (!cursor_at_end(&c))
        return SCEAU_E_SYNTAX;
    uri->is_mailto = slice_eq_ci(uri->scheme, SCEAU_SLICE("mailto"));
    if (uri->is_mailto)
        return parse_mailbox(arena, path, uri);
    if (host.len > 0 && normal_host(arena, host, &uri->host) == SCEAU_E_LIMIT)
        return SCEAU_E_LIMIT;
    return SCEAU_OK;
}

enum sceau_status
dmarc_urilist_parse(struct sceau_arena *arena, struct sceau_slice value,
                    const struct sceau_slice **uris, size_t *count, size_t *malformed)
{
    size_t bad = 0, most = value.len / 3 + 1; /* the shortest is "x:", and a comma */
    struct sceau_slice *list = sceau_arena_alloc(arena, most * sizeof *list);
    if (list == NULL)
        return SCEAU_E_LIMIT;
    *count = 0;
    struct sceau_slice rest = value, element;
    while (slice_next(&rest, ',', &element)) {
        struct dmarc_uri uri;
        enum sceau_status status = dmarc_uri_parse(arena, slice_trim(element), &uri);
        if (status == SCEAU_E_LIMIT)
            return status;
        if (status == SCEAU_OK)
            list[(*count)++] = uri.text;
        else
            bad++;
    }
    *uris = list;
    if (malformed != NULL)
        *malformed = bad;
    return *count > 0 ? SCEAU_OK : SCEAU_E_SYNTAX;
}
