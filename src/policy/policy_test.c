/* Mode x verdict x facts: what becomes of a message. */
#include "policy.h"

#include "../../tests/unit.h"
#include "authres/authres.h"
#include "policy_testing.h"

/* A message of one author at example.com; `policy` is what its record asks, `asks` the same
 * after t=. */
struct policy_case {
    const char *why;
    enum policy_mode mode;
    enum policy_invalid_from invalid_from;
    enum policy_quarantine quarantine;
    enum policy_on_temperror on_temperror;
    enum sceau_author_status author;
    enum sceau_dmarc_result dmarc;
    enum sceau_dmarc_policy policy, asks;
    bool has_record;
    const char *login;
    const char *client; /* NULL: 198.51.100.25 */
    bool is_local_socket;
    unsigned tempfails_so_far;
    unsigned defects;

    enum policy_action action;
    enum policy_override_type override;
    const char *fail_value; /* of the fail field; NULL: not added */
    bool hold;
};

#define NONE       SCEAU_DMARC_POLICY_NONE
#define QUARANTINE SCEAU_DMARC_POLICY_QUARANTINE
#define REJECT     SCEAU_DMARC_POLICY_REJECT
#define ASKS(p)    .policy = (p), .asks = (p), .has_record = true

static const struct policy_case cases[] = {
    {"RFC 9989 section 7.4: without other knowledge p=reject is quarantine",
     .mode = POLICY_MODE_QUARANTINE,                                                                                                         .dmarc = SCEAU_DMARC_FAIL,         ASKS(REJECT),
     .action = POLICY_QUARANTINE,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       .override = POLICY_OVERRIDE_LOCAL_POLICY,
     .fail_value = "reject"},
    {"the same for p=quarantine: applied as published",                                                 .mode = POLICY_MODE_QUARANTINE,
     .dmarc = SCEAU_DMARC_FAIL,                                                                                                ASKS(QUARANTINE),                                                                                                                          .action = POLICY_QUARANTINE,
     .fail_value = "quarantine"},
    {"P3: p=none is never punished",                                           .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_FAIL,                                                                                                                                              ASKS(NONE),                                                                                                                                                                                                                         .action = POLICY_ACCEPT                                                                                                                                                                                                                                                                                                                                                                                                },
    {"mode reject honours p=reject",                                                            .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_FAIL,ASKS(REJECT),.action = POLICY_REJECT},
    {"mode reject does not exceed p=quarantine",                                                          .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_FAIL,                                                                                                                                            ASKS(QUARANTINE),                                                                                                                                                                                                                                                                                                                                                                  .action = POLICY_QUARANTINE,
     .fail_value = "quarantine"},
    {"mode monitor tags only, and says so in the report",                                                      .mode = POLICY_MODE_MONITOR,
     .dmarc = SCEAU_DMARC_FAIL,                                                                                                                                                ASKS(REJECT),                                                                                                                                                                                                                                                        .action = POLICY_ACCEPT,
     .override = POLICY_OVERRIDE_LOCAL_POLICY},
    {"reject-direct: SPF none here, so the path is open",
     .mode = POLICY_MODE_REJECT_DIRECT,                                                                                                .dmarc = SCEAU_DMARC_FAIL,ASKS(REJECT),
     .action = POLICY_QUARANTINE,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        .override = POLICY_OVERRIDE_LOCAL_POLICY,
     .fail_value = "reject"},
    {"t=y: reject became quarantine (RFC 9989 section 4.7)",                                      .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_FAIL,                                       .policy = REJECT,                                                                                                                                                                                                                                                         .asks = QUARANTINE,
     .has_record = true, .action = POLICY_QUARANTINE,
     .override = POLICY_OVERRIDE_POLICY_TEST_MODE, .fail_value = "quarantine"},
    {"t=y: quarantine became none, and the report names the reason",
     .mode = POLICY_MODE_REJECT,                                                                               .dmarc = SCEAU_DMARC_FAIL,                                                 .policy = QUARANTINE,
     .asks = NONE,                                                                                                                                                                                                                                                                                                                                                                                                                                                 .has_record = true, .action = POLICY_ACCEPT,
     .override = POLICY_OVERRIDE_POLICY_TEST_MODE},
    {"a pass is a pass in every mode",                                                     .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_PASS,                                                                                                                              .policy = REJECT,                                                                                                                                                                                                            .has_record = true,
     .action = POLICY_ACCEPT},
    {"no record, no policy",                                             .mode = POLICY_MODE_REJECT,    .dmarc = SCEAU_DMARC_NONE,
     .action = POLICY_ACCEPT                                                                                                                                                                                                                                                                       },
    {"a record that cannot be used asks for nothing",                           .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_PERMERROR,                                                                                           .action = POLICY_ACCEPT                                                                                                                    },

    {"hold: the MTA's queue, no field",                                                    .mode = POLICY_MODE_QUARANTINE,
     .quarantine = POLICY_QUARANTINE_HOLD,                                                                                                                                                 .dmarc = SCEAU_DMARC_FAIL,                                                                                                                                                                                                                                    ASKS(QUARANTINE),
     .action = POLICY_QUARANTINE, .hold = true},
    {"both: held and marked",                                                .mode = POLICY_MODE_QUARANTINE,
     .quarantine = POLICY_QUARANTINE_BOTH,                                                                                                 .dmarc = SCEAU_DMARC_FAIL,ASKS(QUARANTINE),
     .action = POLICY_QUARANTINE, .fail_value = "quarantine", .hold = true},
    {"hold concerns suspect mail only",                                                                      .mode = POLICY_MODE_QUARANTINE,
     .quarantine = POLICY_QUARANTINE_HOLD,                                                    .dmarc = SCEAU_DMARC_PASS,
     .action = POLICY_ACCEPT                                                                                                                                                                                                                                                                                                                                                                                                         },

    {"P4: an authenticated session is exempt",                                            .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_FAIL,                                                                                                                               ASKS(REJECT),                                                                                                                                                                                                                 .login = "ann",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    .action = POLICY_ACCEPT,
     .override = POLICY_OVERRIDE_LOCAL_POLICY},
    {"P4: loopback is trusted",                                             .mode = POLICY_MODE_REJECT,                                                                                           .dmarc = SCEAU_DMARC_FAIL,
     ASKS(REJECT),                                                                                                                                                                                                                             .client = "127.9.9.9",                                                                                                                                                                                                                                                                                                                   .action = POLICY_ACCEPT,
     .override = POLICY_OVERRIDE_LOCAL_POLICY},
    {"and so is its mapped form",                                      .mode = POLICY_MODE_REJECT, .dmarc = SCEAU_DMARC_FAIL,
     ASKS(REJECT),                                                                                                                                                                  .client = "::ffff:127.0.0.1",                                                                                                                                                                                                                                                                                                                                                                                .action = POLICY_ACCEPT,
     .override = POLICY_OVERRIDE_LOCAL_POLICY},
    {"and ::1",                               .mode = POLICY_MODE_REJECT,                        .dmarc = SCEAU_DMARC_FAIL,                                                                                                                                                 ASKS(REJECT),
     .client = "::1",                                                                                                                                                                                                                                                                                                                                                                                                                                                             .action = POLICY_ACCEPT,
     .override = POLICY_OVERRIDE_LOCAL_POLICY},
    {"::2 is not",                               .mode = POLICY_MODE_REJECT,                                                                                             .dmarc = SCEAU_DMARC_FAIL,                                                                                                      ASKS(REJECT),
     .client = "::2",                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                           .action = POLICY_REJECT},
    {"an unknown address is in no network",                                                 .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_FAIL,                                                                                                                                  ASKS(REJECT),                                                                                                                                                                                                                                          .client = "unknown",
     .action = POLICY_REJECT},
    {"a Unix socket is exempt by configuration only",                                             .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_FAIL,                                                                                                                                ASKS(REJECT),                                                .client = "unknown",
     .is_local_socket = true, .action = POLICY_REJECT},

    {"no single author, tag: suspect as under p=quarantine",
     .mode = POLICY_MODE_QUARANTINE,                                                                    .author = SCEAU_AUTHOR_SEVERAL_FROM,
     .dmarc = SCEAU_DMARC_PERMERROR, .action = POLICY_QUARANTINE,
     .fail_value = "quarantine"},
    {"no single author, refuse",                               .invalid_from = POLICY_INVALID_FROM_REFUSE,
     .mode = POLICY_MODE_QUARANTINE,                                                                                                                   .author = SCEAU_AUTHOR_SYNTAX,
     .dmarc = SCEAU_DMARC_PERMERROR,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          .action = POLICY_REJECT},
    {"refuse holds in mode monitor too: it is asked for by name",
     .invalid_from = POLICY_INVALID_FROM_REFUSE,                                                                                               .mode = POLICY_MODE_MONITOR,
     .author = SCEAU_AUTHOR_NO_FROM,                                                                                                                                                                                                    .dmarc = SCEAU_DMARC_PERMERROR,
     .action = POLICY_REJECT},
    {"tag in mode monitor delivers",                                                          .mode = POLICY_MODE_MONITOR,
     .author = SCEAU_AUTHOR_NO_FROM,                                                                                                                                                   .dmarc = SCEAU_DMARC_PERMERROR,
     .action = POLICY_ACCEPT                                                                                                                                                                                                                                                                                         },
    {"a cron mail of our own host without a domain is let through",
     .invalid_from = POLICY_INVALID_FROM_REFUSE,                                                                                                .mode = POLICY_MODE_REJECT,
     .author = SCEAU_AUTHOR_NO_DOMAIN,                                                                                                                                                                                                                                                             .dmarc = SCEAU_DMARC_PERMERROR,
     .client = "127.0.0.1", .action = POLICY_ACCEPT},
    {"whatever a DMARC result says, without an author it is not used",
     .invalid_from = POLICY_INVALID_FROM_REFUSE,                                                                                                         .mode = POLICY_MODE_REJECT,
     .author = SCEAU_AUTHOR_SEVERAL_DOMAINS,                                                                                                                                                                                                                                                      .dmarc = SCEAU_DMARC_PASS,
     .action = POLICY_REJECT},
    {"a first line that continues nothing: fields go behind the last one",
     .mode = POLICY_MODE_QUARANTINE,                                                                                                           .author = SCEAU_AUTHOR_HEADER,
     .dmarc = SCEAU_DMARC_PERMERROR,                                                                                                                                                                                                                                                      .defects = SCEAU_HEADER_LEADING_SPACE,
     .action = POLICY_QUARANTINE, .fail_value = "quarantine"},

    {"V6: DNS trouble is a tempfail first",                                               .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_TEMPERROR,                                                                                    .action = POLICY_TEMPFAIL                                                                                                                                                                                                                                         },
    {"and once more",                                        .mode = POLICY_MODE_REJECT,                                                                                                                .dmarc = SCEAU_DMARC_TEMPERROR,
     .tempfails_so_far = 1,                                                                                                                                                                                                                            .action = POLICY_TEMPFAIL                                                                                                                                                                                                                                                                                                                                                                                                                                                                      },
    {"then the message is let through: no policy action because DNS failed (R7)",
     .mode = POLICY_MODE_REJECT,                                                                                                                .dmarc = SCEAU_DMARC_TEMPERROR,                                                                                                                                                 ASKS(REJECT),
     .tempfails_so_far = 2,                                                                                                                                                                                                                                                                                                                                                   .action = POLICY_ACCEPT},
    {"on_temperror accept",                                       .mode = POLICY_MODE_REJECT,
     .on_temperror = POLICY_TEMPERROR_ACCEPT,                                                                                                                                                     .dmarc = SCEAU_DMARC_TEMPERROR,
     .action = POLICY_ACCEPT                                                                                                                                                                                                                                                                                                                                                            },
    {"waiting is pointless when the policy is known to be none",
     .mode = POLICY_MODE_REJECT,.dmarc = SCEAU_DMARC_TEMPERROR,                                                                                                                                    ASKS(NONE),
     .action = POLICY_ACCEPT                                                                                                                                                                                                                                                                                                                                                                                   },
    {"mode monitor never delays mail",   .mode = POLICY_MODE_MONITOR,
     .dmarc = SCEAU_DMARC_TEMPERROR,   .action = POLICY_ACCEPT                                                                                                                                                                                                                                                     },
    {"nor is our own users' mail delayed",                                            .mode = POLICY_MODE_REJECT,
     .dmarc = SCEAU_DMARC_TEMPERROR,                                                                                                       .login = "ann",                                                                                                                                       .action = POLICY_ACCEPT                                                                                                                                                                                                                                                                                                                                                                                                                                                                                       },
};

static const struct sceau_dmarc_record any_record;

static struct sceau_verdict
verdict_of(const struct policy_case *c, const struct sceau_header *header)
{
    struct sceau_verdict v = {0};
    v.header = header;
    v.author.status = c->author;
    v.author.reason = c->author == SCEAU_AUTHOR_ONE ? NULL : "a test says so";
    if (c->author == SCEAU_AUTHOR_ONE)
        v.author.domain = SCEAU_SLICE("example.com");
    v.dmarc.result = c->dmarc;
    v.dmarc.policy = c->policy;
    v.dmarc.disposition = c->asks;
    v.dmarc.record = c->has_record ? &any_record : NULL;
    return v;
}

static struct policy_facts
facts_of(const struct policy_case *c)
{
    struct policy_facts facts = {.queue_id = SCEAU_SLICE("4XyZ"),
                                 .login = sceau_slice_from(c->login),
                                 .is_local_socket = c->is_local_socket,
                                 .tempfails_so_far = c->tempfails_so_far,
                                 .now = 1767225600};
    (void)sceau_ip_parse(sceau_slice_from(c->client ? c->client : "198.51.100.25"),
                         &facts.client);
    return facts;
}

static const struct policy_added_field *
find_added(const struct policy_decision *d, const char *name)
{
    for (size_t i = 0; i < d->added_count; i++) {
        if (slice_eq(d->added[i].name, sceau_slice_from(name)))
            return &d->added[i];
    }
    return NULL;
}

static void
check_refusal(const struct policy_decision *d)
{
    assert_int_equal(d->added_count, 0);
    assert_true(is_refusal(d));
}

/* Authentication-Results stands first, and is ours. */
static void
check_delivery(const struct policy_case *c, const struct policy_decision *d)
{
    const struct policy_added_field *fail = find_added(d, POLICY_FAIL_FIELD);
    assert_int_equal(d->reply.len, 0);
    assert_slice(d->added[0].name, "Authentication-Results");
    assert_slice(authres_read_id(unit_arena, d->added[0].value), "mx.receiver.test");
    assert_int_equal(fail != NULL, c->fail_value != NULL);
    assert_int_equal(find_added(d, "X-Spam-Flag") != NULL, c->fail_value != NULL);
    if (fail != NULL)
        assert_slice(fail->value, c->fail_value);
    assert_int_equal(d->added_at_end, c->defects != 0);
}

static void
decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct policy_case *c = &cases[i];
        struct policy_config config;
        struct policy_decision d;
        const struct sceau_header header = {.defects = c->defects};
        const struct sceau_verdict verdict = verdict_of(c, &header);
        const struct policy_facts facts = facts_of(c);
        UNIT_CASE(c->why);
        sceau_arena_clear(unit_arena);
        policy_config_init(&config);
        config.authserv_id = SCEAU_SLICE("mx.receiver.test");
        config.mode = c->mode;
        config.invalid_from = c->invalid_from;
        config.quarantine = c->quarantine;
        config.on_temperror = c->on_temperror;
        policy_decide(unit_arena, &config, &facts, &verdict, &d);
        assert_string_equal(policy_action_name(d.action),
                            policy_action_name(c->action));
        assert_string_equal(policy_override_name(d.override.type),
                            policy_override_name(c->override));
        assert_int_equal(d.hold, c->hold);
        assert_true(d.log.len > 0 && is_printable(d.log));
        if (d.action == POLICY_REJECT || d.action == POLICY_TEMPFAIL)
            check_refusal(&d);
        else
            check_delivery(c, &d);
    }
}

static void
defaults(void **state)
{
    (void)state;
    struct policy_config config;
    policy_config_init(&config);
    assert_int_equal(config.mode, POLICY_MODE_QUARANTINE);
    assert_int_equal(config.invalid_from, POLICY_INVALID_FROM_TAG);
    assert_int_equal(config.quarantine, POLICY_QUARANTINE_HEADER);
    assert_int_equal(config.on_temperror, POLICY_TEMPERROR_TEMPFAIL);
    assert_int_equal(config.temperror_tries, 2);
    assert_true(config.exempt_authenticated);
    assert_false(config.exempt_local_socket);
    assert_int_equal(config.sealer_count, 0);
    assert_slice(config.fail_field, "X-DMARC-Fail-Policy");
}

/* The authserv-id is {j} when none is configured; without either nothing is claimed. */
static void
names_itself(void **state)
{
    (void)state;
    const struct policy_case pass = {.dmarc = SCEAU_DMARC_PASS};
    struct sceau_header header = {0};
    const struct sceau_verdict verdict = verdict_of(&pass, &header);
    struct policy_facts facts = facts_of(&pass);
    struct policy_config config;
    struct policy_decision d;
    policy_config_init(&config);
    facts.mta_name = SCEAU_SLICE("mail.receiver.test");
    policy_decide(unit_arena, &config, &facts, &verdict, &d);
    assert_slice(authres_read_id(unit_arena, d.added[0].value), "mail.receiver.test");
    facts.mta_name = SLICE_NONE;
    policy_decide(unit_arena, &config, &facts, &verdict, &d);
    assert_int_equal(d.action, POLICY_ACCEPT);
    assert_int_equal(d.added_count, 0);
}

/* A second pass through this host (a content filter on loopback): its first verdict is kept,
 * and there is one field of ours, not two. */
static void
keeps_own_field_from_trusted(void **state)
{
    (void)state;
    const struct policy_case pass = {.dmarc = SCEAU_DMARC_FAIL, .client = "127.0.0.1"};
    struct sceau_header header = {0};
    struct policy_config config;
    struct policy_decision d;
    const struct policy_facts facts = facts_of(&pass);
    policy_config_init(&config);
    config.authserv_id = SCEAU_SLICE("mx.receiver.test");
    assert_int_equal(sceau_header_add(unit_arena, &header,
                                      SCEAU_SLICE("Authentication-Results"),
                                      SCEAU_SLICE(" mx.receiver.test; none")),
                     SCEAU_OK);
    const struct sceau_verdict verdict = verdict_of(&pass, &header);
    policy_decide(unit_arena, &config, &facts, &verdict, &d);
    assert_int_equal(d.removed_count, 0);
    assert_int_equal(d.added_count, 0);
}

/* The same where a field is named so: an MTA that hands it over would fold it into ours. */
static void
stays_below_a_continuation(void **state)
{
    (void)state;
    const struct policy_case damaged = {.author = SCEAU_AUTHOR_HEADER,
                                        .dmarc = SCEAU_DMARC_PERMERROR};
    struct sceau_header header = {0};
    struct policy_config config;
    struct policy_decision d;
    const struct policy_facts facts = facts_of(&damaged);
    policy_config_init(&config);
    config.authserv_id = SCEAU_SLICE("mx.receiver.test");
    (void)sceau_header_add(unit_arena, &header, SCEAU_SLICE(" From"),
                           SCEAU_SLICE(" a@b"));
    const struct sceau_verdict verdict = verdict_of(&damaged, &header);
    policy_decide(unit_arena, &config, &facts, &verdict, &d);
    assert_int_equal(d.action, POLICY_QUARANTINE);
    assert_true(d.added_at_end);
}

static void
passes_through(void **state)
{
    (void)state;
    const struct policy_case outside = {0};
    struct sceau_header header = {0};
    struct policy_config config;
    struct policy_decision d;
    const struct policy_facts facts = facts_of(&outside);
    policy_config_init(&config);
    config.authserv_id = SCEAU_SLICE("mx.receiver.test");
    assert_int_equal(sceau_header_add(unit_arena, &header,
                                      SCEAU_SLICE("Authentication-Results"),
                                      SCEAU_SLICE(" mx.receiver.test; dmarc=pass")),
                     SCEAU_OK);
    policy_pass_through(unit_arena, &config, &facts, &header, &d);
    assert_int_equal(d.action, POLICY_ACCEPT);
    assert_int_equal(d.added_count, 0);
    assert_int_equal(d.removed_count, 1);
}

/* A message that fills its memory makes errors at will. They are neither waited for nor
 * forgiven. */
static void
sees_used_up_memory(void **state)
{
    (void)state;
    static const enum sceau_dmarc_result errors[] = {SCEAU_DMARC_TEMPERROR,
                                                     SCEAU_DMARC_PERMERROR};
    for (size_t i = 0; i < 2; i++) {
        const struct policy_case c = {.dmarc = errors[i],
                                      .tempfails_so_far = (unsigned)i};
        struct sceau_header header = {0};
        const struct sceau_verdict verdict = verdict_of(&c, &header);
        const struct policy_facts facts = facts_of(&c);
        struct policy_config config;
        struct policy_decision d;
        policy_config_init(&config);
        sceau_arena_clear(unit_arena);
        policy_decide(unit_arena, &config, &facts, &verdict, &d);
        assert_int_equal(d.action, i == 0 ? POLICY_TEMPFAIL : POLICY_ACCEPT);
        assert_non_null(sceau_arena_alloc(unit_arena, sceau_arena_left(unit_arena) -
                                                          (size_t)400 * 1024));
        policy_decide(unit_arena, &config, &facts, &verdict, &d);
        assert_int_equal(d.action, POLICY_QUARANTINE);
        config.invalid_from = POLICY_INVALID_FROM_REFUSE;
        policy_decide(unit_arena, &config, &facts, &verdict, &d);
        assert_int_equal(d.action, POLICY_REJECT);
        assert_true(is_refusal(&d));
        config.mode = POLICY_MODE_MONITOR;
        config.invalid_from = POLICY_INVALID_FROM_TAG;
        policy_decide(unit_arena, &config, &facts, &verdict, &d);
        assert_int_equal(d.action, POLICY_ACCEPT);
    }
}

/* A full arena is never an untagged delivery and never a refusal for good. */
static void
survives_without_memory(void **state)
{
    (void)state;
    const struct policy_case fail = {.mode = POLICY_MODE_REJECT,
                                     .dmarc = SCEAU_DMARC_FAIL,
                                     ASKS(REJECT)};
    const struct policy_case pass = {.dmarc = SCEAU_DMARC_PASS};
    struct sceau_header header = {0};
    struct policy_config config;
    struct policy_decision d;
    const struct policy_facts facts = facts_of(&fail);
    policy_config_init(&config);
    config.authserv_id = SCEAU_SLICE("mx.receiver.test");
    config.mode = POLICY_MODE_REJECT;
    for (size_t ceiling = 0; ceiling < 6000; ceiling += 16) {
        struct sceau_arena *small = sceau_arena_new(ceiling);
        const struct sceau_verdict verdicts[] = {verdict_of(&fail, &header),
                                                 verdict_of(&pass, &header)};
        policy_decide(small, &config, &facts, &verdicts[0], &d);
        assert_true(d.action == POLICY_TEMPFAIL || d.action == POLICY_REJECT);
        check_refusal(&d);
        policy_decide(small, &config, &facts, &verdicts[1], &d);
        assert_true(d.action == POLICY_TEMPFAIL || d.added_count == 1);
        policy_cannot_judge(small, &config, &facts, "a reason", &d);
        assert_int_equal(d.action, POLICY_TEMPFAIL);
        check_refusal(&d);
        sceau_arena_free(small);
    }
}

/* What was not kept of a header may be a result in our name (RFC 8601 section 5): no mode
 * delivers it, but for those who may write such fields. */
static void
refuses_what_hides_fields(void **state)
{
    (void)state;
    struct sceau_header header = {.defects = SCEAU_HEADER_LIMIT};
    struct policy_case outside = {.author = SCEAU_AUTHOR_LIMIT,
                                  .dmarc = SCEAU_DMARC_PERMERROR};
    const struct policy_case inside = {.client = "127.0.0.1"};
    const struct policy_facts facts = facts_of(&outside);
    const struct policy_facts trusted = facts_of(&inside);
    const struct sceau_verdict verdict = verdict_of(&outside, &header);
    struct policy_config config;
    struct policy_decision d;
    policy_config_init(&config);
    config.mode = POLICY_MODE_MONITOR;
    policy_decide(unit_arena, &config, &facts, &verdict, &d);
    assert_int_equal(d.action, POLICY_REJECT);
    check_refusal(&d);
    policy_pass_through(unit_arena, &config, &facts, &header, &d);
    assert_int_equal(d.action, POLICY_REJECT);
    check_refusal(&d);
    policy_pass_through(unit_arena, &config, &trusted, &header, &d);
    assert_int_equal(d.action, POLICY_ACCEPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decides),
        cmocka_unit_test(defaults),
        cmocka_unit_test(names_itself),
        cmocka_unit_test(keeps_own_field_from_trusted),
        cmocka_unit_test(stays_below_a_continuation),
        cmocka_unit_test(passes_through),
        cmocka_unit_test(refuses_what_hides_fields),
        cmocka_unit_test(sees_used_up_memory),
        cmocka_unit_test(survives_without_memory),
    };
    return cmocka_run_group_tests_name("policy/policy", tests, unit_arena_up,
                                       unit_arena_down);
}
