/* The header as it leaves: what an MTA makes of it by doing as it was told. A number in
 * braces stands for as many letters. */
#include "leaving.h"

#include "../../tests/unit.h"

#define CUT_MAX 4

static struct sceau_slice
text_of(const char *text)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '{') {
            text_octet(&t, *at);
            continue;
        }
        for (long n = strtol(at + 1, (char **)&at, 10); n > 0; n--)
            text_octet(&t, 'x');
    }
    return text_done(&t);
}

/* Fields a line each; a line that begins with a blank goes on with the one before. */
static struct sceau_header
header_of(const char *text)
{
    struct sceau_header header = {0};
    struct sceau_slice rest = text_of(text);
    while (rest.len > 0) {
        size_t end = 0;
        do
            end += slice_find(slice_skip(rest, end), '\n') + 1;
        while (end < rest.len && rest.ptr[end] == ' ');
        struct sceau_slice field = slice_sub(rest, 0, end - 1);
        size_t colon = slice_find(field, ':');
        assert_int_equal(sceau_header_add(unit_arena, &header,
                                          slice_sub(field, 0, colon),
                                          slice_skip(field, colon + 1)),
                         SCEAU_OK);
        rest = slice_skip(rest, end < rest.len ? end : rest.len);
    }
    return header;
}

static struct sceau_slice
header_text(const struct sceau_header *header)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (size_t i = 0; i < header->count; i++) {
        const struct sceau_slice raw = header->fields[i].raw;
        for (size_t k = 0; k < raw.len; k++) {
            if (raw.ptr[k] != '\r')
                text_octet(&t, raw.ptr[k]);
        }
        if (raw.len == 0 || raw.ptr[raw.len - 1] != '\n')
            text_octet(&t, '\n');
    }
    return text_done(&t);
}

#define REMOVE(name, nth)      \
 {                             \
  {name, sizeof name - 1}, nth \
 }
#define TEXT(text)      \
 {                      \
  text, sizeof text - 1 \
 }

static const struct {
    const char *header;
    struct policy_removed_field removed[CUT_MAX];
    struct policy_added_field added[CUT_MAX];
    struct policy_changed_field changed;
    const char *leaving;  /* NULL: see problem */
    const char *refolded; /* "NAME NTH" of each, or "" */
    const char *problem;
    const char *why;
} cases[] = {
    {.header = "From: a\nTo: b\n",                                       .leaving = "From: a\nTo: b\n", .why = "as it came"                                                                      },
    {.header = "A: 1\nB: 2\nA: 3\nA: 4\n",
     .removed = {REMOVE("a", 2)},
     .leaving = "A: 1\nB: 2\nA: 4\n",
     .why = "the second of a name, letter case aside"},
    {.header = "A: 1\nA: 2\nA: 3\n",
     .removed = {REMOVE("A", 1), REMOVE("A", 3)},
     .leaving = "A: 2\n",
     .why = "numbers are those of the message as it came"},
    {.header = "A: 1\n",
     .removed = {REMOVE("B", 1), REMOVE("A", 2)},
     .leaving = "A: 1\n",
     .why = "what is not there is not removed"},
    {.header = "A: 1\n",
     .added = {{TEXT("R"), TEXT("first")}, {TEXT("S"), TEXT("second")}},
     .leaving = "R: first\nS: second\nA: 1\n",
     .why = "on top, in their order"},
    {.header = "From: a\nX: 1\nFrom: b\n",
     .changed = {TEXT("from"), TEXT("list")},
     .leaving = "from: list\nX: 1\nFrom: b\n",
     .why = "the first of that name takes the new value"},
    {.header = "X: 1\n",
     .changed = {TEXT("From"), TEXT("list")},
     .leaving = "X: 1\n",
     .why = "nothing to change"},
    {.header = "From: a\nFrom: b\n",
     .removed = {REMOVE("From", 1)},
     .changed = {TEXT("From"), TEXT("list")},
     .leaving = "From: list\n",
     .why = "the first that is left"},
    {.header = "S: {995}\n",                                         .leaving = "S: {995}\n",                                                                      .why = "998 octets are a line"                                                                                                                                 },
    {.header = "S: {500} {495}\n",
     .leaving = "S: {500}\n {495}\n",
     .refolded = "S 1",
     .why = "999 are two"},
    {.header = "S: {400} {400} {400}\n",
     .leaving = "S: {400} {400}\n {400}\n",
     .refolded = "S 1",
     .why = "at the last blank that fits"},
    {.header = "S: a\n {600} {600}\nT: b\n",
     .leaving = "S: a\n {600}\n {600}\nT: b\n",
     .refolded = "S 1",
     .why = "a line behind a fold"},
    {.header = "S: {900} {900} {900}\n",
     .leaving = "S: {900}\n {900}\n {900}\n",
     .refolded = "S 1",
     .why = "as often as it takes"},
    {.header = "X: a\nX: {600} {600}\nX: {600} {600}\n",
     .leaving = "X: a\nX: {600}\n {600}\nX: {600}\n {600}\n",
     .refolded = "X 2 X 3",
     .why = "numbers for the MTA"},
    {.header = "X: a\nX: {600} {600}\n",
     .removed = {REMOVE("X", 1)},
     .added = {{TEXT("X"), TEXT("on top")}},
     .leaving = "X: on top\nX: {600}\n {600}\n",
     .refolded = "X 1",
     .why = "what is removed is gone by then, what is added not yet there"},
    {.header = "From: {600} {600}\n",
     .changed = {TEXT("From"), TEXT("list")},
     .leaving = "From: list\n",
     .why = "a value that is replaced is not folded"},
    {.header = "S: {996}\n",
     .problem = "a header line over 998 octets cannot be folded",
     .why = "one word"                                                                                                                                                                       },
    {.header = "S: {10} {996} {10}\n",
     .leaving = "S: {10}\n {996}\n {10}\n",
     .refolded = "S 1",
     .why = "a word that fills a line"},
    {.header = "S: {10} {998}\n",
     .problem = "a header line over 998 octets cannot be folded",
     .why = "a word that no line has room for"                                                                                                                       },
    {.header = "S: {10} {996}    \n",
     .problem = "a header line over 998 octets cannot be folded",
     .why = "no line of blanks alone is made"                                                                                                                                                                   },
};

static void
leaves_as_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct policy_decision decision = {.added = cases[i].added,
                                           .removed = cases[i].removed,
                                           .changed = cases[i].changed};
        struct sceau_header header = header_of(cases[i].header), leaving;
        struct milter_dress dress = {0};
        struct text numbers = text_new(unit_arena, SIZE_MAX);
        bool is_memory;
        UNIT_CASE(cases[i].why);
        while (decision.added_count < CUT_MAX &&
               cases[i].added[decision.added_count].name.len > 0)
            decision.added_count++;
        while (decision.removed_count < CUT_MAX &&
               cases[i].removed[decision.removed_count].name.len > 0)
            decision.removed_count++;
        const char *problem = leaving_header(unit_arena, &header, &decision, &leaving,
                                             &dress, &is_memory);
        assert_false(is_memory);
        if (cases[i].leaving == NULL) {
            assert_non_null(problem);
            assert_string_equal(problem, cases[i].problem);
            continue;
        }
        assert_null(problem);
        assert_slice(header_text(&leaving), text_of(cases[i].leaving).ptr);
        for (size_t k = 0; k < dress.changed_count; k++)
            text_format(&numbers, "%s%.*s %zu", k > 0 ? " " : "",
                        SLICE_ARG(dress.changed[k].name), dress.changed[k].nth);
        assert_slice(text_so_far(&numbers),
                     cases[i].refolded != NULL ? cases[i].refolded : "");
    }
}

/* The value that goes to the MTA is the field that is signed, behind "name: ". */
static void
tells_the_mta_what_is_signed(void **state)
{
    (void)state;
    struct sceau_header header = header_of("S:  {600} {600}\n"), leaving;
    struct policy_decision decision = {0};
    struct milter_dress dress = {0};
    bool is_memory;
    assert_null(
        leaving_header(unit_arena, &header, &decision, &leaving, &dress, &is_memory));
    assert_int_equal(dress.changed_count, 1);
    struct sceau_slice body = leaving.fields[0].body, value = dress.changed[0].value;
    assert_int_equal(body.ptr[0], ' ');
    assert_true(slice_eq(slice_sub(body, 1, value.len), value));
}

/* A first line of white space, and too many long ones: nobody vouches for that. */
static void
refuses_what_nobody_vouches_for(void **state)
{
    (void)state;
    static const char space[] = "the first line of the header begins with white space";
    struct sceau_header header = header_of("A: 1\n"), leaving;
    struct policy_decision decision = {.added_at_end = true}, plain = {0};
    struct milter_dress dress = {0};
    bool is_memory;
    assert_string_equal(leaving_header(unit_arena, &header, &decision, &leaving, &dress,
                                       &is_memory),
                        space);
    header.defects = SCEAU_HEADER_LEADING_SPACE;
    assert_string_equal(leaving_header(unit_arena, &header, &plain, &leaving, &dress,
                                       &is_memory),
                        space);
    for (size_t count = 64; count <= 65; count++) {
        struct text many = text_new(unit_arena, SIZE_MAX);
        dress = (struct milter_dress){0};
        for (size_t i = 0; i < count; i++)
            text_string(&many, "X: {600} {600}\n");
        header = header_of(text_done(&many).ptr);
        const char *problem =
            leaving_header(unit_arena, &header, &plain, &leaving, &dress, &is_memory);
        if (count == 64)
            assert_null(problem);
        else
            assert_string_equal(problem,
                                "the header has too many lines over 998 octets");
    }
}

/* Wherever the arena ends it is told, and nothing else. */
static void
tells_a_full_arena(void **state)
{
    (void)state;
    struct sceau_header header = header_of("A: 1\nS: {600} {600}\nB: 2\n");
    static const struct policy_added_field added[] = {
        {TEXT("R"), TEXT("result")}
    };
    struct policy_decision decision = {.added = added, .added_count = 1};
    size_t full = 0;
    for (size_t room = 256; room < 32768; room += 256) {
        struct sceau_arena *arena = sceau_arena_new(room);
        struct sceau_header leaving;
        struct milter_dress dress = {0};
        bool is_memory = false;
        assert_non_null(arena);
        const char *problem =
            leaving_header(arena, &header, &decision, &leaving, &dress, &is_memory);
        full += is_memory || problem != NULL;
        if (!is_memory && problem == NULL)
            assert_slice(header_text(&leaving),
                         text_of("R: result\nA: 1\nS: {600}\n {600}\nB: 2\n").ptr);
        sceau_arena_free(arena);
    }
    assert_in_range(full, 1, 126);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_as_told),
        cmocka_unit_test(tells_the_mta_what_is_signed),
        cmocka_unit_test(refuses_what_nobody_vouches_for),
        cmocka_unit_test(tells_a_full_arena),
    };
    return cmocka_run_group_tests_name("milter/leaving", tests, unit_arena_up,
                                       unit_arena_down);
}
