/* Nothing that a stranger wrote comes out as markup, and nothing is hidden. */
#include "web/html.h"

#include "../../tests/unit.h"

/* clang-format off */
static const struct {
    const char *text;
    const char *want;
    const char *why;
} values[] = {
    {"plain", "plain", "as it is"},
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "markup is text"},
    {"\" onload='x' &amp;", "&quot; onload=&#39;x&#39; &amp;amp;", "both quotes, and no double reading"},
    {"\x1b[31mred", "\\x1B[31mred", "an escape for a terminal is shown"},
    {"a\x80z", "a\\x80z", "an octet that is not UTF-8"},
    {"a&b\xc3\xa9<\x7f", "a&amp;b\xc3\xa9&lt;\\x7F", "plain octets between others, none at the end"},
    {"caf\xc3\xa9", "caf\xc3\xa9", "UTF-8 stays"},
    {"a\xe2\x80\xae" "b", "a\\u{202E}b", "an override of the direction"},
    {"a\xe2\x80\x8b" "b", "a\\u{200B}b", "a space without width"},
    {"a\nb\tc\rd", "a b c\\x0Dd", "line ends are blanks"},
    {"\xf3\xa0\x81\x81", "\\u{E0041}", "a tag character"},
};

static const struct {
    const char *text;
    const char *want;
    const char *why;
} lines[] = {
    {"update delete a.\nupdate add a.\nsend\n", "<pre>update delete a.\nupdate add a.\nsend\n</pre>", "nsupdate reads a command a line"},
    {"From: a\r\nTo: b", "<pre>From: a\nTo: b</pre>", "a header block"},
    {"a\rb\r", "<pre>a\\x0Db\\x0D</pre>", "what ends no line is shown"},
    {"\n<b>\n", "<pre>\n&lt;b&gt;\n</pre>", "markup is text in each"},
    {"", "<pre></pre>", "nothing"},
};

static const struct {
    const char *url;
    const char *want;
    const char *why;
} urls[] = {
    {"/d/example.org", "<a href=\"/d/example.org\"></a>", "a place here"},
    {"?a=1&b=2", "<a href=\"?a=1&amp;b=2\"></a>", "a query"},
    {"#main", "<a href=\"#main\"></a>", "a mark"},
    {"javascript:alert(1)", "<a href=\"#\"></a>", "a script"},
    {"https://example.org/", "<a href=\"#\"></a>", "elsewhere"},
    {"//example.org/", "<a href=\"#\"></a>", "elsewhere without a scheme"},
    {"/\\example.org/", "<a href=\"#\"></a>", "the same, as browsers read it"},
    {"", "<a href=\"#\"></a>", "nothing"},
};

static const struct {
    enum language language;
    int64_t number;
    const char *want;
} numbers[] = {
    {LANGUAGE_EN, 0,        "0"               },
    {LANGUAGE_EN, 999,      "999"             },
    {LANGUAGE_EN, 1000,     "1,000"           },
    {LANGUAGE_EN, -1234567, "-1,234,567"      },
    {LANGUAGE_FR, 1000,     "1\u202f000"      },
    {LANGUAGE_FR, -1234567, "-1\u202f234\u202f567"},
};
/* clang-format on */

static void
test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        UNIT_CASE(values[i].why);
        struct html h = html_new(unit_arena, LANGUAGE_EN);
        struct sceau_slice text = unit_copy(sceau_slice_from(values[i].text));
        char want[256];
        html_open(&h, "b");
        html_attr(&h, "title", text);
        html_text(&h, text);
        html_close(&h, "b");
        snprintf(want, sizeof want, "<b title=\"%s\">%s</b>", values[i].want,
                 values[i].want);
        assert_slice(html_done(&h), want);
        unit_free(text);
    }
}

static void
test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        UNIT_CASE(lines[i].why);
        struct html h = html_new(unit_arena, LANGUAGE_EN);
        struct sceau_slice text = unit_copy(sceau_slice_from(lines[i].text));
        html_open(&h, "pre");
        html_lines(&h, text);
        html_close(&h, "pre");
        assert_slice(html_done(&h), lines[i].want);
        unit_free(text);
    }
}

static void
test_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        UNIT_CASE(urls[i].why);
        struct html h = html_new(unit_arena, LANGUAGE_EN);
        html_open(&h, "a");
        html_url(&h, "href", sceau_slice_from(urls[i].url));
        html_close(&h, "a");
        assert_slice(html_done(&h), urls[i].want);
    }
}

static void
test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct html h = html_new(unit_arena, numbers[i].language);
        html_number(&h, numbers[i].number);
        assert_slice(html_done(&h), numbers[i].want);
    }
}

/* As printf rounds: what is half a tenth in decimals lies above or below it, but for quarters. */
static void
test_tenths(void **state)
{
    static const double some[] = {0,    .05,   .15,    .25, .35,     .75,        1.25,
                                  9.95, 99.96, 999.95, 3.2, 1e9 - 1, 1234567890, -1.25};
    char want[64];
    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof *some + 20000; i++) {
        size_t n = i - sizeof some / sizeof *some;
        double value = i < sizeof some / sizeof *some ? some[i]
                       : i % 2 == 0                   ? (double)n * 20 / 7919
                                                      : (double)n / 40;
        struct html h = html_new(unit_arena, LANGUAGE_EN);
        html_open(&h, "rect");
        html_attr_tenths(&h, "x", value);
        snprintf(want, sizeof want, "<rect x=\"%.1f\">", value);
        assert_slice(html_done(&h), want);
    }
}

static void
test_sentence(void **state)
{
    (void)state;
    struct html h = html_new(unit_arena, LANGUAGE_EN);
    html_open(&h, "input");
    html_flag(&h, "checked");
    html_close(&h, "input");
    HTML_SENTENCE(&h, "from {who} & co",
                  LANGUAGE_THEIRS("who", SCEAU_SLICE("<b>\x1b")));
    assert_slice(html_done(&h), "<input checked>from &lt;b&gt;\\x1B &amp; co");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_lines),
        cmocka_unit_test(test_urls),   cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_tenths), cmocka_unit_test(test_sentence),
    };
    return cmocka_run_group_tests_name("html", tests, unit_arena_up, unit_arena_down);
}
