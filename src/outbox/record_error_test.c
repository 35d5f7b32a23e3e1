#include "record_error.h"

#include "../../tests/unit.h"

#define OF_THREE "the value is not none, quarantine or reject"
#define AS_NONE \
 "p: it is missing, or sp or np is none of the three: the policy is taken as none (RFC 9989 section 4.10.1)"

static const struct {
    const char *record, *error, *why;
} errors[] = {
    {"v=DMARC1; p=none; rua=mailto:x@a.test",                  "",                               "nothing is wrong"          },
    {"v=DMARC1; p=none; future=1; rua=mailto:x@a.test",        "",                               "unknown tags are ignored"  },
    {"v=DMARC1; p=rejct; rua=mailto:x@a.test",                 "p: " OF_THREE "; " AS_NONE,
     "a policy that is none"                                                                                                 },
    {"v=DMARC1; rua=mailto:x@a.test",                          AS_NONE,                          "no policy"                 },
    {"v=DMARC1; p=reject; sp=; rua=mailto:x@a.test",           "sp: " OF_THREE "; " AS_NONE,
     "an empty one for subdomains"                                                                                           },
    {"v=DMARC1; p=none; adkim=x; rua=mailto:x@a.test",         "adkim: the value is not r or s",
     "another tag"                                                                                                           },
    {"v=DMARC1; p=none; rua=https://a.test/x,mailto:x@a.test",
     "rua: a URI names no mailbox and gets no report",                                           "a URI that we do not serve"},
    {"v=DMARC1; p=none; P=none",                               "",                               "a tag twice is no record"  },
    {"v=spf1",                                                 "",                               "nor is this one"           },
};

static const struct {
    const char *record, *pct, *why;
} pcts[] = {
    {"v=DMARC1; p=none; pct=50",  "50", "as published"      },
    {"v=DMARC1; p=none; PCT=0",   "0",  "in capitals"       },
    {"v=DMARC1; p=none; pct=101", "",   "more than there is"},
    {"v=DMARC1; p=none; pct=x",   "",   "no number"         },
    {"v=DMARC1; p=none",          "",   "none"              },
};

static void
tells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct sceau_slice in = unit_copy(sceau_slice_from(errors[i].record));
        UNIT_CASE(errors[i].why);
        assert_slice(outbox_record_error(unit_arena, in), errors[i].error);
        unit_free(in);
    }
    for (size_t i = 0; i < sizeof pcts / sizeof *pcts; i++) {
        UNIT_CASE(pcts[i].why);
        assert_slice(outbox_record_pct(sceau_slice_from(pcts[i].record)), pcts[i].pct);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells),
    };
    return cmocka_run_group_tests(tests, unit_arena_up, unit_arena_down);
}
