/* Writing HTML. Escapes by construction: every octet of a value passes put_value(). */
#include "web/html.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#define TENTHS_MAX 1e9 /* a number that printf writes itself */

struct html
html_new(struct sceau_arena *arena, enum language language)
{
    return (struct html){.text = text_new(arena, SIZE_MAX), .language = language};
}

static void
end_start_tag(struct html *h)
{
    if (h->is_in_tag)
        text_octet(&h->text, '>');
    h->is_in_tag = false;
}

/* ---- octets of others ------------------------------------------------------------- */

static uint32_t
code_point(const char *ptr, size_t len)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (unsigned char)ptr[0] & first[len];
    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((unsigned char)ptr[i] & 0x3f);
    return c;
}

/* Characters that show nothing, or that turn what stands beside them around. */
static bool
is_hidden(uint32_t c)
{
    static const struct range {
        uint32_t first, last;
    } hidden[] = {
        {0x00ad,  0x00ad }, /* soft hyphen */
        {0x061c,  0x061c }, /* Arabic letter mark */
        {0x200b,  0x200f }, /* zero width, direction marks */
        {0x2028,  0x202e }, /* separators, embeddings, overrides */
        {0x2060,  0x206f }, /* word joiner, isolates */
        {0xfeff,  0xfeff }, /* byte order mark */
        {0xfff9,  0xfffb }, /* interlinear annotation */
        {0xe0000, 0xe0fff}, /* tags, variation selectors */
    };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        if (c >= hidden[i].first && c <= hidden[i].last)
            return true;
    }
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* One character as it may be seen; returns its octets. Line ends and tabs are blanks. */
static size_t
put_visible(struct text *t, struct sceau_slice rest)
{
    size_t len = slice_utf8_length(rest);
    if (len == 0) {
        text_format(t, "\\x%02X", (unsigned char)rest.ptr[0]);
        return 1;
    }
    uint32_t c = code_point(rest.ptr, len);
    if (c == '\n' || c == '\t')
        text_octet(t, ' ');
    else if (c < 0x80 && is_hidden(c))
        text_format(t, "\\x%02X", (unsigned)c);
    else if (is_hidden(c))
        text_format(t, "\\u{%04X}", (unsigned)c);
    else
        text_slice(t, slice_sub(rest, 0, len));
    return len;
}

/* Octets that stand for themselves: what most of a page is. */
static size_t
plain_length(struct sceau_slice value)
{
    size_t len = 0;
    while (len < value.len && value.ptr[len] >= ' ' && value.ptr[len] < 0x7f &&
           value.ptr[len] != '&' && value.ptr[len] != '<' && value.ptr[len] != '>' &&
           value.ptr[len] != '"' && value.ptr[len] != '\'')
        len++;
    return len;
}

/* In element content and in attribute values between double quotes alike. */
static void
put_value(struct text *t, struct sceau_slice value)
{
    for (size_t i = 0; i < value.len;) {
        size_t plain = plain_length(slice_skip(value, i));
        text_slice(t, slice_sub(value, i, plain));
        i += plain;
        if (i == value.len)
            break;
        switch (value.ptr[i]) {
        case '&': text_string(t, "&amp;"); break;
        case '<': text_string(t, "&lt;"); break;
        case '>': text_string(t, "&gt;"); break;
        case '"': text_string(t, "&quot;"); break;
        case '\'': text_string(t, "&#39;"); break;
        default: i += put_visible(t, slice_skip(value, i)); continue;
        }
        i++;
    }
}

/* ASCII, and the letters of Latin-1 in UTF-8: "état" begins with C3 A9. */
struct sceau_slice
html_capital(struct sceau_arena *arena, const char *text)
{
    struct sceau_slice whole = sceau_slice_from(text);
    struct text t = text_new(arena, SIZE_MAX);
    unsigned char first = whole.len > 0 ? (unsigned char)whole.ptr[0] : 0;
    unsigned char second = whole.len > 1 ? (unsigned char)whole.ptr[1] : 0;
    if (first == 0xc3 && second >= 0xa0 && second <= 0xbe) {
        text_octet(&t, whole.ptr[0]);
        text_octet(&t, (char)(second - 0x20));
        text_slice(&t, slice_skip(whole, 2));
    } else if (first >= 'a' && first <= 'z') {
        text_octet(&t, (char)(first - 'a' + 'A'));
        text_slice(&t, slice_skip(whole, 1));
    } else {
        text_slice(&t, whole);
    }
    return text_done(&t);
}

struct sceau_slice
html_visible(struct sceau_arena *arena, struct sceau_slice text)
{
    struct text out = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < text.len;)
        i += put_visible(&out, slice_skip(text, i));
    return text_done(&out);
}

/* ---- tags --------------------------------------------------------------------------- */

static bool
is_name(const char *name)
{
    const char *c = name;
    while (ascii_is_alnum(*c) || *c == '-')
        c++;
    return c > name && *c == '\0';
}

void
html_doctype(struct html *h)
{
    text_string(&h->text, "<!doctype html>\n");
}

void
html_open(struct html *h, const char *tag)
{
    assert(is_name(tag));
    end_start_tag(h);
    text_octet(&h->text, '<');
    text_string(&h->text, tag);
    h->is_in_tag = true;
}

void
html_attr(struct html *h, const char *name, struct sceau_slice value)
{
    assert(h->is_in_tag && is_name(name));
    text_octet(&h->text, ' ');
    text_string(&h->text, name);
    text_string(&h->text, "=\"");
    put_value(&h->text, value);
    text_octet(&h->text, '"');
}

void
html_attr_string(struct html *h, const char *name, const char *value)
{
    html_attr(h, name, sceau_slice_from(value));
}

void
html_attr_number(struct html *h, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    html_attr_string(h, name, digits);
}

void
html_attr_tenths(struct html *h, const char *name, double value)
{
    char memory[32];
    struct text t = text_in(memory, sizeof memory);
    if (!(value >= 0 && value < TENTHS_MAX)) {
        text_format(&t, "%.1f", value);
    } else {
        /* Half a tenth by what the sum lost, then to the even one: as printf has it. */
        double eight = value * 8, two = value * 2, times = eight + two;
        uint64_t tenths = (uint64_t)times;
        double over = times - (double)tenths - .5, lost = two - (times - eight);
        if (over > 0 || (over == 0 && (lost > 0 || (lost == 0 && tenths % 2 == 1))))
            tenths++;
        text_decimal(&t, tenths / 10);
        text_octet(&t, '.');
        text_decimal(&t, tenths % 10);
    }
    html_attr(h, name, text_done(&t));
}

void
html_attr_say(struct html *h, const char *name, const char *english)
{
    html_attr_string(h, name, language_text(h->language, english));
}

void
html_flag(struct html *h, const char *name)
{
    assert(h->is_in_tag && is_name(name));
    text_octet(&h->text, ' ');
    text_string(&h->text, name);
}

void
html_url(struct html *h, const char *name, struct sceau_slice url)
{
    /* "//host" would be another site. */
    bool is_local = url.len > 0 &&
                    (url.ptr[0] == '/' || url.ptr[0] == '?' || url.ptr[0] == '#') &&
                    !(url.len > 1 && url.ptr[0] == '/' &&
                      (url.ptr[1] == '/' || url.ptr[1] == '\\'));
    html_attr(h, name, is_local ? url : SCEAU_SLICE("#"));
}

void
html_close(struct html *h, const char *tag)
{
    static const char *const empty[] = {"br",   "hr",   "img", "input",
                                        "link", "meta", "wbr"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        if (strcmp(tag, empty[i]) == 0) {
            end_start_tag(h);
            return;
        }
    }
    end_start_tag(h);
    text_string(&h->text, "</");
    text_string(&h->text, tag);
    text_octet(&h->text, '>');
}

/* ---- content ------------------------------------------------------------------------- */

void
html_text(struct html *h, struct sceau_slice text)
{
    end_start_tag(h);
    put_value(&h->text, text);
}

void
html_lines(struct html *h, struct sceau_slice text)
{
    size_t at = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] != '\n')
            continue;
        size_t end = i > at && i < text.len && text.ptr[i - 1] == '\r' ? i - 1 : i;
        html_text(h, slice_sub(text, at, end - at));
        if (i < text.len)
            text_octet(&h->text, '\n');
        at = i + 1;
    }
}

void
html_name(struct html *h, struct sceau_slice name)
{
    static const char breaks[] = "._-@/!:";
    const size_t least = 4; /* characters that stand together */
    size_t from = 0;
    for (size_t i = 0; i + least < name.len; i++) {
        if (i + 1 - from < least ||
            memchr(breaks, name.ptr[i], sizeof breaks - 1) == NULL)
            continue;
        html_text(h, slice_sub(name, from, i + 1 - from));
        html_open(h, "wbr");
        html_close(h, "wbr");
        from = i + 1;
    }
    html_text(h, slice_skip(name, from));
}

void
html_string(struct html *h, const char *text)
{
    html_text(h, sceau_slice_from(text));
}

void
html_say(struct html *h, const char *english)
{
    html_string(h, language_text(h->language, english));
}

void
html_sentence(struct html *h, const char *english, const struct language_word *words,
              size_t count)
{
    struct language_word ours[16];
    assert(count <= sizeof ours / sizeof *ours);
    for (size_t i = 0; i < count; i++) {
        ours[i] = words[i];
        ours[i].is_ours = true; /* html_text escapes all of it, once */
    }
    html_text(h, language_sentence(h->text.arena, h->language, english, ours, count));
}

void
html_colon(struct html *h)
{
    html_string(h, h->language == LANGUAGE_FR ? "\u00a0: " : ": ");
}

void
html_number(struct html *h, int64_t number)
{
    char digits[24];
    end_start_tag(h);
    int len = snprintf(digits, sizeof digits, "%" PRId64, number);
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0 && ascii_is_digit(digits[i - 1]))
            text_string(&h->text, h->language == LANGUAGE_FR ? "\u202f" : ",");
        text_octet(&h->text, digits[i]);
    }
}

void
html_element(struct html *h, const char *tag, const char *class,
             struct sceau_slice text)
{
    html_open(h, tag);
    if (class != NULL)
        html_attr_string(h, "class", class);
    html_text(h, text);
    html_close(h, tag);
}

void
html_element_say(struct html *h, const char *tag, const char *class,
                 const char *english)
{
    html_element(h, tag, class, sceau_slice_from(language_text(h->language, english)));
}

struct sceau_slice
html_done(struct html *h)
{
    end_start_tag(h);
    return text_done(&h->text);
}
