/* The BIMI record, and the few things about a logo that tags tell. */
#include "bimi.h"

#include "core/taglist.h"
#include "language/language.h"

/* ---- the record ---- */

#define VERSION SCEAU_SLICE("BIMI1")

/* "v=BIMI1" first, blanks around "=" allowed as in every tag list. */
bool
bimi_is_record(struct sceau_slice text)
{
    struct sceau_slice first = slice_trim(slice_sub(text, 0, slice_find(text, ';')));
    size_t equals = slice_find(first, '=');
    return equals < first.len &&
           slice_eq(slice_trim(slice_sub(first, 0, equals)), SCEAU_SLICE("v")) &&
           slice_eq(slice_trim(slice_skip(first, equals + 1)), VERSION);
}

static struct sceau_slice
value_of(const struct taglist *list, struct sceau_slice name)
{
    const struct tag *tag = taglist_find(list, name);
    return tag != NULL ? tag->value : SCEAU_SLICE("");
}

enum sceau_status
bimi_record_parse(struct sceau_arena *arena, struct sceau_slice text,
                  struct bimi_record *record, struct sceau_diag *diag)
{
    struct taglist list;
    *record = (struct bimi_record){0};
    if (!bimi_is_record(text)) {
        *diag = (struct sceau_diag){0, "v=BIMI1"};
        return SCEAU_E_SYNTAX;
    }
    enum sceau_status status = taglist_parse(arena, text, &list, diag);
    if (status != SCEAU_OK)
        return status;
    if (taglist_find(&list, SCEAU_SLICE("l")) == NULL) {
        *diag = (struct sceau_diag){text.len, "l="};
        return SCEAU_E_SYNTAX;
    }
    record->logo = value_of(&list, SCEAU_SLICE("l"));
    record->evidence = value_of(&list, SCEAU_SLICE("a"));
    record->is_declined = record->logo.len == 0 && record->evidence.len == 0;
    return SCEAU_OK;
}

/* ---- the logo ---- */

static const struct {
    enum bimi_fault fault;
    const char *sentence;
} faults[] = {
    {BIMI_NOT_SVG,     N_("is no SVG document")                       },
    {BIMI_NOT_TINY_PS,
     N_("is not SVG Tiny PS: baseProfile=\"tiny-ps\" version=\"1.2\"")},
    {BIMI_NOT_SQUARE,  N_("has no square viewBox")                    },
    {BIMI_NO_TITLE,    N_("has no title")                             },
    {BIMI_TOO_LARGE,   N_("is larger than 32 KiB")                    },
    {BIMI_HAS_MORE,    N_("has what SVG Tiny PS does not allow (scripts, images, "
                       "animations, entities)")    },
};

const char *
bimi_fault_sentence(enum bimi_fault fault)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (faults[i].fault == fault)
            return faults[i].sentence;
    }
    return "";
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct sceau_slice
skip_blanks(struct sceau_slice s)
{
    size_t n = 0;
    while (n < s.len && is_blank(s.ptr[n]))
        n++;
    return slice_skip(s, n);
}

static bool
starts(struct sceau_slice s, const char *with)
{
    size_t len = strlen(with);
    return s.len >= len && memcmp(s.ptr, with, len) == 0;
}

/* Octets up to and with `end`; all of them when it does not come. */
static size_t
up_to(struct sceau_slice s, const char *end)
{
    const char *at = memmem(s.ptr, s.len, end, strlen(end));
    return at != NULL ? (size_t)(at - s.ptr) + strlen(end) : s.len;
}

/* Octets of a tag up to ">", which may stand in a quoted value. */
static size_t
tag_length(struct sceau_slice s)
{
    char quote = '\0';
    for (size_t i = 0; i < s.len; i++) {
        if (quote != '\0')
            quote = s.ptr[i] == quote ? '\0' : quote;
        else if (s.ptr[i] == '"' || s.ptr[i] == '\'')
            quote = s.ptr[i];
        else if (s.ptr[i] == '>')
            return i + 1;
    }
    return s.len;
}

/* Step to the next start tag: `tag` is what stands between "<" and ">". Comments,
 * instructions and end tags are passed over; a declaration is a tag ("!DOCTYPE …"). */
static bool
next_tag(struct sceau_slice *rest, struct sceau_slice *tag)
{
    for (;;) {
        *rest = slice_skip(*rest, slice_find(*rest, '<'));
        if (rest->len < 2)
            return false;
        size_t len = starts(*rest, "<!--") ? up_to(*rest, "-->")
                     : starts(*rest, "<?") ? up_to(*rest, "?>")
                                           : tag_length(*rest);
        bool is_passed =
            starts(*rest, "<!--") || starts(*rest, "<?") || starts(*rest, "</");
        *tag = slice_sub(*rest, 1, len > 1 ? len - 2 : 0);
        *rest = slice_skip(*rest, len);
        if (!is_passed)
            return true;
    }
}

static struct sceau_slice
name_of(struct sceau_slice tag)
{
    size_t n = 0;
    while (n < tag.len && !is_blank(tag.ptr[n]) && tag.ptr[n] != '/')
        n++;
    return slice_sub(tag, 0, n);
}

/* The value of an attribute; NULL ptr when it is not there. */
static struct sceau_slice
attribute(struct sceau_slice tag, struct sceau_slice name)
{
    struct sceau_slice rest = skip_blanks(slice_skip(tag, name_of(tag).len));
    for (;;) {
        size_t equals = slice_find(rest, '=');
        struct sceau_slice key = slice_sub(rest, 0, equals);
        rest = skip_blanks(slice_skip(rest, equals + (equals < rest.len)));
        if (rest.len == 0 || (rest.ptr[0] != '"' && rest.ptr[0] != '\''))
            return SLICE_NONE;
        char quote = rest.ptr[0];
        rest = slice_skip(rest, 1);
        size_t end = slice_find(rest, quote);
        struct sceau_slice value = slice_sub(rest, 0, end);
        while (key.len > 0 && is_blank(key.ptr[key.len - 1]))
            key.len--;
        if (slice_eq(key, name))
            return value;
        rest = skip_blanks(slice_skip(rest, end + (end < rest.len)));
    }
}

/* A number of the viewBox in millionths, at most nine digits before the point; false when
 * it is none. */
static bool
read_number(struct sceau_slice *rest, int64_t *millionths)
{
    int64_t value = 0, unit = 1000000;
    bool has_point = false;
    size_t i, digits = 0;
    while (rest->len > 0 && (is_blank(rest->ptr[0]) || rest->ptr[0] == ','))
        *rest = slice_skip(*rest, 1);
    bool is_negative = rest->len > 0 && rest->ptr[0] == '-';
    for (i = is_negative; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (c == '.' && !has_point) {
            has_point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > 15)
            break;
        unit = has_point ? unit / 10 : unit;
        if (!has_point && value > 99999999LL * 1000000)
            return false;
        value = has_point ? value + (c - '0') * unit : value * 10 + (c - '0') * unit;
    }
    *millionths = is_negative ? -value : value;
    *rest = slice_skip(*rest, i);
    return digits > 0;
}

static bool
is_square(struct sceau_slice box)
{
    int64_t numbers[4];
    for (size_t i = 0; i < 4; i++) {
        if (!read_number(&box, &numbers[i]))
            return false;
    }
    return skip_blanks(box).len == 0 && numbers[2] > 0 && numbers[2] == numbers[3];
}

static bool
is_forbidden(struct sceau_slice name)
{
    static const char *const names[] = {
        "!DOCTYPE",
        "!ENTITY",
        "script",
        "image",
        "foreignObject",
        "animate",
        "animateTransform",
        "animateColor",
        "set",
        "animateMotion",
        "video",
        "audio",
        "a",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_eq(name, sceau_slice_from(names[i])))
            return true;
    }
    return false;
}

unsigned
bimi_logo_faults(struct sceau_slice svg)
{
    unsigned found = svg.len > BIMI_LOGO_MAX ? BIMI_TOO_LARGE : 0;
    bool has_root = false, has_title = false;
    struct sceau_slice rest = svg, tag;
    while (next_tag(&rest, &tag)) {
        struct sceau_slice name = name_of(tag);
        has_title |= has_root && slice_eq(name, SCEAU_SLICE("title"));
        found |= is_forbidden(name) ? BIMI_HAS_MORE : 0U;
        if (has_root || name.len == 0 || name.ptr[0] == '!')
            continue;
        if (!slice_eq(name, SCEAU_SLICE("svg")))
            break;
        has_root = true;
        if (!slice_eq(attribute(tag, SCEAU_SLICE("baseProfile")),
                      SCEAU_SLICE("tiny-ps")) ||
            !slice_eq(attribute(tag, SCEAU_SLICE("version")), SCEAU_SLICE("1.2")))
            found |= BIMI_NOT_TINY_PS;
        if (!is_square(attribute(tag, SCEAU_SLICE("viewBox"))))
            found |= BIMI_NOT_SQUARE;
    }
    if (!has_root)
        return found | BIMI_NOT_SVG;
    return has_title ? found : found | BIMI_NO_TITLE;
}
