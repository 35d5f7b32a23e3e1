/* Cut into chunks at will a message gives the same header and body as in one piece; and
 * unless a limit was hit, its fields, the empty line and the body are the message again.
 * The first octet seeds the sizes of the chunks. */
#include "sceau/message.h"

#include "../../tests/fuzz/check.h"
#include "core/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    struct sceau_message_reader reader;
    struct text body;
};

static void
read_message(struct sceau_arena *arena, struct sceau_slice message, unsigned seed,
             struct outcome *out)
{
    struct sceau_slice body;
    out->body = text_new(arena, SIZE_MAX);
    sceau_message_reader_init(&out->reader, arena);
    while (message.len > 0) {
        size_t len = seed == 0 ? message.len : 1 + (seed >> 16) % 23;
        seed = seed == 0 ? 0 : seed * 1103515245 + 12345;
        if (len > message.len)
            len = message.len;
        sceau_message_reader_feed(&out->reader, slice_sub(message, 0, len), &body);
        text_slice(&out->body, body);
        message = slice_skip(message, len);
    }
    sceau_message_reader_end(&out->reader, &body);
    text_slice(&out->body, body);
}

static void
check_same(const struct sceau_header *a, const struct sceau_header *b)
{
    CHECK(a->defects == b->defects && a->count == b->count && a->octets == b->octets);
    for (size_t i = 0; i < a->count; i++)
        CHECK(slice_eq(a->fields[i].raw, b->fields[i].raw));
}

static void
check_field(const struct sceau_field *field)
{
    CHECK(field->name.ptr == field->raw.ptr);
    CHECK(field->body.ptr + field->body.len == field->raw.ptr + field->raw.len);
    CHECK(field->body.ptr[-1] == ':');
    for (const char *c = field->name.ptr + field->name.len; c < field->body.ptr - 1;
         c++)
        CHECK(ascii_is_wsp(*c));
}

/* Given as a milter gives it, with LF for CRLF, a field without stray line ends is stored
 * as the same octets. */
static void
check_added(struct sceau_arena *arena, const struct sceau_field *field)
{
    struct sceau_header header = {0};
    struct text body = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < field->body.len; i++) {
        if (field->body.ptr[i] != '\r')
            text_octet(&body, field->body.ptr[i]);
    }
    struct sceau_slice name = {field->raw.ptr,
                               (size_t)(field->body.ptr - 1 - field->raw.ptr)};
    CHECK(sceau_header_add(arena, &header, name, text_so_far(&body)) == SCEAU_OK);
    CHECK(slice_eq(header.fields[0].raw, field->raw));
    CHECK(sceau_header_find(&header, field->name, 0) == &header.fields[0]);
    CHECK(sceau_header_find(&header, field->name, 1) == NULL);
}

/* Fields with their line ends, then the empty line unless the header ended otherwise. */
static void
check_whole(struct sceau_arena *arena, struct sceau_slice message,
            const struct outcome *out)
{
    const struct sceau_header *header = &out->reader.header;
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < header->count; i++) {
        text_slice(&t, header->fields[i].raw);
        text_string(&t, "\r\n");
    }
    if ((header->defects & SCEAU_HEADER_NO_COLON) == 0)
        text_string(&t, "\r\n");
    text_slice(&t, text_so_far(&out->body));
    struct sceau_slice whole = text_done(&t);
    CHECK(whole.ptr != NULL);
    if (out->body.len > 0)
        CHECK(slice_eq(whole, message));
    else /* it may have ended before a line end, or before the empty line */
        CHECK(whole.len >= message.len && whole.len <= message.len + 4 &&
              slice_eq(slice_sub(whole, 0, message.len), message));
}

/* With less memory the answer is the same, or a limit was hit. */
static void
check_short_of_memory(struct sceau_slice message, const struct outcome *whole)
{
    struct sceau_arena *small = sceau_arena_new(128 + 32 * (message.len % 128));
    struct sceau_message_reader reader;
    struct sceau_slice body;
    size_t half = message.len / 2;
    sceau_message_reader_init(&reader, small);
    sceau_message_reader_feed(&reader, slice_sub(message, 0, half), &body);
    sceau_message_reader_feed(&reader, slice_skip(message, half), &body);
    sceau_message_reader_end(&reader, &body);
    if ((reader.header.defects & SCEAU_HEADER_LIMIT) == 0)
        check_same(&reader.header, &whole->reader.header);
    sceau_arena_free(small);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct sceau_arena *arena = sceau_arena_new(64 * size + (size_t)1024 * 1024);
    struct sceau_slice message = {(const char *)data + 1, size - 1};
    struct outcome whole, cut;
    read_message(arena, message, 0, &whole);
    read_message(arena, message, data[0] + 1U, &cut);
    check_same(&whole.reader.header, &cut.reader.header);
    CHECK(slice_eq(text_so_far(&whole.body), text_so_far(&cut.body)));
    const struct sceau_header *header = &whole.reader.header;
    bool has_stray_ends =
        (header->defects & (SCEAU_HEADER_BARE_CR | SCEAU_HEADER_BARE_LF)) != 0;
    for (size_t i = 0; i < header->count; i++) {
        check_field(&header->fields[i]);
        if (!has_stray_ends)
            check_added(arena, &header->fields[i]);
    }
    if ((whole.reader.header.defects & SCEAU_HEADER_LIMIT) == 0)
        check_whole(arena, message, &whole);
    check_short_of_memory(message, &whole);
    sceau_arena_free(arena);
    return 0;
}
