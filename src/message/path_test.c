/* SMTP paths: what is one, and that junk is never the null path. */
#include "sceau/message.h"

#include "../../tests/unit.h"
#include "core/text.h"

static const struct {
    const char *text;
    const char *local;
    const char *domain;
    const char *path;
    const char *why;
} paths[] = {
    {"<a@x.test>",                                "a",                    "x.test",             "a@x.test",             "the form of RFC 5321"         },
    {"a@x.test",                                  "a",                    "x.test",             "a@x.test",             "without brackets"             },
    {" <a@x.test> ",                              "a",                    "x.test",             "a@x.test",             "white space around it"        },
    {"<A.b+c@X.Test>",                            "A.b+c",                "X.Test",             "A.b+c@X.Test",         "letter case stays"            },
    {"<a@x.test.>",                               "a",                    "x.test",             "a@x.test.",            "a final dot, ENV-15"          },
    {"<@r.test,@s.test:a@x.test>",                "a",                    "x.test",             "a@x.test",
     "a source route (appendix C)"                                                                                                                     },
    {"<@example.com,@any.test:'any@example.net>", "'any",                 "example.net",
     "'any@example.net",                                                                                                "ENV-05"                       },
    {"<\"a b\"@x.test>",                          "a b",                  "x.test",             "\"a b\"@x.test",       "a quoted local part"          },
    {"<\"a\\\"\\@b@y.test\"@x.test>",             "a\"@b@y.test",         "x.test",
     "\"a\\\"\\@b@y.test\"@x.test",                                                                                     "quoted pairs, ENV-09"         },
    {"<\"\"@x.test>",                             "",                     "x.test",             "\"\"@x.test",          "an empty local part in quotes"},
    {"<a@[192.0.2.1]>",                           "a",                    "[192.0.2.1]",        "a@[192.0.2.1]",
     "an address literal, ENV-11"                                                                                                                      },
    {"<a@[IPv6:2001:db8::1]>",                    "a",                    "[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]",
     "an IPv6 literal"                                                                                                                                 },
    {"<SRS0=HHH=TT=x.test=a@y.test>",             "SRS0=HHH=TT=x.test=a", "y.test",
     "SRS0=HHH=TT=x.test=a@y.test",                                                                                     "SRS, ENV-19"                  },
    {"<a..b.@x.test>",                            "a..b.",                "x.test",             "a..b.@x.test",
     "dots as some carriers gave them out"                                                                                                             },
    {"<a@ex_ample.test>",                         "a",                    "ex_ample.test",      "a@ex_ample.test",      "an underscore"                },
    {"<r\xc3\xa9n@b\xc3\xbc"
     "cher.test>",                           "r\xc3\xa9n",
     "b\xc3\xbc"
     "cher.test",                                                                               "r\xc3\xa9n@b\xc3\xbc"
     "cher.test",                                                                                      "SMTPUTF8 (RFC 6531)"          },
    {"<a@localhost>",                             "a",                    "localhost",          "a@localhost",          "one label"                    },
    {"<a!b%c@x.test>",                            "a!b%c",                "x.test",             "a!b%c@x.test",
     "old routing in a local part"                                                                                                                     },
};

static void
reads_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(paths[i].text));
        struct sceau_path path;
        UNIT_CASE(paths[i].why);
        sceau_path_parse(unit_arena, text, &path);
        assert_true(path.is_valid && !path.is_null);
        assert_slice(path.local, paths[i].local);
        assert_slice(path.domain, paths[i].domain);
        assert_slice(path.text, paths[i].path);
        unit_free(text);
    }
}

static const struct {
    const char *text;
    const char *why;
} junk[] = {
    {"<(any@example.com>",              "a comment never closed, ENV-02"        },
    {"<any@example.com(a.example.net>", "a parenthesis in a domain, ENV-03"     },
    {"<(x)a@x.test>",                   "no comments in SMTP"                   },
    {"<",                               "a bracket alone"                       },
    {">",                               "a bracket alone"                       },
    {"<<>>",                            "brackets in brackets"                  },
    {"< >",                             "a space is not the null path"          },
    {"<>x",                             "nor is text behind it"                 },
    {"<> SIZE=1",                       "parameters are the caller's to cut off"},
    {"<a@x.test> SIZE=1",               "parameters are the caller's to cut off"},
    {"<a@x.test",                       "no closing bracket"                    },
    {"a@x.test>",                       "no opening bracket"                    },
    {"<a>",                             "no domain"                             },
    {"<postmaster>",                    "no domain"                             },
    {"<@x.test>",                       "no local part"                         },
    {"<a@>",                            "no domain behind the at"               },
    {"<a@x..test>",                     "an empty label"                        },
    {"<a@x.test..>",                    "two final dots"                        },
    {"<a@.>",                           "a dot is no domain"                    },
    {"<a@x.test@y.test>",               "two at signs"                          },
    {"<.a@x.test>",                     "a dot in front"                        },
    {"<a b@x.test>",                    "a space in a local part"               },
    {"<\"a@x.test>",                    "a quote never closed"                  },
    {"<\"a\"b@x.test>",                 "text behind the quote"                 },
    {"<\"a\tb\"@x.test>",               "a tab in quotes"                       },
    {"<\"a\r\n b\"@x.test>",            "a fold in quotes"                      },
    {"<a@x.test\r\n>",                  "a line end"                            },
    {"<a\x01@x.test>",                  "a control octet"                       },
    {"<a@[]>",                          "an empty literal"                      },
    {"<a@[192.0.2.1>",                  "a literal never closed"                },
    {"<a@[x y]>",                       "a space in a literal"                  },
    {"<@r.test a@x.test>",              "a route without its colon"             },
    {"<@r.test,:a@x.test>",             "a hole in a route"                     },
    {"<@:a@x.test>",                    "a route without a domain"              },
    {"<\xe9@x.test>",                   "a local part that is no UTF-8"         },
    {"<a@\xe9.test>",                   "a domain that is no UTF-8"             },
    {"undisclosed",                     "a word"                                },
};

static void
junk_is_not_the_null_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(junk[i].text));
        struct sceau_path path;
        UNIT_CASE(junk[i].why);
        sceau_path_parse(unit_arena, text, &path);
        assert_false(path.is_valid);
        assert_false(path.is_null);
        assert_int_equal(path.local.len + path.domain.len + path.text.len, 0);
        unit_free(text);
    }
    struct sceau_path path;
    sceau_path_parse(unit_arena, (struct sceau_slice){"<\0>", 3}, &path);
    assert_false(path.is_valid);
    sceau_path_parse(unit_arena, (struct sceau_slice){"<a\0@x.test>", 11}, &path);
    assert_false(path.is_valid);
}

static void
the_null_path(void **state)
{
    (void)state;
    static const char *const nulls[] = {"<>", " <> ", "", " "};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++) {
        struct sceau_path path;
        sceau_path_parse(unit_arena, sceau_slice_from(nulls[i]), &path);
        assert_true(path.is_valid && path.is_null);
        assert_int_equal(path.local.len + path.domain.len + path.text.len, 0);
    }
}

/* No length is cut here: DNS and SPF judge it (ENV-13). */
static void
long_names_are_whole(void **state)
{
    (void)state;
    struct text t = text_new(unit_arena, SIZE_MAX);
    struct sceau_path path;
    text_string(&t, "<a@");
    for (int i = 0; i < 70; i++)
        text_string(&t, "abc.");
    text_string(&t, "example.com>");
    sceau_path_parse(unit_arena, text_done(&t), &path);
    assert_true(path.is_valid);
    assert_int_equal(path.domain.len, 70 * 4 + 11);
}

/* A quoted local part needs memory: without it the path is not valid, and not null. */
static void
a_full_arena_makes_no_path(void **state)
{
    (void)state;
    struct sceau_arena *full = sceau_arena_new(0);
    struct sceau_path path;
    sceau_path_parse(full, SCEAU_SLICE("<\"a b\"@x.test>"), &path);
    assert_false(path.is_valid);
    sceau_path_parse(full, SCEAU_SLICE("<a@x.test>"), &path);
    assert_true(path.is_valid); /* borrows only */
    sceau_arena_free(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_paths),
        cmocka_unit_test(junk_is_not_the_null_path),
        cmocka_unit_test(the_null_path),
        cmocka_unit_test(long_names_are_whole),
        cmocka_unit_test(a_full_arena_makes_no_path),
    };
    return cmocka_run_group_tests_name("message/path", tests, unit_arena_up,
                                       unit_arena_down);
}
