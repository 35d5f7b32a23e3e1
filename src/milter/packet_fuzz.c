/* Any octets as a milter connection, and as an MTA would read replies: slices lie inside,
 * cuts do not matter, and what is written can be read again. */
#include "mta.h"
#include "stream.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
lies_inside(struct sceau_slice part, struct sceau_slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.len <= whole.len &&
                             (size_t)(part.ptr - whole.ptr) <= whole.len - part.len);
}

static void
check_strings(struct sceau_slice rest)
{
    struct sceau_slice text, whole = rest;
    size_t octets = 0;
    while (milter_string_next(&rest, &text)) {
        assert(lies_inside(text, whole));
        assert(slice_find(text, '\0') == text.len);
        octets += text.len + 1;
    }
    assert(octets + rest.len == whole.len);
}

/* A header field written as an MTA writes it reads as what it was. */
static void
check_header(struct sceau_arena *arena, struct sceau_slice data)
{
    struct sceau_slice name, value;
    if (!milter_header_parse(data, &name, &value))
        return;
    assert(lies_inside(name, data) && lies_inside(value, data));
    struct text out = text_new(arena, SIZE_MAX);
    mta_header(&out, name, value);
    if (!out.has_failed)
        assert(slice_eq(slice_skip(text_so_far(&out), MILTER_HEAD), data));
}

static void
check_piece(struct sceau_arena *arena, const struct milter_piece *piece)
{
    struct milter_negotiation n;
    struct milter_connect connect;
    struct sceau_slice text, pairs;
    uint8_t command;
    (void)milter_negotiate_parse(piece->data, &n);
    if (milter_connect_parse(piece->data, &connect)) {
        assert(lies_inside(connect.host, piece->data));
        assert(lies_inside(connect.address, piece->data));
        assert(connect.ip.version == 0 || connect.family == MILTER_FAMILY_INET ||
               connect.family == MILTER_FAMILY_INET6);
    }
    if (milter_string_parse(piece->data, &text))
        assert(text.len + 1 == piece->data.len);
    if (milter_arguments_parse(piece->data, &text))
        check_strings(text);
    if (milter_macros_parse(piece->data, &command, &pairs))
        check_strings(pairs);
    check_header(arena, piece->data);
}

/* What the octets were cut into, for comparison. */
static struct sceau_slice
cut(struct sceau_arena *arena, struct sceau_slice octets, size_t step)
{
    struct milter_stream stream = {0};
    struct text told = text_new(arena, SIZE_MAX);
    enum milter_cut result = MILTER_CUT_NOTHING;
    const char *error = NULL;
    bool is_open = false;
    while (octets.len > 0 && result != MILTER_CUT_BROKEN) {
        struct sceau_slice chunk =
            slice_sub(octets, 0, octets.len < step ? octets.len : step);
        struct milter_piece piece;
        octets = slice_skip(octets, chunk.len);
        while ((result = milter_stream_next(&stream, &chunk, &piece, &error)) ==
               MILTER_CUT_COMMAND) {
            check_piece(arena, &piece);
            if (!is_open)
                text_octet(&told, (char)piece.code);
            text_slice(&told, piece.data);
            if (piece.is_last) /* where a body was cut does not matter */
                text_octet(&told, '|');
            is_open = !piece.is_last;
        }
        assert((result == MILTER_CUT_BROKEN) == (error != NULL));
    }
    milter_stream_clear(&stream);
    return text_so_far(&told);
}

/* How many whole packets stand in `octets`, one behind the other. */
static size_t
count_packets(struct sceau_slice octets)
{
    size_t count = 0;
    while (octets.len > 0) {
        assert(octets.len >= MILTER_HEAD);
        const uint8_t *o = (const uint8_t *)octets.ptr;
        size_t len =
            (size_t)o[0] << 24 | (size_t)o[1] << 16 | (size_t)o[2] << 8 | (size_t)o[3];
        assert(len >= 1 && len <= octets.len - 4);
        octets = slice_skip(octets, 4 + len);
        count++;
    }
    return count;
}

/* Whatever text goes into a reply, each reply is one packet, a body as many as it needs. */
static void
check_replies(struct sceau_arena *arena, struct sceau_slice octets)
{
    static const char *const macros[MILTER_STAGES] = {"j {daemon_name}", NULL, "i"};
    struct sceau_slice half = slice_sub(octets, 0, octets.len / 2);
    struct sceau_slice rest = slice_skip(octets, octets.len / 2);
    struct milter_negotiation n = {6, (uint32_t)octets.len, MILTER_MAY_CHOOSE_MACROS};
    size_t bodies = (octets.len + MILTER_BODY_CHUNK_MAX - 1) / MILTER_BODY_CHUNK_MAX;
    struct text out = text_new(arena, SIZE_MAX);
    milter_put_negotiate(&out, &n, octets.len % 2 == 0 ? macros : NULL);
    milter_put_code(&out, octets);
    milter_put_quarantine(&out, octets);
    milter_put_add_header(&out, half, rest);
    milter_put_insert_header(&out, (uint32_t)half.len, half, rest);
    milter_put_change_header(&out, (uint32_t)rest.len, half, rest);
    milter_put_change_from(&out, octets);
    milter_put_add_rcpt(&out, octets);
    milter_put_delete_rcpt(&out, octets);
    milter_put_body(&out, octets);
    assert(out.has_failed || count_packets(text_so_far(&out)) == 9 + bodies);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sceau_slice names[] = {
        {"From", 4},
        {"A",    1},
        {"a ",   2}
    };
    struct sceau_slice input = {(const char *)data, size};
    if (size < 2 || size > 64 * 1024)
        return 0;
    struct sceau_arena *arena = sceau_arena_new((size_t)16 * 1024 * 1024);
    size_t step = 1 + (uint8_t)input.ptr[0];
    struct mta_outcome outcome;
    input = slice_skip(input, 1);
    check_replies(arena, input);
    struct sceau_slice whole = cut(arena, input, input.len);
    struct sceau_slice parts = cut(arena, input, step);
    assert(slice_eq(whole, parts));
    if (mta_outcome_read(arena, input, names, 3, MILTER_LEADING_SPACE, &outcome) ==
        SCEAU_OK) {
        assert(outcome.removed_count <= 3);
        for (size_t i = 0; i < outcome.added_count; i++)
            assert(i == 0 || outcome.added[i].place > outcome.added[i - 1].place);
    }
    sceau_arena_free(arena);
    return 0;
}
