/* The state file: what it says, what is refused and where. */
#include "keys/state.h"

#include "../../tests/unit.h"
#include "core/slice.h"

static const char example[] =
    "# DKIM keys of example.org, written by sceau key; other comments are not kept\n"
    "2026a active rsa 2048 created=1790000000 published=1790000100 "
    "confirmed=1790003700 active=1790003700 p=MIIBIjAN\n"
    "E1 next ed25519 256 created=1790000001 p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "old.2025 revoked rsa 1024 created=1 retiring=5 revoked=9 p=MIGf\n";

static void
reads_and_writes(void **state)
{
    (void)state;
    struct keys_domain d;
    struct sceau_diag diag;
    struct sceau_slice text = unit_copy(SCEAU_SLICE(example));
    assert_int_equal(keys_state_parse(unit_arena, text, &d, &diag), SCEAU_OK);
    assert_int_equal(d.count, 3);
    const struct keys_key *key = keys_in_state(&d, KEYS_ACTIVE, SCEAU_DKIM_RSA_SHA256);
    assert_true(key == &d.keys[0] && key->bits == 2048);
    assert_true(key->published == 1790000100 && key->active == 1790003700 &&
                key->retiring == 0);
    assert_slice(keys_record(unit_arena, key), "v=DKIM1; k=rsa; p=MIIBIjAN");
    key = keys_find(&d, SCEAU_SLICE("e1")); /* DNS has no letter case */
    assert_true(key == &d.keys[1] && key->algorithm == SCEAU_DKIM_ED25519_SHA256);
    assert_null(keys_in_state(&d, KEYS_ACTIVE, SCEAU_DKIM_ED25519_SHA256));
    assert_null(keys_find(&d, SCEAU_SLICE("old")));
    struct text out = text_new(unit_arena, SIZE_MAX);
    keys_state_format(&out, SCEAU_SLICE("example.org"), &d);
    assert_slice(text_done(&out), example);
    unit_free(text);
}

static const struct {
    const char *text;
    const char *why;
} empty[] = {
    {"",                 "a file of no octets"     },
    {"# nothing\n",      "a comment"               },
    {"\n \t\n  # a\n#b", "blank lines, no line end"},
};

static void
reads_no_key(void **state)
{
    (void)state;
    struct keys_domain d;
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(empty[i].text));
        UNIT_CASE(empty[i].why);
        assert_int_equal(keys_state_parse(unit_arena, text, &d, NULL), SCEAU_OK);
        assert_int_equal(d.count, 0);
        unit_free(text);
    }
}

static const struct {
    const char *text;
    size_t offset; /* where the diagnostic points */
    const char *why;
} refused[] = {
    {"../x next rsa 2048 created=1 p=A",                           0,  "a path is no selector"  },
    {"a/b next rsa 2048 created=1 p=A",                            0,  "nor is one with a slash"},
    {".a next rsa 2048 created=1 p=A",                             0,  "nor a hidden file"      },
    {"a signs rsa 2048 created=1 p=A",                             2,  "no such state"          },
    {"a next dsa 2048 created=1 p=A",                              7,  "no such type"           },
    {"a next rsa 9000 created=1 p=A",                              11, "bits above 8192"        },
    {"a next rsa 2048x created=1 p=A",                             11, "bits with a tail"       },
    {"a next rsa 2048 created=1 lost=2 p=A",                       26, "an unknown field"       },
    {"a next rsa 2048 created=1 created=2 p=A",                    26, "a field twice"          },
    {"a next rsa 2048 created=1 p=A p=B",                          30, "a public key twice"     },
    {"a next rsa 2048 created=-1 p=A",                             24, "a time before 1970"     },
    {"a next rsa 2048 created=0 p=A",                              24, "0 is no time"           },
    {"a next rsa 2048 created p=A",                                23, "a field without ="      },
    {"a next rsa 2048 created=1 p=A,B",                            29, "a comma is not base64"  },
    {"a next rsa 2048 created=1",                                  25, "no public key"          },
    {"a next rsa 2048 p=A",                                        19, "no time of its making"  },
    {"a next",                                                     6,  "cut short"              },
    {"a next rsa 2048 created=1 p=A\r\n",                          29, "a carriage return"      },
    {"a next rsa 1 created=1 p=A\nA next rsa 1 created=1 p=A",     27,
     "one selector twice, in another letter case"                                               },
    {"a active rsa 1 created=1 p=A\nb active rsa 1 created=1 p=A", 29,
     "two keys would sign"                                                                      },
};

static void
refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct keys_domain d;
        struct sceau_diag diag = {0};
        struct sceau_slice text = unit_copy(sceau_slice_from(refused[i].text));
        UNIT_CASE(refused[i].why);
        assert_int_equal(keys_state_parse(unit_arena, text, &d, &diag), SCEAU_E_SYNTAX);
        assert_int_equal(diag.offset, refused[i].offset);
        assert_non_null(diag.expected);
        unit_free(text);
    }
}

static void
has_a_limit(void **state)
{
    (void)state;
    struct keys_domain d;
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (unsigned i = 0; i < KEYS_PER_DOMAIN_MAX; i++)
        text_format(&t, "s%u next rsa 2048 created=1 p=A\n", i);
    assert_int_equal(keys_state_parse(unit_arena, text_so_far(&t), &d, NULL), SCEAU_OK);
    assert_int_equal(d.count, KEYS_PER_DOMAIN_MAX);
    text_string(&t, "more next rsa 2048 created=1 p=A\n");
    assert_int_equal(keys_state_parse(unit_arena, text_so_far(&t), &d, NULL),
                     SCEAU_E_LIMIT);
}

static const struct {
    const char *selector;
    bool is_one;
    const char *why;
} selectors[] = {
    {"2026a",                                true,  "as people name them"  },
    {"7D2A0E1C-9B1E-4C5B-8F83-0B8C4C9C1C11", true,  "as zmdkimkeyutil does"},
    {"mail.2026",                            true,  "RFC 6376 section 3.1" },
    {"k_1",                                  true,  "met in DNS"           },
    {"",                                     false, "empty"                },
    {"a..b",                                 false, "an empty label"       },
    {"a.",                                   false, "a final dot"          },
    {"a b",                                  false, "a blank"              },
    {"a\nb",                                 false, "a line end"           },
};

static void
knows_selectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof selectors / sizeof *selectors; i++) {
        UNIT_CASE(selectors[i].why);
        assert_int_equal(keys_is_selector(sceau_slice_from(selectors[i].selector)),
                         selectors[i].is_one);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes), cmocka_unit_test(reads_no_key),
        cmocka_unit_test(refuses),          cmocka_unit_test(has_a_limit),
        cmocka_unit_test(knows_selectors),
    };
    return cmocka_run_group_tests_name("keys/state", tests, unit_arena_up,
                                       unit_arena_down);
}
