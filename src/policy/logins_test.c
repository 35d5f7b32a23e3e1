/* The login map: what is read, who may send as whom. */
#include "logins.h"

#include "../../tests/unit.h"
#include "core/slice.h"

#define MAP                         \
 "# senders\n"                      \
 "ann@example.org   ann, annette\n" \
 "\n"                               \
 "Bob@Example.ORG\tbob\n"           \
 "  # inside an entry\n"            \
 "  robert,rob\n"                   \
 "@example.net  carol dave\n"       \
 "eve@example.net eve\n"            \
 "ann@example.org  mallory\n"       \
 "postmaster  root\n"               \
 "x@b\xc3\xbc"                      \
 "cher.example  x\r\n"

static const struct {
    const char *login, *local, *domain;
    bool may;
    const char *why;
} questions[] = {
    {"ann",     "ann",        "example.org",           true,  "the address and its login"                },
    {"annette", "ann",        "example.org",           true,  "the second of two"                        },
    {"ANN",     "Ann",        "example.org",           true,  "letter case does not count"               },
    {"mallory", "ann",        "example.org",           false,
     "of two entries the first holds, as in postmap"                                                     },
    {"bob",     "bob",        "example.org",           true,
     "the table's letter case does not count either"                                                     },
    {"rob",     "bob",        "example.org",           true,  "a line that begins with a blank continues"},
    {"#",       "bob",        "example.org",           false, "a comment inside an entry names nobody"   },
    {"carol",   "any",        "example.net",           true,  "the whole domain"                         },
    {"carol",   "eve",        "example.net",           false,
     "an address of its own comes before its domain"                                                     },
    {"carol",   "any",        "sub.example.net",       false, "a domain is not what is below it"         },
    {"root",    "postmaster", "example.org",           false,
     "a name without a domain is no author"                                                              },
    {"x",       "x",          "xn--bcher-kva.example", true,  "a domain in any form"                     },
    {"an",      "ann",        "example.org",           false, "a part of a login is none"                },
    {"",        "ann",        "example.org",           false, "nobody"                                   },
    {"ann",     "ann",        "",                      false, "no domain"                                },
};

static void
answers(void **state)
{
    (void)state;
    const struct policy_logins *logins;
    struct sceau_diag diag;
    struct sceau_slice text = unit_copy(sceau_slice_from(MAP));
    assert_int_equal(policy_logins_parse(unit_arena, text, &logins, &diag), SCEAU_OK);
    assert_int_equal(policy_logins_count(logins), 6);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        UNIT_CASE(questions[i].why);
        assert_int_equal(policy_logins_may(logins, sceau_slice_from(questions[i].login),
                                           sceau_slice_from(questions[i].local),
                                           sceau_slice_from(questions[i].domain)),
                         questions[i].may);
    }
    assert_false(policy_logins_may(NULL, SCEAU_SLICE("ann"), SCEAU_SLICE("ann"),
                                   SCEAU_SLICE("example.org")));
    unit_free(text);
}

static const struct {
    const char *text;
    size_t offset;
    const char *why;
} refused[] = {
    {"ann@example.org\n",                  0,  "nobody may send as her"},
    {"a@example.org a\nb@example.org  \n", 16, "the second entry"      },
    {"  ann\n",                            0,  "continues nothing"     },
};

static void
refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct policy_logins *logins;
        struct sceau_diag diag;
        struct sceau_slice text = unit_copy(sceau_slice_from(refused[i].text));
        UNIT_CASE(refused[i].why);
        assert_int_equal(policy_logins_parse(unit_arena, text, &logins, &diag),
                         SCEAU_E_SYNTAX);
        assert_int_equal(diag.offset, refused[i].offset);
        unit_free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("policy/logins", tests, unit_arena_up,
                                       unit_arena_down);
}
