/* The grammar of sceau.conf. Every slice borrows from the text, so that a column can be
 * counted from it. */
#include "reader.h"

#include "core/text.h"

/* -- words and quotes -- */

static bool
is_word_octet(char c)
{
    return !ascii_is_wsp(c);
}

static bool
is_name_octet(char c)
{
    return ascii_is_alnum(c) || c == '_' || c == '-';
}

/* Octets of the quoted string at the start of `s`, both quotes counted; 0 when it does
 * not end. */
static size_t
quoted_length(struct sceau_slice s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '"')
            return i + 1;
        if (s.ptr[i] == '\\')
            i++; /* what follows does not end it */
    }
    return 0;
}

/* What stands between the quotes, \x turned into x. */
static struct sceau_slice
unquoted(struct sceau_arena *arena, struct sceau_slice quoted)
{
    struct sceau_slice inside = slice_sub(quoted, 1, quoted.len - 2);
    if (slice_find(inside, '\\') == inside.len)
        return inside;
    char *copy = sceau_arena_alloc(arena, inside.len);
    size_t len = 0;
    if (copy == NULL)
        return SLICE_NONE;
    for (size_t i = 0; i < inside.len; i++) {
        if (inside.ptr[i] == '\\')
            i++; /* quoted_length saw an octet behind it */
        copy[len++] = inside.ptr[i];
    }
    return (struct sceau_slice){copy, len};
}

bool
reader_word(struct sceau_arena *arena, struct sceau_slice *rest,
            struct sceau_slice *word, const char **problem)
{
    struct cursor c = cursor_over(*rest);
    *problem = NULL;
    cursor_skip_wsp(&c);
    struct sceau_slice s = slice_skip(*rest, c.pos);
    *rest = s;
    if (s.len == 0)
        return false;
    if (s.ptr[0] != '"') {
        c = cursor_over(s);
        *word = cursor_take_while(&c, is_word_octet);
        *rest = slice_skip(s, word->len);
        return true;
    }
    size_t len = quoted_length(s);
    *word = s;
    *rest = slice_skip(s, len > 0 ? len : s.len);
    if (len == 0)
        *problem = N_("the closing quote is missing");
    else if (rest->len > 0 && !ascii_is_wsp(rest->ptr[0]))
        *problem = N_("a blank is missing behind the closing quote");
    else
        *word = unquoted(arena, slice_sub(s, 0, len));
    return true;
}

/* -- one line -- */

static struct reader_line
problem_at(struct reader_line line, const char *problem, size_t at)
{
    line.kind = READER_PROBLEM;
    line.problem = problem;
    line.at = at;
    return line;
}

/* The octets before the comment, which a "#" begins that stands at the start or behind a
 * blank, and outside of quotes. A quote that never ends runs to the end of the line. */
static size_t
comment_start(struct sceau_slice text)
{
    bool is_after_blank = true;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_after_blank && c == '#')
            return i;
        if (is_after_blank && c == '"') {
            size_t len = quoted_length(slice_skip(text, i));
            if (len == 0)
                return text.len;
            i += len - 1;
        }
        is_after_blank = ascii_is_wsp(c);
    }
    return text.len;
}

/* "[name]" or "[name "label"]", nothing behind it but a comment. */
static struct reader_line
read_section(struct reader_line line, struct cursor c)
{
    cursor_expect(&c, '[', "");
    cursor_skip_wsp(&c);
    line.name = cursor_take_while(&c, is_name_octet);
    cursor_skip_wsp(&c);
    if (line.name.len == 0)
        return problem_at(line, N_("the section's name is missing: [name]"), c.pos);
    line.value = SLICE_NONE;
    if (cursor_peek(&c) == '"') {
        size_t len = quoted_length(slice_skip(line.text, c.pos));
        if (len == 0)
            return problem_at(line, N_("the closing quote is missing"), c.pos);
        line.value = slice_sub(line.text, c.pos, len);
        c.pos += len;
        cursor_skip_wsp(&c);
    }
    if (!cursor_accept(&c, ']'))
        return problem_at(line, N_("\"]\" is missing: [name] or [name \"label\"]"),
                          c.pos);
    cursor_skip_wsp(&c);
    if (c.pos < c.in.len && cursor_peek(&c) != '#')
        return problem_at(line,
                          N_("nothing may follow \"]\"; settings have their own lines"),
                          c.pos);
    line.kind = READER_SECTION;
    return line;
}

static struct reader_line
read_setting(struct reader_line line, struct cursor c)
{
    size_t start = c.pos;
    line.name = cursor_take_while(&c, is_name_octet);
    if (line.name.len == 0)
        return problem_at(line,
                          N_("\"key = value\", \"[section]\" or \"# comment\" wanted"),
                          start);
    cursor_skip_wsp(&c);
    if (!cursor_accept(&c, '='))
        return problem_at(line, N_("\"=\" is missing: key = value"), c.pos);
    struct sceau_slice value = slice_skip(line.text, c.pos);
    line.value = slice_trim(slice_sub(value, 0, comment_start(value)));
    line.kind = READER_SETTING;
    return line;
}

const char *
reader_refuses(struct sceau_slice text, size_t *at)
{
    for (*at = 0; *at < text.len; (*at)++) {
        unsigned char c = (unsigned char)text.ptr[*at];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return N_("a control character; this is a text file");
    }
    *at = 0;
    return slice_is_utf8(text) ? NULL : N_("this is not UTF-8");
}

static struct reader_line
read_line(struct sceau_slice text, size_t number)
{
    struct reader_line line = {.kind = READER_END, .number = number, .text = text};
    struct cursor c = cursor_over(text);
    size_t at;
    const char *problem = reader_refuses(text, &at);
    if (problem != NULL)
        return problem_at(line, problem, at);
    cursor_skip_wsp(&c);
    int first = cursor_peek(&c);
    if (first == -1 || first == '#')
        return line;
    return first == '[' ? read_section(line, c) : read_setting(line, c);
}

/* -- the text -- */

struct reader
reader_over(struct sceau_slice text)
{
    struct sceau_slice mark = SCEAU_SLICE("\xef\xbb\xbf");
    if (text.len == 0)
        return (struct reader){.is_over = true};
    if (text.len >= mark.len && slice_eq(slice_sub(text, 0, mark.len), mark))
        text = slice_skip(text, mark.len);
    return (struct reader){.rest = text};
}

struct reader_line
reader_next(struct reader *r)
{
    struct sceau_slice text;
    while (!r->is_over && slice_next(&r->rest, '\n', &text)) {
        if (text.len > 0 && text.ptr[text.len - 1] == '\r')
            text.len--;
        struct reader_line line = read_line(text, ++r->number);
        if (line.kind != READER_END)
            return line;
    }
    r->is_over = true;
    return (struct reader_line){.kind = READER_END, .number = r->number};
}
