/* Header fields as they will leave. MTAs number the fields of a name anew after each
 * change: what is removed is gone when the changes are made, and fields on top come last
 * (answer.c), so they count for nobody's number. */
#include "leaving.h"

struct leaving {
    struct sceau_arena *arena;
    const struct policy_decision *decision;
    struct sceau_field *fields;
    size_t count;
    struct milter_dress *dress;
};

/* "name: value" as the MTA will write it. False when the arena is full. */
static bool
make_field(struct sceau_arena *arena, struct sceau_slice name, struct sceau_slice value,
           struct sceau_field *field)
{
    struct sceau_header one = {0};
    struct text body = text_new(arena, SIZE_MAX);
    text_octet(&body, ' ');
    text_slice(&body, value);
    struct sceau_slice text = text_done(&body);
    if (text.ptr == NULL || sceau_header_add(arena, &one, name, text) != SCEAU_OK)
        return false;
    *field = one.fields[0];
    return true;
}

/* ---- long lines ---- */

static bool
has_long_line(struct sceau_slice raw)
{
    struct sceau_slice line;
    if (raw.len <= MILTER_LINE_MAX)
        return false;
    while (slice_next(&raw, '\n', &line)) {
        bool has_cr = line.len > 0 && line.ptr[line.len - 1] == '\r';
        if (line.len - has_cr > MILTER_LINE_MAX)
            return true;
    }
    return false;
}

/* Where to fold a line of `len` octets that begins at `from`: the last blank that leaves
 * something on both sides; 0 when there is none. */
static size_t
fold_at(struct sceau_slice raw, size_t from, size_t len)
{
    size_t first = from, most = from + MILTER_LINE_MAX;
    while (first < from + len && ascii_is_wsp(raw.ptr[first]))
        first++;
    size_t last = from + len;
    while (last > first && ascii_is_wsp(raw.ptr[last - 1]))
        last--;
    for (size_t i = most < last ? most : last; i > first + 1; i--) {
        if (i < last && ascii_is_wsp(raw.ptr[i]))
            return i;
    }
    return 0;
}

/* The field's value with more folds. Empty when a word is too long for any line, or the
 * arena is full. */
static struct sceau_slice
refold(struct sceau_arena *arena, const struct sceau_field *field)
{
    struct text out = text_new(arena, SIZE_MAX);
    struct sceau_slice raw = field->raw;
    size_t colon = raw.len - field->body.len, from = 0;
    while (from < raw.len) {
        size_t end = from + slice_find(slice_skip(raw, from), '\n');
        size_t text_end =
            end > from && end < raw.len && raw.ptr[end - 1] == '\r' ? end - 1 : end;
        size_t cut = 0;
        if (text_end - from > MILTER_LINE_MAX &&
            (cut = fold_at(raw, from, text_end - from)) <= colon + 1)
            return SLICE_NONE;
        size_t stop = cut > 0 ? cut : (end < raw.len ? end + 1 : end);
        text_slice(&out, slice_sub(raw, from, stop - from));
        if (cut > 0)
            text_string(&out, "\r\n");
        from = stop;
    }
    struct sceau_slice all = text_done(&out);
    if (all.ptr == NULL)
        return SLICE_NONE;
    struct sceau_slice value = slice_skip(all, colon);
    return value.len > 0 && value.ptr[0] == ' ' ? slice_skip(value, 1) : value;
}

static size_t
number_of(const struct leaving *l, struct sceau_slice name)
{
    size_t n = 1;
    for (size_t i = l->decision->added_count; i < l->count; i++)
        n += slice_eq_ci(l->fields[i].name, name);
    return n;
}

#define REFOLDED_MAX 64 /* fields of one message; more are nobody's mail */

static const char *
put_refolded(struct leaving *l, const struct sceau_field *field, bool *is_memory)
{
    struct milter_dress *dress = l->dress;
    struct sceau_slice value = refold(l->arena, field);
    if (value.len == 0)
        return "a header line over 998 octets cannot be folded";
    if (dress->changed == NULL)
        dress->changed =
            sceau_arena_alloc(l->arena, REFOLDED_MAX * sizeof *dress->changed);
    *is_memory = dress->changed == NULL ||
                 !make_field(l->arena, field->name, value, &l->fields[l->count]);
    if (*is_memory || dress->changed_count == REFOLDED_MAX)
        return "the header has too many lines over 998 octets";
    dress->changed[dress->changed_count++] =
        (struct milter_changed_field){field->name, number_of(l, field->name), value};
    l->count++;
    return NULL;
}

/* ---- the whole ---- */

/* The first line would continue whatever is put above it. */
static bool
begins_with_space(const struct sceau_header *header)
{
    return (header->defects & SCEAU_HEADER_LEADING_SPACE) != 0 ||
           (header->count > 0 && header->fields[0].raw.len > 0 &&
            ascii_is_wsp(header->fields[0].raw.ptr[0]));
}

/* Which fields are removed; NULL when the arena is full. */
static bool *
mark_removed(struct sceau_arena *arena, const struct sceau_header *header,
             const struct policy_decision *d)
{
    bool *is_removed = sceau_arena_alloc(arena, header->count + 1);
    for (size_t i = 0; is_removed != NULL && i < d->removed_count; i++) {
        const struct sceau_field *gone =
            sceau_header_find(header, d->removed[i].name, d->removed[i].nth - 1);
        if (gone != NULL)
            is_removed[gone - header->fields] = true;
    }
    return is_removed;
}

static bool
add_on_top(struct leaving *l)
{
    const struct policy_decision *d = l->decision;
    for (size_t i = 0; i < d->added_count; i++) {
        if (!make_field(l->arena, d->added[i].name, d->added[i].value,
                        &l->fields[l->count]))
            return false;
        l->count++;
    }
    return true;
}

const char *
leaving_header(struct sceau_arena *arena, const struct sceau_header *header,
               const struct policy_decision *d, struct sceau_header *leaving,
               struct milter_dress *dress, bool *is_memory)
{
    struct leaving l = {.arena = arena, .decision = d, .dress = dress};
    const bool *is_removed = mark_removed(arena, header, d);
    const char *problem = NULL;
    bool is_changed = d->changed.name.len == 0;
    l.fields = sceau_arena_alloc(arena, (header->count + d->added_count + 1) *
                                            sizeof *l.fields);
    *is_memory = is_removed == NULL || l.fields == NULL || !add_on_top(&l);
    if (d->added_at_end || begins_with_space(header))
        return "the first line of the header begins with white space";
    for (size_t i = 0; !*is_memory && problem == NULL && i < header->count; i++) {
        const struct sceau_field *field = &header->fields[i];
        if (is_removed[i])
            continue;
        if (!is_changed && slice_eq_ci(field->name, d->changed.name)) {
            is_changed = true;
            *is_memory = !make_field(arena, d->changed.name, d->changed.value,
                                     &l.fields[l.count++]);
        } else if (has_long_line(field->raw))
            problem = put_refolded(&l, field, is_memory);
        else
            l.fields[l.count++] = *field;
    }
    if (*is_memory || problem != NULL)
        return problem;
    *leaving = *header;
    leaving->fields = l.fields;
    leaving->count = leaving->capacity = l.count;
    return NULL;
}
