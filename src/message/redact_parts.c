/* One pass over the lines of the body: those that are a boundary of a part at hand begin or end
 * parts, all others belong to one. Whatever another reader takes for a part, what is written here
 * went through redact.c, or is a word of ours. */
#include "redact_parts.h"

#include "core/base64.h"
#include "core/quoted_printable.h"
#include "html_text.h"
#include "mime_type.h"

#include <stdio.h>

#define OWN_BOUNDARY "redacted-parts-" /* of parts in parts; two digits follow */
#define TYPE_MAX     64                /* octets of a type that is named */
#define CLOSING      ((size_t)2048)    /* octets for the ends of all that is open */
#define LINE_PLAIN   900               /* octets of a line that is told as it is */

struct level {
    struct sceau_slice boundary; /* theirs */
    struct sceau_slice told;     /* as it is written */
};

struct walk {
    struct sceau_arena *arena;
    const struct redaction *redaction;
    struct redacted_body *redacted;
    struct text out;
    size_t max;
    struct level levels[REDACT_DEPTH];
    size_t depth;
    unsigned nested; /* made so far */
};

/* What a part's fields say. */
struct part {
    struct mime_type type;
    bool is_known; /* the fields are no riddle */
    struct sceau_slice encoding;
};

/* ---- what a part is ---- */

static bool
has_two(const struct sceau_header *header, const char *name)
{
    return sceau_header_find(header, sceau_slice_from(name), 1) != NULL;
}

static struct part
part_of(const struct sceau_header *header)
{
    const struct sceau_field *type =
        sceau_header_find(header, SCEAU_SLICE("Content-Type"), 0);
    const struct sceau_field *encoding =
        sceau_header_find(header, SCEAU_SLICE("Content-Transfer-Encoding"), 0);
    struct part part = {
        .encoding = encoding != NULL ? slice_trim(encoding->body) : SCEAU_SLICE("7bit"),
    };
    part.type.type = SCEAU_SLICE("text/plain");
    part.is_known = !has_two(header, "Content-Type") &&
                    !has_two(header, "Content-Transfer-Encoding") &&
                    (type == NULL || mime_type_parse(type->body, &part.type));
    return part;
}

/* Charsets in which ASCII is ASCII: in others no address is seen. */
static bool
is_plain_charset(struct sceau_slice name)
{
    static const char *const plain[] = {"us-ascii", "utf-8", "utf8"};
    static const char *const families[] = {"iso-8859-", "windows-125", "koi8-"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (slice_eq_ci(name, sceau_slice_from(plain[i])))
            return true;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (slice_starts_ci(name, sceau_slice_from(families[i])))
            return true;
    return name.len == 0;
}

static bool
is_utf8_charset(struct sceau_slice name)
{
    return name.len == 0 || ascii_lower(*name.ptr) == 'u';
}

static bool
is_text(const struct part *part)
{
    return part->is_known && is_plain_charset(part->type.charset) &&
           (mime_type_is(&part->type, "text/plain") ||
            mime_type_is(&part->type, "text/html"));
}

/* A body that was cut ends within a group. */
static struct sceau_slice
decoded_base64(struct sceau_arena *arena, struct sceau_slice s)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_reserve(&t, s.len + 1);
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_fws(s.ptr[i]))
            text_octet(&t, s.ptr[i]);
    t.len -= t.len % 4;
    return base64_decoded(arena, text_so_far(&t));
}

/* {NULL, 0}: it is in no encoding that is known, or breaks its rules. */
static struct sceau_slice
decoded(struct sceau_arena *arena, const struct part *part, struct sceau_slice octets)
{
    static const char *const plain[] = {"7bit", "8bit", "binary"};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (slice_eq_ci(part->encoding, sceau_slice_from(plain[i])))
            return octets.len > 0 ? octets : SCEAU_SLICE("");
    if (slice_eq_ci(part->encoding, SCEAU_SLICE("base64")))
        return decoded_base64(arena, octets);
    if (slice_eq_ci(part->encoding, SCEAU_SLICE("quoted-printable")))
        return quoted_printable_decoded(arena, octets);
    return SLICE_NONE;
}

/* ---- a text ---- */

struct told_text {
    struct sceau_slice octets;  /* lines with CRLF, seven-bit; {NULL, 0}: none */
    struct sceau_slice charset; /* that it is in */
    bool is_quoted;             /* quoted-printable */
    bool is_cut;
};

/* Has it to be encoded: 8-bit octets, long lines, one that could be a boundary? */
static bool
is_to_be_quoted(struct sceau_slice text)
{
    struct sceau_slice line;
    if (!slice_is_ascii(text))
        return true;
    while (text.len > 0 && slice_next(&text, '\n', &line))
        if (line.len > LINE_PLAIN || slice_starts_ci(line, SCEAU_SLICE("--")))
            return true;
    return false;
}

/* Whole lines of it; a quoted one that goes on in the next is not whole. */
static struct sceau_slice
cut(struct sceau_slice text, size_t max, bool is_quoted)
{
    size_t len = max;
    while (len > 0 && !(text.ptr[len - 1] == '\n' &&
                        !(is_quoted && len > 2 && text.ptr[len - 3] == '=')))
        len--;
    return slice_sub(text, 0, len);
}

static struct told_text
text_of(struct walk *w, const struct part *part, struct sceau_slice octets, size_t max)
{
    struct told_text told = {.charset = part->type.charset};
    bool is_utf8 = is_utf8_charset(told.charset);
    octets = decoded(w->arena, part, octets);
    if (octets.ptr != NULL && mime_type_is(&part->type, "text/html"))
        octets = html_as_text(w->arena, octets, is_utf8);
    if (octets.ptr == NULL)
        return told;
    told.octets = redact_text(w->arena, w->redaction, octets, is_utf8);
    if (told.octets.ptr == NULL)
        return told;
    if (slice_is_ascii(told.octets))
        told.charset = SCEAU_SLICE("us-ascii");
    else if (is_utf8)
        told.charset = SCEAU_SLICE("utf-8");
    told.is_quoted = is_to_be_quoted(told.octets);
    if (told.is_quoted) {
        struct text t = text_new(w->arena, SIZE_MAX);
        quoted_printable_write(&t, told.octets);
        told.octets = text_done(&t);
    }
    told.is_cut = told.octets.len > max;
    if (told.is_cut)
        told.octets = cut(told.octets, max, told.is_quoted);
    return told;
}

/* ---- writing parts ---- */

static size_t
room(const struct walk *w)
{
    return w->out.len + CLOSING < w->max ? w->max - CLOSING - w->out.len : 0;
}

static void
put_boundary(struct walk *w, size_t level, const char *end)
{
    text_format(&w->out, "\r\n--%.*s%s\r\n", SLICE_ARG(w->levels[level].told), end);
}

static struct sceau_slice
name_of(const struct part *part)
{
    bool is_named = part->is_known && part->type.type.len <= TYPE_MAX;
    return is_named ? part->type.type : SCEAU_SLICE("no type that is one");
}

static void
put_withheld(struct walk *w, const struct part *part, size_t octets, const char *why)
{
    w->redacted->withheld++;
    text_format(&w->out,
                "Content-Type: text/plain; charset=us-ascii\r\n\r\n"
                "[%s: %.*s, %zu octets]\r\n",
                why, SLICE_ARG(name_of(part)), octets);
}

static void
put_text_part(struct walk *w, const struct part *part, const struct told_text *told)
{
    w->redacted->told++;
    text_format(&w->out, "Content-Type: text/plain; charset=%.*s\r\n",
                SLICE_ARG(told->charset));
    if (told->is_quoted)
        text_string(&w->out, "Content-Transfer-Encoding: quoted-printable\r\n");
    if (mime_type_is(&part->type, "text/html"))
        text_string(&w->out, "Content-Description: the text of a part in HTML\r\n");
    text_string(&w->out, "\r\n");
    text_slice(&w->out, told->octets);
    if (told->is_cut)
        text_string(&w->out, "[the rest is withheld: it is long]\r\n");
}

/* A part that has no parts, behind its boundary. */
static void
take_leaf(struct walk *w, const struct part *part, struct sceau_slice octets)
{
    struct told_text told = {.is_cut = false};
    if (is_text(part))
        told = text_of(w, part, octets, room(w));
    if (told.octets.ptr != NULL)
        put_text_part(w, part, &told);
    else
        put_withheld(w, part, octets.len, "withheld");
}

/* Parts in parts get a boundary of ours. False: they are too many or too deep, or their own boundary
 * is none. */
static bool
open_level(struct walk *w, const struct part *part)
{
    if (w->depth == REDACT_DEPTH || part->type.boundary.len == 0)
        return false;
    struct text own = text_new(w->arena, SIZE_MAX);
    text_format(&own, OWN_BOUNDARY "%02u", w->nested++);
    w->levels[w->depth++] = (struct level){part->type.boundary, text_done(&own)};
    return true;
}

static bool
is_multipart(const struct part *part)
{
    return part->is_known && part->type.type.len <= TYPE_MAX &&
           slice_starts_ci(part->type.type, SCEAU_SLICE("multipart/"));
}

/* ---- reading ---- */

/* Which level's boundary is this line? `depth`: none's. */
static size_t
level_of(const struct walk *w, struct sceau_slice line, bool *is_end)
{
    if (line.len < 2 || line.ptr[0] != '-' || line.ptr[1] != '-')
        return w->depth;
    for (size_t i = w->depth; i > 0; i--) {
        struct sceau_slice boundary = w->levels[i - 1].boundary, rest;
        if (line.len - 2 < boundary.len ||
            memcmp(line.ptr + 2, boundary.ptr, boundary.len) != 0)
            continue;
        rest = slice_skip(line, 2 + boundary.len);
        *is_end = rest.len >= 2 && rest.ptr[0] == '-' && rest.ptr[1] == '-';
        if (slice_trim(slice_skip(rest, *is_end ? 2 : 0)).len == 0)
            return i - 1;
    }
    return w->depth;
}

static void
close_levels(struct walk *w, size_t depth)
{
    while (w->depth > depth)
        put_boundary(w, --w->depth, "--");
}

/* Where a line is, in the body of parts. */
enum place {
    PLACE_BETWEEN, /* before the first part, or behind the last */
    PLACE_HEADER,
    PLACE_LEAF,
};

struct reading {
    enum place place;
    size_t begin; /* of the header, or of the leaf */
    struct part part;
};

/* The fields of a part, up to `end`. */
static void
begin_part(struct walk *w, struct reading *r, struct sceau_slice fields)
{
    struct sceau_message_reader reader;
    struct sceau_slice rest;
    sceau_message_reader_init(&reader, w->arena);
    sceau_message_reader_feed(&reader, fields, &rest);
    sceau_message_reader_end(&reader, &rest);
    r->part = part_of(&reader.header);
    r->place = PLACE_LEAF;
    if (!is_multipart(&r->part) || !open_level(w, &r->part))
        return;
    text_format(&w->out, "Content-Type: %.*s; boundary=\"%.*s\"\r\n",
                SLICE_ARG(name_of(&r->part)), SLICE_ARG(w->levels[w->depth - 1].told));
    r->place = PLACE_BETWEEN;
}

/* A part ends where a boundary's line begins. */
static void
end_part(struct walk *w, struct reading *r, struct sceau_slice body, size_t end)
{
    if (r->place == PLACE_HEADER) {
        begin_part(w, r, slice_sub(body, r->begin, end - r->begin));
        r->begin = end;
    }
    if (r->place != PLACE_LEAF)
        return;
    struct sceau_slice octets = slice_sub(body, r->begin, end - r->begin);
    /* The line end before a boundary is of the boundary. */
    if (octets.len > 0 && octets.ptr[octets.len - 1] == '\n')
        octets.len--;
    if (octets.len > 0 && octets.ptr[octets.len - 1] == '\r')
        octets.len--;
    take_leaf(w, &r->part, octets);
}

static bool
is_full(const struct walk *w)
{
    return w->redacted->told + w->redacted->withheld >= REDACT_PARTS ||
           w->nested >= REDACT_PARTS || room(w) == 0;
}

static void
walk_lines(struct walk *w, struct sceau_slice body)
{
    struct reading r = {.place = PLACE_BETWEEN};
    struct sceau_slice rest = body, line;
    size_t at = 0;
    while (rest.len > 0 && !is_full(w) && slice_next(&rest, '\n', &line)) {
        bool is_end = false;
        size_t next = rest.ptr != NULL ? at + line.len + 1 : body.len,
               level = level_of(w, line, &is_end);
        if (level < w->depth) {
            end_part(w, &r, body, at);
            close_levels(w, level + 1);
            put_boundary(w, level, is_end ? "--" : "");
            w->depth -= is_end;
            r = (struct reading){is_end ? PLACE_BETWEEN : PLACE_HEADER,
                                 next,
                                 {.is_known = false}};
        } else if (r.place == PLACE_HEADER && slice_trim(line).len == 0) {
            begin_part(w, &r, slice_sub(body, r.begin, at - r.begin));
            r.begin = next;
        }
        at = next;
    }
    if (is_full(w) && w->depth > 0 && r.place != PLACE_BETWEEN)
        put_withheld(w, &(struct part){.is_known = false}, body.len - at,
                     "the rest is withheld");
    else
        end_part(w, &r, body, body.len);
    close_levels(w, 0);
}

/* ---- the whole ---- */

/* Is the boundary in the header that is told the one of the body? An address in it would be hidden
 * there. */
static bool
is_told_as_it_is(struct walk *w, const struct sceau_header *header,
                 struct sceau_slice boundary)
{
    struct mime_type told;
    const struct sceau_field *type =
        sceau_header_find(header, SCEAU_SLICE("Content-Type"), 0);
    struct sceau_slice body = redact_address(w->arena, w->redaction, type->body);
    struct sceau_slice own = SCEAU_SLICE(OWN_BOUNDARY);
    return body.ptr != NULL && mime_type_parse(body, &told) &&
           slice_eq(told.boundary, boundary) && !slice_starts_ci(own, boundary) &&
           !slice_starts_ci(boundary, own);
}

static bool
tell_parts(struct walk *w, const struct sceau_header *header, const struct part *part,
           struct sceau_slice body)
{
    struct sceau_slice boundary = part->type.boundary;
    if (boundary.len == 0 || !is_told_as_it_is(w, header, boundary))
        return true;
    w->levels[w->depth++] = (struct level){boundary, boundary};
    text_reserve(&w->out, 1);
    walk_lines(w, body);
    if (w->redacted->told + w->redacted->withheld == 0)
        return true; /* no part, no body */
    w->redacted->text = text_done(&w->out);
    return w->redacted->text.ptr != NULL;
}

static bool
tell_text(struct walk *w, const struct part *part, struct sceau_slice body)
{
    struct redacted_body *r = w->redacted;
    struct told_text told = text_of(w, part, body, w->max);
    bool is_html = mime_type_is(&part->type, "text/html");
    bool is_encoded = slice_eq_ci(part->encoding, SCEAU_SLICE("base64")) ||
                      slice_eq_ci(part->encoding, SCEAU_SLICE("quoted-printable"));
    if (told.octets.ptr == NULL)
        return true;
    r->told = 1;
    r->text = told.octets;
    if (told.is_quoted || is_encoded)
        r->encoding =
            told.is_quoted ? SCEAU_SLICE("quoted-printable") : SCEAU_SLICE("7bit");
    bool is_other = !slice_eq(told.charset, SCEAU_SLICE("us-ascii")) &&
                    !slice_eq_ci(told.charset, part->type.charset);
    if (is_html || is_other) {
        struct text t = text_new(w->arena, SIZE_MAX);
        text_format(&t, "text/plain; charset=%.*s", SLICE_ARG(told.charset));
        r->type = text_done(&t);
    }
    return !(is_html && r->type.ptr == NULL);
}

static bool
tell_as_it_came(struct walk *w, struct sceau_slice body)
{
    w->redacted->text = redact_body(w->arena, w->redaction, body, w->max);
    w->redacted->told = 1;
    return w->redacted->text.ptr != NULL;
}

bool
redact_parts(struct sceau_arena *arena, const struct redaction *redaction,
             const struct sceau_header *header, struct sceau_slice body, size_t max,
             struct redacted_body *redacted)
{
    struct walk w = {.arena = arena,
                     .redaction = redaction,
                     .redacted = redacted,
                     .out = text_new(arena, SIZE_MAX),
                     .max = max};
    struct part part = part_of(header);
    *redacted = (struct redacted_body){.text = SLICE_NONE};
    switch (redaction->level) {
    case REDACT_NOTHING: return tell_as_it_came(&w, body);
    case REDACT_ADDRESSES: break;
    case REDACT_MOST: return true;
    }
    if (is_multipart(&part))
        return tell_parts(&w, header, &part, body);
    return !is_text(&part) || tell_text(&w, &part, body);
}
