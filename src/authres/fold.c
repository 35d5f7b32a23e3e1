/* Writing structured header fields (RFC 5322 sections 2.2.3 and 3.2) around text that a
 * stranger chose: whatever it is, it cannot end its quotes, its comment or its line. */
#include "authres/fold.h"

#include "core/domain.h"

struct fold
fold_begin(struct sceau_arena *arena, size_t name_octets, bool is_smtputf8)
{
    return (struct fold){.out = text_new(arena, SIZE_MAX),
                         .line = name_octets,
                         .is_smtputf8 = is_smtputf8};
}

void
fold_glue(struct fold *f, struct sceau_slice word)
{
    text_slice(&f->out, word);
    f->line += word.len;
}

void
fold_break(struct fold *f)
{
    text_string(&f->out, "\r\n\t");
    f->line = 1;
}

/* One octet is left for the semicolon that may come behind the word. */
void
fold_space(struct fold *f, size_t octets)
{
    if (f->line > 1 && f->line + 1 + octets >= FOLD_LINE)
        fold_break(f);
    else
        fold_glue(f, SCEAU_SLICE(" "));
}

/* A part that did not fit makes the whole fail: half a field is worse than none. */
static struct sceau_slice
finished(struct fold *f, struct text *t)
{
    struct sceau_slice done = text_done(t);
    f->out.has_failed |= done.ptr == NULL;
    return done;
}

/* Octets of printable ASCII at the start. */
static size_t
printable_run(struct sceau_slice s)
{
    size_t run = 0;
    while (run < s.len && s.ptr[run] >= 0x20 && s.ptr[run] < 0x7f)
        run++;
    return run;
}

static bool
has_8bit(struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x80)
            return true;
    }
    return false;
}

/* White space of any kind becomes one space; what may not be written becomes "?": control
 * octets, what is no UTF-8 and, unless the message is SMTPUTF8, 8-bit characters. To drop
 * them would turn one name into another. */
static struct sceau_slice
cleaned(struct fold *f, struct sceau_slice s)
{
    struct text t = text_new(f->out.arena, SIZE_MAX);
    while (s.len > 0) {
        size_t run = printable_run(s);
        text_slice(&t, slice_sub(s, 0, run));
        s = slice_skip(s, run);
        if (s.len == 0)
            break;
        size_t len = slice_utf8_length(s);
        if (ascii_is_fws(s.ptr[0]))
            text_octet(&t, ' ');
        else if (len > 1 && f->is_smtputf8)
            text_slice(&t, slice_sub(s, 0, len));
        else
            text_octet(&t, '?');
        s = slice_skip(s, len > 0 ? len : 1);
    }
    return finished(f, &t);
}

/* Octets that are both in a token (RFC 2045 section 5.1: no space, no control, none of the
 * tspecials) and in an atom (RFC 5322 section 3.2.3). */
static bool
is_plain_octet(char c)
{
    static const bool is_special[0x80] = {
        ['('] = true,  [')'] = true, ['<'] = true, ['>'] = true,
        ['@'] = true,  [','] = true, [';'] = true, [':'] = true,
        ['\\'] = true, ['"'] = true, ['/'] = true, ['['] = true,
        [']'] = true,  ['?'] = true, ['='] = true, ['.'] = true,
    };
    unsigned char u = (unsigned char)c;
    return u > 0x20 && u < 0x7f && !is_special[u];
}

/* May it stand without quotes, as a token, a dot-atom and a local part alike? An equals
 * sign may not: in an address it would read like a result to a careless reader. */
static bool
is_plain(struct sceau_slice s)
{
    bool after_dot = true;
    for (size_t i = 0; i < s.len; i++) {
        bool is_dot = s.ptr[i] == '.';
        if (is_dot ? after_dot : !is_plain_octet(s.ptr[i]))
            return false;
        after_dot = is_dot;
    }
    return !after_dot;
}

static struct sceau_slice
if_short(struct sceau_slice s)
{
    return s.len <= FOLD_VALUE ? s : SLICE_NONE;
}

struct sceau_slice
fold_quoted(struct fold *f, struct sceau_slice text)
{
    struct sceau_slice clean = cleaned(f, slice_trim(text));
    struct text t = text_new(f->out.arena, SIZE_MAX);
    if (clean.len == 0)
        return SLICE_NONE;
    text_quoted(&t, clean);
    return if_short(finished(f, &t));
}

struct sceau_slice
fold_value(struct fold *f, struct sceau_slice text)
{
    struct sceau_slice name;
    text = slice_trim(text);
    if (has_8bit(text) && domain_normal(f->out.arena, text, &name))
        return name;
    struct sceau_slice clean = cleaned(f, text);
    return is_plain(clean) ? if_short(clean) : fold_quoted(f, clean);
}

struct sceau_slice
fold_mailbox(struct fold *f, struct sceau_slice text)
{
    text = slice_trim(text);
    size_t at = slice_find_last(text, '@');
    struct sceau_slice domain;
    if (at == text.len ||
        !domain_normal(f->out.arena, slice_skip(text, at + 1), &domain))
        return fold_value(f, text);
    struct sceau_slice local = slice_sub(text, 0, at);
    if (has_8bit(local) && !f->is_smtputf8)
        return domain;
    struct text t = text_new(f->out.arena, SIZE_MAX);
    struct sceau_slice clean = cleaned(f, local);
    if (is_plain(clean))
        text_slice(&t, clean);
    else if (local.len > 0)
        text_quoted(&t, clean);
    text_octet(&t, '@');
    text_slice(&t, domain);
    return if_short(finished(f, &t));
}

/* One word of a comment, parentheses and backslashes escaped. */
static void
add_comment_word(struct fold *f, struct sceau_slice word, bool is_first, bool is_last)
{
    struct text t = text_new(f->out.arena, SIZE_MAX);
    if (is_first)
        text_octet(&t, '(');
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if (c == '(' || c == ')' || c == '\\')
            text_octet(&t, '\\');
        text_octet(&t, c);
    }
    if (is_last)
        text_octet(&t, ')');
    struct sceau_slice whole = finished(f, &t);
    fold_space(f, whole.len);
    fold_glue(f, whole);
}

/* At most `max` octets of UTF-8, no character cut. */
static size_t
whole_characters(struct sceau_slice s, size_t max)
{
    while (max > 0 && ((unsigned char)s.ptr[max] & 0xc0) == 0x80)
        max--;
    return max;
}

void
fold_comment(struct fold *f, struct sceau_slice text)
{
    struct sceau_slice rest = cleaned(f, slice_trim(text)), word;
    bool is_first = true;
    if (rest.len > FOLD_VALUE)
        rest = slice_trim(slice_sub(rest, 0, whole_characters(rest, FOLD_VALUE)));
    if (rest.len == 0)
        return;
    while (slice_next(&rest, ' ', &word)) {
        if (word.len == 0 && rest.ptr != NULL)
            continue;
        add_comment_word(f, word, is_first, rest.ptr == NULL);
        is_first = false;
    }
}
