/* The streamed body canonicalisation against the RFC's words done the long way: the
 * whole body in memory, line by line. The first two octets choose the chunks. */
#include "canon.h"

#include "core/text.h"

#include <assert.h>
#include <stdlib.h>

static void
collect(void *self, struct sceau_slice octets)
{
    text_slice(self, octets);
}

/* One line without its line end, as section 3.4.4 (a) reduces it. */
static void
reduce_line(struct text *out, struct sceau_slice line, enum sceau_canonicalization how)
{
    if (how == SCEAU_SIMPLE) {
        text_slice(out, line);
        return;
    }
    while (line.len > 0 && ascii_is_wsp(line.ptr[line.len - 1]))
        line.len--;
    for (size_t i = 0; i < line.len; i++) {
        if (!ascii_is_wsp(line.ptr[i]))
            text_octet(out, line.ptr[i]);
        else if (i == 0 || !ascii_is_wsp(line.ptr[i - 1]))
            text_octet(out, ' ');
    }
}

/* Sections 3.4.3 and 3.4.4 on a whole body. */
static struct sceau_slice
canonical_body(struct sceau_arena *arena, enum sceau_canonicalization how,
               struct sceau_slice body)
{
    struct text out = text_new(arena, SIZE_MAX);
    size_t start = 0;
    for (size_t i = 0; i + 1 < body.len; i++) {
        if (body.ptr[i] != '\r' || body.ptr[i + 1] != '\n')
            continue;
        reduce_line(&out, slice_sub(body, start, i - start), how);
        text_string(&out, "\r\n");
        start = ++i + 1;
    }
    reduce_line(&out, slice_skip(body, start), how);
    struct sceau_slice got = text_so_far(&out);
    while (slice_ends_ci(got, SCEAU_SLICE("\r\n")))
        got.len -= 2;
    struct text end = text_new(arena, SIZE_MAX);
    text_slice(&end, got);
    if (how == SCEAU_SIMPLE || got.len > 0)
        text_string(&end, "\r\n");
    return text_so_far(&end);
}

static void
check_body(struct sceau_arena *arena, enum sceau_canonicalization how,
           struct sceau_slice body, size_t chunk, size_t step)
{
    struct text streamed = text_new(arena, SIZE_MAX);
    struct canon_body canon;
    canon_body_init(&canon, how, collect, &streamed);
    for (size_t i = 0; i < body.len;) {
        size_t len = body.len - i < chunk ? body.len - i : chunk;
        canon_body_update(&canon, slice_sub(body, i, len));
        i += len;
        chunk = chunk % 61 + step;
    }
    canon_body_finish(&canon);
    assert(canon.octets == streamed.len && !streamed.has_failed);
    assert(slice_eq(text_so_far(&streamed), canonical_body(arena, how, body)));
}

/* A header field: what comes out has no fold and no run of white space, and is its own
 * canonical form. */
static void
check_field(struct sceau_arena *arena, struct sceau_slice octets)
{
    struct text once = text_new(arena, SIZE_MAX), twice = text_new(arena, SIZE_MAX);
    struct canon_out out;
    struct sceau_field field = {
        .raw = octets, .name = {"X-Y", 3},
             .body = octets
    };
    canon_out_init(&out, collect, &once);
    canon_field(&out, SCEAU_RELAXED, &field);
    canon_out_flush(&out);
    struct sceau_slice got = text_so_far(&once);
    assert(got.len >= 6 && memcmp(got.ptr, "x-y:", 4) == 0 &&
           memcmp(got.ptr + got.len - 2, "\r\n", 2) == 0);
    got = slice_sub(got, 4, got.len - 6);
    for (size_t i = 0; i + 1 < got.len; i++)
        assert(!ascii_is_wsp(got.ptr[i]) || !ascii_is_wsp(got.ptr[i + 1]));
    assert(got.len == 0 || (!ascii_is_wsp(got.ptr[0]) && got.ptr[0] != '\t' &&
                            !ascii_is_wsp(got.ptr[got.len - 1])));
    field.raw = field.body = got;
    canon_out_init(&out, collect, &twice);
    canon_field(&out, SCEAU_RELAXED, &field);
    canon_out_flush(&out);
    assert(twice.len <= once.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024 * 1024);
    if (arena == NULL)
        abort();
    struct sceau_slice octets = {(const char *)data + 2, size - 2};
    size_t chunk = data[0] + 1u, step = data[1] % 7u + 1u;
    check_body(arena, SCEAU_SIMPLE, octets, chunk, step);
    check_body(arena, SCEAU_RELAXED, octets, chunk, step);
    check_field(arena, octets);
    sceau_arena_free(arena);
    return 0;
}
