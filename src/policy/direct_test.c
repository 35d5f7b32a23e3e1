/* The evidence rules of reject-direct, each alone. */
#include "direct.h"

#include "../../tests/unit.h"

/* A forgery sent straight here: SPF fail, nothing else. Each case adds one thing. */
struct direct_case {
    const char *why;
    enum sceau_spf_result spf, helo;
    const char *signer;
    enum sceau_dkim_result dkim;
    unsigned arc_instances;
    const char *field;
    const char *sign; /* NULL: direct */
};

static const struct direct_case cases[] = {
    {"nothing suggests a detour",                         SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, NULL,                SCEAU_DKIM_NONE,
     0,                                                                                                                                      NULL,        NULL                                },
    {"softfail leaves it open",                           SCEAU_SPF_SOFTFAIL,  SCEAU_SPF_NONE, NULL,
     SCEAU_DKIM_NONE,                                                                                                                     0, NULL,        "SPF does not say fail"             },
    {"the envelope is another's, who may send from here", SCEAU_SPF_PASS,
     SCEAU_SPF_NONE,                                                                           NULL,                SCEAU_DKIM_NONE,      0, NULL,        "SPF does not say fail"             },
    {"DNS trouble leaves it open",                        SCEAU_SPF_TEMPERROR, SCEAU_SPF_NONE, NULL,
     SCEAU_DKIM_NONE,                                                                                                                     0, NULL,        "SPF does not say fail"             },
    {"a host that stands to its name may be a forwarder", SCEAU_SPF_FAIL,
     SCEAU_SPF_PASS,                                                                           NULL,                SCEAU_DKIM_NONE,      0, NULL,        "the HELO name passes SPF"          },
    {"HELO without a record says nothing",                SCEAU_SPF_FAIL,      SCEAU_SPF_FAIL, NULL,
     SCEAU_DKIM_NONE,                                                                                                                     0, NULL,        NULL                                },
    {"the author's signature, broken by a list",          SCEAU_SPF_FAIL,      SCEAU_SPF_NONE,
     "example.com",                                                                                                 SCEAU_DKIM_FAIL,      0, NULL,        "a signature of the author's domain"},
    {"of a subdomain of the author's organisation",       SCEAU_SPF_FAIL,      SCEAU_SPF_NONE,
     "mail.example.com",                                                                                            SCEAU_DKIM_PERMERROR, 0, NULL,
     "a signature of the author's domain"                                                                                                                                                     },
    {"a list's own signature",                            SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, "lists.example.org",
     SCEAU_DKIM_PASS,                                                                                                                     0, NULL,        "a passing signature of a third"    },
    {"a stranger's broken signature",                     SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, "notexample.com",
     SCEAU_DKIM_FAIL,                                                                                                                     0, NULL,        NULL                                },
    {"ARC, valid or not",                                 SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, NULL,                SCEAU_DKIM_NONE,      1,
     NULL,                                                                                                                                                "an ARC chain"                      },
    {"RFC 2919",                                          SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, NULL,                SCEAU_DKIM_NONE,      0, "list-ID",
     "fields of a list or forwarder"                                                                                                                                                          },
    {"RFC 2369",                                          SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, NULL,                SCEAU_DKIM_NONE,      0, "List-Post",
     "fields of a list or forwarder"                                                                                                                                                          },
    {"a redirect by hand",                                SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, NULL,                SCEAU_DKIM_NONE,      0,
     "Resent-From",                                                                                                                                       "fields of a list or forwarder"     },
    {"an old list program",                               SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, NULL,                SCEAU_DKIM_NONE,      0,
     "Mailing-List",                                                                                                                                      "fields of a list or forwarder"     },
    {"not a list field",                                  SCEAU_SPF_FAIL,      SCEAU_SPF_NONE, NULL,                SCEAU_DKIM_NONE,      0,
     "Listing",                                                                                                                                           NULL                                },
};

static void
sees_signs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct direct_case *c = &cases[i];
        struct sceau_field field = {.name = sceau_slice_from(c->field)};
        const struct sceau_header header = {.fields = &field,
                                            .count = c->field != NULL};
        const struct sceau_dkim_outcome dkim = {.result = c->dkim,
                                                .domain = sceau_slice_from(c->signer)};
        struct sceau_verdict verdict = {.header = &header,
                                        .dkim = &dkim,
                                        .dkim_count = c->signer != NULL};
        UNIT_CASE(c->why);
        verdict.spf_mail_from.result = c->spf;
        verdict.spf_helo.result = c->helo;
        verdict.arc.instances = c->arc_instances;
        verdict.author.domain = SCEAU_SLICE("news.example.com");
        verdict.dmarc.organizational_domain = SCEAU_SLICE("example.com");
        const char *sign = policy_indirect_sign(&verdict);
        assert_string_equal(sign != NULL ? sign : "", c->sign != NULL ? c->sign : "");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sees_signs),
    };
    return cmocka_run_group_tests_name("policy/direct", tests, NULL, NULL);
}
