/* The grammar that MTA-STS and TLS-RPT records share.
 *
 *     record      = version 1*(field-delim field) [field-delim]
 *     field-delim = *WSP ";" *WSP
 *     extension   = (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".") "="
 *                   1*(%x21-3A / %x3C / %x3E-7E) */
#include "fields.h"

#define EXTENSION_NAME_MAX 32

static bool
is_name_octet(char c)
{
    return ascii_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

static bool
is_value_octet(char c)
{
    return c != ';';
}

bool
fields_has_version(struct sceau_slice text, struct sceau_slice version)
{
    return text.len >= version.len &&
           slice_eq(slice_sub(text, 0, version.len), version) &&
           (text.len == version.len || text.ptr[version.len] == ';' ||
            ascii_is_wsp(text.ptr[version.len]));
}

struct fields
fields_of(struct sceau_slice text, struct sceau_slice version)
{
    struct fields f = {.cursor = cursor_over(text)};
    if (fields_has_version(text, version))
        f.cursor.pos = version.len;
    else
        cursor_fail(&f.cursor, "the version");
    return f;
}

bool
fields_next(struct fields *f)
{
    struct cursor *c = &f->cursor;
    cursor_skip_wsp(c);
    if (f->count > 0 && cursor_at_end(c))
        return false;
    cursor_expect(c, ';', "\";\"");
    cursor_skip_wsp(c);
    if (f->count > 0 && cursor_at_end(c))
        return false;
    f->name = cursor_take_while(c, is_name_octet);
    if (f->name.len == 0 || f->name.len > EXTENSION_NAME_MAX)
        cursor_fail(c, "a field's name");
    cursor_expect(c, '=', "\"=\"");
    f->value_at = c->pos;
    f->value = slice_trim(cursor_take_while(c, is_value_octet));
    if (f->value.len == 0)
        cursor_fail(c, "a value");
    f->count += cursor_ok(c);
    return cursor_ok(c);
}

bool
fields_is_extension(const struct fields *f)
{
    for (size_t i = 0; i < f->value.len; i++) {
        char c = f->value.ptr[i];
        if (c <= ' ' || c > '~' || c == '=')
            return false;
    }
    return ascii_is_alnum(f->name.ptr[0]);
}
