/* base64 as DKIM signers write it: vectors, folds, and what is refused. */
#include "base64.h"

#include "../../tests/unit.h"

/* RFC 4648 section 10, both ways. */
static const struct {
    const char *octets;
    const char *text;
} vectors[] = {
    {"",       ""        },
    {"f",      "Zg=="    },
    {"fo",     "Zm8="    },
    {"foo",    "Zm9v"    },
    {"foob",   "Zm9vYg=="},
    {"fooba",  "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

static void
the_rfc_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        assert_slice(base64_encoded(unit_arena, sceau_slice_from(vectors[i].octets)),
                     vectors[i].text);
        assert_slice(base64_decoded(unit_arena, sceau_slice_from(vectors[i].text)),
                     vectors[i].octets);
    }
}

static const struct {
    const char *text;
    const char *octets; /* NULL: refused */
    const char *why;
} cases[] = {
    {"Zm 9v\r\n\tYmFy", "foobar", "folds anywhere (RFC 6376 section 3.5, b=)"},
    {"Z g = =",         "f",      "folds inside the padding"                 },
    {" \r\n ",          "",       "only white space is empty"                },
    {"Zh==",            "f",      "unused bits that are not zero"            },
    {"Zm9=",            "fo",     "unused bits that are not zero"            },
    {"Zg",              NULL,     "padding missing"                          },
    {"Zg=",             NULL,     "padding too short"                        },
    {"Zg===",           NULL,     "padding too long"                         },
    {"Zm9v=",           NULL,     "padding behind a whole group"             },
    {"=",               NULL,     "padding of nothing"                       },
    {"Z",               NULL,     "six bits are no octet"                    },
    {"Z===",            NULL,     "six bits are no octet"                    },
    {"Zg==Zg==",        NULL,     "padding in the middle"                    },
    {"Zm-v",            NULL,     "the URL alphabet"                         },
    {"Zm9v;",           NULL,     "a foreign octet"                          },
    {"Zm9\xc3\xa9",     NULL,     "8-bit"                                    },
};

static void
reads_what_signers_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(cases[i].text));
        struct sceau_slice octets = base64_decoded(unit_arena, text);
        UNIT_CASE(cases[i].why);
        assert_int_equal(octets.ptr != NULL, cases[i].octets != NULL);
        if (cases[i].octets != NULL)
            assert_slice(octets, cases[i].octets);
        unit_free(text);
    }
}

static void
every_octet_survives(void **state)
{
    (void)state;
    char octets[256];
    for (size_t len = 0; len < sizeof octets; len++) {
        octets[len] = (char)(len * 7);
        struct sceau_slice in = {octets, len};
        struct sceau_slice text = base64_encoded(unit_arena, in);
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        assert_true(slice_eq(base64_decoded(unit_arena, text), in));
    }
    struct sceau_arena *full = sceau_arena_new(0);
    assert_null(base64_encoded(full, SCEAU_SLICE("foo")).ptr);
    assert_null(base64_decoded(full, SCEAU_SLICE("Zm9v")).ptr);
    sceau_arena_free(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfc_vectors),
        cmocka_unit_test(reads_what_signers_write),
        cmocka_unit_test(every_octet_survives),
    };
    return cmocka_run_group_tests_name("core/base64", tests, unit_arena_up,
                                       unit_arena_down);
}
