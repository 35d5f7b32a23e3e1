/* Whose results a field claims to be, as any reader behind us could take it. */
#include "../../tests/unit.h"
#include "authres/authres.h"

#define OURS "mx.receiver.test"

static const struct {
    const char *body;
    bool is_ours;
    const char *why;
} cases[] = {
    {" " OURS "; dmarc=pass",                                 true,  "as we write it, RES-01"               },
    {OURS ";dmarc=pass",                                      true,  "no space"                             },
    {" MX.Receiver.TEST; dmarc=pass",                         true,  "upper case, RES-03a"                  },
    {" " OURS ".; dmarc=pass",                                true,  "a final dot, RES-03b"                 },
    {" " OURS "...; dmarc=pass",                              true,  "several"                              },
    {" \"" OURS "\"; dmarc=pass",                             true,  "quoted, RES-03c"                      },
    {" (x) " OURS "; dmarc=pass",                             true,  "behind a comment, RES-03d"            },
    {" (x (y\\) z)) (v)\r\n\t" OURS "; dmarc=pass",           true,
     "behind nested comments and a fold"                                                                    },
    {" " OURS "(x); dmarc=pass",                              true,  "before a comment"                     },
    {" " OURS " 1; dmarc=pass",                               true,  "with a version"                       },
    {" " OURS,                                                true,  "nothing behind it"                    },
    {" \"mx\\.receiver.test\"; dmarc=pass",                   true,  "a quoted pair"                        },
    {" \" " OURS " \"; dmarc=pass",                           true,  "spaces in the quotes"                 },
    {" \"" OURS "; dmarc=pass",                               true,  "a quote never closed"                 },
    {" mx.\"receiver\".test; dmarc=pass",                     true,  "quotes inside"                        },
    {" \"" OURS "\"x; dmarc=pass",                            true,  "text behind the quotes"               },
    {" mx(x).receiver.test; dmarc=pass",                      true,  "a comment inside"                     },
    {" mx.receiver\r\n .test; dmarc=pass",                    true,  "a fold inside"                        },
    {" mx.\r\n\t(x)receiver.test; dmarc=pass",                true,  "fold and comment inside"              },
    {" mx . receiver .test; dmarc=pass",                      true,
     "spaces around the dots, as in obs-domain"                                                             },
    {" mx.receiver test; dmarc=pass",                         false, "two words that make no name of ours"  },
    {" (" OURS "; dmarc=pass",                                true,  "a comment never closed"               },
    {" (" OURS "); dmarc=pass",                               true,  "no id but that in a comment"          },
    {" ; " OURS "; dmarc=pass",                               true,  "an empty id in front"                 },
    {" " OURS "\v; dmarc=pass",                               true,  "a vertical tab: white space to some"  },
    {" " OURS "\x1c; dmarc=pass",                             true,  "a file separator: white space to some"},
    {" \xa0" OURS "; dmarc=pass",                             true,  "a Latin-1 space in front"             },
    {" " OURS "\xc2\xa0; dmarc=pass",                         true,  "a no-break space behind"              },
    {" \xe2\x80\x89" OURS "; dmarc=pass",                     true,  "a thin space in front"                },
    {" mx.receiver\xe2\x80\x8b.test; dmarc=pass",             true,
     "a zero-width space inside (UTS 46)"                                                                   },
    {" mx\xef\xbc\x8ereceiver.test; dmarc=pass",              true,  "a fullwidth dot (UTS 46)"             },
    {" " OURS "/1; dmarc=pass",                               true,  "a slash ends it"                      },
    {" " OURS "=x; dmarc=pass",                               true,  "an equals sign ends it"               },
    {" =?utf-8?Q?mx=2Ereceiver.test?=; dmarc=pass",           true,
     "an encoded-word, for libraries that decode all"                                                       },
    {" =?utf-8?B?bXgucmVjZWl2ZXIudGVzdDsgZG1hcmM9cGFzcw==?=", true,  "all of it in one"                     },
    {" mx.r\xd0\xb5"
     "ceiver.test; dmarc=pass",                          false, "a look-alike is another name, RES-14" },
    {" \xd0\xbcx.receiver.test; dmarc=pass",                  false, "a look-alike in front"                },
    {" a.test; dmarc=pass (" OURS ")",                        false, "our name further on, RES-02"          },
    {" mail.example.org; dmarc=pass",                         false, "another host, RES-10"                 },
    {" x." OURS "; dmarc=pass",                               false, "a name below ours"                    },
    {" receiver.test; dmarc=pass",                            false, "a name above ours"                    },
    {" " OURS ".example; dmarc=pass",                         false, "ours in front of another"             },
    {" " OURS "x; dmarc=pass",                                false, "ours and a letter"                    },
    {" mx-receiver.test; dmarc=pass",                         false, "a hyphen"                             },
    {" spf=pass smtp.mailfrom=" OURS,                         false, "no id at all"                         },
    {"",                                                      false, "nothing"                              },
    {" (",                                                    false, "nothing but a comment never closed"   },
    {" \\",                                                   false, "a backslash alone"                    },
};

static void
sees_what_any_reader_sees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_slice body = unit_copy(sceau_slice_from(cases[i].body));
        UNIT_CASE(cases[i].why);
        assert_int_equal(authres_is_from(unit_arena, body, SCEAU_SLICE(OURS)),
                         cases[i].is_ours);
        assert_int_equal(authres_is_from(unit_arena, body,
                                         SCEAU_SLICE("MX.Receiver.test.")),
                         cases[i].is_ours);
        assert_false(authres_is_from(unit_arena, body, SLICE_NONE));
        unit_free(body);
    }
    struct sceau_slice with_nul = {OURS "\0x; dmarc=pass", sizeof OURS + 14};
    assert_true(authres_is_from(unit_arena, with_nul, SCEAU_SLICE(OURS)));
}

/* A host may be named in U-labels, or be no domain at all. */
static void
knows_other_forms_of_its_own_name(void **state)
{
    (void)state;
    static const struct {
        const char *own;
        const char *body;
    } forms[] = {
        {"b\xc3\xbc"
         "cher.example", " xn--bcher-kva.example; none"                        },
        {"xn--bcher-kva.example", " B\xc3\x9c"
                                  "cher.example.; none"},
        {"relay 1",               " \"relay 1\"; none"                                  },
        {"mx/1",                  " \"mx/1\"; none"                                     },
        {"caf\xe9",               " caf\xe9; none"                                      },
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_true(authres_is_from(unit_arena, sceau_slice_from(forms[i].body),
                                    sceau_slice_from(forms[i].own)));
}

static void
reads_the_id(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *id;
    } ids[] = {
        {" Example.ORG. 1; none",       "example.org"          },
        {" (x) \"A\\.b\" ; spf=pass",   "a.b"                  },
        {" b\xc3\xbc"
         "cher.example; none", "xn--bcher-kva.example"},
        {" a_b-c; none",                "a_b-c"                },
        {"",                            ""                     },
        {" ;;; ",                       ""                     },
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_slice(authres_read_id(unit_arena, sceau_slice_from(ids[i].body)),
                     ids[i].id);
}

/* RES-04: removal depends on the name and the id, never on a full parse. */
static void
length_hides_nothing(void **state)
{
    (void)state;
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_octet(&t, '(');
    for (int i = 0; i < 50000; i++)
        text_string(&t, "x\\)");
    text_string(&t, ") " OURS "; dmarc=pass");
    assert_true(authres_is_from(unit_arena, text_done(&t), SCEAU_SLICE(OURS)));
}

/* What cannot be read must not survive. */
static void
without_memory_all_are_ours(void **state)
{
    (void)state;
    struct sceau_arena *full = sceau_arena_new(0);
    assert_true(authres_is_from(full, SCEAU_SLICE(OURS "; none"), SCEAU_SLICE(OURS)));
    assert_true(authres_is_from(full, SCEAU_SLICE("a.test; none"), SCEAU_SLICE(OURS)));
    sceau_arena_free(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_what_any_reader_sees),
        cmocka_unit_test(knows_other_forms_of_its_own_name),
        cmocka_unit_test(reads_the_id),
        cmocka_unit_test(length_hides_nothing),
        cmocka_unit_test(without_memory_all_are_ours),
    };
    return cmocka_run_group_tests_name("authres/id", tests, unit_arena_up,
                                       unit_arena_down);
}
