/* Records that are accepted and what they mean; records that are refused and where. */
#include "record.h"

#include "../../tests/unit.h"

/* "kind argument" of each term, one after the other, as the reader understood them. */
static void
describe(const struct spf_record *record, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < record->count; i++) {
        const struct spf_term *t = &record->terms[i];
        char network[SCEAU_IP_TEXT] = "";
        if (t->network.version != 0)
            sceau_ip_format(&t->network, network);
        bool has_prefix = t->ip4_prefix != 32 || t->ip6_prefix != 128;
        len += (size_t)snprintf(out + len, size - len, "%s%s %s", len ? " | " : "",
                                sceau_spf_result_name(t->qualifier),
                                spf_term_name(t->kind));
        if (t->argument.len > 0)
            len += (size_t)snprintf(out + len, size - len, " %.*s",
                                    SLICE_ARG(t->argument));
        len += (size_t)snprintf(out + len, size - len, "%s%s", network[0] ? " " : "",
                                network);
        if (has_prefix)
            len += (size_t)snprintf(out + len, size - len, " /%u//%u", t->ip4_prefix,
                                    t->ip6_prefix);
    }
}

static const struct {
    const char *text;
    const char *terms;
    const char *why;
} accepted[] = {
    {"v=spf1",                                     "",                                                  "no term at all, section 4.6.1"              },
    {"V=SPF1 ",                                    "",                                                  "version in any letter case; trailing spaces"},
    {"v=spf1 +mx a:colo.example.com/28 -all",
     "pass mx | pass a colo.example.com /28//128 | fail all",                                           "the example of section 3"                   },
    {"v=spf1 a -all",                              "pass a | fail all",                                 "qualifiers default to +"                    },
    {"v=spf1   A   ~ALL   ",                       "pass a | softfail all",
     "several spaces; names in any letter case"                                                                                                      },
    {"v=spf1 ?include:%{d}.example ?all",          "neutral include %{d}.example | neutral all",
     "macros stay as written"                                                                                                                        },
    {"v=spf1 a/24//64 mx//64 a/0",                 "pass a /24//64 | pass mx /32//64 | pass a /0//128",
     "dual-cidr-length without a domain, section 5.6"                                                                                                },
    {"v=spf1 a:foo:bar/baz.example.com",           "pass a foo:bar/baz.example.com",
     "slash and colon may stand in a domain-spec"                                                                                                    },
    {"v=spf1 mx:foo/1.example/24//64",             "pass mx foo/1.example /24//64",
     "only what stands at the end is a prefix"                                                                                                       },
    {"v=spf1 a:%{l/}/8",                           "pass a %{l/} /8//128",                              "a slash as delimiter, then a prefix"        },
    {"v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d}",     "pass exists %{ir}.%{l1r+-}._spf.%{d}",
     "the example of section 5.7"                                                                                                                    },
    {"v=spf1 exists:a.example/86400.rate.example",
     "pass exists a.example/86400.rate.example",                                                        "exists takes no prefix: all is its name"    },
    {"v=spf1 ptr ptr:example.com",                 "pass ptr | pass ptr example.com",
     "section 5.5: not published any more, still understood"                                                                                         },
    {"v=spf1 ip4:192.0.2.1 ip4:0.0.0.0/0",
     "pass ip4 192.0.2.1 | pass ip4 0.0.0.0 /0//128",                                                   "section 5.6"                                },
    {"v=spf1 ip6:2001:db8::cd30 ip6:::1.1.1.1/0",
     "pass ip6 2001:db8::cd30 | pass ip6 ::101:101 /32//0",                                             "section 5.6"                                },
    {"v=spf1 IP6:::FFFF:1.2.3.4/96",               "pass ip6 ::ffff:102:304 /32//96",
     "a record says what it says: mapped stays IPv6"                                                                                                 },
    {"v=spf1 redirect=_spf.example.com",           "pass redirect _spf.example.com",
     "section 6.1"                                                                                                                                   },
    {"v=spf1 exp=x.%{d} -all",                     "pass exp x.%{d} | fail all",
     "modifiers may stand before mechanisms"                                                                                                         },
    {"v=spf1 moo.cow-far_out=man:dog/cat -all",    "pass  man:dog/cat | fail all",
     "an unknown modifier may be named so, section 4.6.1"                                                                                            },
    {"v=spf1 x= x= x=%{c}",                        "pass  | pass  | pass  %{c}",
     "unknown ones may be empty, come often and hold any macro, section 6"                                                                           },
    {"v=spf1 ip4=192.0.2.1 -all",                  "pass  192.0.2.1 | fail all",
     "by the grammar a modifier, and ignored"                                                                                                        },
    {"v=spf1 a:example.com. a:1.2.3.x-1",          "pass a example.com. | pass a 1.2.3.x-1",
     "one final dot; a toplabel with a hyphen"                                                                                                       },
    {"v=spf1 a:a.xn--zckzah",                      "pass a a.xn--zckzah",                               "an A-label as toplabel"                     },
    {"v=spf1 a:%%",                                "pass a %%",
     "every macro-expand may end a domain-spec, section 7.1"                                                                                         },
    {"v=spf1 a:.com",                              "pass a .com",
     "the grammar lets it pass; it will be no DNS name"                                                                                              },
};

static void
accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(accepted[i].text));
        const struct spf_record *record = NULL;
        struct sceau_diag diag = {0};
        char terms[512] = "refused";
        UNIT_CASE(accepted[i].why);
        if (spf_record_parse(unit_arena, text, &record, &diag) == SCEAU_OK)
            describe(record, terms, sizeof terms);
        assert_slice(sceau_slice_from(terms), accepted[i].terms);
        unit_free(text);
    }
}

static const struct {
    const char *text;
    size_t offset; /* where the diagnostic points */
    const char *why;
} refused[] = {
    {"v=spf10",                                 0,  "another version, section 4.5"        },
    {"v=spf1\tip4:192.0.2.1 -all",              0,  "a tab ends no version"               },
    {"",                                        0,  "nothing"                             },
    {"v=spf1 -all moo",                         12, "an unknown mechanism after a match"  },
    {"v=spf1 ipv4:192.0.2.1",                   7,  "no alias for ip4"                    },
    {"v=spf1 a -all.",                          10, "a dot belongs to the name"           },
    {"v=spf1 all:foobar",                       10, "all takes nothing, section 5.1"      },
    {"v=spf1 -all/8",                           11, "all takes nothing, section 5.1"      },
    {"v=spf1 include -all",                     14, "include needs a domain, section 5.2" },
    {"v=spf1 include: -all",                    15, "an empty domain-spec"                },
    {"v=spf1 include:a.example/24",             17, "include takes no prefix"             },
    {"v=spf1 ptr/0",                            10, "ptr takes no prefix, section 5.5"    },
    {"v=spf1 a:",                               9,  "an empty domain-spec"                },
    {"v=spf1 a:museum",                         9,  "one label is no domain-spec"         },
    {"v=spf1 a:museum.",                        9,  "nor with a final dot"                },
    {"v=spf1 a:111.222.33.44",                  20, "a toplabel of digits, section 7.1"   },
    {"v=spf1 a:example.-com",                   17, "a toplabel that begins with a hyphen"},
    {"v=spf1 a:example.com-",                   17, "a toplabel that ends with one"       },
    {"v=spf1 a:example.com:8080",               17, "a port"                              },
    {"v=spf1 a:%{d}com",                        9,  "a toplabel needs a dot before it"    },
    {"v=spf1 a:%{d}.",                          9,  "a dot alone is no domain-end"        },
    {"v=spf1 a:example..",                      17, "two final dots"                      },
    {"v=spf1 a:example.com/33",                 21, "prefix above 32, section 5.6"        },
    {"v=spf1 a//129",                           10, "prefix above 128"                    },
    {"v=spf1 a/24/64",                          11, "the second prefix has two slashes"   },
    {"v=spf1 a:b.example/24/64",                11, "so what stands before it is no name" },
    {"v=spf1 a:b.example/",                     19, "a slash without a number"            },
    {"v=spf1 a:b.example///64",                 20, "three slashes"                       },
    {"v=spf1 ip4:1.2.3.4/032",                  19, "a leading zero, section 5.6"         },
    {"v=spf1 ip4:1.2.3.4/",                     19, "no number"                           },
    {"v=spf1 ip4:1.2.3.4/99999999999999999999", 19, "a number that must not wrap"         },
    {"v=spf1 ip4",                              10, "ip4 needs a network"                 },
    {"v=spf1 ip4:1.2.3",                        11, "three numbers"                       },
    {"v=spf1 ip4:1.2.3.256",                    11, "a number above 255"                  },
    {"v=spf1 ip4:1.2.03.4",                     11, "qnum has no leading zero"            },
    {"v=spf1 ip4:1.2.3.4:8080",                 11, "a port"                              },
    {"v=spf1 ip4:1.2.3.4//32",                  19, "ip4 takes one prefix"                },
    {"v=spf1 ip4:%{i}",                         11, "ip4 takes no macro"                  },
    {"v=spf1 ip6:2001:db8::/129",               22, "prefix above 128"                    },
    {"v=spf1 ip6::CAFE::BABE",                  11, "no IPv6 address"                     },
    {"v=spf1 ip6:::1.1.1.1//33",                21, "ip6 takes one prefix"                },
    {"v=spf1 exists",                           13, "exists needs a domain, section 5.7"  },
    {"v=spf1 exists:%(ir).example.org",         15, "the example of section 7.3"          },
    {"v=spf1 exists:%{x}.test",                 16, "unknown macro letter, section 7.2"   },
    {"v=spf1 exists:%{}.test",                  16, "no macro letter"                     },
    {"v=spf1 exists:%{d",                       17, "a macro without its end"             },
    {"v=spf1 exists:x.test.%",                  22, "a percent sign at the end"           },
    {"v=spf1 exists:%{d0}.test",                17, "no parts at all, section 7.3"        },
    {"v=spf1 exists:%{d000}.test",              17, "zero in many digits"                 },
    {"v=spf1 exists:%{dr2}.test",               18, "digits stand before r"               },
    {"v=spf1 exists:%{d-2}.test",               18, "delimiters stand last"               },
    {"v=spf1 exists:%{d@}.test",                17, "no delimiter, section 7.1"           },
    {"v=spf1 a:%{c}.test",                      11, "c only in explanations, section 7.2" },
    {"v=spf1 exp=%{r}.test",                    13, "r only in explanations, not in exp=" },
    {"v=spf1 redirect=%{T}.test",               18, "t only in explanations"              },
    {"v=spf1 redirect=a.test redirect=b.test",  23, "second redirect, section 6"          },
    {"v=spf1 exp=a.test -all EXP=a.test",       23, "second exp, section 6"               },
    {"v=spf1 -all redirect=",                   21, "an empty redirect, even behind all"  },
    {"v=spf1 exp=-all",                         11, "no domain-spec"                      },
    {"v=spf1 +redirect=a.test",                 8,  "modifiers take no qualifier"         },
    {"v=spf1 redirect:a.test",                  7,  "modifiers take an equals sign"       },
    {"v=spf1 1up=foo",                          7,  "a name begins with a letter"         },
    {"v=spf1 =all",                             7,  "no name"                             },
    {"v=spf1 --all",                            8,  "one qualifier"                       },
    {"v=spf1 -",                                8,  "a qualifier alone"                   },
    {"v=spf1 moo.cow/far_out=man",              7,  "a slash before the equals sign"      },
    {"v=spf1 -all foo=%abc",                    17, "unknown modifiers are macro-strings" },
    {"v=spf1 a:\xef\xbb\xbfgarbage.example",    9,  "not ASCII, section 3.1"              },
    {"v=spf1 \x80"
     "a:example.net",                      7,  "not ASCII"                           },
    {"v=spf1 a:ctrl.example\rptr",              21, "a control character"                 },
    {"v=spf1 a\t-all",                          8,  "a tab separates nothing"             },
};

static void
refuses(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(refused[i].text));
        const struct spf_record *record = NULL;
        struct sceau_diag diag = {.offset = 9999};
        UNIT_CASE(refused[i].why);
        if (spf_record_parse(unit_arena, text, &record, &diag) != SCEAU_E_SYNTAX ||
            diag.offset != refused[i].offset || diag.expected == NULL) {
            fprintf(stderr, "%s: %s at %zu\n", refused[i].text,
                    record != NULL ? "accepted" : "refused", diag.offset);
            wrong++;
        }
        assert_null(record);
        unit_free(text);
    }
    assert_int_equal(wrong, 0);
}

/* A NUL is an octet like any other that the grammar does not know. */
static void
refuses_nul(void **state)
{
    (void)state;
    const struct spf_record *record;
    struct sceau_diag diag;
    struct sceau_slice text = unit_copy(SCEAU_SLICE("v=spf1 a:foo.example.com\0"));
    assert_int_equal(spf_record_parse(unit_arena, text, &record, &diag),
                     SCEAU_E_SYNTAX);
    assert_int_equal(diag.offset, 24);
    unit_free(text);
}

/* 16 KiB are read, one octet more is not; neither eats the arena. */
static void
keeps_its_limit(void **state)
{
    (void)state;
    static char text[SCEAU_SPF_RECORD_MAX + 2];
    const struct spf_record *record;
    struct sceau_diag diag;
    memcpy(text, "v=spf1", 6);
    for (size_t i = 6; i < sizeof text; i += 2)
        memcpy(text + i, " a", 2);
    struct sceau_slice all = {text, SCEAU_SPF_RECORD_MAX};
    assert_int_equal(spf_record_parse(unit_arena, all, &record, &diag), SCEAU_OK);
    assert_int_equal(record->count, (SCEAU_SPF_RECORD_MAX - 6) / 2);
    all.len += 2;
    assert_int_equal(spf_record_parse(unit_arena, all, &record, &diag), SCEAU_E_SYNTAX);
    assert_int_equal(diag.offset, SCEAU_SPF_RECORD_MAX);
    struct sceau_arena *small = sceau_arena_new(1024);
    all.len -= 2;
    assert_int_equal(spf_record_parse(small, all, &record, &diag), SCEAU_E_LIMIT);
    sceau_arena_free(small);
}

/* What stands once is found; what costs a lookup is said in one place. */
static void
finds_modifiers(void **state)
{
    (void)state;
    const struct spf_record *record;
    struct sceau_slice text =
        SCEAU_SLICE("v=spf1 ReDirect=a.test ?all exp=b.test -all");
    assert_int_equal(spf_record_parse(unit_arena, text, &record, NULL), SCEAU_OK);
    assert_slice(record->redirect->argument, "a.test");
    assert_slice(record->exp->text, "exp=b.test");
    assert_slice(record->all->text, "?all");
    assert_ptr_equal(record->exp->text.ptr, text.ptr + 28);
    static const enum spf_term_kind costly[] = {SPF_INCLUDE, SPF_A,      SPF_MX,
                                                SPF_PTR,     SPF_EXISTS, SPF_REDIRECT};
    size_t count = 0;
    for (enum spf_term_kind kind = SPF_ALL; kind <= SPF_UNKNOWN_MODIFIER; kind++)
        count += spf_term_costs_lookup(kind);
    for (size_t i = 0; i < sizeof costly / sizeof *costly; i++)
        assert_true(spf_term_costs_lookup(costly[i]));
    assert_int_equal(count, sizeof costly / sizeof *costly);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),         cmocka_unit_test(refuses),
        cmocka_unit_test(refuses_nul),     cmocka_unit_test(keeps_its_limit),
        cmocka_unit_test(finds_modifiers),
    };
    return cmocka_run_group_tests_name("spf/record", tests, unit_arena_up,
                                       unit_arena_down);
}
