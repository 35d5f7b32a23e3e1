/* Reading multipart/form-data. Source: RFC 7578, RFC 2046 section 5.1. */
#include "web/multipart.h"

#define BOUNDARY_MAX 70 /* RFC 2046 section 5.1.1 */

/* The value of `name` among ";"-separated parameters; quoted or bare. NULL ptr: none. */
static struct sceau_slice
parameter(struct sceau_slice field, const char *name)
{
    struct sceau_slice wanted = sceau_slice_from(name);
    size_t at = slice_find(field, ';');
    while (at < field.len) {
        struct sceau_slice rest = slice_trim(slice_skip(field, at + 1));
        size_t equals = slice_find(rest, '='), end;
        if (equals == rest.len)
            return SLICE_NONE;
        struct sceau_slice key = slice_trim(slice_sub(rest, 0, equals));
        struct sceau_slice value = slice_skip(rest, equals + 1);
        bool is_quoted = value.len > 0 && value.ptr[0] == '"';
        if (is_quoted)
            value = slice_skip(value, 1);
        end = slice_find(value, is_quoted ? '"' : ';');
        if (slice_eq_ci(key, wanted))
            return slice_sub(value, 0, end);
        field = slice_skip(value, end);
        at = slice_find(field, ';');
    }
    return SLICE_NONE;
}

struct sceau_slice
multipart_boundary(struct sceau_slice content_type)
{
    if (!slice_starts_ci(content_type, SCEAU_SLICE("multipart/form-data")))
        return SLICE_NONE;
    struct sceau_slice boundary = parameter(content_type, "boundary");
    return boundary.len > 0 && boundary.len <= BOUNDARY_MAX ? boundary : SLICE_NONE;
}

static size_t
find_text(struct sceau_slice in, struct sceau_slice what)
{
    const char *at = in.len > 0 ? memmem(in.ptr, in.len, what.ptr, what.len) : NULL;
    return at != NULL ? (size_t)(at - in.ptr) : in.len;
}

/* Where the next delimiter line begins: "--boundary" at the start of a line. */
static size_t
find_delimiter(struct sceau_slice in, struct sceau_slice boundary)
{
    size_t from = 0;
    while (from < in.len) {
        size_t at = from + find_text(slice_skip(in, from), boundary);
        if (at == in.len)
            break;
        if (at >= 4 && memcmp(in.ptr + at - 4, "\r\n--", 4) == 0)
            return at - 4;
        from = at + 1;
    }
    return in.len;
}

/* The header block of a part: only Content-Disposition matters. */
static bool
read_fields(struct sceau_slice fields, struct multipart_part *part)
{
    struct sceau_slice line, start = SCEAU_SLICE("content-disposition:");
    while (fields.ptr != NULL && slice_next(&fields, '\n', &line)) {
        if (!slice_starts_ci(line, start))
            continue;
        line = slice_trim(slice_skip(line, start.len));
        part->name = parameter(line, "name");
        part->file_name = parameter(line, "filename");
        return part->name.len > 0 && slice_starts_ci(line, SCEAU_SLICE("form-data"));
    }
    return false;
}

bool
multipart_parse(struct sceau_slice body, struct sceau_slice boundary,
                struct multipart *form)
{
    form->count = 0;
    if (boundary.len == 0 || boundary.len > BOUNDARY_MAX ||
        body.len < boundary.len + 4 || memcmp(body.ptr, "--", 2) != 0 ||
        !slice_eq(slice_sub(body, 2, boundary.len), boundary))
        return false;
    body = slice_skip(body, 2 + boundary.len);
    while (body.len >= 2 && memcmp(body.ptr, "\r\n", 2) == 0) {
        struct multipart_part *part = &form->parts[form->count];
        size_t head = find_text(body, SCEAU_SLICE("\r\n\r\n"));
        if (head == body.len || form->count == MULTIPART_PARTS_MAX ||
            !read_fields(slice_sub(body, 2, head > 2 ? head - 2 : 0), part))
            return false;
        body = slice_skip(body, head + 2); /* an empty part ends with this line end */
        size_t end = find_delimiter(body, boundary);
        if (end == body.len)
            return false;
        part->body = end > 2 ? slice_sub(body, 2, end - 2) : SCEAU_SLICE("");
        form->count++;
        body = slice_skip(body, end + 4 + boundary.len);
    }
    return body.len >= 2 && memcmp(body.ptr, "--", 2) == 0;
}

const struct multipart_part *
multipart_get(const struct multipart *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (slice_eq(form->parts[i].name, sceau_slice_from(name)))
            return &form->parts[i];
    }
    return NULL;
}
