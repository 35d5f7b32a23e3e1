/* Storing and finding header fields, as a milter gets them. */
#include "message/header.h"

#include "../../tests/unit.h"

#define NO_DEFECT 0

static const struct {
    const char *name;
    const char *body;
    const char *raw;
    unsigned defects;
    const char *why;
} fields[] = {
    {"From",        " a@x.test",     "From: a@x.test",         NO_DEFECT,                                    "as it came"                    },
    {"From",        "a@x.test",      "From:a@x.test",          NO_DEFECT,
     "no space is put in: that is the session's"                                                                                             },
    {"Subject",     " a\n b",        "Subject: a\r\n b",       NO_DEFECT,                                    "a LF that folds was CRLF"      },
    {"Subject",     "\n\ta\n\tb",    "Subject:\r\n\ta\r\n\tb", NO_DEFECT,
     "folds from the start"                                                                                                                  },
    {"Subject",     " a\r\n b",      "Subject: a\r\n b",       NO_DEFECT,                                    "a CRLF stays one CRLF"         },
    {"Subject",     "",              "Subject:",               NO_DEFECT,                                    "an empty body"                 },
    {"Subject",     " a\nFrom: b",   "Subject: a\nFrom: b",    SCEAU_HEADER_BARE_LF,
     "a LF that folds nothing stays visible"                                                                                                 },
    {"Subject",     " a\r\nFrom: b", "Subject: a\r\nFrom: b",  SCEAU_HEADER_BARE_LF,
     "nor may CRLF end a field inside it"                                                                                                    },
    {"Subject",     " a\n",          "Subject: a\n",           SCEAU_HEADER_BARE_LF,                         "a LF at the end"               },
    {"Subject",     " a\n\n b",      "Subject: a\n\r\n b",     SCEAU_HEADER_BARE_LF,
     "an empty line inside"                                                                                                                  },
    {"Subject",     " a\rb",         "Subject: a\rb",          SCEAU_HEADER_BARE_CR,                         "a CR alone, WIR-03"            },
    {"Subject",     " a\r",          "Subject: a\r",           SCEAU_HEADER_BARE_CR,                         "a CR at the end"               },
    {"Subject",     " a\r\r\n b",    "Subject: a\r\r\n b",     SCEAU_HEADER_BARE_CR,
     "a CR before a fold"                                                                                                                    },
    {"From ",       " a",            "From : a",               NO_DEFECT,                                    "a space before the colon (4.5)"},
    {"",            " a",            ": a",                    SCEAU_HEADER_BAD_NAME,                        "an empty name, WIR-07"         },
    {"X Y",         " a",            "X Y: a",                 SCEAU_HEADER_BAD_NAME,                        "a space inside a name, WIR-07" },
    {" From",       " a",            " From: a",               SCEAU_HEADER_BAD_NAME,                        "a space before a name"         },
    {"Fr\xc3\xb6m", " a",            "Fr\xc3\xb6m: a",         SCEAU_HEADER_BAD_NAME,                        "8-bit in a name"               },
    {"X:Y",         " a",            "X:Y: a",                 SCEAU_HEADER_BAD_NAME,                        "a colon in a name"             },
    {"X\nFrom",     " a",            "X\nFrom: a",             SCEAU_HEADER_BAD_NAME | SCEAU_HEADER_BARE_LF,
     "a line end in a name"                                                                                                                  },
    {"Subject",     " caf\xe9",      "Subject: caf\xe9",       NO_DEFECT,                                    "8-bit in a body, WIR-17"       },
};

static void
stores_what_the_mta_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct sceau_header header = {0};
        struct sceau_slice name = unit_copy(sceau_slice_from(fields[i].name));
        struct sceau_slice body = unit_copy(sceau_slice_from(fields[i].body));
        UNIT_CASE(fields[i].why);
        assert_int_equal(sceau_header_add(unit_arena, &header, name, body), SCEAU_OK);
        unit_free(name); /* the header owns copies */
        unit_free(body);
        assert_int_equal(header.count, 1);
        assert_slice(header.fields[0].raw, fields[i].raw);
        assert_int_equal(header.defects, fields[i].defects);
        assert_int_equal(header.octets, strlen(fields[i].raw) + 2);
    }
}

static void
a_nul_is_kept_and_noted(void **state)
{
    (void)state;
    struct sceau_header header = {0};
    struct sceau_slice body = {" a\0b", 4};
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("Subject"), body);
    assert_int_equal(header.defects, SCEAU_HEADER_NUL);
    assert_int_equal(header.fields[0].body.len, 4);
}

static void
finds_by_name_from_the_top(void **state)
{
    (void)state;
    struct sceau_header header = {0};
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("Received"), SCEAU_SLICE(" 1"));
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("from"), SCEAU_SLICE(" 2"));
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("RECEIVED\t "),
                     SCEAU_SLICE(" 3"));
    struct sceau_slice name = SCEAU_SLICE("Received");
    assert_slice(sceau_header_find(&header, name, 0)->body, " 1");
    assert_slice(sceau_header_find(&header, name, 1)->body, " 3");
    assert_slice(sceau_header_find(&header, name, 1)->name, "RECEIVED");
    assert_null(sceau_header_find(&header, name, 2));
    assert_null(sceau_header_find(&header, SCEAU_SLICE("Receive"), 0));
    assert_null(sceau_header_find(&(struct sceau_header){0}, name, 0));
}

/* A field of exactly SCEAU_FIELD_MAX octets is one, another octet is too many; so it is
 * with the count of fields and the octets of all. */
static void
holds_its_limits(void **state)
{
    (void)state;
    struct sceau_header header = {0};
    char *body = malloc(SCEAU_FIELD_MAX);
    memset(body, 'x', SCEAU_FIELD_MAX);
    struct sceau_slice fits = {body, SCEAU_FIELD_MAX - 2};
    struct sceau_slice over = {body, SCEAU_FIELD_MAX - 1};
    assert_int_equal(sceau_header_add(unit_arena, &header, SCEAU_SLICE("X"), fits),
                     SCEAU_OK);
    assert_int_equal(header.defects, 0);
    assert_int_equal(sceau_header_add(unit_arena, &header, SCEAU_SLICE("X"), over),
                     SCEAU_E_LIMIT);
    assert_int_equal(header.defects, SCEAU_HEADER_LIMIT);
    assert_int_equal(header.count, 1);
    while (sceau_header_add(unit_arena, &header, SCEAU_SLICE("X"), fits) == SCEAU_OK)
        assert_true(header.octets <= SCEAU_HEADER_MAX);
    assert_int_equal(header.count, SCEAU_HEADER_MAX / (SCEAU_FIELD_MAX + 2));
    free(body);

    sceau_arena_clear(unit_arena);
    header = (struct sceau_header){0};
    for (size_t i = 0; i < SCEAU_FIELDS_MAX; i++)
        assert_int_equal(sceau_header_add(unit_arena, &header, SCEAU_SLICE("X"),
                                          SCEAU_SLICE(" 1")),
                         SCEAU_OK);
    assert_int_equal(header.defects, 0);
    assert_int_equal(sceau_header_add(unit_arena, &header, SCEAU_SLICE("X"),
                                      SCEAU_SLICE("")),
                     SCEAU_E_LIMIT);
    assert_int_equal(header.count, SCEAU_FIELDS_MAX);
}

static void
a_full_arena_is_a_limit(void **state)
{
    (void)state;
    struct sceau_arena *small = sceau_arena_new(64);
    struct sceau_header header = {0};
    assert_int_equal(sceau_header_add(small, &header, SCEAU_SLICE("From"),
                                      SCEAU_SLICE(" a@x.test")),
                     SCEAU_E_LIMIT);
    assert_int_equal(header.defects, SCEAU_HEADER_LIMIT);
    assert_int_equal(header.count, 0);
    sceau_arena_free(small);
}

static void
unfolds(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *line;
        const char *why;
    } bodies[] = {
        {" a\r\n b\r\n\tc", " a b\tc",    "the white space behind a fold stays"},
        {"\r\n a",          " a",         "a fold in front"                    },
        {"a\r\n \r\n b",    "a  b",       "a line of white space"              },
        {"a\r\nb\r\n",      "a\r\nb\r\n", "no fold"                            },
        {"a\rb\nc\r",       "a\rb\nc\r",  "halves of a line end"               },
        {"",                "",           "nothing"                            },
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct sceau_slice body = unit_copy(sceau_slice_from(bodies[i].body));
        UNIT_CASE(bodies[i].why);
        assert_slice(header_unfolded(unit_arena, body), bodies[i].line);
        unit_free(body);
    }
    struct sceau_arena *full = sceau_arena_new(0);
    assert_null(header_unfolded(full, SCEAU_SLICE("a")).ptr);
    sceau_arena_free(full);
}

/* What is put on top is on top; whoever held a field of the old header still holds it. */
static void
puts_a_field_on_top(void **state)
{
    (void)state;
    struct sceau_header header = {0}, with, twice;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(sceau_header_add(unit_arena, &header, SCEAU_SLICE("X"),
                                          SCEAU_SLICE(" old")),
                         SCEAU_OK);
    const struct sceau_field *held = &header.fields[2];
    assert_int_equal(sceau_header_with_on_top(unit_arena, &header, SCEAU_SLICE("A"),
                                              SCEAU_SLICE("new"), &with),
                     SCEAU_OK);
    assert_int_equal(sceau_header_with_on_top(unit_arena, &with, SCEAU_SLICE("B"),
                                              SCEAU_SLICE(""), &twice),
                     SCEAU_OK);
    assert_int_equal(header.count, 3);
    assert_slice(held->raw, "X: old");
    assert_int_equal(twice.count, 5);
    assert_slice(twice.fields[0].raw, "B: ");
    assert_slice(twice.fields[1].raw, "A: new");
    assert_slice(twice.fields[4].raw, "X: old");
    assert_int_equal(twice.octets,
                     header.octets + strlen("A: new") + strlen("B: ") + 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stores_what_the_mta_has),
        cmocka_unit_test(puts_a_field_on_top),
        cmocka_unit_test(a_nul_is_kept_and_noted),
        cmocka_unit_test(finds_by_name_from_the_top),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(a_full_arena_is_a_limit),
        cmocka_unit_test(unfolds),
    };
    return cmocka_run_group_tests_name("message/header", tests, unit_arena_up,
                                       unit_arena_down);
}
