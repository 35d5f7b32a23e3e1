/* Who is signed for (S1, S10): one case a rule and its counterpart, and the forger's ways in
 * between. */
#include "signing.h"

#include "../../tests/unit.h"
#include "core/slice.h"

static const struct ip_network office[] = {
    {{.version = 4, .octets = {192, 0, 2}}, 24},
};
static const struct ip_network satellite[] = {
    {{.version = 4, .octets = {198, 51, 100, 7}}, 32},
};
static const struct sceau_slice office_domains[] = {
    {"example.org", 11}
};
static const struct sceau_slice local_domains[] = {
    {"example.com", 11}
};
static const struct sceau_slice login_domains[] = {
    {"example.org", 11}
};
static const struct sceau_slice one_selector[] = {
    {"s1", 2}
};

/* Sorted: by length, then by octets. */
static const struct policy_signing_domain domains[] = {
    {.domain = {"a.test", 6},  .networks = {satellite, 1}},
    {.domain = {"up.test", 7}, .subdomains = true,         .networks = {satellite, 1}},
    {.domain = {"own.up.test", 11},                        .selectors = {one_selector, 1}                     },
};

static const struct policy_list lists[] = {{.address = {"dev@lists.test", 14}}};
static const struct policy_config policy = {.lists = lists, .list_count = 1};

static struct policy_signing_config
config_of(enum policy_owner_check check, const struct policy_logins *logins)
{
    return (struct policy_signing_config){
        .owner_check = check,
        .networks = {office,         1},
        .network_domains = {office_domains, 1},
        .local_domains = {local_domains,  1},
        .login_domains = {login_domains,  1},
        .logins = logins,
        .domains = domains,
        .domain_count = sizeof domains / sizeof *domains,
    };
}

enum client {
    STRANGER,  /* 203.0.113.9 */
    LOOPBACK,  /* 127.0.0.1 over SMTP: a content filter hands mail back */
    OFFICE,    /* 192.0.2.9 */
    SATELLITE, /* 198.51.100.7 */
    SENDMAIL,  /* sendmail(1) */
    OVER_SOCKET,
};

struct signing_case {
    const char *why;
    enum client client;
    const char *login;
    const char *local, *author;
    enum policy_signing_rule rule;
};

static const struct signing_case cases[] = {
    {"nobody we know",                                            STRANGER,    "",                        "ann",   "example.org",     POLICY_UNSIGNED_STRANGER},
    {"loopback alone is no reason",                               LOOPBACK,    "",                        "ann",   "example.org",
     POLICY_UNSIGNED_STRANGER                                                                                                                                 },
    {"a stranger without an author: who comes first",             STRANGER,    "",                        "",      "",
     POLICY_UNSIGNED_STRANGER                                                                                                                                 },
    {"a login of the domain",                                     STRANGER,    "ann@example.org",         "ann",   "example.org",
     POLICY_SIGN_LOGIN_DOMAIN                                                                                                                                 },
    {"letter case",                                               STRANGER,    "ann@Example.ORG",         "ann",   "example.org",
     POLICY_SIGN_LOGIN_DOMAIN                                                                                                                                 },
    {"somebody else of the domain: a domain signs, not a person", STRANGER,
     "eve@example.org",                                                                                   "ann",   "example.org",     POLICY_SIGN_LOGIN_DOMAIN},
    {"another domain's login",                                    STRANGER,    "eve@example.net",         "ann",   "example.org",
     POLICY_UNSIGNED_LOGIN                                                                                                                                    },
    {"the end of a name is not the name",                         STRANGER,    "eve@notexample.org",      "ann",
     "example.org",                                                                                                                   POLICY_UNSIGNED_LOGIN   },
    {"a domain below the login's",                                STRANGER,    "ann@example.org",         "ann",
     "sub.example.org",                                                                                                               POLICY_UNSIGNED_LOGIN   },
    {"a domain above the login's",                                STRANGER,    "ann@sub.example.org",     "ann",
     "example.org",                                                                                                                   POLICY_UNSIGNED_LOGIN   },
    {"unless its section says subdomains",                        STRANGER,    "ann@up.test",             "ann",   "x.up.test",
     POLICY_SIGN_LOGIN_DOMAIN                                                                                                                                 },
    {"and not the other way round",                               STRANGER,    "ann@x.up.test",           "ann",   "up.test",
     POLICY_UNSIGNED_LOGIN                                                                                                                                    },
    {"nor beside it",                                             STRANGER,    "ann@y.up.test",           "ann",   "x.up.test",
     POLICY_UNSIGNED_LOGIN                                                                                                                                    },
    {"a login without a domain",                                  STRANGER,    "ann",                     "ann",   "example.org",
     POLICY_SIGN_LOGIN_DOMAIN                                                                                                                                 },
    {"whose domains are others",                                  STRANGER,    "ann",                     "ann",   "example.net",
     POLICY_UNSIGNED_LOGIN                                                                                                                                    },
    {"an address as login, no domain",                            STRANGER,    "ann@",                    "ann",   "example.org",
     POLICY_UNSIGNED_LOGIN                                                                                                                                    },
    {"two at signs: the last counts",                             STRANGER,    "x@example.org@evil.test", "ann",
     "example.org",                                                                                                                   POLICY_UNSIGNED_LOGIN   },
    {"the login map",                                             STRANGER,    "carol",                   "sales", "shop.test",       POLICY_SIGN_LOGIN_MAP   },
    {"not in the login map",                                      STRANGER,    "dave",                    "sales", "shop.test",
     POLICY_UNSIGNED_LOGIN                                                                                                                                    },
    {"authenticated, without a name",                             STRANGER,    NULL,                      "ann",   "example.org",
     POLICY_UNSIGNED_LOGIN                                                                                                                                    },
    {"a login and no author",                                     STRANGER,    "ann@example.org",         "",      "",
     POLICY_UNSIGNED_AUTHOR                                                                                                                                   },
    {"an own network and its domain",                             OFFICE,      "",                        "ann",   "example.org",
     POLICY_SIGN_NETWORK                                                                                                                                      },
    {"below it",                                                  OFFICE,      "",                        "ann",   "sub.example.org", POLICY_SIGN_NETWORK     },
    {"another one",                                               OFFICE,      "",                        "ann",   "example.net",     POLICY_UNSIGNED_NETWORK },
    {"a section's client",                                        SATELLITE,   "",                        "root",  "a.test",          POLICY_SIGN_NETWORK     },
    {"its client, another domain",                                SATELLITE,   "",                        "root",  "example.org",
     POLICY_UNSIGNED_STRANGER                                                                                                                                 },
    {"another section's",                                         OFFICE,      "",                        "root",  "a.test",          POLICY_UNSIGNED_NETWORK },
    {"a section above it",                                        SATELLITE,   "",                        "root",  "x.up.test",       POLICY_SIGN_NETWORK     },
    {"a foreign login in an own network",                         OFFICE,      "eve@example.net",         "ann",
     "example.org",                                                                                                                   POLICY_SIGN_NETWORK     },
    {"sendmail(1) as the host",                                   SENDMAIL,    "",                        "root",  "mx.example.org",
     POLICY_SIGN_HOST                                                                                                                                         },
    {"as a domain of local_domains",                              SENDMAIL,    "",                        "root",  "example.com",
     POLICY_SIGN_HOST                                                                                                                                         },
    {"as anybody else",                                           SENDMAIL,    "",                        "root",  "example.org",     POLICY_UNSIGNED_LOCAL   },
    {"as the host's parent",                                      SENDMAIL,    "",                        "root",  "org",             POLICY_UNSIGNED_LOCAL   },
    {"over SMTP a host's name is no reason",                      LOOPBACK,    "",                        "root",  "mx.example.org",
     POLICY_UNSIGNED_STRANGER                                                                                                                                 },
    {"Sendmail's own socket",                                     OVER_SOCKET, "",                        "root",  "mx.example.org",
     POLICY_SIGN_HOST                                                                                                                                         },
    {"a list of this host",                                       SENDMAIL,    "",                        "dev",   "lists.test",      POLICY_SIGN_LIST        },
    {"somebody else there",                                       SENDMAIL,    "",                        "eve",   "lists.test",      POLICY_UNSIGNED_LOCAL   },
    {"a list from an own network",                                OFFICE,      "",                        "dev",   "lists.test",      POLICY_SIGN_LIST        },
    {"a stranger as the list",                                    STRANGER,    "",                        "dev",   "lists.test",
     POLICY_UNSIGNED_STRANGER                                                                                                                                 },
    {"a foreign login as the list",                               STRANGER,    "eve@example.net",         "dev",   "lists.test",
     POLICY_UNSIGNED_LOGIN                                                                                                                                    },
};

static struct sceau_ip
address_of(enum client client)
{
    static const struct sceau_ip addresses[] = {
        [STRANGER] = {.version = 4,                 .octets = {203, 0, 113, 9}},
        [LOOPBACK] = {.version = 4,                            .octets = {127, 0, 0, 1}},
        [OFFICE] = {.version = 4,.octets = {192, 0, 2, 9}},
        [SATELLITE] = {.version = 4,                 .octets = {198, 51, 100, 7}},
        [SENDMAIL] = {.version = 4,                            .octets = {127, 0, 0, 1}},
        [OVER_SOCKET] = {.version = 0},
    };
    return addresses[client];
}

static enum policy_signing_rule
decide(const struct signing_case *c, const struct policy_signing_config *config,
       struct policy_signing *signing)
{
    const struct policy_facts facts = {
        .mta_name = SCEAU_SLICE("mx.example.org"),
        .login = sceau_slice_from(c->login != NULL ? c->login : ""),
        .auth_type = sceau_slice_from(c->login == NULL ? "EXTERNAL" : ""),
        .client = address_of(c->client),
        .is_local_socket = c->client == OVER_SOCKET,
        .is_submitted_here = c->client == SENDMAIL || c->client == OVER_SOCKET,
    };
    const struct sceau_author author = {
        .status = *c->author != '\0' ? SCEAU_AUTHOR_ONE : SCEAU_AUTHOR_SEVERAL_DOMAINS,
        .domain = sceau_slice_from(c->author),
        .local = sceau_slice_from(c->local),
        .mailboxes = 1,
    };
    policy_signing_decide(config, &policy, &facts, &author, signing);
    return signing->rule;
}

static const struct policy_logins *
login_map(void)
{
    const struct policy_logins *logins;
    struct sceau_diag diag;
    assert_int_equal(policy_logins_parse(unit_arena,
                                         SCEAU_SLICE("sales@shop.test carol\n"),
                                         &logins, &diag),
                     SCEAU_OK);
    return logins;
}

static void
rules_hold(void **state)
{
    (void)state;
    struct policy_signing_config config = config_of(POLICY_OWNER_ON, login_map());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct policy_signing signing;
        UNIT_CASE(cases[i].why);
        assert_string_equal(policy_signing_rule_name(
                                decide(&cases[i], &config, &signing)),
                            policy_signing_rule_name(cases[i].rule));
    }
}

/* What owner_check does: strangers and riddles are never signed, whatever it says. */
static void
owner_check(void **state)
{
    (void)state;
    struct policy_signing_config log = config_of(POLICY_OWNER_LOG, login_map());
    struct policy_signing_config off = config_of(POLICY_OWNER_OFF, login_map());
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct signing_case *c = &cases[i];
        struct policy_signing s;
        bool is_closed =
            c->rule == POLICY_UNSIGNED_STRANGER || c->rule == POLICY_UNSIGNED_AUTHOR;
        bool is_signed = policy_signing_rule_signs(c->rule);
        UNIT_CASE(c->why);
        assert_int_equal(decide(c, &log, &s),
                         is_closed || is_signed ? c->rule : POLICY_SIGN_NOT_OWNER);
        assert_int_equal(decide(c, &off, &s),
                         is_closed ? c->rule : POLICY_SIGN_UNCHECKED);
    }
}

/* Whose options and whose keys. */
static void
domains_found(void **state)
{
    (void)state;
    static const struct {
        const char *author, *section, *above, *why;
    } wanted[] = {
        {"example.org", "",            NULL,      "no section"                             },
        {"a.test",      "a.test",      NULL,      "its own"                                },
        {"x.a.test",    "",            NULL,      "without subdomains it is its own affair"},
        {"up.test",     "up.test",     NULL,      "itself is not below itself"             },
        {"x.up.test",   "",            "up.test", "below"                                  },
        {"y.x.up.test", "",            "up.test", "far below"                              },
        {"own.up.test", "own.up.test", "up.test", "a section, and one above it"            },
        {"notup.test",  "",            NULL,      "a name that only ends the same"         },
    };
    struct policy_signing_config config = config_of(POLICY_OWNER_OFF, NULL);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct signing_case c = {wanted[i].why, SENDMAIL, "", "x", wanted[i].author, 0};
        struct policy_signing s;
        UNIT_CASE(wanted[i].why);
        decide(&c, &config, &s);
        assert_true(slice_eq(s.domain->domain, sceau_slice_from(wanted[i].section)));
        assert_int_equal(s.above != NULL, wanted[i].above != NULL);
        if (s.above != NULL)
            assert_true(slice_eq(s.above->domain, sceau_slice_from(wanted[i].above)));
    }
}

static void
keys_wanted(void **state)
{
    (void)state;
    struct policy_signing_domain d = domains[2];
    assert_true(policy_signing_wants(&d, SCEAU_SLICE("S1"), SCEAU_DKIM_RSA_SHA256));
    assert_false(policy_signing_wants(&d, SCEAU_SLICE("s2"), SCEAU_DKIM_RSA_SHA256));
    d.algorithms = POLICY_ALGORITHMS_RSA;
    assert_false(
        policy_signing_wants(&d, SCEAU_SLICE("s1"), SCEAU_DKIM_ED25519_SHA256));
    d.algorithms = POLICY_ALGORITHMS_ED25519;
    d.selectors.count = 0;
    assert_true(
        policy_signing_wants(&d, SCEAU_SLICE("any"), SCEAU_DKIM_ED25519_SHA256));
    assert_false(policy_signing_wants(&d, SCEAU_SLICE("any"), SCEAU_DKIM_RSA_SHA256));
    assert_false(policy_signing_wants(&d, SCEAU_SLICE("any"), SCEAU_DKIM_RSA_SHA1));
}

/* What becomes of a message that is not signed. */
static void
not_signed(void **state)
{
    (void)state;
    static const struct {
        enum policy_signing_rule rule;
        enum policy_action by_default, other; /* the other value of both options */
        const char *reply, *why;
    } wanted[] = {
        {POLICY_UNSIGNED_NO_KEY,     POLICY_ACCEPT,   POLICY_ACCEPT, "",
         "nobody asked for it"                                                        },
        {POLICY_UNSIGNED_STRANGER,   POLICY_ACCEPT,   POLICY_ACCEPT, "",    "not ours"},
        {POLICY_UNSIGNED_HEADER,     POLICY_ACCEPT,   POLICY_ACCEPT, "",
         "the message's own fault"                                                    },
        {POLICY_UNSIGNED_LONG_LINES, POLICY_ACCEPT,   POLICY_REJECT, "550",
         "as the administrator wants it"                                              },
        {POLICY_UNSIGNED_NO_SIGNER,  POLICY_TEMPFAIL, POLICY_ACCEPT, "451",
         "never lost, never unsigned"                                                 },
        {POLICY_UNSIGNED_BROKEN_KEY, POLICY_TEMPFAIL, POLICY_ACCEPT, "451", "the same"},
        {POLICY_UNSIGNED_MEMORY,     POLICY_TEMPFAIL, POLICY_ACCEPT, "451", "the same"},
    };
    const struct policy_signing_config plain = {0},
                                       other = {.long_lines = POLICY_LONG_REFUSE,
                                                .on_error = POLICY_SIGN_ERROR_UNSIGNED};
    const struct policy_facts facts = {.queue_id = SCEAU_SLICE("Q1")};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct policy_decision a = {.action = POLICY_ACCEPT}, b = a,
                               refused = {.action = POLICY_REJECT};
        UNIT_CASE(wanted[i].why);
        policy_cannot_sign(unit_arena, &policy, &plain, &facts, wanted[i].rule, &a);
        policy_cannot_sign(unit_arena, &policy, &other, &facts, wanted[i].rule, &b);
        policy_cannot_sign(unit_arena, &policy, &plain, &facts, wanted[i].rule,
                           &refused);
        assert_int_equal(a.action, wanted[i].by_default);
        assert_int_equal(b.action, wanted[i].other);
        assert_int_equal(refused.action, POLICY_REJECT); /* was not to leave anyway */
        struct sceau_slice reply = a.reply.len > 0 ? a.reply : b.reply;
        assert_true(slice_starts_ci(reply, sceau_slice_from(wanted[i].reply)));
        assert_int_equal(reply.len > 0, *wanted[i].reply != '\0');
    }
}

/* Words stand in logs and metrics: each its own, and none that a reader could not split. */
static void
words(void **state)
{
    (void)state;
    for (unsigned i = 0; i < POLICY_SIGNING_RULES; i++) {
        const char *name = policy_signing_rule_name(i);
        assert_non_null(policy_signing_rule_text(i));
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(name, policy_signing_rule_name(k));
    }
}

static void
log_line(void **state)
{
    (void)state;
    static const struct sceau_slice selectors[] = {
        {"s1", 2},
        {"s2", 2}
    };
    struct policy_signing_words w = {.rule = POLICY_SIGN_LOGIN_DOMAIN,
                                     .domain = SCEAU_SLICE("example.org"),
                                     .selectors = selectors,
                                     .count = 2,
                                     .refolded = 1};
    struct sceau_slice line =
        policy_log_signing(unit_arena, SCEAU_SLICE("Q1: action=accept"), &w);
    assert_true(
        slice_eq(line, SCEAU_SLICE("Q1: action=accept signed=yes "
                                   "sign_rule=login-domain d=example.org s=s1,s2 "
                                   "refolded=1")));
    w.count = 0;
    w.rule = POLICY_UNSIGNED_LONG_LINES;
    w.has_long_lines = true;
    w.refolded = 0;
    line = policy_log_signing(unit_arena, SCEAU_SLICE("Q1:"), &w);
    assert_true(slice_eq(line, SCEAU_SLICE("Q1: signed=no sign_rule=long-lines "
                                           "sign_domain=example.org long_lines=yes")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_hold),    cmocka_unit_test(owner_check),
        cmocka_unit_test(domains_found), cmocka_unit_test(keys_wanted),
        cmocka_unit_test(not_signed),    cmocka_unit_test(words),
        cmocka_unit_test(log_line),
    };
    return cmocka_run_group_tests_name("policy/signing", tests, unit_arena_up,
                                       unit_arena_down);
}
