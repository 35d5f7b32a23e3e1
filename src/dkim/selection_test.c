/* Which fields an h= selects (RFC 6376 sections 3.5, 5.4, 5.4.2). */
#include "selection.h"

#include "../../tests/unit.h"
#include "fixture.h"

/* Fields are named by their bodies; "-" is an absent one. */
static const struct {
    const char *header;
    const char *h;
    const char *selected;
    const char *why;
} cases[] = {
    {"A:1\r\nB:2\r\n",                             "a:b",               "1 2",   "letter case does not count"    },
    {"Received:A\r\nReceived:B\r\nReceived:C\r\n", "Received:Received", "C B",
     "section 5.4.2's example: from the bottom"                                                                  },
    {"A:1\r\n",                                    "a:a:a",             "1 - -", "absent ones sign their absence"},
    {"A:1\r\nA:2\r\n",                             "a:b:a",             "2 - 1", "others between do not matter"  },
    {"A:1\r\n",                                    "aa:b",              "- -",   "no prefix matches"             },
    {"A :1\r\nA:2\r\n",                            "a:a",               "2 1",
     "white space before a colon (RFC 5322 section 4.5)"                                                         },
    {"Self:1\r\nSelf:2\r\nSelf:3\r\n",             "self:self:self",    "3 1 -",
     "the field itself (the second) is never selected"                                                           },
    {"",                                           "from",              "-",     "an empty header"               },
};

static void
selects(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct text octets = text_new(arena, SIZE_MAX);
        text_string(&octets, cases[i].header);
        text_string(&octets, "\r\n");
        struct fixture_message m = fixture_read(arena, text_done(&octets));
        struct field_index *index = field_index_new(arena, &m.header);
        struct sceau_slice names[8], rest = sceau_slice_from(cases[i].h);
        const struct sceau_field *selected[8];
        const struct sceau_field *itself =
            sceau_header_find(&m.header, SCEAU_SLICE("Self"), 1);
        size_t count = 0, found = 0;
        while (slice_next(&rest, ':', &names[count]))
            count++;
        /* Twice: an index remembers nothing of the list before. */
        field_index_select(index, names, count, itself, selected);
        size_t said = field_index_select(index, names, count, itself, selected);
        struct text got = text_new(arena, SIZE_MAX);
        for (size_t n = 0; n < count; n++) {
            text_string(&got, n > 0 ? " " : "");
            if (selected[n] != NULL)
                text_slice(&got, selected[n]->body);
            else
                text_octet(&got, '-');
            found += selected[n] != NULL;
        }
        assert_slice(text_done(&got), cases[i].selected);
        assert_int_equal(said, found);
        sceau_arena_free(arena);
    }
}

/* As many fields as a header may have, as many names as h= may have: found at once. */
static void
selects_from_large_headers(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_header header = {.fields = NULL};
    struct sceau_slice names[SCEAU_DKIM_H_MAX];
    const struct sceau_field *selected[SCEAU_DKIM_H_MAX];
    for (size_t i = 0; i < SCEAU_FIELDS_MAX; i++)
        assert_int_equal(sceau_header_add(arena, &header, SCEAU_SLICE("X"),
                                          SCEAU_SLICE("y")),
                         SCEAU_OK);
    for (size_t i = 0; i < SCEAU_DKIM_H_MAX; i++)
        names[i] = SCEAU_SLICE("x");
    struct field_index *index = field_index_new(arena, &header);
    for (size_t round = 0; round < 100; round++)
        assert_int_equal(field_index_select(index, names, SCEAU_DKIM_H_MAX, NULL,
                                            selected),
                         SCEAU_DKIM_H_MAX);
    assert_ptr_equal(selected[0], &header.fields[SCEAU_FIELDS_MAX - 1]);
    assert_ptr_equal(selected[SCEAU_DKIM_H_MAX - 1],
                     &header.fields[SCEAU_FIELDS_MAX - SCEAU_DKIM_H_MAX]);
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selects),
        cmocka_unit_test(selects_from_large_headers),
    };
    return cmocka_run_group_tests_name("dkim/selection", tests, NULL, NULL);
}
