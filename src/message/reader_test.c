/* Cutting a message into header block and body: wherever the chunks end, the cut is the
 * same. */
#include "sceau/message.h"

#include "../../tests/unit.h"
#include "core/text.h"

/* A message; its fields as "[raw]" one behind the other, then the body. */
static const struct {
    const char *message;
    const char *fields;
    const char *body;
    unsigned defects;
    const char *why;
} messages[] = {
    {"From: a\r\nTo: b\r\n\r\nbody\r\n",       "[From: a][To: b]",               "body\r\n",              0,
     "two fields and a body"                                                                                                                                                               },
    {"From: a\r\n\tb\r\n c\r\nTo: d\r\n\r\n",  "[From: a\r\n\tb\r\n c][To: d]",  "",                      0,
     "folds stay as they came"                                                                                                                                                             },
    {"From: a\r\n\r\n\r\nb",                   "[From: a]",                      "\r\nb",                 0,
     "the body may begin with an empty line"                                                                                                                                               },
    {"From: a\r\n",                            "[From: a]",                      "",                      0,                                           "no empty line and no body, WIR-14a"},
    {"From: a",                                "[From: a]",                      "",                      0,                                           "no line end at all"                },
    {"From: a\r\n b",                          "[From: a\r\n b]",                "",                      0,                                           "no line end behind a fold"         },
    {"From: a\r",                              "[From: a\r]",                    "",                      SCEAU_HEADER_BARE_CR,                        "cut inside the line end"           },
    {"From: a\r\n\r\nTo: b\r\n\r\n",           "[From: a]",                      "To: b\r\n\r\n",         0,
     "what looks like a field in the body"                                                                                                                                                 },
    {"From: a\r\n \r\nTo: b\r\n\r\n",          "[From: a\r\n ][To: b]",          "",                      0,
     "a line of white space continues (4.2)"                                                                                                                                               },
    {"\r\nbody",                               "",                               "body",                  SCEAU_HEADER_ABSENT,                         "an empty header block, WIR-14b"    },
    {"",                                       "",                               "",                      SCEAU_HEADER_ABSENT,                         "nothing"                           },
    {"hello\r\nworld\r\n",                     "",                               "hello\r\nworld\r\n",
     SCEAU_HEADER_NO_COLON | SCEAU_HEADER_ABSENT,                                                                                                      "text is body"                      },
    {"hello",                                  "",                               "hello",                 SCEAU_HEADER_NO_COLON | SCEAU_HEADER_ABSENT,
     "text without a line end"                                                                                                                                                             },
    {"From: a\r\nno field\r\nFrom: b\r\n\r\n", "[From: a]",
     "no field\r\nFrom: b\r\n\r\n",                                                                       SCEAU_HEADER_NO_COLON,
     "the header ends where no field is, FRM-39"                                                                                                                                           },
    {"From: a\r\nno field",                    "[From: a]",                      "no field",              SCEAU_HEADER_NO_COLON,
     "the same on the last line"                                                                                                                                                           },
    {"From\r\n : a\r\n\r\n",                   "",                               "From\r\n : a\r\n\r\n",
     SCEAU_HEADER_NO_COLON | SCEAU_HEADER_ABSENT,                                                                                                      "no fold before the colon, FRM-05"  },
    {" From: a\r\nFrom: b\r\n\r\n",            "[ From: a][From: b]",            "",
     SCEAU_HEADER_LEADING_SPACE | SCEAU_HEADER_BAD_NAME,
     "a first line that continues nothing, FRM-02"                                                                                                                                         },
    {" x\r\nFrom: b\r\n\r\n",                  "",                               " x\r\nFrom: b\r\n\r\n",
     SCEAU_HEADER_LEADING_SPACE | SCEAU_HEADER_NO_COLON | SCEAU_HEADER_ABSENT,
     "the same without a colon"                                                                                                                                                            },
    {": x\r\nFrom: b\r\n\r\n",                 "[: x][From: b]",                 "",                      SCEAU_HEADER_BAD_NAME,
     "an empty name, WIR-07"                                                                                                                                                               },
    {"Subject: a\nFrom: x\r\nFrom: b\r\n\r\n", "[Subject: a\nFrom: x][From: b]", "",
     SCEAU_HEADER_BARE_LF,                                                                                                                             "a LF ends no line"                 },
    {"Subject: a\rFrom: x\r\nFrom: b\r\n\r\n", "[Subject: a\rFrom: x][From: b]", "",
     SCEAU_HEADER_BARE_CR,                                                                                                                             "a CR ends no line, WIR-03"         },
    {"Subject: a\r\r\nFrom: b\r\n\r\n",        "[Subject: a\r][From: b]",        "",
     SCEAU_HEADER_BARE_CR,                                                                                                                             "a CR before the line end"          },
    {"From: a\r\n\r\r\nx",                     "[From: a]",                      "\r\r\nx",               SCEAU_HEADER_NO_COLON,
     "CR CR LF is no empty line"                                                                                                                                                           },
    {"From: a\r\n\n\r\nx",                     "[From: a]",                      "\n\r\nx",               SCEAU_HEADER_NO_COLON,
     "nor is LF CR LF"                                                                                                                                                                     },
    {"From: a\n\nTo: b\n",                     "[From: a\n\nTo: b\n]",           "",                      SCEAU_HEADER_BARE_LF,
     "line ends are CRLF: others convert"                                                                                                                                                  },
};

struct outcome {
    struct text fields;
    struct text body;
    unsigned defects;
    struct sceau_arena *arena;
};

static void
note(struct outcome *outcome, struct sceau_slice body)
{
    text_slice(&outcome->body, body);
}

/* Read `message` in chunks of `size` octets, the first of `first`. */
static struct outcome
read_chunked(struct sceau_slice message, size_t first, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct outcome outcome = {.fields = text_new(arena, SIZE_MAX),
                              .body = text_new(arena, SIZE_MAX),
                              .arena = arena};
    struct sceau_message_reader reader;
    struct sceau_slice body;
    sceau_message_reader_init(&reader, arena);
    for (size_t at = 0, len = first; at < message.len; at += len, len = size) {
        if (len > message.len - at)
            len = message.len - at;
        struct sceau_slice chunk = unit_copy(slice_sub(message, at, len));
        sceau_message_reader_feed(&reader, chunk, &body);
        note(&outcome, body);
        unit_free(chunk);
    }
    sceau_message_reader_end(&reader, &body);
    note(&outcome, body);
    for (size_t i = 0; i < reader.header.count; i++)
        text_format(&outcome.fields, "[%.*s]", SLICE_ARG(reader.header.fields[i].raw));
    outcome.defects = reader.header.defects;
    return outcome;
}

static void
check_case(size_t i, size_t first, size_t size)
{
    struct sceau_slice message = sceau_slice_from(messages[i].message);
    struct outcome outcome = read_chunked(message, first, size);
    assert_slice(text_done(&outcome.fields), messages[i].fields);
    assert_slice(text_done(&outcome.body), messages[i].body);
    assert_int_equal(outcome.defects, messages[i].defects);
    sceau_arena_free(outcome.arena);
}

static void
cuts_where_the_header_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        size_t len = strlen(messages[i].message);
        UNIT_CASE(messages[i].why);
        check_case(i, len, 1);
        check_case(i, 1, 1);
        for (size_t cut = 1; cut < len; cut++)
            check_case(i, cut, len);
    }
}

/* `X: xxx` of `octets` octets without its line end. */
static struct sceau_slice
field_of(struct text *t, char name, size_t octets)
{
    size_t start = t->len;
    text_format(t, "%c:", name);
    for (size_t i = 2; i < octets; i++)
        text_octet(t, i % 70 == 0 ? ' ' : 'x');
    text_string(t, "\r\n");
    return slice_skip(text_so_far(t), start);
}

static void
a_field_over_the_limit_is_passed_over(void **state)
{
    (void)state;
    static const size_t chunks[] = {1, 1000, 65536, 1 << 20};
    struct sceau_arena *arena = sceau_arena_new((size_t)8 * 1024 * 1024);
    struct text t = text_new(arena, SIZE_MAX);
    field_of(&t, 'A', SCEAU_FIELD_MAX);
    field_of(&t, 'B', SCEAU_FIELD_MAX + 1);
    text_string(&t, " of: b\r\nFrom: a@x.test\r\n\r\nbody");
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        struct outcome outcome = read_chunked(text_so_far(&t), chunks[i], chunks[i]);
        struct sceau_slice fields = text_done(&outcome.fields);
        assert_int_equal(fields.len, SCEAU_FIELD_MAX + 2 + strlen("[From: a@x.test]"));
        assert_true(slice_ends_ci(fields, SCEAU_SLICE("x][From: a@x.test]")));
        assert_slice(text_done(&outcome.body), "body");
        assert_int_equal(outcome.defects, SCEAU_HEADER_LIMIT);
        sceau_arena_free(outcome.arena);
    }
    sceau_arena_free(arena);
}

static void
too_many_fields_are_a_limit(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new((size_t)4 * 1024 * 1024);
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < SCEAU_FIELDS_MAX + 1; i++)
        text_string(&t, "X-A: 1\r\n");
    text_string(&t, "\r\nbody");
    struct outcome outcome = read_chunked(text_so_far(&t), 4096, 4096);
    assert_int_equal(text_done(&outcome.fields).len, SCEAU_FIELDS_MAX * 8);
    assert_slice(text_done(&outcome.body), "body");
    assert_int_equal(outcome.defects, SCEAU_HEADER_LIMIT);
    sceau_arena_free(outcome.arena);
    sceau_arena_free(arena);
}

/* The body is handed through, not kept. */
static void
the_body_costs_no_memory(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_message_reader reader;
    struct sceau_slice body, chunk = SCEAU_SLICE("x\r\n.\r\n\r\n: y\r\n");
    sceau_message_reader_init(&reader, arena);
    sceau_message_reader_feed(&reader, SCEAU_SLICE("From: a\r\n\r\n"), &body);
    size_t used = sceau_arena_used(arena);
    for (int i = 0; i < 10000; i++) {
        sceau_message_reader_feed(&reader, chunk, &body);
        assert_ptr_equal(body.ptr, chunk.ptr);
        assert_int_equal(body.len, chunk.len);
    }
    assert_int_equal(sceau_arena_used(arena), used);
    sceau_arena_free(arena);
}

static void
a_full_arena_is_a_limit(void **state)
{
    (void)state;
    for (size_t ceiling = 0; ceiling < 2048; ceiling += 16) {
        struct sceau_arena *arena = sceau_arena_new(ceiling);
        struct sceau_message_reader reader;
        struct sceau_slice body;
        sceau_message_reader_init(&reader, arena);
        sceau_message_reader_feed(&reader, SCEAU_SLICE("From: a@x.test\r\nno f"),
                                  &body);
        sceau_message_reader_feed(&reader, SCEAU_SLICE("ield\r\nbody"), &body);
        assert_true((reader.header.defects & SCEAU_HEADER_LIMIT) != 0 ||
                    (reader.header.count == 1 && body.len == 14));
        sceau_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_where_the_header_ends),
        cmocka_unit_test(a_field_over_the_limit_is_passed_over),
        cmocka_unit_test(too_many_fields_are_a_limit),
        cmocka_unit_test(the_body_costs_no_memory),
        cmocka_unit_test(a_full_arena_is_a_limit),
    };
    return cmocka_run_group_tests_name("message/reader", tests, NULL, NULL);
}
