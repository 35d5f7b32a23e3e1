/* fo= and what is never told, each alone. */
#include "failure.h"

#include "../../tests/unit.h"

struct world {
    struct policy_config config;
    struct policy_facts facts;
    struct sceau_dmarc_record record;
    struct sceau_dkim_outcome dkim[2];
    struct sceau_field fields[2];
    struct sceau_header header;
    struct sceau_verdict verdict;
    struct policy_decision decision;
    struct sceau_slice recipient;
};

static const struct sceau_slice own[] = {
    {"dmarc@receiver.test",       19},
    {"reports+out@receiver.test", 25}
};
static const struct policy_failure_config options = {
    .own_addresses = {own, 2}
};
static const struct sceau_slice ruf[] = {
    {"mailto:x@example.com", 20}
};

/* A forgery from outside: no signature, SPF fails, the owner asks for all reports. */
static void
world_open(struct world *w)
{
    *w = (struct world){0};
    policy_config_init(&w->config);
    w->facts.client = (struct sceau_ip){
        4, {203, 0, 113, 1}
    };
    w->record =
        (struct sceau_dmarc_record){.ruf = ruf, .ruf_count = 1, .fo = SCEAU_DMARC_FO_0};
    w->header = (struct sceau_header){.fields = w->fields};
    w->verdict = (struct sceau_verdict){
        .has_spf = true,
        .header = &w->header,
        .dkim = w->dkim,
        .mail_from = {.is_valid = true,
                      .local = SCEAU_SLICE("x"),
                      .domain = SCEAU_SLICE("example.com")                                 },
        .author = { .domain = SCEAU_SLICE("example.com"),               .local = SCEAU_SLICE("x")},
        .dmarc = {                                                    .result = SCEAU_DMARC_FAIL,
                      .record = &w->record,
                      .policy_domain = SCEAU_SLICE("example.com"),
                      .disposition = SCEAU_DMARC_POLICY_REJECT},
    };
    w->verdict.spf_mail_from.result = SCEAU_SPF_FAIL;
}

static size_t
told(struct world *w, struct policy_failure failures[POLICY_FAILURES_MAX])
{
    return policy_failures(&w->config, &options, &w->facts, &w->verdict, &w->decision,
                           failures);
}

enum {
    NO = 0,
    DMARC = 1,
    DKIM = 2,
    SPF = 4
}; /* which reports */

static const struct {
    unsigned fo;
    bool is_spf_aligned, is_dkim_aligned;
    enum sceau_spf_result spf;
    enum sceau_dkim_result dkim; /* of one signature; none: there is none */
    unsigned want;
    const char *why;
} rows[] = {
    {SCEAU_DMARC_FO_0,                                       false, false, SCEAU_SPF_FAIL,      SCEAU_DKIM_NONE,      DMARC,
     "0: nothing is aligned"                                                                                                                                        },
    {SCEAU_DMARC_FO_0,                                       false, false, SCEAU_SPF_PASS,      SCEAU_DKIM_PASS,      DMARC,
     "0: of others"                                                                                                                                                 },
    {SCEAU_DMARC_FO_0,                                       true,  false, SCEAU_SPF_PASS,      SCEAU_DKIM_FAIL,      NO,
     "0: one is enough"                                                                                                                                             },
    {SCEAU_DMARC_FO_1,                                       true,  false, SCEAU_SPF_PASS,      SCEAU_DKIM_FAIL,      DMARC,
     "1: one has failed"                                                                                                                                            },
    {SCEAU_DMARC_FO_1,                                       true,  false, SCEAU_SPF_PASS,      SCEAU_DKIM_NONE,      DMARC,
     "1: absent is no pass"                                                                                                                                         },
    {SCEAU_DMARC_FO_1,                                       true,  true,  SCEAU_SPF_PASS,      SCEAU_DKIM_PASS,      NO,
     "1: both are aligned"                                                                                                                                          },
    {SCEAU_DMARC_FO_1,                                       false, true,  SCEAU_SPF_TEMPERROR, SCEAU_DKIM_PASS,      NO,
     "R7: DNS left it open"                                                                                                                                         },
    {SCEAU_DMARC_FO_1,                                       true,  false, SCEAU_SPF_PASS,      SCEAU_DKIM_TEMPERROR, NO,
     "R7: and here"                                                                                                                                                 },
    {SCEAU_DMARC_FO_D,                                       true,  false, SCEAU_SPF_PASS,      SCEAU_DKIM_FAIL,      DKIM,
     "d: a signature has failed"                                                                                                                                    },
    {SCEAU_DMARC_FO_D,                                       true,  false, SCEAU_SPF_PASS,      SCEAU_DKIM_PERMERROR, DKIM,
     "d: without a key"                                                                                                                                             },
    {SCEAU_DMARC_FO_D,                                       false, false, SCEAU_SPF_FAIL,      SCEAU_DKIM_NONE,      NO,
     "d: there is none"                                                                                                                                             },
    {SCEAU_DMARC_FO_S,                                       false, true,  SCEAU_SPF_SOFTFAIL,  SCEAU_DKIM_PASS,      SPF,
     "s: SPF has failed"                                                                                                                                            },
    {SCEAU_DMARC_FO_S,                                       false, true,  SCEAU_SPF_PERMERROR, SCEAU_DKIM_PASS,      SPF,
     "s: a record nobody can read"                                                                                                                                  },
    {SCEAU_DMARC_FO_S,                                       false, true,  SCEAU_SPF_NONE,      SCEAU_DKIM_PASS,      NO,
     "s: none is no failure"                                                                                                                                        },
    {SCEAU_DMARC_FO_S,                                       false, true,  SCEAU_SPF_NEUTRAL,   SCEAU_DKIM_PASS,      NO,
     "s: nor is neutral"                                                                                                                                            },
    {SCEAU_DMARC_FO_D | SCEAU_DMARC_FO_S,                    false, false, SCEAU_SPF_FAIL,      SCEAU_DKIM_FAIL,
     DKIM | SPF,                                                                                                             "d and s"                              },
    {SCEAU_DMARC_FO_0 | SCEAU_DMARC_FO_D | SCEAU_DMARC_FO_S, false, false,
     SCEAU_SPF_FAIL,                                                                            SCEAU_DKIM_FAIL,      DMARC, "the DMARC report says what they would"},
    {0,                                                      false, false, SCEAU_SPF_FAIL,      SCEAU_DKIM_FAIL,      NO,    "no value that is known"               },
};

static void
follows_fo(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        struct policy_failure f[POLICY_FAILURES_MAX];
        unsigned got = 0;
        world_open(&w);
        UNIT_CASE(rows[i].why);
        w.record.fo = rows[i].fo;
        w.verdict.dmarc.spf_aligned = rows[i].is_spf_aligned;
        w.verdict.dmarc.dkim_aligned = rows[i].is_dkim_aligned;
        w.verdict.dmarc.result = rows[i].is_spf_aligned || rows[i].is_dkim_aligned
                                     ? SCEAU_DMARC_PASS
                                     : SCEAU_DMARC_FAIL;
        w.verdict.spf_mail_from.result = rows[i].spf;
        w.dkim[0].result = rows[i].dkim;
        w.verdict.dkim_count = rows[i].dkim != SCEAU_DKIM_NONE;
        size_t count = told(&w, f);
        for (size_t k = 0; k < count; k++)
            got |= 1U << f[k].kind;
        assert_int_equal(got, rows[i].want);
    }
}

static void
null_sender(struct world *w)
{
    w->verdict.mail_from = (struct sceau_path){.is_valid = true, .is_null = true};
}
static void
no_path(struct world *w)
{
    w->verdict.mail_from.is_valid = false;
}
static void
registry(struct world *w)
{
    w->record.psd = SCEAU_DMARC_PSD_Y;
}
static void
no_ruf(struct world *w)
{
    w->record.ruf_count = 0;
}
static void
no_record(struct world *w)
{
    w->verdict.dmarc.record = NULL;
}
static void
open_dmarc(struct world *w)
{
    w->verdict.dmarc.result = SCEAU_DMARC_TEMPERROR;
}
static void
logged_in(struct world *w)
{
    w->facts.login = SCEAU_SLICE("ann");
}
static void
by_sendmail(struct world *w)
{
    w->facts.is_submitted_here = true;
}
static void
trusted(struct world *w)
{
    w->facts.client = (struct sceau_ip){
        4, {127, 0, 0, 1}
    };
}
static void
no_client(struct world *w)
{
    w->facts.client.version = 0;
}
static void
shadow(struct world *w)
{
    w->decision.is_shadow = true;
}
static void
tempfail(struct world *w)
{
    w->decision.action = POLICY_TEMPFAIL;
}
static void
refused_else(struct world *w)
{
    w->decision.action = POLICY_REJECT;
    w->verdict.dmarc.disposition = SCEAU_DMARC_POLICY_NONE;
}
static void
from_us(struct world *w)
{
    w->verdict.author = (struct sceau_author){.local = SCEAU_SLICE("DMARC"),
                                              .domain = SCEAU_SLICE("receiver.test")};
}
static void
path_of_us(struct world *w)
{
    w->verdict.mail_from.local = SCEAU_SLICE("dmarc+00ff");
    w->verdict.mail_from.domain = SCEAU_SLICE("Receiver.test");
}
static void
to_us(struct world *w)
{
    w->recipient = SCEAU_SLICE("dmarc+00ff@receiver.test");
    w->facts.recipients = &w->recipient;
    w->facts.recipients_known = 1;
}
static void
to_us_with_a_plus(struct world *w)
{
    w->recipient = SCEAU_SLICE("reports+out@receiver.test");
    w->facts.recipients = &w->recipient;
    w->facts.recipients_known = 1;
}
static void
field(struct world *w, const char *name, const char *body)
{
    w->fields[w->header.count++] = (struct sceau_field){.name = sceau_slice_from(name),
                                                        .body = sceau_slice_from(body)};
}
static void
report(struct world *w)
{
    field(w, "content-type", " Multipart/Report; report-type=feedback-report");
}
static void
second_type(struct world *w)
{
    field(w, "Content-Type", " text/plain");
    field(w, "Content-Type", " multipart/report");
}
static void
aggregate(struct world *w)
{
    field(w, "Subject", " Report Domain: example.com Submitter: x");
}
static void
tls(struct world *w)
{
    field(w, "TLS-Report-Domain", " example.com");
}
static void
automatic(struct world *w)
{
    field(w, "Auto-Submitted", " auto-replied");
}

static const struct {
    void (*change)(struct world *w);
    const char *why;
} silent[] = {
    {null_sender,       "a bounce (RFC 5321 section 6.1)"   },
    {no_path,           "no path that can be read"          },
    {registry,          "psd=y (RFC 9991 section 2)"        },
    {no_ruf,            "nobody asks"                       },
    {no_record,         "no policy"                         },
    {open_dmarc,        "DNS left it open"                  },
    {logged_in,         "a user of ours"                    },
    {by_sendmail,       "a program of ours"                 },
    {trusted,           "a host of ours"                    },
    {no_client,         "nobody knows from where"           },
    {shadow,            "nothing of it was done"            },
    {tempfail,          "it will come again"                },
    {refused_else,      "refused for another reason"        },
    {from_us,           "it says that we wrote it"          },
    {path_of_us,        "from our return path, with a token"},
    {to_us,             "an answer to a report of ours"     },
    {to_us_with_a_plus, "our address has a + of its own"    },
    {report,            "a report"                          },
    {second_type,       "a report behind another type"      },
    {aggregate,         "an aggregate report"               },
    {tls,               "a TLS report"                      },
    {automatic,         "a program's answer (RFC 3834)"     },
};

static void
keeps_silent(void **state)
{
    (void)state;
    struct policy_failure f[POLICY_FAILURES_MAX];
    struct world w;
    world_open(&w);
    field(&w, "Auto-Submitted", " no");
    field(&w, "Subject", " A report on domains");
    assert_int_equal(told(&w, f), 1);
    w.decision.action = POLICY_REJECT;
    assert_int_equal(told(&w, f), 1); /* for its policy's sake */
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        UNIT_CASE(silent[i].why);
        world_open(&w);
        silent[i].change(&w);
        assert_int_equal(told(&w, f), 0);
    }
}

/* An aligned signature is named before others; what it failed by is a cause of its own. */
static void
names_the_signature(void **state)
{
    (void)state;
    struct policy_failure f[POLICY_FAILURES_MAX];
    struct world w;
    world_open(&w);
    w.dkim[0] = (struct sceau_dkim_outcome){.result = SCEAU_DKIM_FAIL,
                                            .domain = SCEAU_SLICE("list.test")};
    w.dkim[1] = (struct sceau_dkim_outcome){.result = SCEAU_DKIM_FAIL,
                                            .reason = "body hash mismatch",
                                            .domain = SCEAU_SLICE("m.example.com")};
    w.verdict.dkim_count = 2;
    assert_int_equal(told(&w, f), 1);
    assert_ptr_equal(f[0].signature, &w.dkim[1]);
    assert_int_equal(f[0].fault, POLICY_FAULT_BODY_HASH);
    uint8_t cause = f[0].cause;
    w.dkim[1].reason = "the key is revoked";
    assert_int_equal(told(&w, f), 1);
    assert_int_equal(f[0].fault, POLICY_FAULT_REVOKED);
    assert_int_not_equal(f[0].cause, cause);
    w.verdict.dkim_count = 1;
    assert_int_equal(told(&w, f), 1);
    assert_ptr_equal(f[0].signature, &w.dkim[0]);
    w.verdict.dkim_count = 0;
    cause = f[0].cause;
    assert_int_equal(told(&w, f), 1);
    assert_null(f[0].signature);
    assert_int_not_equal(f[0].cause, cause);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_fo),
        cmocka_unit_test(keeps_silent),
        cmocka_unit_test(names_the_signature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
