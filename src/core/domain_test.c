/* Domain names: one normal form, and labels counted from the right. */
#include "domain.h"

#include "../../tests/unit.h"

/* 63 octets */
#define LABEL63 "a23456789012345678901234567890123456789012345678901234567890123"

static const struct {
    const char *text;
    const char *normal; /* NULL: no domain name */
    const char *why;
} names[] = {
    {"Example.COM",            "example.com",           "lower case"                            },
    {"example.com.",           "example.com",           "one final dot goes"                    },
    {"example.com..",          NULL,                    "two do not"                            },
    {".example.com",           NULL,                    "an empty label"                        },
    {"a..b",                   NULL,                    "an empty label"                        },
    {"",                       NULL,                    "nothing"                               },
    {".",                      NULL,                    "the root is no identifier"             },
    {"localhost",              "localhost",             "one label is enough"                   },
    {"_dmarc.example.com",     "_dmarc.example.com",    "underscores"                           },
    {"-a-.b-",                 "-a-.b-",                "hyphens wherever they stand"           },
    {"a b.com",                NULL,                    "a space"                               },
    {"example.com(x",          NULL,                    "attack case ENV-03"                    },
    {"example.com/x",          NULL,                    "a slash"                               },
    {"a*.com",                 NULL,                    "no wildcard"                           },
    {"[192.0.2.1]",            NULL,                    "a literal is no name"                  },
    {"b\xc3\xbc"
     "cher.example",      "xn--bcher-kva.example", "U-label"                               },
    {"B\xc3\x9c"
     "CHER.example",      "xn--bcher-kva.example", "U-label in capitals (UTS 46)"          },
    {"bu\xcc\x88"
     "cher.example",      "xn--bcher-kva.example", "U-label not composed (NFC)"            },
    {"XN--BCHER-KVA.example",  "xn--bcher-kva.example", "A-label in capitals"                   },
    {"stra\xc3\x9f"
     "e.example",         "xn--strae-oqa.example", "non-transitional: sharp s stays itself"},
    {"example\xef\xbc\x8e"
     "com",               "example.com",           "fullwidth full stop, FRM-25"           },
    {"example\xe3\x80\x82"
     "com",               "example.com",           "ideographic full stop"                 },
    {"\xef\xbd\x85xample.com", "example.com",           "fullwidth letter"                      },
    {"ex\xc2\xad"
     "ample.com",         "example.com",           "a soft hyphen is nothing (UTS 46)"     },
    {"ex\xd0\xb0mple.com",     "xn--exmple-4nf.com",    "a Cyrillic letter is another name"     },
    {"ex\xe9mple.com",         NULL,                    "no UTF-8"                              },
    {"a\xef\xbc\x8f"
     "b.com",             NULL,                    "fullwidth slash maps to a slash"       },
    {"a\xef\xbc\xa0"
     "b.com",             NULL,                    "fullwidth at maps to an at"            },
    {LABEL63 ".com",           LABEL63 ".com",          "63 octets"                             },
    {"x" LABEL63 ".com",       NULL,                    "64 octets"                             },
};

static void
has_one_normal_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(names[i].text));
        struct sceau_slice name, again;
        UNIT_CASE(names[i].why);
        assert_int_equal(domain_normal(unit_arena, text, &name),
                         names[i].normal != NULL);
        if (names[i].normal != NULL) {
            assert_slice(name, names[i].normal);
            assert_true(domain_normal(unit_arena, name, &again));
            assert_true(slice_eq(name, again));
        }
        unit_free(text);
    }
    struct sceau_slice name;
    assert_false(domain_normal(unit_arena, (struct sceau_slice){"a\0.com", 6}, &name));
    assert_false(
        domain_normal(unit_arena, (struct sceau_slice){"\xc3\xa9\0.com", 7}, &name));
    struct sceau_arena *full = sceau_arena_new(0);
    assert_false(domain_normal(full, SCEAU_SLICE("example.com"), &name));
    sceau_arena_free(full);
}

/* Each octet at each place: what can be asked, of letters, digits, "-" and "_" alone; labels of
 * 63 octets, not of 64, wherever they stand. */
static void
knows_ldh(void **state)
{
    (void)state;
    for (size_t at = 0; at < 5; at++) {
        for (unsigned c = 0; c < 256; c++) {
            char text[] = "ab.cd";
            text[at] = (char)c;
            struct sceau_slice name = {text, 5};
            bool is_of_them = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                              c == '.';
            assert_int_equal(domain_is_ldh(name),
                             is_of_them && domain_is_askable(name));
        }
    }
    for (size_t len = 63; len <= 64; len++) {
        char text[64 + 2];
        memset(text, 'a', sizeof text);
        assert_int_equal(domain_is_ldh((struct sceau_slice){text, len}), len == 63);
        text[len] = text[1] = '.';
        assert_int_equal(domain_is_ldh((struct sceau_slice){text + 2, len - 2}), true);
        assert_int_equal(domain_is_ldh((struct sceau_slice){text, len + 1}), false);
        text[1] = 'a';
        text[len + 1] = 'b';
        assert_int_equal(domain_is_ldh((struct sceau_slice){text, len + 2}), len == 63);
    }
    assert_false(domain_is_ldh(SLICE_NONE));
}

/* 253 octets can be asked, 254 cannot (RFC 1035 section 2.3.4). */
static void
knows_the_longest_name(void **state)
{
    (void)state;
    char name[255];
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = i % 2 == 1 ? '.' : 'a';
    assert_true(domain_is_askable((struct sceau_slice){name, 253}));
    assert_false(domain_is_askable((struct sceau_slice){name, 255}));
    assert_false(domain_is_askable((struct sceau_slice){name, 252})); /* final dot */
    assert_true(domain_is_ldh((struct sceau_slice){name, 253}));
    name[252] = '\xff';
    assert_true(domain_is_askable((struct sceau_slice){name, 253}));
    assert_false(domain_is_ldh((struct sceau_slice){name, 253}));
}

static const struct {
    const char *name;
    size_t count;
    const char *last;
    const char *why;
} lasts[] = {
    {"a.b.c", 0, "",      "none"                  },
    {"a.b.c", 1, "c",     "the top"               },
    {"a.b.c", 2, "b.c",   "two"                   },
    {"a.b.c", 3, "a.b.c", "all"                   },
    {"a.b.c", 9, "a.b.c", "it has no more"        },
    {"",      1, "",      "the root has no labels"},
    {"com",   1, "com",   "a single label"        },
};

static void
counts_labels_from_the_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lasts / sizeof *lasts; i++) {
        struct sceau_slice name = unit_copy(sceau_slice_from(lasts[i].name));
        UNIT_CASE(lasts[i].why);
        assert_slice(domain_last_labels(name, lasts[i].count), lasts[i].last);
        unit_free(name);
    }
    assert_int_equal(domain_labels(SCEAU_SLICE("")), 0);
    assert_int_equal(domain_labels(SCEAU_SLICE("com")), 1);
    assert_int_equal(domain_labels(SCEAU_SLICE("a.b.c")), 3);
    assert_slice(domain_parent(SCEAU_SLICE("a.b.c")), "b.c");
    assert_slice(domain_parent(SCEAU_SLICE("com")), "");
    assert_slice(domain_join(unit_arena, SCEAU_SLICE("_dmarc"), SCEAU_SLICE("b.c")),
                 "_dmarc.b.c");
}

static const struct {
    const char *name;
    const char *ancestor;
    bool is_within;
    const char *why;
} withins[] = {
    {"example.com",     "example.com",   true,  "itself"                       },
    {"a.b.EXAMPLE.com", "example.COM",   true,  "below, in any letter case"    },
    {"notexample.com",  "example.com",   false, "a longer label is another one"},
    {"example.com",     "a.example.com", false, "the other way round"          },
    {".example.com",    "example.com",   false, "an empty label is no child"   },
    {"example.com",     "",              false, "everything is not a domain"   },
    {"xexample.com",    ".com",          false, "no ancestor begins with a dot"},
};

static void
knows_what_is_below(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof withins / sizeof *withins; i++) {
        UNIT_CASE(withins[i].why);
        assert_int_equal(domain_is_within(sceau_slice_from(withins[i].name),
                                          sceau_slice_from(withins[i].ancestor)),
                         withins[i].is_within);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_one_normal_form),
        cmocka_unit_test(knows_ldh),
        cmocka_unit_test(knows_the_longest_name),
        cmocka_unit_test(counts_labels_from_the_right),
        cmocka_unit_test(knows_what_is_below),
    };
    return cmocka_run_group_tests_name("core/domain", tests, unit_arena_up,
                                       unit_arena_down);
}
