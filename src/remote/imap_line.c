/* RFC 9051 section 9, the part of its grammar that answers to SELECT, CAPABILITY, FETCH,
 * COPY, MOVE and STORE come in. Nothing is unescaped: no text of the server is needed but
 * to be shown. */
#include "imap_line.h"

#include "core/cursor.h"

#define DEPTH_MAX 16 /* of parentheses inside an item's value */

static bool
is_word_octet(char c)
{
    return c > ' ' && c < 0x7f && strchr("()\"{}%*", c) == NULL;
}

static bool
is_tag_octet(char c)
{
    return is_word_octet(c) && c != '+';
}

/* nz-number = digit-nz *DIGIT, a 32-bit number; leading zeros are read kindly. */
static bool
take_number(struct cursor *c, uint32_t *number)
{
    size_t from = c->pos;
    uint64_t value = 0;
    while (cursor_peek(c) >= '0' && cursor_peek(c) <= '9')
        c->pos++;
    if (!slice_decimal(cursor_since(c, from), UINT32_MAX, &value))
        return false;
    *number = (uint32_t)value;
    return true;
}

static enum imap_status
status_of(struct sceau_slice word)
{
    static const struct {
        const char *word;
        enum imap_status status;
    } words[] = {
        {"OK",      IMAP_STATUS_OK },
        {"NO",      IMAP_STATUS_NO },
        {"BAD",     IMAP_STATUS_BAD},
        {"BYE",     IMAP_STATUS_BYE},
        {"PREAUTH", IMAP_STATUS_OK },
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (slice_eq_ci(word, sceau_slice_from(words[i].word)))
            return words[i].status;
    }
    return IMAP_STATUS_NONE;
}

/* resp-text = ["[" resp-text-code "]" SP] text */
static void
read_text(struct cursor *c, struct imap_line *line)
{
    struct sceau_slice rest = slice_skip(c->in, c->pos);
    size_t end = slice_find(rest, ']');
    if (line->status != IMAP_STATUS_NONE && rest.len > 0 && rest.ptr[0] == '[' &&
        end < rest.len) {
        line->code = slice_sub(rest, 1, end - 1);
        rest = slice_skip(rest, end + 1);
    }
    line->rest = slice_trim(rest);
}

/* Behind "* " or the tag. */
static void
read_words(struct cursor *c, struct imap_line *line)
{
    size_t from = c->pos;
    if (line->kind == IMAP_UNTAGGED && take_number(c, &line->number) &&
        cursor_accept(c, ' '))
        line->has_number = true;
    else
        c->pos = from;
    line->word = cursor_take_while(c, is_word_octet);
    if (line->word.len == 0) {
        line->kind = IMAP_BROKEN;
        return;
    }
    line->status = line->has_number ? IMAP_STATUS_NONE : status_of(line->word);
    if (line->kind == IMAP_TAGGED &&
        (line->status == IMAP_STATUS_NONE || line->status == IMAP_STATUS_BYE))
        line->kind = IMAP_BROKEN;
    cursor_accept(c, ' ');
    read_text(c, line);
}

struct imap_line
imap_line_read(struct sceau_slice text)
{
    struct imap_line line = {.kind = IMAP_BROKEN};
    struct cursor c = cursor_over(text);
    if (cursor_accept(&c, '+')) {
        line.kind = IMAP_CONTINUE;
        line.rest = slice_trim(slice_skip(text, c.pos));
        return line;
    }
    if (cursor_accept(&c, '*')) {
        line.kind = IMAP_UNTAGGED;
    } else {
        line.tag = cursor_take_while(&c, is_tag_octet);
        line.kind = line.tag.len > 0 ? IMAP_TAGGED : IMAP_BROKEN;
    }
    if (line.kind == IMAP_BROKEN || !cursor_accept(&c, ' '))
        line.kind = IMAP_BROKEN;
    else
        read_words(&c, &line);
    return line;
}

bool
imap_line_literal(struct sceau_slice line, uint64_t *octets)
{
    if (line.len < 3 || line.ptr[line.len - 1] != '}')
        return false;
    size_t open = slice_find_last(line, '{');
    if (open >= line.len)
        return false;
    struct sceau_slice digits = slice_sub(line, open + 1, line.len - open - 2);
    if (digits.len > 0 && digits.ptr[digits.len - 1] == '+')
        digits.len--;
    return slice_decimal(digits, UINT64_MAX, octets);
}

bool
imap_has_word(struct sceau_slice rest, struct sceau_slice word)
{
    struct sceau_slice part;
    while (rest.len > 0 && slice_next(&rest, ' ', &part)) {
        if (slice_eq_ci(part, word))
            return true;
    }
    return false;
}

bool
imap_code_number(struct sceau_slice code, struct sceau_slice name, uint32_t *number)
{
    struct cursor c = cursor_over(code);
    return cursor_accept_word(&c, name) && cursor_accept(&c, ' ') &&
           take_number(&c, number);
}

/* ---- FETCH ---- */

/* quoted = DQUOTE *QUOTED-CHAR DQUOTE */
static bool
skip_quoted(struct cursor *c)
{
    while (c->pos < c->in.len) {
        char octet = c->in.ptr[c->pos++];
        if (octet == '"')
            return true;
        if (octet == '\\' && c->pos < c->in.len)
            c->pos++;
    }
    return false;
}

/* The value of an item: a list, a string, an atom; a literal ends the part. */
static bool
skip_value(struct cursor *c)
{
    unsigned depth = 0;
    do {
        int octet = cursor_peek(c);
        if (octet < 0)
            return false;
        c->pos++;
        if (octet == '(' && ++depth > DEPTH_MAX)
            return false;
        if (octet == ')' && depth-- == 0)
            return false;
        if (octet == '"' && !skip_quoted(c))
            return false;
        if (octet == '{') {
            c->pos = c->in.len;
            return true;
        }
        if (depth == 0 && octet != ')' && octet != '"')
            cursor_take_while(c, is_word_octet);
    } while (depth > 0);
    return true;
}

/* Is \Deleted among the flags, "(\Seen \Deleted)"? */
static bool
has_deleted(struct sceau_slice flags)
{
    if (flags.len < 2)
        return false;
    return imap_has_word(slice_sub(flags, 1, flags.len - 2), SCEAU_SLICE("\\Deleted"));
}

/* msg-att: a name and its value. */
static bool
read_item(struct cursor *c, struct imap_fetched *f)
{
    struct sceau_slice name = cursor_take_while(c, is_word_octet);
    uint64_t size = 0;
    if (name.len == 0 || !cursor_accept(c, ' '))
        return false;
    size_t from = c->pos;
    if (!skip_value(c))
        return false;
    struct sceau_slice value = cursor_since(c, from);
    if (slice_eq_ci(name, SCEAU_SLICE("UID"))) {
        if (!slice_decimal(value, UINT32_MAX, &size) || size == 0)
            return false;
        f->has_uid = true;
        f->uid = (uint32_t)size;
    } else if (slice_eq_ci(name, SCEAU_SLICE("RFC822.SIZE"))) {
        f->has_size = slice_decimal(value, UINT64_MAX, &f->size);
        return f->has_size;
    } else if (slice_eq_ci(name, SCEAU_SLICE("FLAGS"))) {
        f->is_deleted |= has_deleted(value);
    } else if (slice_eq_ci(name, SCEAU_SLICE("BODY[]"))) {
        f->has_body = value.len > 0 && value.ptr[0] == '{';
    }
    return true;
}

bool
imap_fetched_read(struct sceau_slice part, struct imap_fetched *f)
{
    struct cursor c = cursor_over(part);
    cursor_accept(&c, ' ');
    cursor_accept(&c, '(');
    while (c.pos < part.len && cursor_peek(&c) != ')') {
        if (!read_item(&c, f))
            return false;
        while (cursor_accept(&c, ' '))
            continue;
    }
    return c.pos == part.len || (cursor_accept(&c, ')') && c.pos == part.len);
}
