/* Whose ARC chain excuses a failure. */
#include "trust.h"

#include "../../tests/unit.h"

#define SETS_MAX 4
#define NOW      1767225600

struct trust_case {
    const char *why;
    enum sceau_arc_result arc;
    struct {
        const char *sealer, *results;
    } sets[SETS_MAX]; /* by instance */
    enum policy_arc_finding finding;
    const char *comment;
};

#define PASS \
 "lists.example.org; dkim=pass header.d=example.com; dmarc=pass header.from=example.com"
#define FAIL "lists.example.org; dmarc=fail header.from=example.com"

static const struct trust_case cases[] = {
    {"ARC-15: a trusted sealer saw it pass",
     SCEAU_ARC_PASS,      {{"lists.example.org", PASS}},
     POLICY_ARC_EXCUSES,      "arc=pass as[1].d=lists.example.org as[1].s=sel"                                },
    {"ARC-01, ARC-09: what an untrusted sealer says counts nothing",
     SCEAU_ARC_PASS,      {{"example.net", PASS}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"ARC-14: trusted, but it saw a failure",
     SCEAU_ARC_PASS,      {{"lists.example.org", FAIL}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"ARC-18: a broken chain excuses nothing",
     SCEAU_ARC_FAIL,      {{"lists.example.org", PASS}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"ARC-19: its key could not be asked for",
     SCEAU_ARC_TEMPERROR, {{"lists.example.org", PASS}},
     POLICY_ARC_UNDECIDED,    NULL                                                                            },
    {"DNS trouble of a stranger's chain decides nothing",
     SCEAU_ARC_TEMPERROR, {{"example.net", PASS}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"ARC-08: an untrusted seal above a trusted one could have edited",
     SCEAU_ARC_PASS,      {{"lists.example.org", PASS}, {"example.net", PASS}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"two trusted hops: the second saw what the first broke",
     SCEAU_ARC_PASS,      {{"lists.example.org", PASS}, {"forward.example.org", FAIL}},
     POLICY_ARC_EXCUSES,      "arc=pass as[2].d=forward.example.org as[2].s=sel as[1].d=lists.example.org "
     "as[1].s=sel"                                                                    },
    {"a stranger below the set that is used does not matter",
     SCEAU_ARC_PASS,      {{"example.net", FAIL}, {"lists.example.org", PASS}},
     POLICY_ARC_EXCUSES,      "arc=pass as[2].d=lists.example.org as[2].s=sel as[1].d=example.net as[1].s=sel"},
    {"but his own word is not used",
     SCEAU_ARC_PASS,      {{"example.net", PASS}, {"lists.example.org", FAIL}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"trust ends with its date",
     SCEAU_ARC_PASS,      {{"old.example.org", PASS}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"a subdomain of a trusted name is another name",
     SCEAU_ARC_PASS,      {{"x.lists.example.org", PASS}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"a pass of another author",
     SCEAU_ARC_PASS,      {{"lists.example.org", "lists.example.org; dmarc=pass header.from=example.net"}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"a pass of nobody in particular",
     SCEAU_ARC_PASS,      {{"lists.example.org", "lists.example.org; dmarc=pass"}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"both a pass and a failure of this author: no word to rely on",
     SCEAU_ARC_PASS,      {{"lists.example.org", PASS "; dmarc=fail header.from=example.com"}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"letter case of names does not count",
     SCEAU_ARC_PASS,      {{"lists.example.org", "l.test; DMARC=Pass header.from=Example.COM"}},
     POLICY_ARC_EXCUSES,      "arc=pass as[1].d=lists.example.org as[1].s=sel"                                },
    {"a pass inside a comment or a string is none",
     SCEAU_ARC_PASS,      {{"lists.example.org", "l.test; spf=fail (x; dmarc=pass header.from=example.com) "
                            "reason=\"; dmarc=pass header.from=example.com\""}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"RFC 8617 section 7.2.2: the address that the first sealer saw",
     SCEAU_ARC_PASS,      {{"lists.example.org", PASS "; spf=pass smtp.remote-ip=\"2001:DB8::1A\""}},
     POLICY_ARC_EXCUSES,      "arc=pass as[1].d=lists.example.org as[1].s=sel remote-ip[1]=2001:db8::1a"      },
    {"an address that is none is not passed on",
     SCEAU_ARC_PASS,      {{"lists.example.org", PASS "; spf=pass smtp.remote-ip=x"}},
     POLICY_ARC_EXCUSES,      "arc=pass as[1].d=lists.example.org as[1].s=sel"                                },
    {"results that do not parse",
     SCEAU_ARC_PASS,      {{"lists.example.org", PASS "; ("}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
    {"ARC without a set",
     SCEAU_ARC_PASS,      {{NULL, NULL}},
     POLICY_ARC_SAYS_NOTHING, NULL                                                                            },
};

static const struct sceau_slice staff = {"staff.example", 13};

static const struct policy_sealer sealers[] = {
    {.domain = {"forward.example.org", 19},
     .until = INT64_MAX,
     .recipients = {NULL, 0}                                                         },
    {.domain = {"lists.example.org", 17},   .until = NOW + 1, .recipients = {NULL, 0}},
    {.domain = {"old.example.org", 15},     .until = NOW,     .recipients = {NULL, 0}},
    {.domain = {"scoped.example.org", 18},
     .until = INT64_MAX,
     .recipients = {&staff, 1}                                                       },
};

static void
weighs_chains(void **state)
{
    (void)state;
    const struct policy_facts facts = {.now = NOW};
    struct policy_config config;
    policy_config_init(&config);
    config.sealers = sealers;
    config.sealer_count = sizeof sealers / sizeof *sealers;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct trust_case *c = &cases[i];
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_arc_set sets[SETS_MAX] = {0};
        struct sceau_verdict verdict = {
            .arc = {.result = c->arc, .sets = sets}
        };
        struct sceau_slice comment;
        UNIT_CASE(c->why);
        verdict.author.domain = SCEAU_SLICE("example.com");
        for (unsigned k = 0; k < SETS_MAX && c->sets[k].sealer != NULL; k++) {
            sets[k] =
                (struct sceau_arc_set){.instance = k + 1,
                                       .seal_domain =
                                           sceau_slice_from(c->sets[k].sealer),
                                       .seal_selector = SCEAU_SLICE("sel"),
                                       .results = sceau_slice_from(c->sets[k].results)};
            verdict.arc.set_count = k + 1;
        }
        assert_int_equal(policy_arc_excuse(arena, &config, &verdict, &facts, &comment),
                         c->finding);
        assert_slice(comment, c->comment != NULL ? c->comment : "");
        sceau_arena_free(arena);
    }
}

/* P6: a sealer trusted for some recipients is not for others, nor for a mix. */
static void
keeps_to_its_scope(void **state)
{
    (void)state;
    static const struct sceau_slice to[] = {
        {"ann@staff.example", 17},
        {"bob@other.example", 17}
    };
    struct policy_config config;
    struct policy_facts facts = {.now = NOW, .recipients = to};
    policy_config_init(&config);
    config.sealers = sealers;
    config.sealer_count = sizeof sealers / sizeof *sealers;
    facts.recipient_count = facts.recipients_known = 1;
    assert_true(policy_sealer_is_trusted(&config, &facts, sealers[3].domain));
    facts.recipient_count = 2; /* one is not known */
    assert_false(policy_sealer_is_trusted(&config, &facts, sealers[3].domain));
    facts.recipients_known = 2;
    assert_false(policy_sealer_is_trusted(&config, &facts, sealers[3].domain));
    assert_true(policy_sealer_is_trusted(&config, &facts, sealers[0].domain));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weighs_chains),
        cmocka_unit_test(keeps_to_its_scope),
    };
    return cmocka_run_group_tests_name("policy/trust", tests, NULL, NULL);
}
