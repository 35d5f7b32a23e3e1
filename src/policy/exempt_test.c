/* Who is spared and who is not: exceptions (P4), trusted forwarders (P6), other people's lists
 * (L5), SPF alone (P9), own domains (P10). Mode x verdict x evidence. */
#include "../../tests/unit.h"
#include "authres/authres.h"
#include "policy.h"
#include "policy_testing.h"

#define NOW 1767225600

/* A forgery of example.com under p=reject from 198.51.100.25 to ann@dest.test, in mode
 * reject unless said otherwise; each case adds evidence. */
struct exempt_case {
    const char *why;
    enum policy_mode mode; /* MONITOR (0) stands for reject: see mode_of */
    enum policy_quarantine quarantine;
    enum sceau_dmarc_policy asks; /* none (0) stands for reject */
    const char *client;           /* NULL: 198.51.100.25 */
    const char *login;
    const char *to[2];               /* NULL: ann@dest.test alone */
    size_t more;                     /* recipients that are not known */
    const char *signer, *spf, *helo; /* domains that pass */
    bool is_permissive;
    const char *field, *body;
    const char *author;            /* NULL: example.com */
    enum sceau_dmarc_result dmarc; /* none (0) stands for fail */
    enum sceau_spf_result spf_result;
    bool refuse_spf, refuse_own;

    enum policy_action action;
    enum policy_override_type override;
    const char *comment; /* of the override */
    const char *log;     /* words in it */
};

#define LOCAL     POLICY_OVERRIDE_LOCAL_POLICY
#define LIST      POLICY_OVERRIDE_MAILING_LIST
#define FORWARDER POLICY_OVERRIDE_TRUSTED_FORWARDER
#define QUARANTINE_MODE \
 .mode = POLICY_MODE_QUARANTINE, .quarantine = POLICY_QUARANTINE_HOLD
#define DIRECT_MODE \
 .mode = POLICY_MODE_REJECT_DIRECT, .quarantine = POLICY_QUARANTINE_BOTH

/* clang-format off */
static const struct exempt_case cases[] = {
    {"nothing speaks for it", .action = POLICY_REJECT},

    /* P4 */
    {"a network that is exempt", .client = "203.0.113.7", .action = POLICY_ACCEPT,
     .override = LOCAL, .comment = "exempt network"},
    {"its neighbour is not", .client = "203.0.114.7", .action = POLICY_REJECT},
    {"a recipient who is exempt", .to = {"Abuse@dest.test"}, .action = POLICY_ACCEPT,
     .override = LOCAL, .comment = "exempt recipient"},
    {"a domain of recipients, and below it", .to = {"x@spamtrap.test", "y@a.spamtrap.test"},
     .action = POLICY_ACCEPT, .override = LOCAL, .comment = "exempt recipient"},
    {"one exempt recipient does not open the door for the other",
     .to = {"abuse@dest.test", "ann@dest.test"}, .action = POLICY_REJECT},
    {"nor for recipients that are not known", .to = {"abuse@dest.test"}, .more = 1,
     .action = POLICY_REJECT},
    {"an author domain", .author = "partner.test", .action = POLICY_ACCEPT,
     .override = LOCAL, .comment = "exempt sender"},
    {"and one below it", .author = "mail.partner.test", .action = POLICY_ACCEPT,
     .override = LOCAL, .comment = "exempt sender"},
    {"a name that merely ends so", .author = "notpartner.test", .action = POLICY_REJECT},
    {"a verified signature", .signer = "esp.test", .action = POLICY_ACCEPT,
     .override = LOCAL, .comment = "signed by an exempt domain"},
    {"SPF of that domain is no signature", .spf = "esp.test", .action = POLICY_REJECT},
    {"an exemption holds without a list to be spared as", .client = "203.0.113.7",
     QUARANTINE_MODE, .action = POLICY_ACCEPT, .override = LOCAL},

    /* P6 */
    {"a trusted forwarder by its signature", .signer = "mx.forward.test",
     .action = POLICY_ACCEPT, .override = FORWARDER, .comment = "forward.test"},
    {"by SPF of the rewritten sender", .spf = "forward.test", .action = POLICY_ACCEPT,
     .override = FORWARDER},
    {"by its HELO name", .helo = "out.forward.test", .action = POLICY_ACCEPT,
     .override = FORWARDER},
    {"a record that lets everybody pass proves nothing", .spf = "forward.test",
     .is_permissive = true, .action = POLICY_REJECT},
    {"its name alone proves nothing", .field = "X-Forwarded-For",
     .body = " x@forward.test", .action = POLICY_REJECT},
    {"a trusted list is told as one", .signer = "forward.test", .field = "List-Id",
     .body = " <dev.forward.test>", .action = POLICY_ACCEPT, .override = LIST},
    {"trust has ended", .signer = "expired.test", .action = POLICY_REJECT},
    {"scope: another network", .signer = "scoped.test", .action = POLICY_REJECT},
    {"scope: the network, another recipient", .signer = "scoped.test",
     .client = "192.0.2.9", .action = POLICY_REJECT},
    {"scope: both", .signer = "scoped.test", .client = "192.0.2.9",
     .to = {"alumni@dest.test"}, .action = POLICY_ACCEPT, .override = FORWARDER},

    /* L5 */
    {"a list with a signature of its own: marked, not held", QUARANTINE_MODE,
     .signer = "lists.test", .field = "List-Id", .body = " Dev <dev.lists.test>",
     .action = POLICY_QUARANTINE, .override = LIST, .comment = "lists.test",
     .log = " list=yes"},
    {"not refused either", DIRECT_MODE, .signer = "lists.test", .field = "List-Post",
     .body = " <mailto:dev@lists.test>", .action = POLICY_QUARANTINE, .override = LIST},
    {"SPF of its bounce address", QUARANTINE_MODE, .spf = "bounces.lists.test",
     .field = "List-Post", .body = " <mailto:dev@lists.test?subject=x>",
     .action = POLICY_QUARANTINE, .override = LIST},
    {"under p=quarantine nothing was overridden, but it is not held", QUARANTINE_MODE,
     .asks = SCEAU_DMARC_POLICY_QUARANTINE, .signer = "lists.test", .field = "List-Id",
     .body = " <dev.lists.test>", .action = POLICY_QUARANTINE, .log = " list=yes"},
    {"mode reject is the administrator's word", .signer = "lists.test",
     .field = "List-Id", .body = " <dev.lists.test>", .action = POLICY_REJECT},

    /* P9 */
    {"SPF fail decides nothing by default", .author = "other.test",
     .dmarc = SCEAU_DMARC_PASS, .spf_result = SCEAU_SPF_FAIL, .action = POLICY_ACCEPT},
    {"asked for, it decides before DMARC", .author = "other.test",
     .dmarc = SCEAU_DMARC_PASS, .spf_result = SCEAU_SPF_FAIL, .refuse_spf = true,
     .action = POLICY_REJECT},
    {"not for our own users", .login = "ann", .spf_result = SCEAU_SPF_FAIL,
     .refuse_spf = true, .action = POLICY_ACCEPT, .override = LOCAL},
    {"nor for a trusted forwarder", .helo = "forward.test",
     .spf_result = SCEAU_SPF_FAIL, .refuse_spf = true, .action = POLICY_ACCEPT,
     .override = FORWARDER},
    {"DNS trouble is no fail", .dmarc = SCEAU_DMARC_PASS,
     .spf_result = SCEAU_SPF_TEMPERROR, .refuse_spf = true, .action = POLICY_ACCEPT},

    /* P10: "own.test" is ours */
    {"off: told, and the published policy decides", .author = "own.test",
     .asks = SCEAU_DMARC_POLICY_QUARANTINE, .action = POLICY_QUARANTINE,
     .log = " own_domain=claimed"},
    {"on: refused under p=quarantine too", .author = "own.test", .refuse_own = true,
     .asks = SCEAU_DMARC_POLICY_QUARANTINE, .action = POLICY_REJECT,
     .log = " own_domain=claimed"},
    {"and below it", .author = "hr.own.test", .refuse_own = true,
     .asks = SCEAU_DMARC_POLICY_QUARANTINE, .action = POLICY_REJECT},
    {"a pass is ours", .author = "own.test", .refuse_own = true,
     .dmarc = SCEAU_DMARC_PASS, .action = POLICY_ACCEPT},
    {"our signature proves it, aligned or not", .author = "own.test", .refuse_own = true,
     .signer = "own.test", .asks = SCEAU_DMARC_POLICY_QUARANTINE,
     .action = POLICY_QUARANTINE},
    {"our users are let in", .author = "own.test", .refuse_own = true, .login = "ann",
     .action = POLICY_ACCEPT, .override = LOCAL},
    {"no policy action because DNS was slow", .author = "own.test", .refuse_own = true,
     .spf_result = SCEAU_SPF_TEMPERROR, .asks = SCEAU_DMARC_POLICY_QUARANTINE,
     .action = POLICY_QUARANTINE},
    {"our user's post that comes back from a list", .author = "own.test",
     .refuse_own = true, QUARANTINE_MODE, .signer = "lists.test", .field = "List-Id",
     .body = " <dev.lists.test>", .action = POLICY_QUARANTINE, .override = LIST},
};

/* L5: what is not two signs that agree. All under QUARANTINE_MODE: held. */
static const struct {
    const char *why, *signer, *spf, *field, *body;
} no_lists[] = {
    {"a field alone", NULL, NULL, "List-Id", " <dev.lists.test>"},
    {"a signature alone", "lists.test", NULL, "Subject", " <dev.lists.test>"},
    {"a signature of somebody else", "evil.test", NULL, "List-Id", " <dev.lists.test>"},
    {"a name that ends the same", "sts.test", NULL, "List-Id", " <dev.lists.test>"},
    {"a top-level domain", "test", NULL, "List-Id", " <dev.lists.test>"},
    {"a List-Id of one label", "lists.test", NULL, "List-Id", " <test>"},
    {"the domain in the description", "evil.test", NULL, "List-Id",
     " \"<evil.test>\" <dev.lists.test>"},
    {"no brackets", "lists.test", NULL, "List-Id", " dev.lists.test"},
    {"nothing in them", "lists.test", NULL, "List-Id", " <>"},
    {"NO, the list takes no posts", "lists.test", NULL, "List-Post", " NO"},
    {"SPF of somebody else", NULL, "evil.test", "List-Post", " <mailto:d@lists.test>"},
};
/* clang-format on */

static const struct sceau_slice partner = {"partner.test", 12};
static const struct sceau_slice esp = {"esp.test", 8};
static const struct sceau_slice own = {"own.test", 8};
static const struct sceau_slice alumni = {"alumni@dest.test", 16};
static const struct sceau_slice traps[] = {
    {"abuse@dest.test", 15},
    {"spamtrap.test",   13}
};
static struct ip_network networks[2];
static struct policy_forwarder forwarders[] = {
    {.domain = {"forward.test", 12},
     .until = INT64_MAX,
     .networks = {NULL, 0},
     .recipients = {NULL, 0}   },
    {.domain = {"expired.test", 12},
     .until = NOW,
     .networks = {NULL, 0},
     .recipients = {NULL, 0}   },
    {.domain = {"scoped.test", 11},
     .until = NOW + 1,
     .networks = {&networks[1], 1},
     .recipients = {&alumni, 1}},
};

static void
configure(struct policy_config *config)
{
    assert_true(ip_network_parse(SCEAU_SLICE("203.0.113.0/24"), &networks[0]));
    assert_true(ip_network_parse(SCEAU_SLICE("192.0.2.0/24"), &networks[1]));
    policy_config_init(config);
    config->authserv_id = SCEAU_SLICE("mx.receiver.test");
    config->exempt_senders = (struct policy_names){&partner, 1};
    config->exempt_recipients = (struct policy_names){traps, 2};
    config->exempt_dkim = (struct policy_names){&esp, 1};
    config->own_domains = (struct policy_names){&own, 1};
    config->exempt_networks = (struct policy_networks){&networks[0], 1};
    config->forwarders = forwarders;
    config->forwarder_count = sizeof forwarders / sizeof *forwarders;
}

static struct sceau_dkim_outcome dkim;
static struct sceau_field field;
static struct sceau_header header;
static const struct sceau_dmarc_record any_record;

static struct sceau_verdict
verdict_of(const struct exempt_case *c)
{
    struct sceau_verdict v = {.header = &header, .dkim = &dkim};
    dkim = (struct sceau_dkim_outcome){.result = SCEAU_DKIM_PASS,
                                       .domain = sceau_slice_from(c->signer)};
    field = (struct sceau_field){.name = sceau_slice_from(c->field),
                                 .body = sceau_slice_from(c->body)};
    header = (struct sceau_header){.fields = &field, .count = c->field != NULL};
    v.dkim_count = c->signer != NULL;
    v.author.domain = sceau_slice_from(c->author ? c->author : "example.com");
    v.spf_mail_from.result = c->spf != NULL ? SCEAU_SPF_PASS : c->spf_result;
    v.spf_mail_from.domain = sceau_slice_from(c->spf ? c->spf : "example.net");
    v.spf_mail_from.is_permissive = c->is_permissive;
    v.spf_helo.result = c->helo != NULL ? SCEAU_SPF_PASS : SCEAU_SPF_NONE;
    v.spf_helo.domain = sceau_slice_from(c->helo);
    v.dmarc.result = c->dmarc != SCEAU_DMARC_NONE ? c->dmarc : SCEAU_DMARC_FAIL;
    v.dmarc.record = &any_record;
    v.dmarc.policy =
        c->asks != SCEAU_DMARC_POLICY_NONE ? c->asks : SCEAU_DMARC_POLICY_REJECT;
    v.dmarc.disposition = v.dmarc.policy;
    return v;
}

static void
decide(const struct exempt_case *c, struct policy_decision *d)
{
    struct policy_config config;
    struct sceau_slice to[2] = {SCEAU_SLICE("ann@dest.test")};
    struct policy_facts facts = {.now = NOW,
                                 .login = sceau_slice_from(c->login),
                                 .recipients = to};
    const struct sceau_verdict verdict = verdict_of(c);
    configure(&config);
    config.mode = c->mode != POLICY_MODE_MONITOR ? c->mode : POLICY_MODE_REJECT;
    config.quarantine = c->quarantine;
    config.refuse_spf_fail = c->refuse_spf;
    config.refuse_own_domains = c->refuse_own;
    facts.recipients_known = c->to[1] != NULL ? 2 : 1;
    facts.recipient_count = facts.recipients_known + c->more;
    for (size_t i = 0; i < 2 && c->to[i] != NULL; i++)
        to[i] = sceau_slice_from(c->to[i]);
    assert_true(
        sceau_ip_parse(sceau_slice_from(c->client ? c->client : "198.51.100.25"),
                       &facts.client));
    policy_decide(unit_arena, &config, &facts, &verdict, d);
}

static bool
contains(struct sceau_slice text, const char *words)
{
    return memmem(text.ptr, text.len, words, strlen(words)) != NULL;
}

/* The field says dmarc=fail and why the policy was not applied, and is well-formed. */
static void
check_results(const struct exempt_case *c, const struct policy_decision *d)
{
    struct authres read;
    struct sceau_slice value = d->added[0].value;
    char words[80];
    assert_int_equal(authres_parse(unit_arena, value, &read, NULL), SCEAU_OK);
    assert_slice(read.authserv_id, "mx.receiver.test");
    snprintf(words, sizeof words, "(override %s", policy_override_name(c->override));
    assert_int_equal(contains(value, words), c->override != POLICY_OVERRIDE_NONE);
    assert_true(
        contains(value, c->dmarc == SCEAU_DMARC_PASS ? "dmarc=pass" : "dmarc=fail"));
}

static void
spares_whom_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct exempt_case *c = &cases[i];
        struct policy_decision d;
        UNIT_CASE(c->why);
        sceau_arena_clear(unit_arena);
        decide(c, &d);
        assert_string_equal(policy_action_name(d.action),
                            policy_action_name(c->action));
        assert_string_equal(policy_override_name(d.override.type),
                            policy_override_name(c->override));
        assert_true(c->comment == NULL ||
                    slice_eq(d.override.comment, sceau_slice_from(c->comment)));
        assert_true(c->log == NULL || contains(d.log, c->log));
        assert_false(d.is_list_mail && d.hold);
        if (d.action == POLICY_REJECT)
            assert_true(is_refusal(&d));
        else
            check_results(c, &d);
    }
}

/* "hold" alone would leave a list's mail unmarked: it is marked by its field instead. */
static void
asks_a_list_for_two_signs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_lists / sizeof *no_lists; i++) {
        const struct exempt_case c = {QUARANTINE_MODE, .signer = no_lists[i].signer,
                                      .spf = no_lists[i].spf,
                                      .field = no_lists[i].field,
                                      .body = no_lists[i].body};
        struct policy_decision d;
        UNIT_CASE(no_lists[i].why);
        sceau_arena_clear(unit_arena);
        decide(&c, &d);
        assert_int_equal(d.action, POLICY_QUARANTINE);
        assert_true(d.hold && !d.is_list_mail && d.added_count == 1);
    }
    const struct exempt_case list = {QUARANTINE_MODE, .signer = "lists.test",
                                     .field = "List-Id", .body = " <a.lists.test>"};
    struct policy_decision d;
    decide(&list, &d);
    assert_int_equal(d.added_count, 3);
    assert_slice(d.added[1].name, POLICY_FAIL_FIELD);
}

/* P7: each refusal names the domain and its own reason. */
static void
says_why(void **state)
{
    (void)state;
    static const struct {
        struct exempt_case c;
        const char *words;
    } refusals[] = {
        {{.why = "DMARC"},
         "550 5.7.1 example.com asks to reject mail that fails DMARC"            },
        {{.spf_result = SCEAU_SPF_FAIL, .refuse_spf = true},
         "550 5.7.23 example.net does not let this client send for it (SPF fail)"},
        {{.author = "own.test", .refuse_own = true},
         "550 5.7.1 own.test is a domain of this host"                           },
    };
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct policy_decision d;
        decide(&refusals[i].c, &d);
        assert_true(slice_starts_ci(d.reply, sceau_slice_from(refusals[i].words)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spares_whom_it_should),
        cmocka_unit_test(asks_a_list_for_two_signs),
        cmocka_unit_test(says_why),
    };
    return cmocka_run_group_tests_name("policy/exempt", tests, unit_arena_up,
                                       unit_arena_down);
}
