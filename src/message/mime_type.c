#include "mime_type.h"

static bool
is_token_octet(char c)
{
    return c > ' ' && c <= '~' && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

static struct sceau_slice
token(struct sceau_slice *rest)
{
    size_t len = 0;
    while (len < rest->len && is_token_octet(rest->ptr[len]))
        len++;
    struct sceau_slice s = slice_sub(*rest, 0, len);
    *rest = slice_skip(*rest, len);
    return s;
}

static void
skip_blanks(struct sceau_slice *rest)
{
    while (rest->len > 0 && ascii_is_fws(*rest->ptr))
        *rest = slice_skip(*rest, 1);
}

static bool
skip_octet(struct sceau_slice *rest, char c)
{
    bool is_there = rest->len > 0 && *rest->ptr == c;
    *rest = slice_skip(*rest, is_there);
    return is_there;
}

/* A token, or a quoted-string without its quotes and with nothing escaped in it. */
static bool
read_value(struct sceau_slice *rest, struct sceau_slice *value)
{
    if (!skip_octet(rest, '"')) {
        *value = token(rest);
        return value->len > 0;
    }
    size_t end = slice_find(*rest, '"');
    *value = slice_sub(*rest, 0, end);
    if (end == rest->len || slice_find(*value, '\\') < end)
        return false;
    *rest = slice_skip(*rest, end + 1);
    return true;
}

/* bchars of RFC 2046 section 5.1.1, which end with no blank. */
static bool
is_boundary(struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alnum(s.ptr[i]) &&
            (s.ptr[i] == '\0' || strchr("'()+_,-./:=? ", s.ptr[i]) == NULL))
            return false;
    return s.len > 0 && s.len <= MIME_BOUNDARY_MAX && s.ptr[s.len - 1] != ' ';
}

static bool
is_charset(struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!ascii_is_alnum(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '_')
            return false;
    return s.len > 0 && s.len <= 20;
}

static bool
take(struct sceau_slice *member, struct sceau_slice value, bool is_valid)
{
    bool is_first = member->len == 0;
    *member = value;
    return is_first && is_valid;
}

static bool
read_parameter(struct sceau_slice *rest, struct mime_type *type)
{
    struct sceau_slice name = token(rest), value;
    skip_blanks(rest);
    if (name.len == 0 || !skip_octet(rest, '='))
        return false;
    skip_blanks(rest);
    if (!read_value(rest, &value))
        return false;
    if (slice_eq_ci(name, SCEAU_SLICE("charset")))
        return take(&type->charset, value, is_charset(value));
    if (slice_eq_ci(name, SCEAU_SLICE("boundary")))
        return take(&type->boundary, value, is_boundary(value));
    return !slice_starts_ci(name, SCEAU_SLICE("charset*")) &&
           !slice_starts_ci(name, SCEAU_SLICE("boundary*"));
}

bool
mime_type_parse(struct sceau_slice body, struct mime_type *type)
{
    struct sceau_slice rest = slice_trim(body), begin = rest;
    *type = (struct mime_type){.type = SLICE_NONE};
    struct sceau_slice major = token(&rest);
    if (major.len == 0 || !skip_octet(&rest, '/') || token(&rest).len == 0)
        return false;
    type->type = slice_sub(begin, 0, begin.len - rest.len);
    for (skip_blanks(&rest); rest.len > 0; skip_blanks(&rest)) {
        if (!skip_octet(&rest, ';'))
            return false;
        skip_blanks(&rest);
        if (rest.len > 0 && !read_parameter(&rest, type))
            return false;
    }
    return true;
}

bool
mime_type_is(const struct mime_type *type, const char *name)
{
    return slice_eq_ci(type->type, sceau_slice_from(name));
}
