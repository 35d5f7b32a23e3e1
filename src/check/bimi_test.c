/* BIMI records that are taken, and what a logo can have wrong. */
#include "bimi.h"

#include "../../tests/unit.h"

static const struct {
    const char *text;
    enum sceau_status status;
    const char *logo, *evidence;
    bool is_declined;
    const char *why;
} records[] = {
    {"v=BIMI1; l=https://a.test/l.svg; a=https://a.test/v.pem", SCEAU_OK,
     "https://a.test/l.svg",                                                                            "https://a.test/v.pem", false, "both"             },
    {"v=BIMI1;l=https://a.test/l.svg;",                         SCEAU_OK,       "https://a.test/l.svg", "",                     false,
     "no certificate"                                                                                                                                     },
    {"v=BIMI1; l=; a=;",                                        SCEAU_OK,       "",                     "",                     true,  "declined"         },
    {"v=BIMI1; a=https://a.test/v.pem",                         SCEAU_E_SYNTAX, "",                     "",                     false, "no l="            },
    {"v=BIMI1",                                                 SCEAU_E_SYNTAX, "",                     "",                     false, "the version alone"},
    {"l=https://a.test/l.svg; v=BIMI1",                         SCEAU_E_SYNTAX, "",                     "",                     false,
     "the version is first"                                                                                                                               },
    {"v=BIMI2; l=",                                             SCEAU_E_SYNTAX, "",                     "",                     false, "another version"  },
    {"v=BIMI1; l=a; l=b",                                       SCEAU_E_SYNTAX, "",                     "",                     false, "twice"            },
};

#define ROOT(attributes) "<svg version=\"1.2\" baseProfile='tiny-ps' " attributes ">"
#define BOX              "viewBox=\"0 0 64 64.0\""

static const struct {
    const char *svg;
    unsigned faults;
    const char *why;
} logos[] = {
    {"<?xml version=\"1.0\"?><!-- <script> -->" ROOT(BOX) "<title>E</title></svg>", 0,
     "good; comments do not count"                                                                                                      },
    {ROOT("viewBox = '0,0,1.5,1.50'") "<title/></svg>",                             0,                               "commas, fractions"},
    {ROOT("viewBox='-5 -5 10 10' a='>'") "<title/></svg>",                          0,                               "a > in a value"   },
    {ROOT("viewBox='0 0 64 32'") "<title/>",                                        BIMI_NOT_SQUARE,                 "not square"       },
    {ROOT("viewBox='0 0 64'") "<title/>",                                           BIMI_NOT_SQUARE,                 "three numbers"    },
    {ROOT("viewBox='0 0 0 0'") "<title/>",                                          BIMI_NOT_SQUARE,                 "nothing to see"   },
    {ROOT("viewBox='0 0 999999999999999 999999999999999'") "<title/>",              BIMI_NOT_SQUARE,
     "too many digits"                                                                                                                  },
    {ROOT(""),                                                                      BIMI_NOT_SQUARE | BIMI_NO_TITLE, "no box, no title" },
    {"<svg " BOX "><title/>",                                                       BIMI_NOT_TINY_PS,                "no profile"       },
    {ROOT(BOX) "<title/><script>x</script>",                                        BIMI_HAS_MORE,                   "a script"         },
    {"<!DOCTYPE svg>" ROOT(BOX) "<title/>",                                         BIMI_HAS_MORE,                   "a document type"  },
    {"<title/>" ROOT(BOX),                                                          BIMI_NOT_SVG,                    "another root"     },
    {"PNG",                                                                         BIMI_NOT_SVG,                    "no tag"           },
    {"",                                                                            BIMI_NOT_SVG,                    "empty"            },
    {"<",                                                                           BIMI_NOT_SVG,                    "cut"              },
    {"<svg",                                                                        BIMI_NOT_SVG,                    "cut in the root"  },
};

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(records[i].text));
        struct bimi_record record;
        struct sceau_diag diag = {0};
        UNIT_CASE(records[i].why);
        assert_int_equal(bimi_record_parse(unit_arena, text, &record, &diag),
                         records[i].status);
        if (records[i].status == SCEAU_OK) {
            assert_true(slice_eq(record.logo, sceau_slice_from(records[i].logo)));
            assert_true(
                slice_eq(record.evidence, sceau_slice_from(records[i].evidence)));
            assert_int_equal(record.is_declined, records[i].is_declined);
        }
        unit_free(text);
    }
}

static void
looks_at_logos(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof logos / sizeof *logos; i++) {
        struct sceau_slice svg = unit_copy(sceau_slice_from(logos[i].svg));
        UNIT_CASE(logos[i].why);
        assert_int_equal(bimi_logo_faults(svg), logos[i].faults);
        unit_free(svg);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(looks_at_logos),
    };
    return cmocka_run_group_tests_name("check/bimi", tests, unit_arena_up,
                                       unit_arena_down);
}
