/* The header block as fields (RFC 5322 sections 2.2 and 4.5): storing them octet for octet,
 * finding them by name, and saying what is wrong with them. What a defect means for a
 * verdict is said in author.c. */
#include "message/header.h"

bool
header_is_field_name(struct sceau_slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] > '~' || name.ptr[i] == ':')
            return false;
    }
    return name.len > 0;
}

/* Where `c` stands at `from` (at most s.len) or behind it, or s.len. */
static size_t
find_from(struct sceau_slice s, char c, size_t from)
{
    return from + slice_find(slice_skip(s, from), c);
}

/* A line end belongs into a field only as a fold: CRLF with white space behind it. */
static unsigned
line_end_defects(struct sceau_slice raw)
{
    unsigned defects = 0;
    for (size_t i = find_from(raw, '\r', 0); i < raw.len;
         i = find_from(raw, '\r', i + 1)) {
        if (i + 1 == raw.len || raw.ptr[i + 1] != '\n')
            defects |= SCEAU_HEADER_BARE_CR;
    }
    for (size_t i = find_from(raw, '\n', 0); i < raw.len;
         i = find_from(raw, '\n', i + 1)) {
        bool is_fold = i > 0 && raw.ptr[i - 1] == '\r' && i + 1 < raw.len &&
                       ascii_is_wsp(raw.ptr[i + 1]);
        if (!is_fold)
            defects |= SCEAU_HEADER_BARE_LF;
    }
    return defects;
}

static unsigned
field_defects(const struct sceau_field *field)
{
    unsigned defects = line_end_defects(field->raw);
    if (!header_is_field_name(field->name))
        defects |= SCEAU_HEADER_BAD_NAME;
    if (slice_find(field->raw, '\0') < field->raw.len)
        defects |= SCEAU_HEADER_NUL;
    return defects;
}

/* White space before the colon is not part of the name (RFC 5322 section 4.5). */
static struct sceau_slice
without_trailing_wsp(struct sceau_slice name)
{
    while (name.len > 0 && ascii_is_wsp(name.ptr[name.len - 1]))
        name.len--;
    return name;
}

/* Room for one more field. */
static bool
reserve_field(struct sceau_arena *arena, struct sceau_header *header)
{
    if (header->count < header->capacity)
        return true;
    size_t capacity = header->capacity == 0 ? 32 : header->capacity * 2;
    struct sceau_field *fields = sceau_arena_alloc(arena, capacity * sizeof *fields);
    if (fields == NULL)
        return false;
    if (header->count > 0)
        memcpy(fields, header->fields, header->count * sizeof *fields);
    header->fields = fields;
    header->capacity = capacity;
    return true;
}

enum sceau_status
header_store(struct sceau_arena *arena, struct sceau_header *header,
             struct sceau_slice raw, size_t colon)
{
    if (raw.ptr == NULL || raw.len > SCEAU_FIELD_MAX ||
        header->count == SCEAU_FIELDS_MAX ||
        raw.len + 2 > SCEAU_HEADER_MAX - header->octets ||
        !reserve_field(arena, header)) {
        header->defects |= SCEAU_HEADER_LIMIT;
        return SCEAU_E_LIMIT;
    }
    struct sceau_field field = {
        .raw = raw,
        .name = without_trailing_wsp(slice_sub(raw, 0, colon)),
        .body = slice_skip(raw, colon + 1),
    };
    header->defects |= field_defects(&field);
    header->fields[header->count++] = field;
    header->octets += raw.len + 2;
    return SCEAU_OK;
}

/* Where a lone LF that folds stands, at `from` or behind it, or body.len. */
static size_t
find_lf_fold(struct sceau_slice body, size_t from)
{
    size_t i = find_from(body, '\n', from);
    while (i < body.len && ((i > 0 && body.ptr[i - 1] == '\r') || i + 1 == body.len ||
                            !ascii_is_wsp(body.ptr[i + 1])))
        i = find_from(body, '\n', i + 1);
    return i;
}

static size_t
count_lf_folds(struct sceau_slice body)
{
    size_t folds = 0;
    for (size_t i = find_lf_fold(body, 0); i < body.len; i = find_lf_fold(body, i + 1))
        folds++;
    return folds;
}

/* Append to raw what stands in `s` from `from` to `to`. */
static size_t
append(char *raw, size_t n, struct sceau_slice s, size_t from, size_t to)
{
    if (to > from)
        memcpy(raw + n, s.ptr + from, to - from);
    return n + (to - from);
}

/* An MTA hands folds over as LF; on the wire they were CRLF. Only a LF that folds is
 * mended: any other is part of what somebody sent, and stays visible. */
enum sceau_status
sceau_header_add(struct sceau_arena *arena, struct sceau_header *header,
                 struct sceau_slice name, struct sceau_slice body)
{
    size_t len = name.len + 1 + body.len + count_lf_folds(body);
    char *raw = len <= SCEAU_FIELD_MAX ? sceau_arena_alloc(arena, len) : NULL;
    if (raw == NULL)
        return header_store(arena, header, SLICE_NONE, 0);
    size_t n = append(raw, 0, name, 0, name.len), from = 0;
    raw[n++] = ':';
    for (size_t i = find_lf_fold(body, 0); i < body.len;
         i = find_lf_fold(body, i + 1)) {
        n = append(raw, n, body, from, i);
        raw[n++] = '\r';
        from = i;
    }
    n = append(raw, n, body, from, body.len);
    return header_store(arena, header, (struct sceau_slice){raw, n}, name.len);
}

enum sceau_status
sceau_header_with_on_top(struct sceau_arena *arena, const struct sceau_header *header,
                         struct sceau_slice name, struct sceau_slice body,
                         struct sceau_header *with)
{
    char *spaced = sceau_arena_alloc(arena, body.len + 1);
    *with = *header;
    with->capacity = with->count; /* so that storing makes a copy of the fields */
    if (spaced == NULL)
        return header_store(arena, with, SLICE_NONE, 0);
    spaced[0] = ' ';
    if (body.len > 0)
        memcpy(spaced + 1, body.ptr, body.len);
    enum sceau_status status =
        sceau_header_add(arena, with, name, (struct sceau_slice){spaced, body.len + 1});
    if (status != SCEAU_OK)
        return status;
    struct sceau_field top = with->fields[with->count - 1];
    memmove(with->fields + 1, with->fields, (with->count - 1) * sizeof top);
    with->fields[0] = top;
    return SCEAU_OK;
}

const struct sceau_field *
sceau_header_find(const struct sceau_header *header, struct sceau_slice name, size_t n)
{
    for (size_t i = 0; i < header->count; i++) {
        if (slice_eq_ci(header->fields[i].name, name) && n-- == 0)
            return &header->fields[i];
    }
    return NULL;
}

struct sceau_slice
header_unfolded(struct sceau_arena *arena, struct sceau_slice body)
{
    char *line = sceau_arena_alloc(arena, body.len);
    size_t len = 0;
    if (line == NULL)
        return SLICE_NONE;
    for (size_t i = 0; i < body.len; i++) {
        if (body.len - i >= 3 && memcmp(body.ptr + i, "\r\n", 2) == 0 &&
            ascii_is_wsp(body.ptr[i + 2]))
            i += 2;
        line[len++] = body.ptr[i];
    }
    return (struct sceau_slice){line, len};
}
