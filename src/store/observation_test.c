/* What a domain is told of a message: which messages, and as what. */
#include "store/observation.h"

#include "../../tests/unit.h"
#include "policy/policy.h"
#include "report/words.h"

static struct record_message
message(void)
{
    struct record_message m = {
        .client = {4, {192, 0, 2, 1}},
        .mail_from_domain = SCEAU_SLICE("bounce.d.test"),
        .author_domain = SCEAU_SLICE("news.d.test"),
        .policy_domain = SCEAU_SLICE("d.test"),
        .record = SCEAU_SLICE("v=DMARC1; p=reject"),
        .dmarc_result = SCEAU_DMARC_FAIL,
        .dmarc_policy = SCEAU_DMARC_POLICY_REJECT,
        .dmarc_asked = SCEAU_DMARC_POLICY_REJECT,
        .action = POLICY_REJECT,
        .has_spf = 1,
        .spf_mail_from_result = SCEAU_SPF_SOFTFAIL,
        .spf_mail_from_domain = SCEAU_SLICE("bounce.d.test"),
        .signature_count = 2,
    };
    m.signatures[0] =
        (struct record_signature){SCEAU_DKIM_FAIL, 0, SCEAU_SLICE("d.test"),
                                  SCEAU_SLICE("k1")};
    m.signatures[1] =
        (struct record_signature){SCEAU_DKIM_PASS, 0, SCEAU_SLICE("esp.test"),
                                  SCEAU_SLICE("e")};
    return m;
}

/* Dispositions and reasons by name; "-" is no reason, "unreported" no row. */
static const struct {
    uint8_t result, policy, action, override;
    uint8_t is_shadow, is_unverified, without_policy;
    const char *told;
    const char *why;
} cases[] = {
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_REJECT,     POLICY_REJECT,     0, 0, 0, 0, "reject -",
     "as the domain asks"                                                                                                                                                                                    },
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_QUARANTINE, POLICY_QUARANTINE, 0, 0, 0, 0,
     "quarantine -",                                                                                                     "as the domain asks"                                                                },
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_REJECT,     POLICY_QUARANTINE, 0, 0, 0, 0,
     "quarantine local_policy",                                                                                          "a milder mode of ours must give a reason"                                          },
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_QUARANTINE, POLICY_ACCEPT,
     POLICY_OVERRIDE_MAILING_LIST,                                               0, 0, 0, "none mailing_list",
     "the reason that decided"                                                                                                                                                                               },
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_REJECT,     POLICY_QUARANTINE,
     POLICY_OVERRIDE_POLICY_TEST_MODE,                                           0, 0, 0, "quarantine policy_test_mode", "t=y"                                                                               },
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_NONE,       POLICY_ACCEPT,     0, 0, 0, 0, "none -",
     "nothing was asked, nothing done"                                                                                                                                                                       },
    {SCEAU_DMARC_PASS,      SCEAU_DMARC_POLICY_REJECT,     POLICY_ACCEPT,     0, 0, 0, 0, "pass -",
     "a pass where the policy would have done something"                                                                                                                                                     },
    {SCEAU_DMARC_PASS,      SCEAU_DMARC_POLICY_NONE,       POLICY_ACCEPT,     0, 0, 0, 0, "none -",
     "a pass where it would not"                                                                                                                                                                             },
    {SCEAU_DMARC_PASS,      SCEAU_DMARC_POLICY_REJECT,     POLICY_REJECT,     0, 0, 0, 0,
     "unreported",                                                                                                       "refused for another reason: its owner may be a spammer that is told where to go on"},
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_QUARANTINE, POLICY_REJECT,     0, 0, 0, 0,
     "unreported",                                                                                                       "refused for another reason"                                                        },
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_REJECT,     POLICY_TEMPFAIL,   0, 0, 0, 0,
     "unreported",                                                                                                       "it comes again, and counts then"                                                   },
    {SCEAU_DMARC_TEMPERROR, SCEAU_DMARC_POLICY_REJECT,     POLICY_ACCEPT,     0, 0, 0, 0,
     "none local_policy",                                                                                                "DNS failed: not refused, and that has a reason"                                    },
    {SCEAU_DMARC_FAIL,      SCEAU_DMARC_POLICY_REJECT,     POLICY_REJECT,     0, 1, 0, 0,
     "none local_policy",                                                                                                "shadow mode did nothing of it"                                                     },
    {SCEAU_DMARC_NONE,      0,                             POLICY_ACCEPT,     0, 0, 0, 1, "unreported",
     "no policy, nobody to tell"                                                                                                                                                                             },
    {SCEAU_DMARC_PASS,      SCEAU_DMARC_POLICY_REJECT,     POLICY_ACCEPT,     0, 0, 1, 0,
     "unreported",                                                                                                       "only signed here"                                                                  },
};

static void
told_is(const struct record_message *m, bool refused_too, const char *wanted,
        const char *why)
{
    static struct report_record r;
    char told[64] = "unreported";
    if (observation_is_reported(m, refused_too)) {
        observation_of(m, &r);
        snprintf(told, sizeof told, "%s %s",
                 word_name(WORDS_DISPOSITION, r.disposition),
                 r.reason_count > 0 ? word_name(WORDS_REASON, r.reasons[0].type) : "-");
    }
    if (strcmp(told, wanted) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", why, told, wanted);
}

static void
test_tells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct record_message m = message();
        m.dmarc_result = cases[i].result;
        m.dmarc_policy = m.dmarc_asked = cases[i].policy;
        m.action = cases[i].action;
        m.override = cases[i].override;
        m.is_shadow = cases[i].is_shadow;
        m.is_unverified = cases[i].is_unverified;
        if (cases[i].without_policy)
            m.policy_domain = SLICE_NONE;
        told_is(&m, false, cases[i].told, cases[i].why);
    }
}

/* What `refused_too` adds: mail refused for good, for whatever reason, and nothing else. */
static const struct {
    uint8_t result, policy, action, is_unverified;
    const char *told;
    const char *why;
} refused[] = {
    {SCEAU_DMARC_PASS, SCEAU_DMARC_POLICY_REJECT,     POLICY_REJECT,   0, "pass -",
     "its policy let it pass"                                                                                                  },
    {SCEAU_DMARC_FAIL, SCEAU_DMARC_POLICY_QUARANTINE, POLICY_REJECT,   0,
     "reject local_policy",                                                             "done more than was asked, so a reason"},
    {SCEAU_DMARC_FAIL, SCEAU_DMARC_POLICY_REJECT,     POLICY_TEMPFAIL, 0, "unreported",
     "it comes again"                                                                                                          },
    {SCEAU_DMARC_PASS, SCEAU_DMARC_POLICY_REJECT,     POLICY_REJECT,   1, "unreported",
     "only signed here"                                                                                                        },
};

static void
test_refused_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct record_message m = message();
        m.dmarc_result = refused[i].result;
        m.dmarc_policy = m.dmarc_asked = refused[i].policy;
        m.action = refused[i].action;
        m.is_unverified = refused[i].is_unverified;
        told_is(&m, true, refused[i].told, refused[i].why);
    }
}

static void
same_auth(const struct report_auth *a, const struct report_auth *b)
{
    assert_true(slice_eq(a->domain, b->domain) && slice_eq(a->selector, b->selector));
    assert_true(a->result == b->result && a->scope == b->scope);
}

static void
same_record(const struct report_record *a, const struct report_record *b)
{
    assert_true(a->disposition == b->disposition && a->dkim == b->dkim &&
                a->spf == b->spf);
    assert_true(a->reason_count == b->reason_count && a->dkim_count == b->dkim_count &&
                a->spf_count == b->spf_count);
    for (size_t i = 0; i < a->reason_count; i++)
        assert_true(a->reasons[i].type == b->reasons[i].type &&
                    slice_eq(a->reasons[i].comment, b->reasons[i].comment));
    for (size_t i = 0; i < a->dkim_count; i++)
        same_auth(&a->dkim_results[i], &b->dkim_results[i]);
    for (size_t i = 0; i < a->spf_count; i++)
        same_auth(&a->spf_results[i], &b->spf_results[i]);
}

/* Octets come back as they went; cut anywhere, or longer, they are refused. */
static void
test_octets(void **state)
{
    (void)state;
    static struct report_record before, after;
    struct record_message m = message();
    struct text t = text_new(unit_arena, SIZE_MAX);
    m.override = POLICY_OVERRIDE_OTHER;
    m.override_comment = SCEAU_SLICE("a comment");
    observation_of(&m, &before);
    assert_slice(before.dkim_results[0].domain, "esp.test"); /* passes come first */
    observation_write(&t, &before);
    struct sceau_slice octets = text_done(&t);
    assert_true(observation_read(octets, &after));
    same_record(&before, &after);
    for (size_t len = 0; len < octets.len; len++)
        assert_false(observation_read(slice_sub(octets, 0, len), &after));
    text_octet(&t, '\0');
    assert_false(observation_read(text_so_far(&t), &after));
    assert_false(observation_read(SCEAU_SLICE("\2rest of another version"), &after));
}

/* The most that a message can bring. */
static void
test_largest(void **state)
{
    (void)state;
    static struct record_message m;
    static struct report_record before, after;
    struct text t = text_new(unit_arena, SIZE_MAX);
    m = message();
    for (m.signature_count = 0; m.signature_count < RECORD_SIGNATURES_MAX;
         m.signature_count++)
        m.signatures[m.signature_count] = m.signatures[0];
    observation_of(&m, &before);
    observation_write(&t, &before);
    assert_true(observation_read(text_done(&t), &after));
    assert_int_equal(after.dkim_count, REPORT_DKIM_MAX);
    same_record(&before, &after);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells),
        cmocka_unit_test(test_refused_too),
        cmocka_unit_test(test_octets),
        cmocka_unit_test(test_largest),
    };
    return cmocka_run_group_tests_name("store/observation", tests, unit_arena_up,
                                       unit_arena_down);
}
