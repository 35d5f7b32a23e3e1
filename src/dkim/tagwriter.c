/* Tags as text: broken between tags, or in long values, where a line would grow past 78
 * octets; 998 is the limit of RFC 5322 section 2.1.1. */
#include "tagwriter.h"

#include <stdio.h>
#include <string.h>

enum {
    LINE_WANTED = 76, /* a semicolon may follow */
    LINE_MOST = 960,
};

struct tag_writer
tag_writer_begin(struct sceau_arena *arena, enum tag_layout layout, size_t name_octets)
{
    return (struct tag_writer){.text = text_new(arena, SIZE_MAX),
                               .layout = layout,
                               .name_octets = name_octets,
                               .line = name_octets};
}

static void
put(struct tag_writer *w, struct sceau_slice word)
{
    text_slice(&w->text, word);
    w->line += word.len;
}

static void
put_fold(struct tag_writer *w)
{
    text_string(&w->text, "\r\n\t");
    w->line = 1;
}

/* How long a line may grow inside a value. */
static size_t
value_line(const struct tag_writer *w)
{
    return w->layout == TAGS_WHOLE ? LINE_MOST : LINE_WANTED;
}

/* Is there room on the line for a tag of that name and value? */
static bool
has_room(const struct tag_writer *w, const char *name, size_t value_octets)
{
    return w->line + strlen(name) + 2 + value_octets <= LINE_WANTED;
}

/* "; ", or a fold for the space, then "name=". `value_octets` are wanted on that line. */
static void
begin_tag(struct tag_writer *w, const char *name, size_t value_octets)
{
    if (w->has_tag) {
        put(w, SCEAU_SLICE(";"));
        if (has_room(w, name, value_octets))
            put(w, SCEAU_SLICE(" "));
        else
            put_fold(w);
    }
    put(w, sceau_slice_from(name));
    put(w, SCEAU_SLICE("="));
    w->has_tag = true;
}

void
tag_writer_add(struct tag_writer *w, const char *name, struct sceau_slice value)
{
    begin_tag(w, name, value.len);
    put(w, value);
}

void
tag_writer_add_number(struct tag_writer *w, const char *name, int64_t value)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)value);
    tag_writer_add(w, name, (struct sceau_slice){digits, len > 0 ? (size_t)len : 0});
}

void
tag_writer_add_instance(struct tag_writer *w, unsigned instance)
{
    char text[16];
    snprintf(text, sizeof text, " i=%u", instance);
    put(w, SCEAU_SLICE(";"));
    if (!has_room(w, "i", 2))
        put_fold(w);
    put(w, sceau_slice_from(text));
}

static void
put_base64(struct tag_writer *w, struct sceau_slice value)
{
    while (value.len > 0) {
        size_t room = w->line < value_line(w) ? value_line(w) - w->line : 0;
        size_t part = value.len < room ? value.len : room;
        put(w, slice_sub(value, 0, part));
        value = slice_skip(value, part);
        if (value.len > 0)
            put_fold(w);
    }
}

void
tag_writer_add_base64(struct tag_writer *w, const char *name, struct sceau_slice value)
{
    begin_tag(w, name, w->layout == TAGS_WHOLE ? value.len : 8);
    put_base64(w, value);
}

void
tag_writer_add_names(struct tag_writer *w, const char *name,
                     const struct sceau_slice *names, size_t count)
{
    begin_tag(w, name, count > 0 ? names[0].len : 0);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            put(w, SCEAU_SLICE(":"));
        if (i > 0 && w->line + names[i].len + 1 > value_line(w))
            put_fold(w);
        put(w, names[i]);
    }
}

void
tag_writer_add_signature(struct tag_writer *w)
{
    begin_tag(w, "b", 8);
    w->gap = w->text.len;
}

struct sceau_slice
tag_writer_unsigned(struct tag_writer *w)
{
    return text_done(&w->text);
}

/* Octets on the line at the end of `text`, the first line of the field included. */
static size_t
last_line(const struct tag_writer *w, struct sceau_slice text)
{
    size_t fold = slice_find_last(text, '\t');
    return fold < text.len ? text.len - fold : w->name_octets + text.len;
}

struct sceau_slice
tag_writer_signed(const struct tag_writer *w, struct sceau_slice base64)
{
    struct sceau_slice all = text_so_far(&w->text);
    struct sceau_slice before = slice_sub(all, 0, w->gap);
    struct sceau_slice after = slice_skip(all, w->gap);
    struct tag_writer out = *w;
    out.text = text_new(w->text.arena, SIZE_MAX);
    out.line = last_line(w, before);
    if (out.line + base64.len + slice_find(after, '\r') > LINE_MOST)
        out.layout = TAGS_FOLDED;
    text_slice(&out.text, before);
    put_base64(&out, base64);
    text_slice(&out.text, after);
    return base64.ptr != NULL ? text_done(&out.text) : SLICE_NONE;
}
