/* Query strings, cookies, paths, forms with files: what is taken and what is refused. */
#include "web/query.h"

#include "../../tests/unit.h"
#include "web/multipart.h"
#include "web/page.h"
#include "web/route.h"

/* clang-format off */
static const struct {
    const char *text;
    const char *again; /* written from what was read; NULL: refused */
    const char *why;
} queries[] = {
    {"", "", "nothing"},
    {"a=1&b=2", "?a=1&b=2", "two"},
    {"a=x+y%20z", "?a=x%20y%20z", "blanks in two ways"},
    {"a", "?a=", "a name alone"},
    {"a=1&&b=2", "?a=1&b=2", "an empty one between"},
    {"a=1=2", "?a=1%3D2", "an equals sign in the value"},
    {"q=%3Cscript%3E", "?q=%3Cscript%3E", "markup is a value"},
    {"a=1&a=2", NULL, "two of one name: two readings"},
    {"a=%", NULL, "half an escape"},
    {"a=%4", NULL, "half an escape"},
    {"a=%zz", NULL, "no escape"},
    {"a=%00", NULL, "NUL"},
    {"=1", NULL, "no name"},
};

static const struct {
    const char *field;
    const char *want; /* NULL: none */
    const char *why;
} cookies[] = {
    {"sceau=abc", "abc", "alone"},
    {"a=b; sceau=abc; c=d", "abc", "among others"},
    {"xsceau=abc", NULL, "another name"},
    {"sceau=abc; sceau=def", NULL, "two: whose is it?"},
    {"", NULL, "nothing"},
    {"sceau", NULL, "no value"},
};

static const struct {
    const char *path;
    int place; /* -1: none */
    enum web_format format;
    const char *part;
    const char *why;
} paths[] = {
    {"/", WEB_TODAY, WEB_HTML, "", "the first page"},
    {"/today.csv", WEB_TODAY, WEB_CSV, "", "its table"},
    {"/d/example.org", WEB_DOMAIN, WEB_HTML, "example.org", "a domain"},
    {"/d/example.org.json", WEB_DOMAIN, WEB_JSON, "example.org", "and its table"},
    {"/d/example.org/sources", WEB_SOURCES, WEB_HTML, "example.org", "a page of it"},
    {"/d/example.org/sources.csv", WEB_SOURCES, WEB_CSV, "example.org", "and its table"},
    {"/api/d/example.org/sources", WEB_SOURCES, WEB_JSON, "example.org", "the same by its other name"},
    {"/api/today", WEB_TODAY, WEB_JSON, "", "the API"},
    {"/api/openapi.json", WEB_OPENAPI, WEB_JSON, "", "its description"},
    {"/api/login", -1, WEB_HTML, "", "what has no table is not in the API"},
    {"/reports/123/raw", WEB_REPORT_RAW, WEB_HTML, "123", "as it came"},
    {"/reports/123.csv", WEB_REPORT, WEB_CSV, "123", "one report"},
    {"/d/%3Cb%3E", WEB_DOMAIN, WEB_HTML, "<b>", "a part is decoded once"},
    {"/d/%2e%2e/sources", WEB_SOURCES, WEB_HTML, "..", "and is a name, not a folder"},
    {"/d/%zz", -1, WEB_HTML, "", "a broken escape"},
    {"/d/", -1, WEB_HTML, "", "no part"},
    {"/d/a/b", -1, WEB_HTML, "", "no such page"},
    {"/login.csv", -1, WEB_HTML, "", "no table"},
    {"//", -1, WEB_HTML, "", "two slashes"},
    {"", -1, WEB_HTML, "", "nothing"},
};

static const struct {
    const char *body;
    const char *token; /* NULL: refused */
    const char *file;
    const char *why;
} forms[] = {
    {"--X\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\n--X\r\n"
     "Content-Disposition: form-data; name=\"file\"; filename=\"a;b.xml\"\r\nContent-Type: text/xml\r\n\r\n"
     "<a>\r\n--Y\r\n</a>\r\n--X--\r\n", "abc", "<a>\r\n--Y\r\n</a>", "a token and a file"},
    {"--X\r\nContent-Disposition: form-data; name=token\r\n\r\n\r\n--X--", "", NULL, "an empty part"},
    {"--X--", "", NULL, "no part at all: no token"},
    {"--X\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc", NULL, NULL, "no end"},
    {"--X\r\n\r\nabc\r\n--X--", NULL, NULL, "no name"},
    {"--X\r\nContent-Disposition: attachment; name=\"token\"\r\n\r\nabc\r\n--X--", NULL, NULL, "no form"},
    {"", NULL, NULL, "nothing"},
    {"--", NULL, NULL, "half of a beginning"},
};

static const struct {
    const char *asked, *cookie, *accept;
    enum language want;
} languages[] = {
    {"", "", "", LANGUAGE_EN},
    {"", "", "fr-FR,fr;q=0.9,en;q=0.8", LANGUAGE_FR},
    {"", "", "de-DE, fr", LANGUAGE_FR},
    {"", "en", "fr", LANGUAGE_EN},
    {"fr", "en", "en", LANGUAGE_FR},
};
/* clang-format on */

static void
test_queries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        UNIT_CASE(queries[i].why);
        struct sceau_slice text = unit_copy(sceau_slice_from(queries[i].text));
        struct query query;
        assert_int_equal(query_parse(unit_arena, text, &query),
                         queries[i].again != NULL);
        if (queries[i].again != NULL) {
            struct text t = text_new(unit_arena, SIZE_MAX);
            query_write(&t, &query);
            assert_slice(text_done(&t), queries[i].again);
        }
        unit_free(text);
    }
}

static void
test_limits(void **state)
{
    (void)state;
    struct text t = text_new(unit_arena, SIZE_MAX);
    struct query query;
    for (int i = 0; i < QUERY_PARAMETERS_MAX; i++)
        text_format(&t, "&p%d=%d", i, i);
    assert_true(query_parse(unit_arena, text_so_far(&t), &query));
    assert_slice(query_get(&query, "p63"), "63");
    text_string(&t, "&more=1");
    assert_false(query_parse(unit_arena, text_so_far(&t), &query));
    char *large = malloc(QUERY_TEXT_MAX + 1);
    memset(large, 'a', QUERY_TEXT_MAX + 1);
    assert_true(
        query_parse(unit_arena, (struct sceau_slice){large, QUERY_TEXT_MAX}, &query));
    assert_false(query_parse(unit_arena,
                             (struct sceau_slice){large, QUERY_TEXT_MAX + 1}, &query));
    free(large);
}

static void
test_cookies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cookies / sizeof *cookies; i++) {
        UNIT_CASE(cookies[i].why);
        struct sceau_slice got =
            cookie_get(sceau_slice_from(cookies[i].field), "sceau");
        assert_int_equal(got.ptr != NULL, cookies[i].want != NULL);
        assert_slice(got, cookies[i].want != NULL ? cookies[i].want : "");
    }
}

static void
test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        UNIT_CASE(paths[i].why);
        struct sceau_slice path = unit_copy(sceau_slice_from(paths[i].path));
        struct route_match match;
        bool is_found = route_find(unit_arena, path, &match);
        assert_int_equal(is_found, paths[i].place >= 0);
        if (is_found) {
            assert_int_equal(match.route->place, paths[i].place);
            assert_int_equal(match.format, paths[i].format);
            assert_slice(match.part, paths[i].part);
        }
        unit_free(path);
    }
}

static void
test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        UNIT_CASE(forms[i].why);
        struct sceau_slice body = unit_copy(sceau_slice_from(forms[i].body));
        struct multipart form;
        bool is_read = multipart_parse(body, SCEAU_SLICE("X"), &form);
        assert_int_equal(is_read, forms[i].token != NULL);
        if (is_read) {
            const struct multipart_part *token = multipart_get(&form, "token");
            const struct multipart_part *file = multipart_get(&form, "file");
            assert_slice(token != NULL ? token->body : SCEAU_SLICE(""), forms[i].token);
            if (forms[i].file != NULL)
                assert_slice(file->body, forms[i].file);
        }
        unit_free(body);
    }
    assert_slice(multipart_boundary(
                     SCEAU_SLICE("multipart/form-data; charset=x; boundary=\"a b\"")),
                 "a b");
    assert_null(multipart_boundary(SCEAU_SLICE("text/plain; boundary=a")).ptr);
}

static void
test_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        assert_int_equal(page_language(sceau_slice_from(languages[i].asked),
                                       sceau_slice_from(languages[i].cookie),
                                       sceau_slice_from(languages[i].accept)),
                         languages[i].want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_cookies), cmocka_unit_test(test_paths),
        cmocka_unit_test(test_forms),   cmocka_unit_test(test_languages),
    };
    return cmocka_run_group_tests_name("query", tests, unit_arena_up, unit_arena_down);
}
