/* The sticky cursor: what every grammar of the suite reads with. */
#include "cursor.h"

void
cursor_fail(struct cursor *c, const char *expected)
{
    if (c->expected == NULL)
        c->expected = expected;
}

void
cursor_expect(struct cursor *c, char octet, const char *expected)
{
    if (!cursor_accept(c, octet))
        cursor_fail(c, expected);
}

bool
cursor_accept_word(struct cursor *c, struct sceau_slice word)
{
    if (!cursor_ok(c) || !slice_starts_ci(slice_skip(c->in, c->pos), word))
        return false;
    c->pos += word.len;
    return true;
}

void
cursor_skip_wsp(struct cursor *c)
{
    cursor_take_while(c, ascii_is_wsp);
}

void
cursor_skip_fws(struct cursor *c)
{
    cursor_take_while(c, ascii_is_fws);
}

unsigned
cursor_decimal(struct cursor *c, unsigned min, unsigned max)
{
    size_t from = c->pos;
    struct sceau_slice digits = cursor_take_while(c, ascii_is_digit);
    uint64_t value = 0;
    bool has_leading_zero = digits.len > 1 && digits.ptr[0] == '0';
    if (!has_leading_zero && slice_decimal(digits, max, &value) && value >= min)
        return (unsigned)value;
    if (cursor_ok(c))
        c->pos = from;
    cursor_fail(c, "a number in range, without leading zero");
    return min;
}

enum sceau_status
cursor_status(const struct cursor *c, struct sceau_diag *diag)
{
    if (cursor_ok(c))
        return SCEAU_OK;
    if (diag != NULL)
        *diag = (struct sceau_diag){.offset = c->pos, .expected = c->expected};
    return SCEAU_E_SYNTAX;
}
