/* Requests that are taken and refused; answers that read back. */
#include "control/control.h"

#include "../../tests/unit.h"

/* clang-format off */
static const struct {
    const char *line;
    enum control_verb verb;
    const char *name;
    const char *why;
} taken[] = {
    {"cache list", CONTROL_CACHE_LIST, "", "all of it"},
    {"cache list Example.ORG", CONTROL_CACHE_LIST, "example.org", "letter case is no matter"},
    {"cache list example.org.", CONTROL_CACHE_LIST, "example.org", "a final dot neither"},
    {"cache flush .", CONTROL_CACHE_FLUSH, "", "the root is everything"},
    {"cache flush _dmarc.example.org", CONTROL_CACHE_FLUSH, "_dmarc.example.org", "underscores"},
    {"cache flush org", CONTROL_CACHE_FLUSH, "org", "one label"},
};

static const struct {
    const char *line;
    size_t offset;
    const char *why;
} refused[] = {
    {"", 0, "nothing"},
    {"cache", 0, "half a command"},
    {"cache lists", 10, "a longer word"},
    {"shutdown", 0, "no such command"},
    {"cache list ", 11, "a blank and no name"},
    {"cache list a b", 11, "two names"},
    {"cache list  a", 11, "two blanks"},
    {"cache list a..b", 11, "an empty label"},
    {"cache list a\tb", 11, "a tab"},
    {"cache list \xc3\xa9.test", 11, "U-labels are for the command line to turn"},
    {"cache list aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 11, "a label of 64"},
};

static const struct {
    const char *line;
    enum control_line kind;
    const char *why;
} lines[] = {
    {"ok", CONTROL_LINE_OK, "all is well"},
    {"end 12", CONTROL_LINE_END, "a count"},
    {"end", CONTROL_LINE_BROKEN, "none"},
    {"end x", CONTROL_LINE_BROKEN, "no number"},
    {"error no cache", CONTROL_LINE_ERROR, "and why"},
    {"a.test\tTXT\tOK\t1\t0\t287\t412", CONTROL_LINE_ITEM, "an item"},
    {"a b.test\tTXT\tOK\t1\t0\t287\t412", CONTROL_LINE_ITEM, "a blank in a label"},
    {"a.test\tTXT\tOK\t1\t0\t287", CONTROL_LINE_BROKEN, "one field too few"},
    {"a.test\tTXT\tOK\t1\t0\t287\t412\t1", CONTROL_LINE_BROKEN, "one too many"},
    {"a.test\tTXT\tOK\t1\t2\t287\t412", CONTROL_LINE_BROKEN, "secure is 0 or 1"},
    {"a.test\tTXT\t\t1\t0\t287\t412", CONTROL_LINE_BROKEN, "an empty word"},
    {"a\x1b[0m.test\tTXT\tOK\t1\t0\t287\t412", CONTROL_LINE_BROKEN, "an escape for the terminal"},
    {"", CONTROL_LINE_BROKEN, "nothing"},
};
/* clang-format on */

static void
takes_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct sceau_arena *arena = sceau_arena_new(4096);
        struct sceau_slice line = unit_copy(sceau_slice_from(taken[i].line));
        struct control_request request, again;
        struct sceau_diag diag;
        UNIT_CASE(taken[i].why);
        assert_int_equal(control_request_parse(arena, line, &request, &diag), SCEAU_OK);
        assert_int_equal(request.verb, taken[i].verb);
        assert_slice(request.name, taken[i].name);
        struct text out = text_new(arena, CONTROL_REQUEST_MAX);
        control_request_format(&out, &request);
        struct sceau_slice said = text_so_far(&out);
        assert_int_equal(said.ptr[--said.len], '\n');
        assert_int_equal(control_request_parse(arena, said, &again, &diag), SCEAU_OK);
        assert_true(again.verb == request.verb && slice_eq(again.name, request.name));
        unit_free(line);
        sceau_arena_free(arena);
    }
}

static void
refuses_requests(void **state)
{
    (void)state;
    char longer[CONTROL_REQUEST_MAX];
    struct sceau_arena *arena = sceau_arena_new(4096);
    struct control_request request;
    struct sceau_diag diag;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_slice line = unit_copy(sceau_slice_from(refused[i].line));
        UNIT_CASE(refused[i].why);
        assert_int_equal(control_request_parse(arena, line, &request, &diag),
                         SCEAU_E_SYNTAX);
        assert_int_equal(diag.offset, refused[i].offset);
        unit_free(line);
    }
    memset(longer, 'x', sizeof longer);
    assert_int_equal(control_request_parse(arena,
                                           (struct sceau_slice){longer, sizeof longer},
                                           &request, &diag),
                     SCEAU_E_LIMIT);
    sceau_arena_free(arena);
}

static void
reads_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct sceau_slice line = unit_copy(sceau_slice_from(lines[i].line)), text;
        struct control_item item;
        uint64_t count;
        UNIT_CASE(lines[i].why);
        assert_int_equal(control_line_parse(line, &item, &count, &text), lines[i].kind);
        unit_free(line);
    }
}

/* Any name that DNS can have makes one line, and one that reads back. */
static void
items_read_back(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(8192);
    char every[255];
    for (size_t i = 0; i < sizeof every; i++)
        every[i] = (char)(i + 1);
    const struct control_item items[] = {
        {SCEAU_SLICE("_dmarc.example.org"), SCEAU_SLICE("TXT"), SCEAU_SLICE("NOERROR"),
         2,                                                                                 true,  86400, 700},
        {{every, 120},
         SCEAU_SLICE("TYPE65280"),
         SCEAU_SLICE("NXDOMAIN"),
         0,                                                                                 false,
         0,                                                                                               1  },
        {{every + 120, 135},                SCEAU_SLICE("A"),   SCEAU_SLICE("TIMEOUT"), 0,  false, 5,     1  },
        {SLICE_NONE,                        SCEAU_SLICE("NS"),  SCEAU_SLICE("NOERROR"), 13, false, 1,     900},
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        struct text out = text_new(arena, SIZE_MAX);
        struct control_item back;
        uint64_t count;
        struct sceau_slice text;
        control_item_format(&out, &items[i]);
        struct sceau_slice line = text_so_far(&out);
        assert_int_equal(slice_find(line, '\n'), line.len - 1);
        line.len--;
        assert_int_equal(control_line_parse(line, &back, &count, &text),
                         CONTROL_LINE_ITEM);
        assert_true(back.records == items[i].records &&
                    back.secure == items[i].secure && back.left_s == items[i].left_s &&
                    back.octets == items[i].octets &&
                    slice_eq(back.type, items[i].type) &&
                    slice_eq(back.status, items[i].status));
    }
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_requests),
        cmocka_unit_test(refuses_requests),
        cmocka_unit_test(reads_lines),
        cmocka_unit_test(items_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
