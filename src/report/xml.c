/* expat's calls, turned into elements with texts. Namespaces are told apart here and not by
 * expat, which stops at a prefix that nothing declares, and reporters write such. Between two
 * tags, where expat keeps nothing back, elements that are plain are taken out before it sees
 * them. */
#include "xml.h"

#include "clean.h"
#include "xml_lines.h"
#include "xml_plain.h"

#include <stdlib.h>

#include <expat.h>

#define PIECE        (REPORT_MARKUP_MAX / 8) /* octets that expat is given at once */
#define ROOT_WITHIN  512 /* octets; expat looks at a token again for each piece of it */
#define BINDINGS_MAX 32
#define PREFIX_MAX   32
#define URI_MAX      256

struct binding {
    char prefix[PREFIX_MAX];
    size_t prefix_len;
    unsigned depth; /* of the element that declared it */
    bool is_foreign;
};

struct xml_reader {
    struct cleaner cleaner;
    struct xml_events *events;
    const char *root; /* the element that matters */
    struct xml_lines
        *lines; /* reads instead of all that follows; NULL: a stranger's XML */
    XML_Parser parser;
    struct sceau_slice
        repeated; /* the tag of an element that comes often; empty: all is expat's */
    uint64_t tag_end;     /* of the octets given to expat: where its last tag ended */
    uint64_t lines_taken; /* in elements that it did not see */
    struct sceau_slice taken; /* of the one at hand, what is told */
    uint64_t passed;          /* octets of the document */
    uint64_t fed;             /* of them, octets given to expat */
    uint64_t heard;           /* of those: up to where it has told all */
    struct binding bindings[BINDINGS_MAX];
    size_t binding_count;
    char root_uri[URI_MAX];
    size_t root_uri_len;
    unsigned depth;
    bool is_rfc9990;
    bool has_root; /* the element that matters was opened */
    bool is_done;  /* the outermost element was closed */
    bool is_refused;
    enum report_refusal_kind refusal;
    char text[REPORT_TEXT_MAX];
    size_t text_len;
    bool is_leaf; /* the last event was an open */
    bool is_cut;
};

void
xml_refuse(struct xml_reader *x, enum report_refusal_kind why)
{
    if (x->is_refused)
        return;
    x->is_refused = true;
    x->refusal = why;
    if (x->lines != NULL)
        xml_lines_stop(x->lines);
    else
        XML_StopParser(x->parser, XML_FALSE);
}

enum report_refusal_kind
xml_refusal(const struct xml_reader *x)
{
    return x->refusal;
}

static uint64_t
line_ends(struct sceau_slice s)
{
    uint64_t count = 0;
    for (size_t i = 0; i < s.len; i++)
        count += s.ptr[i] == '\n';
    return count;
}

uint64_t
xml_line(const struct xml_reader *x)
{
    if (x->lines != NULL)
        return xml_lines_line(x->lines);
    return XML_GetCurrentLineNumber(x->parser) + x->cleaner.lines_before +
           x->lines_taken + line_ends(x->taken);
}

uint64_t
xml_untold(const struct xml_reader *x)
{
    return x->lines != NULL ? 0 : x->cleaner.untold;
}

bool
xml_is_rfc9990(const struct xml_reader *x)
{
    return x->lines != NULL ? xml_lines_is_rfc9990(x->lines) : x->is_rfc9990;
}

static void
tell(struct xml_reader *x, enum report_repair_kind kind, struct sceau_slice found)
{
    x->events->repair(x->events, kind, found);
}

/* ---- namespaces ---- */

static bool
is_rfc9990_uri(struct sceau_slice uri)
{
    return slice_eq(uri, SCEAU_SLICE("urn:ietf:params:xml:ns:dmarc-2.0"));
}

static bool
is_rfc7489_uri(struct sceau_slice uri)
{
    return slice_eq(uri, SCEAU_SLICE("http://dmarc.org/dmarc-xml/0.1"));
}

/* "xmlns" or "xmlns:p" */
static bool
is_declaration(struct sceau_slice name, struct sceau_slice *prefix)
{
    struct sceau_slice xmlns = SCEAU_SLICE("xmlns");
    if (name.len < xmlns.len || memcmp(name.ptr, xmlns.ptr, xmlns.len) != 0 ||
        (name.len > xmlns.len && name.ptr[xmlns.len] != ':'))
        return false;
    *prefix = slice_skip(name, name.len > xmlns.len ? xmlns.len + 1 : xmlns.len);
    return true;
}

static bool
is_foreign_uri(const struct xml_reader *x, struct sceau_slice uri)
{
    struct sceau_slice root = {x->root_uri, x->root_uri_len};
    return uri.len > 0 && !slice_eq(uri, root) && !is_rfc9990_uri(uri) &&
           !is_rfc7489_uri(uri);
}

/* A prefix that is too long, and the 33rd, are as if they were not declared. */
static void
bind(struct xml_reader *x, struct sceau_slice prefix, struct sceau_slice uri)
{
    if (x->binding_count == BINDINGS_MAX || prefix.len > PREFIX_MAX)
        return;
    struct binding *b = &x->bindings[x->binding_count++];
    memcpy(b->prefix, prefix.ptr, prefix.len);
    b->prefix_len = prefix.len;
    b->depth = x->depth;
    b->is_foreign = is_foreign_uri(x, uri);
}

static const struct binding *
find_binding(const struct xml_reader *x, struct sceau_slice prefix)
{
    for (size_t i = x->binding_count; i > 0; i--) {
        const struct binding *b = &x->bindings[i - 1];
        if (slice_eq(prefix, (struct sceau_slice){b->prefix, b->prefix_len}))
            return b;
    }
    return NULL;
}

/* The root's own namespace, whatever it is, is the document's. */
static void
take_root_uri(struct xml_reader *x, const char **attributes, struct sceau_slice prefix)
{
    struct sceau_slice declared;
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        struct sceau_slice uri = sceau_slice_from(attributes[i + 1]);
        if (!is_declaration(sceau_slice_from(attributes[i]), &declared) ||
            !slice_eq(declared, prefix) || uri.len == 0)
            continue;
        if (is_foreign_uri(x, uri))
            tell(x, REPORT_REPAIR_NAMESPACE, uri);
        x->is_rfc9990 = is_rfc9990_uri(uri);
        if (uri.len <= URI_MAX) {
            memcpy(x->root_uri, uri.ptr, uri.len);
            x->root_uri_len = uri.len;
        }
    }
}

static void
take_bindings(struct xml_reader *x, const char **attributes)
{
    struct sceau_slice prefix;
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        if (is_declaration(sceau_slice_from(attributes[i]), &prefix))
            bind(x, prefix, sceau_slice_from(attributes[i + 1]));
}

static bool
is_foreign(struct xml_reader *x, struct sceau_slice prefix)
{
    const struct binding *b = find_binding(x, prefix);
    if (b == NULL && prefix.len > 0)
        tell(x, REPORT_REPAIR_PREFIX, prefix);
    return b != NULL && b->is_foreign;
}

/* ---- what expat calls ---- */

static void
hear(struct xml_reader *x)
{
    x->heard = (uint64_t)XML_GetCurrentByteIndex(x->parser) +
               (uint64_t)XML_GetCurrentByteCount(x->parser);
}

static void XMLCALL
on_start(void *self, const XML_Char *text, const XML_Char **attributes)
{
    struct xml_reader *x = self;
    struct sceau_slice name = sceau_slice_from(text), prefix = SCEAU_SLICE("");
    size_t colon = slice_find(name, ':');
    hear(x);
    x->tag_end = x->heard;
    if (x->is_refused)
        return;
    if (++x->depth > REPORT_XML_DEPTH) {
        xml_refuse(x, REPORT_REFUSAL_DEPTH);
        return;
    }
    if (colon < name.len) {
        prefix = slice_sub(name, 0, colon);
        name = slice_skip(name, colon + 1);
    }
    if (!x->has_root && slice_eq_ci(name, sceau_slice_from(x->root))) {
        take_root_uri(x, attributes, prefix);
        x->has_root = true;
    }
    take_bindings(x, attributes);
    x->text_len = 0;
    x->is_leaf = true;
    x->is_cut = false;
    x->events->open(x->events, name, is_foreign(x, prefix));
}

static void XMLCALL
on_end(void *self, const XML_Char *name)
{
    struct xml_reader *x = self;
    (void)name;
    hear(x);
    x->tag_end = x->heard;
    if (x->is_refused)
        return;
    struct sceau_slice text = {x->text, x->is_leaf ? x->text_len : 0};
    x->events->close(x->events, text, x->is_leaf && x->is_cut);
    x->is_leaf = false;
    while (x->binding_count > 0 && x->bindings[x->binding_count - 1].depth == x->depth)
        x->binding_count--;
    x->is_done = --x->depth == 0;
}

static void XMLCALL
on_text(void *self, const XML_Char *text, int len)
{
    struct xml_reader *x = self;
    size_t room = sizeof x->text - x->text_len, part = (size_t)len;
    hear(x);
    if (!x->is_leaf)
        return;
    if (part > room) {
        part = room;
        x->is_cut = true;
    }
    memcpy(x->text + x->text_len, text, part);
    x->text_len += part;
}

static void XMLCALL
on_comment(void *self, const XML_Char *text)
{
    (void)text;
    hear(self);
}

static void XMLCALL
on_instruction(void *self, const XML_Char *target, const XML_Char *text)
{
    (void)target, (void)text;
    hear(self);
}

static void XMLCALL
on_doctype(void *self, const XML_Char *name, const XML_Char *system,
           const XML_Char *public, int has_subset)
{
    (void)name, (void)system, (void)public, (void)has_subset;
    xml_refuse(self, REPORT_REFUSAL_DOCTYPE);
}

/* Element names are ASCII in all of them, and so are the values that count. */
static int XMLCALL
on_encoding(void *self, const XML_Char *name, XML_Encoding *info)
{
    for (int i = 0; i < 256; i++)
        info->map[i] = i;
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    tell(self, REPORT_REPAIR_ENCODING, sceau_slice_from(name));
    return XML_STATUS_OK;
}

/* ---- octets ---- */

/* expat stopped. Behind the end of the root that is a small matter. */
static void
stop(struct xml_reader *x)
{
    if (x->is_refused)
        return;
    if (XML_GetErrorCode(x->parser) == XML_ERROR_NO_MEMORY) {
        x->is_refused = true;
        x->refusal = REPORT_REFUSAL_MEMORY;
        return;
    }
    tell(x, x->is_done ? REPORT_REPAIR_BEHIND : REPORT_REPAIR_BROKEN, SLICE_NONE);
}

/* expat may wait with a token until twice as much is there (its answer to CVE-2023-52425). */
static bool
parse_piece(struct xml_reader *x, struct sceau_slice octets)
{
    x->fed += octets.len;
    x->passed += octets.len;
    if (XML_Parse(x->parser, octets.ptr, (int)octets.len, XML_FALSE) != XML_STATUS_OK) {
        stop(x);
        return false;
    }
    if (x->passed % PIECE == 0 && x->fed - x->heard > 2 * REPORT_MARKUP_MAX)
        xml_refuse(x, REPORT_REFUSAL_MARKUP);
    return !x->is_refused;
}

/* In pieces, so that what it keeps is looked at; they end at the same octets however much it is
 * given at once, and whatever it did not see. */
static bool
parse(struct xml_reader *x, struct sceau_slice octets)
{
    bool goes_on = true;
    while (goes_on && octets.len > 0) {
        size_t room = PIECE - (size_t)(x->passed % PIECE);
        size_t len = octets.len < room ? octets.len : room;
        goes_on = parse_piece(x, slice_sub(octets, 0, len));
        octets = slice_skip(octets, len);
    }
    return goes_on;
}

/* Does expat stand behind a tag of the document's own namespace, and keeps nothing back? In UTF-16
 * the octets of a tag are no tag. */
static bool
is_between_tags(const struct xml_reader *x)
{
    const struct binding *b = find_binding(x, SCEAU_SLICE(""));
    return x->repeated.len > 0 && !x->cleaner.is_as_it_is && x->has_root &&
           x->depth > 0 && x->tag_end == x->fed && (b == NULL || !b->is_foreign);
}

static void
tell_plain(struct xml_reader *x, const struct plain_element *e, const char *from)
{
    for (size_t i = 0; i < e->count && !x->is_refused; i++) {
        const struct plain_tag *tag = &e->tags[i];
        x->taken = (struct sceau_slice){from, (size_t)(tag->at - from)};
        if (tag->name.len > 0)
            x->events->open(x->events, tag->name, false);
        else
            x->events->close(x->events, tag->text, false);
    }
    x->taken = SLICE_NONE;
    x->lines_taken += e->lines;
    x->is_leaf = false;
}

/* An element that expat need not see. Returns how many octets it took. */
static size_t
take_plain(struct xml_reader *x, struct sceau_slice octets)
{
    struct plain_element e;
    if (!is_between_tags(x))
        return 0;
    size_t taken = plain_read(octets, REPORT_XML_DEPTH - x->depth, &e);
    if (taken > 0)
        tell_plain(x, &e, octets.ptr);
    x->passed += taken;
    return taken;
}

/* The root is looked for at the start: what is inside it may be plain. */
static bool
is_before_root(const struct xml_reader *x)
{
    return x->repeated.len > 0 && !x->has_root && x->passed < ROOT_WITHIN;
}

/* What expat is given at once: up to the next element that may be plain. */
static size_t
before_plain(const struct xml_reader *x, struct sceau_slice octets)
{
    size_t from = 0, end = slice_find(octets, '>');
    if (is_before_root(x))
        return end < octets.len ? end + 1 : end;
    while (from < octets.len && ascii_is_fws(octets.ptr[from]))
        from++;
    if (x->repeated.len == 0 || from == octets.len)
        return octets.len;
    from++; /* not the one at hand */
    const char *at =
        memmem(octets.ptr + from, octets.len - from, x->repeated.ptr, x->repeated.len);
    if (at == NULL)
        return octets.len;
    while (ascii_is_fws(at[-1])) /* not beyond the one at hand */
        at--;
    return (size_t)(at - octets.ptr);
}

static bool
on_cleaned(struct cleaner *cleaner, struct sceau_slice octets)
{
    struct xml_reader *x = (struct xml_reader *)cleaner;
    bool is_apart = true; /* once it was no place between tags, expat has the rest */
    while (octets.len > 0 && !x->is_refused) {
        size_t taken = take_plain(x, octets);
        if (taken == 0) {
            taken = is_apart ? before_plain(x, octets) : octets.len;
            if (!parse(x, slice_sub(octets, 0, taken)))
                return false;
            is_apart = is_between_tags(x) || is_before_root(x);
        }
        octets = slice_skip(octets, taken);
    }
    if (cleaner->untold > CLEAN_UNTOLD)
        xml_refuse(x, REPORT_REFUSAL_BROKEN);
    return !x->is_refused;
}

static void
on_repair(struct cleaner *cleaner, enum report_repair_kind kind)
{
    tell((struct xml_reader *)cleaner, kind, SLICE_NONE);
}

struct xml_reader *
xml_new(struct xml_events *events, const char *root, const char *repeated)
{
    struct xml_reader *x = malloc(sizeof *x);
    XML_Parser parser = XML_ParserCreate(NULL);
    if (x == NULL || parser == NULL) {
        free(x);
        if (parser != NULL)
            XML_ParserFree(parser);
        return NULL;
    }
    cleaner_init(&x->cleaner, on_cleaned, on_repair); /* its blocks are not wiped */
    memset(&x->events, 0, sizeof *x - offsetof(struct xml_reader, events));
    x->events = events;
    x->root = root;
    x->repeated = sceau_slice_from(repeated);
    x->parser = parser;
    XML_SetUserData(parser, x);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetCommentHandler(parser, on_comment);
    XML_SetProcessingInstructionHandler(parser, on_instruction);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    XML_SetUnknownEncodingHandler(parser, on_encoding, x);
    return x;
}

struct xml_reader *
xml_new_strict(struct xml_events *events)
{
    struct xml_reader *x = malloc(sizeof *x);
    struct xml_lines *lines = xml_lines_new(events);
    if (x == NULL || lines == NULL) {
        free(x);
        xml_lines_free(lines);
        return NULL;
    }
    x->events = events;
    x->lines = lines;
    x->parser = NULL;
    x->is_refused = false;
    return x;
}

void
xml_free(struct xml_reader *x)
{
    if (x == NULL)
        return;
    if (x->parser != NULL)
        XML_ParserFree(x->parser);
    xml_lines_free(x->lines);
    free(x);
}

bool
xml_feed(struct xml_reader *x, struct sceau_slice octets)
{
    if (x->lines != NULL)
        return xml_lines_feed(x->lines, octets);
    return cleaner_feed(&x->cleaner, octets);
}

/* What expat says where the octets end too early. */
static bool
is_end_error(enum XML_Error error)
{
    return error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
           error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION;
}

static enum xml_end
lines_end(struct xml_reader *x)
{
    bool is_whole = xml_lines_end(x->lines);
    return x->is_refused ? XML_REFUSED : is_whole ? XML_WHOLE : XML_PART;
}

enum xml_end
xml_end(struct xml_reader *x)
{
    if (x->lines != NULL)
        return lines_end(x);
    if (cleaner_end(&x->cleaner) &&
        XML_Parse(x->parser, "", 0, XML_TRUE) != XML_STATUS_OK) {
        if (x->is_done || (x->has_root && !is_end_error(XML_GetErrorCode(x->parser))))
            stop(x);
        else if (x->has_root && !x->is_refused)
            tell(x, REPORT_REPAIR_ENDS, SLICE_NONE);
    }
    if (x->is_refused)
        return XML_REFUSED;
    if (x->has_root)
        return x->is_done ? XML_WHOLE : XML_PART;
    x->refusal = x->is_done   ? REPORT_REFUSAL_NO_REPORT
                 : x->fed > 0 ? REPORT_REFUSAL_BROKEN
                              : REPORT_REFUSAL_EMPTY;
    return XML_REFUSED;
}
