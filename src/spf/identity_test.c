/* Whom a check is about: MAIL FROM, HELO, and who is nobody. */
#include "check_testing.h"

static const struct {
    const char *sender, *helo;
    bool is_helo;
    const char *domain; /* "" when none was checked */
    const char *local_part;
    const char *why;
} identities[] = {
    {"mary@example.com",                                                              "mta.example.net",    false, "example.com",           "mary",       "2.4"                         },
    {"",                                                                              "mta.example.net",    false, "mta.example.net",       "postmaster", "2.4: null path"              },
    {"mary@example.com",                                                              "mta.example.net",    true,  "mta.example.net",       "postmaster",
     "2.3"                                                                                                                                                                              },
    {"@example.com",                                                                  "x.test",             false, "example.com",           "postmaster",
     "4.3: no local part"                                                                                                                                                               },
    {"example.com",                                                                   "x.test",             false, "example.com",           "postmaster", "4.3: nor an @"               },
    {"mary@EXAMPLE.com.",                                                             "x.test",             false, "example.com",           "mary",
     "one form: lower case, no final dot"                                                                                                                                               },
    {"\"a@example.net\"@example.com",                                                 "x.test",             false, "example.com",
     "\"a@example.net\"",                                                                                                                                 "the last @ counts"           },
    {"mary@b\xc3\xbc"
     "cher.example",                                                             "x.test",             false, "xn--bcher-kva.example", "mary",
     "4.3, RFC 8616: U-labels become A-labels"                                                                                                                                          },
    {"",
     "b\xc3\xbc"
     "cher.example",                                                                                        false, "xn--bcher-kva.example", "postmaster", "RFC 8616: in HELO too"       },
    {"mary@localhost",                                                                "x.test",             false, "",                      "",           "4.3: a single label"         },
    {"mary@com.",                                                                     "x.test",             false, "",                      "",           "4.3: with a dot as well"     },
    {"mary@a..example.com",                                                           "x.test",             false, "",                      "",           "4.3: an empty label"         },
    {"mary@.example.com",                                                             "x.test",             false, "",                      "",           "4.3: an empty label in front"},
    {"mary@[192.0.2.1]",                                                              "x.test",             false, "",                      "",           "2.3: an address literal"     },
    {"",                                                                              "[192.0.2.1]",        false, "",                      "",           "2.3: in HELO too"            },
    {"",                                                                              "OEMCOMPUTER",        true,  "",                      "",           "2.3: not multi-label"        },
    {"",                                                                              "",                   false, "",                      "",           "no HELO at all"              },
    {"mary@",                                                                         "x.test",             false, "",                      "",           "no domain"                   },
    {"",                                                                              "a.test; dmarc=pass", false, "",                      "",           "not a host name: never asked"},
    {"mary@example.com(a.example.net",                                                "x.test",             false, "",                      "",           "nor is this"                 },
    {"mary@a\xff.example",                                                            "x.test",             false, "",                      "",           "no UTF-8"                    },
    {"mary@0123456789012345678901234567890123456789012345678901234567890123.example",
     "x.test",                                                                                              false, "",                      "",           "4.3: a label of 64 octets"   },
};

static void
cuts_identities(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        char zone[512];
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_slice sender = unit_copy(sceau_slice_from(identities[i].sender));
        struct sceau_spf_query query = query_of("192.0.2.1", "", identities[i].helo);
        query.sender = sender;
        query.identity = identities[i].is_helo ? SCEAU_SPF_HELO : SCEAU_SPF_MAIL_FROM;
        const char *domain =
            identities[i].domain[0] ? identities[i].domain : "none.test";
        snprintf(
            zone, sizeof zone,
            "%s. TXT \"v=spf1 -all exp=exp.test\"\nexp.test. TXT \"%%{l} %%{o}\"\n",
            domain);
        UNIT_CASE(identities[i].why);
        world_open(&w, zone, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.identity, query.identity);
        assert_slice(o.domain, identities[i].domain);
        if (o.domain.len > 0) {
            char said[256];
            snprintf(said, sizeof said, "%s %s", identities[i].local_part, domain);
            assert_slice(o.explanation, said);
        } else {
            assert_int_equal(o.result, SCEAU_SPF_NONE);
            assert_int_equal(w.session.question_count, 0);
        }
        world_close(&w);
        unit_free(sender);
    }
}

/* A local socket, or a message from a file: nobody to check. */
static void
needs_an_address(void **state)
{
    (void)state;
    static const struct result_case cases[] = {
        {RECORD("+all"), "", "none: the client's address is not known", "no address"},
    };
    CHECK_CASES(cases, "", "mary@example.com");
}

/* RFC 8616 section 4: terms with %{s} or %{l} match nothing, others do. */
static const struct result_case eai[] = {
    {RECORD("exists:%{l}.x.test ~all"),                                     "192.0.2.1", "softfail ~all", "%{l}"                                 },
    {RECORD("exists:%{S}.x.test ~all"),                                     "192.0.2.1", "softfail ~all", "escaped or not"                       },
    {RECORD("include:%{l1r-}.x.test ~all"),                                 "192.0.2.1", "softfail ~all",
     "an include that matches nothing is no error"                                                                                               },
    {RECORD("exists:%{o}.x.test ~all") "example.com.x.test. A 127.0.0.2\n", "192.0.2.1",
     "pass exists:%{o}.x.test",                                                                           "%{o} is ASCII"                        },
    {RECORD("redirect=%{l}.x.test"),                                        "192.0.2.1",
     "permerror: redirect= leads to a domain without an SPF record",                                      "6.1: a redirect has to lead somewhere"},
    {RECORD("-all exp=x.test") "x.test. TXT \"%{l}\"\n",                    "192.0.2.1", "fail -all",
     "the explanation must be ASCII"                                                                                                             },
};

static void
leaves_eai_senders_unmatched(void **state)
{
    (void)state;
    CHECK_CASES(eai, "", "m\xc3\xa4ry@example.com");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_identities),
        cmocka_unit_test(needs_an_address),
        cmocka_unit_test(leaves_eai_senders_unmatched),
    };
    return cmocka_run_group_tests_name("spf/identity", tests, NULL, NULL);
}
