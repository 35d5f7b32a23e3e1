/* Which elements are plain, and what they say. */
#include "xml_plain.h"

#include "../../tests/unit.h"
#include "core/text.h"

/* clang-format off */
static const struct {
    const char *octets;
    const char *told; /* "name(", ")text"; NULL: not plain */
    const char *behind;
    const char *why;
} cases[] = {
    {"<a>b</a>", "a( )b", "", "a leaf"},
    {"<a>b</a> <c/>", "a( )b", " <c/>", "one element at a time"},
    {" \n\t<a><b>1</b>\n<c/></a>\n", "a( b( )1 c( ) )", "\n", "blanks before and inside"},
    {"<a>x<b>1</b>y</a>", "a( b( )1 )", "", "a text beside an element is none"},
    {"<a-b.c_1></a-b.c_1>", "a-b.c_1( )", "", "octets of names"},
    {"<a> \n </a>", "a( ) \n ", "", "a text of blanks is one: whoever hears it trims"},
    {"", NULL, NULL, "nothing"},
    {"  ", NULL, NULL, "blanks alone"},
    {"<", NULL, NULL, "cut behind the first octet"},
    {"<a", NULL, NULL, "cut in a name"},
    {"<a>b", NULL, NULL, "cut in a text"},
    {"<a>b<", NULL, NULL, "cut in a tag"},
    {"<a>b</a", NULL, NULL, "cut before the last octet"},
    {"<a/", NULL, NULL, "cut in an empty tag"},
    {"b<a/>", NULL, NULL, "a text before it is the parent's"},
    {"</a>", NULL, NULL, "a tag that closes the parent"},
    {"<a></b>", NULL, NULL, "another name closes it"},
    {"<a><b></a></b>", NULL, NULL, "crossed"},
    {"<a ></a>", NULL, NULL, "a blank in a tag"},
    {"<a></a >", NULL, NULL, "a blank in a tag that closes"},
    {"<a b=\"c\"/>", NULL, NULL, "an attribute"},
    {"<a:b></a:b>", NULL, NULL, "a prefix"},
    {"<1></1>", NULL, NULL, "no name begins with a digit"},
    {"<-/>", NULL, NULL, "nor with a hyphen"},
    {"<></>", NULL, NULL, "no name"},
    {"<a>&amp;</a>", NULL, NULL, "a reference"},
    {"<a>]]></a>", NULL, NULL, "what may not stand in a text"},
    {"<a>></a>", NULL, NULL, "what may, but rarely does"},
    {"<a>\r\n</a>", NULL, NULL, "a line end that a reader of XML has to change"},
    {"<a>\xc3\xa9</a>", NULL, NULL, "beyond ASCII, which is for expat to judge"},
    {"<a>\x7f</a>", NULL, NULL, "a control character"},
    {"<a><!-- --></a>", NULL, NULL, "a comment"},
    {"<a><![CDATA[b]]></a>", NULL, NULL, "CDATA"},
    {"<?a?>", NULL, NULL, "an instruction"},
    {"<a><b><c><d/></c></b></a>", NULL, NULL, "deeper than is asked for"},
    {"<a><b><c></c></b></a>", "a( b( c( ) ) )", "", "as deep as that"},
};
/* clang-format on */

static struct sceau_slice
told(const struct plain_element *e)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (size_t i = 0; i < e->count; i++) {
        text_string(&t, i > 0 ? " " : "");
        text_slice(&t, e->tags[i].name);
        text_octet(&t, e->tags[i].name.len > 0 ? '(' : ')');
        text_slice(&t, e->tags[i].text);
        assert_int_equal(*e->tags[i].at, '<');
    }
    return text_done(&t);
}

static void
test_reads(void **state)
{
    struct plain_element e;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_slice octets = unit_copy(sceau_slice_from(cases[i].octets));
        size_t taken = plain_read(octets, 3, &e);
        assert_true((taken > 0) == (cases[i].told != NULL));
        if (taken > 0) {
            assert_slice(told(&e), cases[i].told);
            assert_slice(slice_skip(octets, taken), cases[i].behind);
        }
        unit_free(octets);
        sceau_arena_clear(unit_arena);
    }
}

static void
test_counts_lines(void **state)
{
    struct plain_element e;
    (void)state;
    assert_true(plain_read(SCEAU_SLICE("\n<a>\n<b>1\n2</b>\n</a>\n"), 16, &e) > 0);
    assert_int_equal(e.lines, 4);
}

/* An element with more inside than there is room for is somebody else's. */
static void
test_keeps_limits(void **state)
{
    struct plain_element e;
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct text t = text_new(unit_arena, SIZE_MAX);
        text_string(&t, "<a>");
        for (size_t i = 0; i < PLAIN_TAGS_MAX / 2 - 1 + more; i++)
            text_string(&t, "<b/>");
        text_string(&t, "</a>");
        struct sceau_slice octets = text_done(&t);
        assert_int_equal(plain_read(octets, 16, &e), more ? 0 : octets.len);
        struct text long_text = text_new(unit_arena, SIZE_MAX);
        text_string(&long_text, "<a>");
        for (size_t i = 0; i < REPORT_TEXT_MAX + more; i++)
            text_octet(&long_text, 'x');
        text_string(&long_text, "</a>");
        octets = text_done(&long_text);
        assert_int_equal(plain_read(octets, 16, &e), more ? 0 : octets.len);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_counts_lines),
        cmocka_unit_test(test_keeps_limits),
    };
    return cmocka_run_group_tests_name("report/xml_plain", tests, unit_arena_up,
                                       unit_arena_down);
}
