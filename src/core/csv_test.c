/* Cells as they are written. */
#include "csv.h"

#include "../../tests/unit.h"

static const struct {
    const char *cell, *written, *why;
} cells[] = {
    {"",                    "\"\"",                     "empty"                             },
    {"a,b",                 "\"a,b\"",                  "a comma"                           },
    {"say \"a\"",           "\"say \"\"a\"\"\"",        "quotes are doubled"                },
    {"=cmd|' /C calc'!A0",  "\"'=cmd|' /C calc'!A0\"",  "a formula"                         },
    {"@SUM(1)",             "\"'@SUM(1)\"",             "another beginning of one"          },
    {"+1",                  "\"'+1\"",                  "another"                           },
    {"-1",                  "\"'-1\"",                  "another"                           },
    {"\t=1",                "\"'\t=1\"",                "a tab is dropped by spreadsheets"  },
    {"\n=1",                "\"'\n=1\"",                "so may a line end be"              },
    {"a=1",                 "\"a=1\"",                  "no formula"                        },
    {"\x1b[31m",            "\"\\x1b[31m\"",            "a terminal would obey"             },
    {"\xc2\x9b"
     "31m",            "\"\\xc2\\x9b31m\"",        "the same in one character"         },
    {"caf\xe9 caf\xc3\xa9", "\"caf\\xe9 caf\xc3\xa9\"",
     "UTF-8 stays, what is none is told"                                                    },
    {"a\rb",                "\"a\\x0db\"",              "a bare CR would overwrite the line"},
};

static void
writes_cells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct sceau_slice in = unit_copy(sceau_slice_from(cells[i].cell));
        struct text t = text_new(unit_arena, SIZE_MAX);
        UNIT_CASE(cells[i].why);
        csv_cell(&t, in, "");
        assert_slice(text_done(&t), cells[i].written);
        unit_free(in);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(writes_cells)};
    return cmocka_run_group_tests_name("core/csv", tests, unit_arena_up,
                                       unit_arena_down);
}
