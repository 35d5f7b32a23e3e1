/* MTA-STS records and policies that are taken, and those that are not. */
#include "mtasts.h"

#include "../../tests/unit.h"
#include "core/text.h"

static const struct {
    const char *text, *id; /* id NULL: refused */
    size_t offset;
    const char *why;
} records[] = {
    {"v=STSv1; id=20160831085700Z;",                  "20160831085700Z",                  0,
     "the example of RFC 8461 section 3.1"                                                                             },
    {"v=STSv1;id=1",                                  "1",                                0,  "no blank, no end"       },
    {"v=STSv1 ; a=b; id=1 ; ",                        "1",                                0,  "blanks; an extension"   },
    {"v=STSv1; id=12345678901234567890123456789012",  "12345678901234567890123456789012",
     0,                                                                                       "32 digits"              },
    {"v=STSv1; id=123456789012345678901234567890123", NULL,                               12, "33"                     },
    {"v=STSv1; id=2016-08-31",                        NULL,                               12, "a hyphen in the id"     },
    {"v=STSv1; id=",                                  NULL,                               12, "an empty id"            },
    {"v=STSv1; id=1; id=2",                           NULL,                               18, "two ids"                },
    {"v=STSv1;",                                      NULL,                               8,  "no field"               },
    {"v=STSv1; a=b",                                  NULL,                               12, "no id"                  },
    {"v=STSv2; id=1",                                 NULL,                               0,  "another version"        },
    {"V=STSv1; id=1",                                 NULL,                               0,  "letter case counts"     },
    {"v=STSv1; id=1; a=b c",                          NULL,                               17, "a blank in an extension"},
    {"v=STSv1 id=1",                                  NULL,                               8,  "no semicolon"           },
    {"v=STSv1; id=1; ;",                              NULL,                               15, "an empty field"         },
};

static void
reads_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(records[i].text)), id;
        struct sceau_diag diag = {0};
        UNIT_CASE(records[i].why);
        enum sceau_status status = mtasts_record_parse(text, &id, &diag);
        assert_int_equal(status, records[i].id != NULL ? SCEAU_OK : SCEAU_E_SYNTAX);
        if (records[i].id != NULL)
            assert_slice(id, records[i].id);
        else
            assert_int_equal(diag.offset, records[i].offset);
        unit_free(text);
    }
    assert_true(mtasts_is_record(SCEAU_SLICE("v=STSv1; id=")));
    assert_false(mtasts_is_record(SCEAU_SLICE("v=STSv11; id=1")));
}

static const struct {
    const char *text, *printed; /* printed NULL: refused */
    const char *expected;
    const char *why;
} policies[] = {
    {"version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\n"
     "max_age: 604800\r\n",                                                         "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\n"
     "max_age: 604800\r\n",                                    NULL,                                "the example of section 3.2"},
    {"mx:MX.Example\nmax_age:0\nmode:testing\nversion:STSv1",
     "version: STSv1\r\nmode: testing\r\nmx: mx.example\r\nmax_age: 0\r\n",                    NULL,
     "any order, LF, no end"                                                                                                                                    },
    {"version: STSv1\nmode: none\nmax_age: 31557600\n",
     "version: STSv1\r\nmode: none\r\nmax_age: 31557600\r\n",                                  NULL,
     "none needs no mx; the longest age"                                                                                                                        },
    {"version: STSv1\nmode: enforce\nmode: none\nmx: a\nmax_age: 1\nmax_age: x\nnew: y",
     "version: STSv1\r\nmode: enforce\r\nmx: a\r\nmax_age: 1\r\n",                             NULL,
     "the first of each counts; unknown keys are passed over"                                                                                                   },
    {"mode: enforce\nmx: a\nmax_age: 1\n",                                               NULL, "a line version: STSv1",             "no version"                },
    {"version: STSv1\nmx: a\nmax_age: 1\n",                                              NULL, "a line mode:",                      "no mode"                   },
    {"version: STSv1\nmode: enforce\nmx: a\n",                                           NULL, "a line max_age:",                   "no age"                    },
    {"version: STSv1\nmode: enforce\nmax_age: 1\n",                                      NULL, "a line mx:",                        "no mx"                     },
    {"version: STSv1\nmode: Enforce\n",                                                  NULL, "enforce, testing or none",
     "letter case"                                                                                                                                              },
    {"version: STSv1\nmax_age: 31557601\n",                                              NULL, "0 to 31557600 seconds",             "too long"                  },
    {"version: STSv1\nmax_age: -1\n",                                                    NULL, "0 to 31557600 seconds",             "negative"                  },
    {"version: STSv1\nmx: *\n",                                                          NULL, "a host name, or one behind \"*.\"", "bare star"                 },
    {"version: STSv1\nmx: a.*.b\n",                                                      NULL, "a host name, or one behind \"*.\"",
     "inner star"                                                                                                                                               },
    {"version: STSv1\nmx: mx.example.\n",                                                NULL, "a host name, or one behind \"*.\"",
     "final dot"                                                                                                                                                },
    {"<html><body>404</body></html>",                                                    NULL, "key: value",                        "a web page"                },
    {"",                                                                                 NULL, "a line version: STSv1",             "nothing"                   },
    {"version: STSv1\n\nmode: none\nmax_age: 1\n",                                       NULL, "key: value",                        "an empty line"             },
};

static void
reads_policies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(policies[i].text));
        struct mtasts_policy policy;
        struct sceau_diag diag = {0};
        UNIT_CASE(policies[i].why);
        enum sceau_status status =
            mtasts_policy_parse(unit_arena, text, &policy, &diag);
        if (policies[i].printed != NULL) {
            assert_int_equal(status, SCEAU_OK);
            assert_slice(mtasts_policy_format(unit_arena, &policy),
                         policies[i].printed);
        } else {
            assert_int_equal(status, SCEAU_E_SYNTAX);
            assert_string_equal(diag.expected, policies[i].expected);
        }
        unit_free(text);
    }
}

static void
keeps_limits(void **state)
{
    static char text[MTASTS_POLICY_MAX + 1];
    struct mtasts_policy policy;
    struct sceau_diag diag;
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    text_string(&t, "version: STSv1\nmode: none\nmax_age: 1\n");
    for (size_t i = 0; i < MTASTS_MX_MAX; i++)
        text_format(&t, "mx: mx%zu.example\n", i);
    assert_int_equal(mtasts_policy_parse(unit_arena, text_so_far(&t), &policy, &diag),
                     SCEAU_OK);
    assert_int_equal(policy.mx_count, MTASTS_MX_MAX);
    text_string(&t, "mx: more.example\n");
    assert_int_equal(mtasts_policy_parse(unit_arena, text_so_far(&t), &policy, &diag),
                     SCEAU_E_LIMIT);
    memset(text, 'x', sizeof text);
    text[1] = ':';
    assert_int_equal(mtasts_policy_parse(unit_arena,
                                         (struct sceau_slice){text, sizeof text},
                                         &policy, &diag),
                     SCEAU_E_LIMIT);
    assert_int_equal(mtasts_policy_parse(unit_arena,
                                         (struct sceau_slice){text, sizeof text - 1},
                                         &policy, &diag),
                     SCEAU_E_SYNTAX);
}

static const struct {
    const char *host;
    bool is_covered;
    const char *why;
} hosts[] = {
    {"mail.example.com",   true,  "named"                                    },
    {"MAIL.example.com",   true,  "in any letter case"                       },
    {"a.example.net",      true,  "one label in front"                       },
    {"a.b.example.net",    false, "a star is one label, RFC 8461 section 4.1"},
    {"example.net",        false, "a star is not nothing"                    },
    {"x.mail.example.com", false, "below a name without a star"              },
    {"example.org",        false, "not named"                                },
};

static void
covers(void **state)
{
    static const struct sceau_slice mx[] = {
        {"mail.example.com", 16},
        {"*.example.net",    13}
    };
    const struct mtasts_policy policy = {.mx = mx, .mx_count = 2};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        UNIT_CASE(hosts[i].why);
        assert_int_equal(mtasts_covers(&policy, sceau_slice_from(hosts[i].host)),
                         hosts[i].is_covered);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_records),
        cmocka_unit_test(reads_policies),
        cmocka_unit_test(keeps_limits),
        cmocka_unit_test(covers),
    };
    return cmocka_run_group_tests_name("check/mtasts", tests, unit_arena_up,
                                       unit_arena_down);
}
