/* One pass over the octets with at most 64 of them kept back, so that nothing that is
 * looked at is cut by the end of a chunk. Which encoding it is: UTF-16 by its first two
 * octets; else UTF-8 unless the XML declaration names another. */
#include "clean.h"

#include "core/octets16.h"

#include <assert.h>

#define AHEAD       64  /* octets that a decision needs at most */
#define DECLARATION 512 /* octets in which the XML declaration is sought */

/* What an octet may be the begin of. */
enum octet {
    PLAIN,
    CONTROL,
    AMPERSAND,
    OPEN,
    CLOSE,
    HIGH
};

static inline enum octet
class_of(char c)
{
    unsigned char octet = (unsigned char)c;
    if (octet >= 0x80)
        return HIGH;
    if (octet < 0x20)
        return c == '\t' || c == '\n' || c == '\r' ? PLAIN : CONTROL;
    return c == '<' ? OPEN : c == '&' ? AMPERSAND : c == ']' ? CLOSE : PLAIN;
}

/* Must it be looked at? The tag of an element need not be. */
static bool
is_special(const char *p, const char *end)
{
    enum octet class = class_of(*p);
    return class != PLAIN && (class != OPEN || end - p < 2 || p[1] == '!');
}

/* The first octet from `pos` on that must be looked at, or `end`. Few texts have one. */
static size_t
skip_plain(const struct cleaner *c, size_t pos, size_t end)
{
    const size_t step = sizeof(octets16);
    for (size_t clear = step; clear == step && c->in_len - pos > step; pos += clear) {
        octets16 here, next;
        memcpy(&here, c->in + pos, sizeof here);
        memcpy(&next, c->in + pos + 1, sizeof next);
        octets16 blank = (octets16)((here == '\n') | (here == '\r') | (here == '\t'));
        octets16 mark = (octets16)((here < 0x20) | (here > 0x7f) | (here == '&') |
                                   (here == ']') | ((here == '<') & (next == '!')));
        clear = octets16_before_mark(mark & ~blank);
    }
    while (pos < end && !is_special(c->in + pos, c->in + c->in_len))
        pos++;
    return pos < end ? pos : end;
}

void
cleaner_init(struct cleaner *c, bool (*emit)(struct cleaner *, struct sceau_slice),
             void (*repair)(struct cleaner *, enum report_repair_kind))
{
    c->emit = emit;
    c->repair = repair;
    c->in_len = c->out_len = 0;
    c->lines_before = c->repairs = c->untold = 0;
    c->is_past_mark = c->has_blanks = c->has_started = false;
    c->is_as_it_is = c->is_cdata = c->is_stopped = false;
    c->is_utf8 = true;
}

static void
flush(struct cleaner *c)
{
    if (c->out_len > 0 && !c->is_stopped)
        c->is_stopped = !c->emit(c, (struct sceau_slice){c->out, c->out_len});
    c->out_len = 0;
}

static void
put(struct cleaner *c, struct sceau_slice octets)
{
    while (octets.len > 0) {
        size_t room = sizeof c->out - c->out_len;
        size_t part = octets.len < room ? octets.len : room;
        memcpy(c->out + c->out_len, octets.ptr, part);
        c->out_len += part;
        octets = slice_skip(octets, part);
        if (c->out_len == sizeof c->out)
            flush(c);
    }
}

/* What was held back goes first, so that whoever reads behind knows the place. Of a kind
 * that comes by the million only the first are told. */
static void
tell(struct cleaner *c, enum report_repair_kind kind)
{
    if (c->repairs++ >= CLEAN_TOLD) {
        c->untold++;
        return;
    }
    flush(c);
    if (!c->is_stopped)
        c->repair(c, kind);
}

static bool
starts(struct sceau_slice s, struct sceau_slice with)
{
    return s.len >= with.len && memcmp(s.ptr, with.ptr, with.len) == 0;
}

/* XML 1.0 section 2.2 */
static bool
is_xml_char(uint64_t code)
{
    return code == 9 || code == 10 || code == 13 || (code >= 0x20 && code <= 0xd7ff) ||
           (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

static int
digit_value(char c, unsigned base)
{
    c = ascii_lower(c);
    int value = ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
    return value < (int)base ? value : -1;
}

/* The number of a character reference, between "&#" and ";". */
static bool
is_character(struct sceau_slice digits)
{
    unsigned base = digits.len > 0 && digits.ptr[0] == 'x' ? 16 : 10;
    uint64_t code = 0;
    digits = slice_skip(digits, base == 16 ? 1 : 0);
    for (size_t i = 0; i < digits.len; i++) {
        int value = digit_value(digits.ptr[i], base);
        if (value < 0 || code > 0x10ffff)
            return false;
        code = code * base + (unsigned)value;
    }
    return digits.len > 0 && is_xml_char(code);
}

/* Does a reference that XML knows begin here? */
static bool
is_reference(struct sceau_slice rest)
{
    static const struct sceau_slice known[] = {
        {"lt",   2},
        {"gt",   2},
        {"amp",  3},
        {"quot", 4},
        {"apos", 4},
    };
    struct sceau_slice inside = slice_skip(rest, 1);
    if (inside.len > 16)
        inside.len = 16;
    inside.len = slice_find(inside, ';') < inside.len ? slice_find(inside, ';') : 0;
    if (inside.len > 1 && inside.ptr[0] == '#')
        return is_character(slice_skip(inside, 1));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (slice_eq(inside, known[i]))
            return true;
    return false;
}

/* An octet that is more than itself. Returns how many it took. */
static size_t
take_special(struct cleaner *c, struct sceau_slice rest)
{
    const struct sceau_slice open = SCEAU_SLICE("<![CDATA["),
                             close = SCEAU_SLICE("]]>");
    size_t len = 1;
    switch (class_of(rest.ptr[0])) {
    case PLAIN: break;
    case CONTROL:
        tell(c, REPORT_REPAIR_OCTETS);
        put(c, SCEAU_SLICE("?"));
        return 1;
    case AMPERSAND:
        if (c->is_cdata || is_reference(rest))
            break;
        tell(c, REPORT_REPAIR_AMPERSAND);
        put(c, SCEAU_SLICE("&amp;"));
        return 1;
    case OPEN: c->is_cdata = c->is_cdata || starts(rest, open); break;
    case CLOSE: c->is_cdata = c->is_cdata && !starts(rest, close); break;
    case HIGH:
        len = c->is_utf8 ? slice_utf8_length(rest) : 1;
        if (len > 0 && !(len == 3 && starts(rest, SCEAU_SLICE("\xef\xbf")) &&
                         (unsigned char)rest.ptr[2] >= 0xbe)) /* U+FFFE, U+FFFF */
            break;
        tell(c, REPORT_REPAIR_OCTETS);
        put(c, SCEAU_SLICE("?"));
        return len > 0 ? len : 1;
    }
    put(c, slice_sub(rest, 0, len));
    return len;
}

/* Clean what stands in `in`, but for its last `kept` octets. */
static void
take(struct cleaner *c, size_t kept)
{
    struct sceau_slice all = {c->in, c->in_len};
    size_t pos = 0, end = c->in_len - kept;
    while (pos < end && !c->is_stopped) {
        size_t from = pos;
        pos = c->is_as_it_is ? end : skip_plain(c, pos, end);
        put(c, slice_sub(all, from, pos - from));
        if (pos < end)
            pos += take_special(c, slice_skip(all, pos));
    }
    if (pos > c->in_len)
        pos = c->in_len;
    memmove(c->in, c->in + pos, c->in_len - pos);
    c->in_len -= pos;
}

/* ---- the start ---- */

static bool
is_utf16(struct sceau_slice s)
{
    return starts(s, SCEAU_SLICE("\xfe\xff")) || starts(s, SCEAU_SLICE("\xff\xfe")) ||
           starts(s, SCEAU_SLICE("\0<")) || starts(s, SCEAU_SLICE("<\0"));
}

/* The encoding that the XML declaration names is UTF-8, or none is named. As many octets are looked
 * at however they come. */
static bool
is_declared_utf8(struct sceau_slice s)
{
    if (!starts(s, SCEAU_SLICE("<?xml")))
        return true;
    if (s.len > DECLARATION)
        s.len = DECLARATION;
    s.len = slice_find(s, '>');
    const char *at = memmem(s.ptr, s.len, "encoding", 8);
    if (at == NULL)
        return true;
    struct sceau_slice rest = slice_skip(s, (size_t)(at - s.ptr) + 8);
    while (rest.len > 0 && (ascii_is_fws(rest.ptr[0]) || rest.ptr[0] == '=' ||
                            rest.ptr[0] == '"' || rest.ptr[0] == '\''))
        rest = slice_skip(rest, 1);
    return slice_starts_ci(rest, SCEAU_SLICE("utf-8")) ||
           slice_starts_ci(rest, SCEAU_SLICE("utf8")) ||
           slice_starts_ci(rest, SCEAU_SLICE("us-ascii"));
}

/* Drop the byte order mark, of which not all may be there yet, and blanks before the XML. */
static void
drop_before(struct cleaner *c, bool is_end)
{
    const struct sceau_slice mark = SCEAU_SLICE("\xef\xbb\xbf");
    struct sceau_slice s = {c->in, c->in_len};
    if (!c->is_past_mark && s.len < mark.len && !is_end)
        return;
    if (!c->is_past_mark && starts(s, mark))
        s = slice_skip(s, mark.len);
    c->is_past_mark = true;
    while (s.len > 0 && ascii_is_fws(s.ptr[0])) {
        c->lines_before += s.ptr[0] == '\n';
        c->has_blanks = true;
        s = slice_skip(s, 1);
    }
    memmove(c->in, s.ptr, s.len);
    c->in_len = s.len;
}

/* Look at the first octets of the XML. */
static void
start(struct cleaner *c)
{
    struct sceau_slice s = {c->in, c->in_len};
    c->is_as_it_is = is_utf16(s);
    c->is_utf8 = is_declared_utf8(s);
    c->has_started = s.len > 0;
    if (c->has_started && c->has_blanks)
        c->repair(c, REPORT_REPAIR_BEFORE);
}

bool
cleaner_feed(struct cleaner *c, struct sceau_slice octets)
{
    while (octets.len > 0 && !c->is_stopped) {
        size_t room = sizeof c->in - c->in_len;
        size_t part = octets.len < room ? octets.len : room;
        memcpy(c->in + c->in_len, octets.ptr, part);
        c->in_len += part;
        octets = slice_skip(octets, part);
        if (!c->has_started)
            drop_before(c, false);
        if (!c->has_started && c->in_len >= DECLARATION)
            start(c);
        if (c->has_started && c->in_len > AHEAD)
            take(c, AHEAD);
    }
    return !c->is_stopped;
}

bool
cleaner_end(struct cleaner *c)
{
    if (!c->has_started) {
        drop_before(c, true);
        start(c);
    }
    take(c, 0);
    flush(c);
    return !c->is_stopped;
}
