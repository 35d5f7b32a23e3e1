/* A query string, a path, a cookie field and a form with files: what was read is within its
 * limits, and written it reads back the same. */
#include "web/query.h"

#include "../../tests/fuzz/check.h"
#include "web/html.h"
#include "web/multipart.h"
#include "web/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is removed is gone, what is set is found, once. */
static void
check_parameter(struct query *query, struct sceau_slice value)
{
    size_t before = query->count;
    query_remove(query, "page");
    size_t without = query->count;
    CHECK(before - without <= 1 && query_get(query, "page").ptr == NULL);
    for (unsigned i = 0; i < 2; i++) { /* the second takes the place of the first */
        CHECK(query_set(query, "page", value) || without == QUERY_PARAMETERS_MAX);
        CHECK(query->count == without + (without < QUERY_PARAMETERS_MAX));
        CHECK(without == QUERY_PARAMETERS_MAX ||
              slice_eq(query_get(query, "page"), value));
    }
}

static void
check_query(struct sceau_arena *arena, struct sceau_slice in)
{
    struct query first, second;
    struct text out = text_new(arena, SIZE_MAX);
    if (!query_parse(arena, in, &first))
        return;
    CHECK(first.count <= QUERY_PARAMETERS_MAX);
    query_write(&out, &first);
    struct sceau_slice again = text_done(&out);
    CHECK(slice_is_ascii(again));
    CHECK(query_parse(arena, again.len > 0 ? slice_skip(again, 1) : again, &second));
    CHECK(second.count == first.count);
    for (size_t i = 0; i < first.count; i++) {
        CHECK(slice_eq(first.items[i].name, second.items[i].name));
        CHECK(slice_eq(first.items[i].value, second.items[i].value));
    }
    check_parameter(&second, in);
}

static void
check_path(struct sceau_arena *arena, struct sceau_slice in)
{
    struct route_match first, second;
    if (!route_find(arena, in, &first) || first.format != WEB_HTML)
        return;
    struct text out = text_new(arena, SIZE_MAX);
    route_write(&out, first.route->place, first.part);
    CHECK(route_find(arena, text_done(&out), &second));
    CHECK(second.route->place == first.route->place);
    CHECK(slice_eq(second.part, first.part));
}

/* No markup, and UTF-8, whatever came in. */
static void
check_html(struct sceau_arena *arena, struct sceau_slice in)
{
    struct html h = html_new(arena, LANGUAGE_EN);
    html_open(&h, "p");
    html_attr(&h, "title", in);
    html_text(&h, in);
    struct sceau_slice out = html_done(&h);
    size_t tags = 0, quotes = 0;
    for (size_t i = 0; i < out.len; i++) {
        tags += out.ptr[i] == '<';
        quotes += out.ptr[i] == '"';
        CHECK((unsigned char)out.ptr[i] >= ' ');
    }
    CHECK(tags == 1 && quotes == 2 && slice_is_utf8(out));
}

static void
check_form(struct sceau_slice in)
{
    struct multipart form;
    struct sceau_slice line = slice_sub(in, 0, slice_find(in, '\n'));
    struct sceau_slice body = slice_skip(in, line.len < in.len ? line.len + 1 : in.len);
    struct sceau_slice boundary = multipart_boundary(line);
    if (!multipart_parse(body, boundary, &form))
        return;
    CHECK(form.count <= MULTIPART_PARTS_MAX);
    for (size_t i = 0; i < form.count; i++) {
        struct sceau_slice part = form.parts[i].body;
        CHECK(part.len == 0 ||
              (part.ptr >= body.ptr && part.ptr + part.len <= body.ptr + body.len));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)4 * 1024 * 1024);
    struct sceau_slice in = {(const char *)data, size};
    if (size <= (size_t)64 * 1024) {
        check_query(arena, in);
        check_path(arena, in);
        check_html(arena, in);
        check_form(in);
        (void)cookie_get(in, "sceau");
    }
    sceau_arena_free(arena);
    return 0;
}
