/* Cutting a message into header block and body while it arrives (RFC 5322 section 2.1).
 *
 * A field ends where the next line does not start with white space, so the decision is
 * taken at the first octet of each line, and only the field at hand is kept aside. A LF
 * without CR ends no line here: who reads it as one sees another header block, and the
 * defect says so. */
#include "core/slice.h"
#include "message/header.h"

void
sceau_message_reader_init(struct sceau_message_reader *reader,
                          struct sceau_arena *arena)
{
    *reader = (struct sceau_message_reader){.arena = arena, .at_line_start = true};
}

static void
end_header(struct sceau_message_reader *reader)
{
    struct sceau_header *header = &reader->header;
    reader->header_done = true;
    reader->pending_len = 0;
    if (header->count == 0 && (header->defects & SCEAU_HEADER_LIMIT) == 0)
        header->defects |= SCEAU_HEADER_ABSENT;
}

static bool
grow_pending(struct sceau_message_reader *reader, size_t needed)
{
    if (needed <= reader->pending_capacity)
        return true;
    size_t capacity =
        reader->pending_capacity == 0 ? 512 : reader->pending_capacity * 2;
    if (capacity < needed)
        capacity = needed;
    char *grown = sceau_arena_alloc(reader->arena, capacity);
    if (grown == NULL)
        return false;
    if (reader->pending_len > 0)
        memcpy(grown, reader->pending, reader->pending_len);
    reader->pending = grown;
    reader->pending_capacity = capacity;
    return true;
}

/* Keep a piece of a line. What is over the limit is passed over, up to the next field. */
static void
keep(struct sceau_message_reader *reader, struct sceau_slice piece)
{
    size_t needed = reader->pending_len + piece.len;
    if (needed > SCEAU_FIELD_MAX + 2 || !grow_pending(reader, needed)) {
        reader->header.defects |= SCEAU_HEADER_LIMIT;
        reader->skipping = true;
        reader->pending_len = 0;
    }
    if (reader->skipping)
        return;
    memcpy(reader->pending + reader->pending_len, piece.ptr, piece.len);
    reader->pending_len = needed;
}

/* The field kept aside is whole: store it, without its line end. */
static void
store_pending(struct sceau_message_reader *reader)
{
    struct sceau_slice raw = {reader->pending, reader->pending_len};
    if (raw.len >= 2 && raw.ptr[raw.len - 1] == '\n' && raw.ptr[raw.len - 2] == '\r')
        raw.len -= 2;
    if (raw.len > 0)
        header_store(reader->arena, &reader->header, slice_copy(reader->arena, raw),
                     slice_find(raw, ':'));
    reader->pending_len = 0;
    reader->skipping = false;
}

/* The first octet of a line says whether it continues the field before it. */
static void
begin_line(struct sceau_message_reader *reader, char first)
{
    bool has_field = reader->pending_len > 0 || reader->skipping;
    reader->at_line_start = false;
    reader->is_continuation = has_field && ascii_is_wsp(first);
    if (reader->is_continuation)
        return;
    store_pending(reader);
    if (!has_field && ascii_is_wsp(first))
        reader->header.defects |= SCEAU_HEADER_LEADING_SPACE;
}

/* A first line of a field is at hand, whole. Does the header end here? Then `*body` is
 * the line when it is text, empty when it is the empty line. */
static bool
ends_header(struct sceau_message_reader *reader, struct sceau_slice *body)
{
    struct sceau_slice line = {reader->pending, reader->pending_len};
    if (reader->is_continuation || reader->skipping)
        return false;
    if (slice_eq(line, SCEAU_SLICE("\r\n"))) {
        *body = SLICE_NONE;
        return true;
    }
    if (slice_find(line, ':') < line.len)
        return false;
    reader->header.defects |= SCEAU_HEADER_NO_COLON;
    *body = line;
    return true;
}

/* The octets up to the end of the line that `chunk` goes on with. */
static struct sceau_slice
line_piece(struct sceau_slice chunk, size_t from, char previous, bool *is_whole)
{
    for (size_t i = from; i < chunk.len; i++) {
        i += slice_find(slice_skip(chunk, i), '\n');
        if (i < chunk.len && (i > from ? chunk.ptr[i - 1] : previous) == '\r') {
            *is_whole = true;
            return slice_sub(chunk, from, i + 1 - from);
        }
    }
    *is_whole = false;
    return slice_skip(chunk, from);
}

/* Body text that began in an earlier chunk, and the rest of this one, as one slice. */
static struct sceau_slice
joined(struct sceau_message_reader *reader, struct sceau_slice line,
       struct sceau_slice rest)
{
    char *both = sceau_arena_alloc(reader->arena, line.len + rest.len);
    if (both == NULL) {
        reader->header.defects |= SCEAU_HEADER_LIMIT;
        return rest;
    }
    memcpy(both, line.ptr, line.len);
    if (rest.len > 0)
        memcpy(both + line.len, rest.ptr, rest.len);
    return (struct sceau_slice){both, line.len + rest.len};
}

void
sceau_message_reader_feed(struct sceau_message_reader *reader, struct sceau_slice chunk,
                          struct sceau_slice *body)
{
    struct sceau_slice line;
    size_t at = 0;
    while (!reader->header_done && at < chunk.len) {
        size_t line_start = at;
        bool is_whole;
        if (reader->at_line_start)
            begin_line(reader, chunk.ptr[at]);
        struct sceau_slice piece = line_piece(chunk, at, reader->last_octet, &is_whole);
        keep(reader, piece);
        at += piece.len;
        reader->last_octet = chunk.ptr[at - 1];
        reader->at_line_start = is_whole;
        if (!is_whole || !ends_header(reader, &line))
            continue;
        end_header(reader);
        if (line.len == 0 || line.len == at - line_start)
            at -= line.len;
        else {
            *body = joined(reader, line, slice_skip(chunk, at));
            return;
        }
    }
    *body = slice_skip(chunk, at);
}

void
sceau_message_reader_end(struct sceau_message_reader *reader, struct sceau_slice *body)
{
    *body = SLICE_NONE;
    if (reader->header_done)
        return;
    if (!reader->at_line_start && ends_header(reader, body)) {
        end_header(reader);
        return;
    }
    store_pending(reader);
    end_header(reader);
}
