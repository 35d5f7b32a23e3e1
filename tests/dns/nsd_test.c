/* The resolver over libunbound against nsd: what a real server serves, over UDP and TCP, to
 * many threads, signed and not. */
#include "live_testing.h"

static const char *zones_dir; /* argv[1] */

static struct nsd nsd;
static bool has_nsd;

static void
needs_nsd(void)
{
    if (!has_nsd)
        skip();
}

static const struct {
    const char *name;
    uint16_t type;
    enum sceau_dns_status status;
    size_t count;
    uint32_t ttl;
    const char *why;
} cases[] = {
    {"mail.live.test",                 SCEAU_DNS_A,     SCEAU_DNS_OK,       3, 300, ".test is answered"          },
    {"MAIL.Live.Test",                 SCEAU_DNS_AAAA,  SCEAU_DNS_OK,       1, 300, "in any letter case"         },
    {"live.test",                      SCEAU_DNS_MX,    SCEAU_DNS_OK,       2, 300, "names in rdata"             },
    {"live.test",                      SCEAU_DNS_TXT,   SCEAU_DNS_OK,       2, 300, "strings"                    },
    {"live.test",                      SCEAU_DNS_SOA,   SCEAU_DNS_OK,       1, 300, "two names and numbers"      },
    {"mail.live.test",                 SCEAU_DNS_TXT,   SCEAU_DNS_NODATA,   0, 60,
     "NODATA; TTL from the SOA"                                                                                  },
    {"b.live.test",                    SCEAU_DNS_A,     SCEAU_DNS_NODATA,   0, 60,  "an empty non-terminal"      },
    {"nowhere.live.test",              SCEAU_DNS_A,     SCEAU_DNS_NXDOMAIN, 0, 60,
     "NXDOMAIN, callback's rcode 0"                                                                              },
    {"nowhere.live.test",              SCEAU_DNS_A,     SCEAU_DNS_NXDOMAIN, 0, 60,
     "the same from its cache"                                                                                   },
    {"c1.live.test",                   SCEAU_DNS_A,     SCEAU_DNS_OK,       3, 60,  "three links; the lowest TTL"},
    {"c1.live.test",                   SCEAU_DNS_TXT,   SCEAU_DNS_NODATA,   0, 60,  "links to NODATA"            },
    {"c1.live.test",                   SCEAU_DNS_CNAME, SCEAU_DNS_OK,       1, 60,  "a link asked for itself"    },
    {"dangling.live.test",             SCEAU_DNS_A,     SCEAU_DNS_NXDOMAIN, 0, 60,  "links to NXDOMAIN"          },
    {"loop1.live.test",                SCEAU_DNS_A,     SCEAU_DNS_SERVFAIL, 0, 0,   "a loop of links"            },
    {"l1.live.test",                   SCEAU_DNS_A,     SCEAU_DNS_OK,       3, 300, "eight links"                },
    {"l0.live.test",                   SCEAU_DNS_A,     SCEAU_DNS_SERVFAIL, 0, 0,   "nine are one too many"      },
    {"odd (b;c.live.test",             SCEAU_DNS_TXT,   SCEAU_DNS_OK,       1, 300,
     "octets that a zone escapes"                                                                                },
    {"odd\\032\\040b\\059c.live.test", SCEAU_DNS_TXT,   SCEAU_DNS_NXDOMAIN, 0, 60,
     "a backslash is an octet"                                                                                   },
    {"null.live.test",                 SCEAU_DNS_MX,    SCEAU_DNS_OK,       1, 300, "the root as a name"         },
    {"1.2.0.192.in-addr.arpa",         SCEAU_DNS_PTR,   SCEAU_DNS_OK,       1, 300,
     "reverse zone of documentation"                                                                             },
    {"1.0.0.10.in-addr.arpa",          SCEAU_DNS_PTR,   SCEAU_DNS_OK,       1, 300,
     "of a private network"                                                                                      },
    {"x.elsewhere.test",               SCEAU_DNS_A,     SCEAU_DNS_SERVFAIL, 0, 0,
     "nsd refuses other zones"                                                                                   },
};

static void
answers_what_nsd_serves(void **state)
{
    (void)state;
    needs_nsd();
    struct sceau_resolver *resolver = resolver_to(nsd.address, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_dns_answer answer =
            ask(resolver, cases[i].name, cases[i].type, 5000);
        if (answer.status != cases[i].status)
            fail_msg("%s: %s %s", cases[i].why, sceau_dns_status_name(answer.status),
                     answer.reason != NULL ? answer.reason : "");
        assert_int_equal(answer.count, cases[i].count);
        assert_in_range(answer.ttl, cases[i].ttl > 3 ? cases[i].ttl - 3 : 0,
                        cases[i].ttl);
        assert_false(answer.secure);
    }
    dns_live_free(resolver);
}

static void
decodes_what_nsd_serves(void **state)
{
    (void)state;
    needs_nsd();
    struct sceau_context context = {
        .arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY),
        .resolver = resolver_to(nsd.address, NULL),
    };
    struct sceau_dns_answer answer;
    for (int i = 0; i < 10; i++) { /* the zone's order is kept, not rotated */
        sceau_dns_lookup(&context, SCEAU_SLICE("live.test."), SCEAU_DNS_MX, &answer);
        assert_slice(answer.rrs[0].name, "mail.live.test");
        assert_int_equal(answer.rrs[1].preference, 20);
    }
    sceau_dns_lookup(&context, SCEAU_SLICE("live.test"), SCEAU_DNS_TXT, &answer);
    assert_slice(answer.rrs[0].text, "v=spf1 mx -all");
    sceau_dns_lookup(&context, SCEAU_SLICE("null.live.test"), SCEAU_DNS_MX, &answer);
    assert_slice(answer.rrs[0].name, ".");
    sceau_dns_lookup(&context, SCEAU_SLICE("not..a.name"), SCEAU_DNS_MX, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_INVALID);
    dns_live_free(context.resolver);
    sceau_arena_free(context.arena);
}

/* UDP cannot carry it: libunbound asks again over TCP. */
static void
gets_60_kib_over_tcp(void **state)
{
    (void)state;
    needs_nsd();
    struct crowd crowd = {
        .resolver = resolver_to(nsd.address, NULL),
        .name = "big.live.test",
        .type = SCEAU_DNS_TXT,
        .status = SCEAU_DNS_OK,
        .octets = 30000,
        .rounds = 4,
    };
    run_crowd(crowd, 50);
    dns_live_free(crowd.resolver);
}

static void
serves_hundreds_of_threads(void **state)
{
    (void)state;
    needs_nsd();
    struct crowd crowd = {
        .resolver = resolver_to(nsd.address, NULL),
        .name = "cold.live.test",
        .type = SCEAU_DNS_A,
        .status = SCEAU_DNS_NXDOMAIN,
        .rounds = 10,
    };
    run_crowd(crowd, 400); /* 4,000 names, none asked twice */
    dns_live_free(crowd.resolver);
}

/* ---- DNSSEC ---------------------------------------------------------------------------------------- */

static void
validates(void **state)
{
    (void)state;
    needs_nsd();
    static const struct {
        const char *name;
        enum sceau_dns_status status;
        bool secure;
        const char *why;
    } questions[] = {
        {"good.signed.test",    SCEAU_DNS_OK,       true,  "a valid signature"         },
        {"bad.signed.test",     SCEAU_DNS_BOGUS,    false, "text changed after signing"},
        {"bad.signed.test",     SCEAU_DNS_BOGUS,    false, "and again from its cache"  },
        {"ns.signed.test",      SCEAU_DNS_NODATA,   true,  "NODATA is proven"          },
        {"nowhere.signed.test", SCEAU_DNS_NXDOMAIN, true,  "so is NXDOMAIN"            },
        {"live.test",           SCEAU_DNS_OK,       false, "no anchor: insecure"       },
    };
    char anchor[4096];
    snprintf(anchor, sizeof anchor, "%s/signed.test.anchor", zones_dir);
    struct sceau_resolver *resolver = resolver_to(nsd.address, anchor);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        struct sceau_dns_answer answer = ask(resolver, questions[i].name, 16, 5000);
        if (answer.status != questions[i].status)
            fail_msg("%s: %s", questions[i].why, sceau_dns_status_name(answer.status));
        assert_int_equal(answer.secure, questions[i].secure);
    }
    dns_live_free(resolver);
}

static int
start_nsd(void **state)
{
    (void)state;
    has_nsd = nsd_start(&nsd, zones_dir);
    return 0;
}

static int
stop_nsd(void **state)
{
    (void)state;
    if (has_nsd)
        nsd_stop(&nsd);
    return 0;
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_what_nsd_serves),
        cmocka_unit_test(decodes_what_nsd_serves),
        cmocka_unit_test(gets_60_kib_over_tcp),
        cmocka_unit_test(serves_hundreds_of_threads),
        cmocka_unit_test(validates),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: %s ZONES-DIR\n", argv[0]);
        return 64;
    }
    zones_dir = argv[1];
    return cmocka_run_group_tests_name("dns/nsd", tests, start_nsd, stop_nsd);
}
