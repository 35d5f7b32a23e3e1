/* Line by line; only one that the end of a chunk cuts is copied. The grammar is written here a
 * second time and not taken from the writer, whose judge this is; only which octets stand for
 * themselves is said once (plain.h), and the fuzz target holds that against expat. */
#include "xml_lines.h"

#include "plain.h"

#include <stdlib.h>

#define NAME_MAX_OCTETS 32
#define ESCAPE_MAX      5 /* octets of "&amp;" */
#define LINE_OCTETS     (REPORT_TEXT_MAX * ESCAPE_MAX + 2 * NAME_MAX_OCTETS + 8)

struct name {
    char octets[NAME_MAX_OCTETS];
    size_t len;
};

struct xml_lines {
    struct xml_events *events;
    uint64_t line;
    bool is_rfc9990;
    bool is_done; /* the root was closed */
    bool is_broken;
    unsigned depth;
    struct name open[REPORT_XML_DEPTH];
    size_t cut_len; /* of a line whose end is not there yet */
    char cut[LINE_OCTETS];
    char text[REPORT_TEXT_MAX]; /* decoded */
};

/* ---- texts ---- */

struct escape {
    const char *written;
    size_t len;
    char meant;
};

static const struct escape *
find_escape(struct sceau_slice s)
{
    static const struct escape escapes[] = {
        {"&amp;", 5, '&'},
        {"&lt;",  4, '<'},
        {"&gt;",  4, '>'},
    };
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (s.len >= escapes[i].len &&
            memcmp(s.ptr, escapes[i].written, escapes[i].len) == 0)
            return &escapes[i];
    return NULL;
}

/* U+FFFE and U+FFFF are no characters of XML (section 2.2). */
static bool
is_noncharacter(struct sceau_slice c)
{
    return c.len == 3 && memcmp(c.ptr, "\xef\xbf", 2) == 0 &&
           (unsigned char)c.ptr[2] >= 0xbe;
}

/* One character of a text. Returns its octets as they are written, 0: it may not stand there;
 * *meant is what it says. */
static size_t
read_character(struct sceau_slice s, struct sceau_slice *meant)
{
    const struct escape *escape = *s.ptr == '&' ? find_escape(s) : NULL;
    if (escape != NULL) {
        *meant = (struct sceau_slice){&escape->meant, 1};
        return escape->len;
    }
    if (!plain_octet(*s.ptr) && (unsigned char)*s.ptr < 0x80)
        return 0;
    *meant = slice_sub(s, 0, slice_utf8_length(s));
    return is_noncharacter(*meant) ? 0 : meant->len;
}

static bool
decode(struct xml_lines *x, struct sceau_slice *text)
{
    size_t len = plain_length(*text);
    if (len == text->len)
        return len <= REPORT_TEXT_MAX;
    struct sceau_slice rest = *text, meant;
    for (len = 0; rest.len > 0;) {
        size_t written = read_character(rest, &meant);
        if (written == 0 || meant.len > sizeof x->text - len)
            return false;
        memcpy(x->text + len, meant.ptr, meant.len);
        len += meant.len;
        rest = slice_skip(rest, written);
    }
    *text = (struct sceau_slice){x->text, len};
    return true;
}

/* ---- lines ---- */

static bool
is_name(struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!(s.ptr[i] >= 'a' && s.ptr[i] <= 'z') && s.ptr[i] != '_')
            return false;
    return s.len > 0 && s.len <= NAME_MAX_OCTETS;
}

static bool
open_element(struct xml_lines *x, struct sceau_slice name)
{
    if (!is_name(name) || x->depth == REPORT_XML_DEPTH)
        return false;
    struct name *kept = &x->open[x->depth++];
    memcpy(kept->octets, name.ptr, name.len);
    kept->len = name.len;
    x->events->open(x->events, name, false);
    return true;
}

static bool
close_element(struct xml_lines *x, struct sceau_slice name)
{
    if (x->depth == 0)
        return false;
    const struct name *opened = &x->open[--x->depth];
    if (!slice_eq(name, (struct sceau_slice){opened->octets, opened->len}))
        return false;
    x->events->close(x->events, SCEAU_SLICE(""), false);
    x->is_done = x->depth == 0;
    return true;
}

/* Behind "<NAME>": a text and "</NAME>". */
static bool
leaf(struct xml_lines *x, struct sceau_slice name, struct sceau_slice rest)
{
    size_t end = name.len + 3;
    if (!is_name(name) || x->depth == 0 || rest.len < end)
        return false;
    struct sceau_slice text = slice_sub(rest, 0, rest.len - end);
    struct sceau_slice tag = slice_skip(rest, text.len);
    if (memcmp(tag.ptr, "</", 2) != 0 || tag.ptr[tag.len - 1] != '>' ||
        !slice_eq(slice_sub(tag, 2, name.len), name) || !decode(x, &text))
        return false;
    x->events->open(x->events, name, false);
    x->events->close(x->events, text, false);
    return true;
}

/* The first two lines. */
static bool
begin(struct xml_lines *x, struct sceau_slice line)
{
    if (x->line == 1)
        return slice_eq(line,
                        SCEAU_SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"));
    x->is_rfc9990 =
        slice_eq(line,
                 SCEAU_SLICE("<feedback xmlns=\"urn:ietf:params:xml:ns:dmarc-2.0\">"));
    return (x->is_rfc9990 || slice_eq(line, SCEAU_SLICE("<feedback>"))) &&
           open_element(x, SCEAU_SLICE("feedback"));
}

static bool
take_line(struct xml_lines *x, struct sceau_slice line)
{
    x->line++;
    if (x->line <= 2)
        return begin(x, line);
    if (x->is_done || line.len < 3 || *line.ptr != '<' || line.ptr[line.len - 1] != '>')
        return false;
    if (line.ptr[1] == '/')
        return close_element(x, slice_sub(line, 2, line.len - 3));
    size_t end = slice_find(line, '>');
    struct sceau_slice name = slice_sub(line, 1, end - 1);
    return end == line.len - 1 ? open_element(x, name)
                               : leaf(x, name, slice_skip(line, end + 1));
}

static void
break_off(struct xml_lines *x)
{
    if (!x->is_broken)
        x->events->repair(x->events, REPORT_REPAIR_BROKEN, SLICE_NONE);
    x->is_broken = true;
}

/* A part of a line, behind what there is of it. */
static bool
keep(struct xml_lines *x, struct sceau_slice part)
{
    if (part.len > sizeof x->cut - x->cut_len)
        return false;
    memcpy(x->cut + x->cut_len, part.ptr, part.len);
    x->cut_len += part.len;
    return true;
}

static bool
end_line(struct xml_lines *x, struct sceau_slice part)
{
    if (x->cut_len == 0)
        return take_line(x, part);
    if (!keep(x, part))
        return false;
    struct sceau_slice line = {x->cut, x->cut_len};
    x->cut_len = 0;
    return take_line(x, line);
}

bool
xml_lines_feed(struct xml_lines *x, struct sceau_slice octets)
{
    while (octets.len > 0 && !x->is_broken) {
        size_t len = slice_find(octets, '\n');
        struct sceau_slice part = slice_sub(octets, 0, len);
        bool has_end = len < octets.len;
        if (!(has_end ? end_line(x, part) : keep(x, part)))
            break_off(x);
        octets = slice_skip(octets, has_end ? len + 1 : len);
    }
    return !x->is_broken;
}

void
xml_lines_stop(struct xml_lines *x)
{
    x->is_broken = true;
}

bool
xml_lines_end(struct xml_lines *x)
{
    if (!x->is_done || x->cut_len > 0)
        break_off(x);
    return !x->is_broken;
}

struct xml_lines *
xml_lines_new(struct xml_events *events)
{
    struct xml_lines *x = malloc(sizeof *x);
    if (x == NULL)
        return NULL;
    x->events = events;
    x->line = 0;
    x->is_rfc9990 = x->is_done = x->is_broken = false;
    x->depth = 0;
    x->cut_len = 0;
    return x;
}

void
xml_lines_free(struct xml_lines *x)
{
    free(x);
}

uint64_t
xml_lines_line(const struct xml_lines *x)
{
    return x->line > 0 ? x->line : 1;
}

bool
xml_lines_is_rfc9990(const struct xml_lines *x)
{
    return x->is_rfc9990;
}
