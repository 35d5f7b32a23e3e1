/* Failure reports as they leave: every field the RFCs ask for, and nothing of a stranger's that
 * becomes a field, a part or a line end of ours. */
#include "failure_entity.h"

#include "../../tests/unit.h"
#include "policy/failure.h"
#include "report/intake.h"

static struct store_sample
example(void)
{
    return (struct store_sample){
        .time_us = 1767225600000000,
        .kind = POLICY_FAILURE_DMARC,
        .policy_domain = SCEAU_SLICE("example.com"),
        .author_domain = SCEAU_SLICE("news.example.com"),
        .authserv_id = SCEAU_SLICE("mx.receiver.test"),
        .client = {4, {192, 0, 2, 1}},
        .port = 1234,
        .dmarc_result = SCEAU_DMARC_FAIL,
        .action = POLICY_QUARANTINE,
        .mail_from = SCEAU_SLICE("0123456789abcdef@example.com"),
        .envelope_id = SCEAU_SLICE("QQ314159"),
        .has_signature = true,
        .dkim_result = SCEAU_DKIM_FAIL,
        .dkim_domain = SCEAU_SLICE("example.com"),
        .dkim_selector = SCEAU_SLICE("s1"),
        .dkim_identity = SCEAU_SLICE("@example.com"),
        .spf_result = SCEAU_SPF_FAIL,
        .spf_domain = SCEAU_SLICE("example.com"),
        .spf_records = {{SCEAU_SLICE("example.com"), SCEAU_SLICE("v=spf1 \"x\\ -all")}},
        .spf_count = 1,
        .header = SCEAU_SLICE("From: a@news.example.com\r\nSubject: x\r\n"),
    };
}

#define ID "00112233445566778899aabbccddeeff"

static struct sceau_slice
written(struct sceau_arena *arena, const struct store_sample *s, uint64_t incidents)
{
    const struct failure_entity e = {.sample = s, .id = ID, .incidents = incidents};
    const char *why = NULL;
    struct sceau_slice all = failure_entity_write(arena, &e, &why);
    if (why != NULL)
        fprintf(stderr, "# %s\n", why);
    return all;
}

static bool
has(struct sceau_slice all, const char *text)
{
    return memmem(all.ptr, all.len, text, strlen(text)) != NULL;
}

static void
says_what_the_rfcs_ask_for(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(8 * 1024 * 1024);
    struct store_sample s = example();
    struct sceau_slice all = written(arena, &s, 3);
    assert_slice(
        all,
        "Content-Type: multipart/report; report-type=feedback-report;\r\n boundary=\"=_" ID
        "\"\r\n"
        "\r\n--=_" ID
        "\r\nContent-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        "This is an authentication failure report (RFC 9991) about a message that\r\n"
        "names the domain news.example.com as its author's. It came\r\n"
        "from 192.0.2.1 on Thu, 01 Jan 2026 00:00:00 +0000.\r\n"
        "3 messages failed in this way since the last report.\r\n"
        "\r\nThe record at _dmarc.example.com asks for it (ruf, fo).\r\n"
        "\r\n--=_" ID
        "\r\nContent-Type: message/feedback-report\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        "Feedback-Type: auth-failure\r\nVersion: 1\r\nUser-Agent: sceau/" SCEAU_VERSION
        "\r\nAuth-Failure: dmarc\r\n"
        "Authentication-Results: mx.receiver.test;\r\n\tdmarc=fail header.from=news.example.com\r\n"
        "Identity-Alignment: dkim,spf\r\nDelivery-Result: spam\r\n"
        "DKIM-Domain: example.com\r\nDKIM-Identity: @example.com\r\nDKIM-Selector: s1\r\n"
        "SPF-DNS: txt : example.com :\r\n \"v=spf1 \\\"x\\\\ -all\"\r\n"
        "Original-Envelope-Id: QQ314159\r\nOriginal-Mail-From: <0123456789abcdef@example.com>\r\n"
        "Arrival-Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nReporting-MTA: dns; mx.receiver.test\r\n"
        "Source-IP: 192.0.2.1\r\nSource-Port: 1234\r\nReported-Domain: news.example.com\r\nIncidents: 3\r\n"
        "\r\n--=_" ID
        "\r\nContent-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        "From: a@news.example.com\r\nSubject: x\r\n"
        "\r\n--=_" ID "--\r\n");
    sceau_arena_free(arena);
}

static void
of_dkim(struct store_sample *s)
{
    s->kind = POLICY_FAILURE_DKIM;
}
static void
of_body(struct store_sample *s)
{
    s->kind = POLICY_FAILURE_DKIM;
    s->dkim_fault = POLICY_FAULT_BODY_HASH;
}
static void
of_key(struct store_sample *s)
{
    s->kind = POLICY_FAILURE_DKIM;
    s->dkim_fault = POLICY_FAULT_REVOKED;
}
static void
of_spf(struct store_sample *s)
{
    s->kind = POLICY_FAILURE_SPF;
    s->has_signature = false;
}
static void
only_spf(struct store_sample *s)
{
    s->dkim_aligned = true;
}
static void
only_dkim(struct store_sample *s)
{
    s->spf_aligned = true;
}
static void
delivered(struct store_sample *s)
{
    s->action = POLICY_ACCEPT;
}
static void
refused(struct store_sample *s)
{
    s->action = POLICY_REJECT;
}
static void
held(struct store_sample *s)
{
    s->is_held = true;
}
static void
canonical(struct store_sample *s)
{
    s->canonical_header = SCEAU_SLICE("from:a\r\n");
    s->canonical_body = SCEAU_SLICE("x\r\n");
}
static void
whole(struct store_sample *s)
{
    s->has_body = SAMPLE_BODY;
    s->body = SCEAU_SLICE("a\r\n--=_" ID "--\r\n\r\n.\nb\x80");
}
static void
withheld(struct store_sample *s)
{
    s->has_body = SAMPLE_BODY_WITHHELD;
}
static void
boundary(struct store_sample *s)
{
    s->header = SCEAU_SLICE("From: x\r\n--=_" ID "--\r\n");
}
static void
evil(struct store_sample *s)
{
    s->mail_from = SCEAU_SLICE("a@b\r\nFeedback-Type: x");
}
static void
ends(struct store_sample *s)
{
    s->header = SCEAU_SLICE("From: x\n\n\r\n \r\nnot a field\r\nb: c\0d");
}
static void
folds(struct store_sample *s)
{
    s->header = SCEAU_SLICE(" starts: folded\r\n");
}
static void
dashes(struct store_sample *s)
{
    s->header = SCEAU_SLICE("--=_" ID ": x\r\na b: c\r\n");
}
static void
ip6(struct store_sample *s)
{
    s->client = (struct sceau_ip){
        6, {0x20, 1, 0xd, 0xb8}
    };
}

static const struct {
    void (*change)(struct store_sample *s);
    const char *want, *never, *why;
} rows[] = {
    {of_dkim,
     "Auth-Failure: signature\r\nAuthentication-Results: mx.receiver.test;\r\n\tdkim=fail header.d=example.com header.s=s1\r\n",
     "Identity-Alignment",                                                                                                                               "RFC 6591: a signature"                      },
    {of_body,   "Auth-Failure: bodyhash\r\n",                                                                                    NULL,                   "a body that was changed"                    },
    {of_key,    "Auth-Failure: revoked\r\n",                                                                                     NULL,                   "a key that is no more"                      },
    {of_spf,
     "Auth-Failure: spf\r\nAuthentication-Results: mx.receiver.test;\r\n\tspf=fail smtp.mailfrom=example.com\r\n",
     "DKIM-",                                                                                                                                            "SPF alone"                                  },
    {only_spf,  "Identity-Alignment: spf\r\n",                                                                                   NULL,                   "DKIM is aligned"                            },
    {only_dkim, "Identity-Alignment: dkim\r\n",                                                                                  NULL,                   "SPF is aligned"                             },
    {delivered, "Delivery-Result: delivered\r\n",                                                                                NULL,                   "RFC 6591 section 3.2.2"                     },
    {refused,   "Delivery-Result: reject\r\n",                                                                                   NULL,                   "the same"                                   },
    {held,      "Delivery-Result: policy\r\n",                                                                                   NULL,                   "kept from the inbox, not among spam"        },
    {canonical,
     "DKIM-Canonicalized-Header:\r\n ZnJvbTphDQo=\r\nDKIM-Canonicalized-Body:\r\n eA0K\r\n",
     NULL,                                                                                                                                               "asked for"                                  },
    {whole,
     "message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\nFrom: a@news.example.com\r\nSubject: x\r\n\r\na\r\n --=_" ID
     "--\r\n\r\n.\r\nb?\r\n",                                                                                                    NULL,                   "a body, with a line that would end the part"},
    {withheld,  "The body is withheld: ",                                                                                        "message/rfc822",       "why there is none"                          },
    {boundary,  "From: x\r\n --=_" ID "--\r\n",                                                                                  NULL,                   "the same in a header"                       },
    {evil,      "Original-Mail-From: <a@b??Feedback-Type:?x>\r\n",                                                               "\r\nFeedback-Type: x",
     "a line end in a value"                                                                                                                                                                          },
    {ends,      "From: x\r\n not a field\r\nb: c?d\r\n",                                                                         NULL,
     "a header that would end, and a line that is no field"                                                                                                                                           },
    {folds,     "X: starts: folded\r\n",                                                                                         NULL,                   "a first line that continues nothing"        },
    {dashes,    "\r\n\r\nX--=_" ID ": x\r\na?b: c\r\n",                                                                          NULL,
     "a field that would be a boundary, a name of two words"                                                                                                                                          },
    {dashes,    "7bit\r\n\r\nX--=_" ID ": x\r\na?b: c\r\n",                                                                      NULL,
     "a field that would be a boundary; a name of two words"                                                                                                                                          },
    {ip6,       "Source-IP: 2001:db8::\r\n",                                                                                     NULL,                   "IPv6"                                       },
};

static void
writes_each_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sceau_arena *arena = sceau_arena_new(8 * 1024 * 1024);
        struct store_sample s = example();
        UNIT_CASE(rows[i].why);
        rows[i].change(&s);
        struct sceau_slice all = written(arena, &s, 1);
        assert_non_null(all.ptr);
        if (!has(all, rows[i].want))
            fprintf(stderr, "%.*s", SLICE_ARG(all));
        assert_true(has(all, rows[i].want));
        assert_true(rows[i].never == NULL || !has(all, rows[i].never));
        assert_false(has(all, "Incidents")); /* of one */
        sceau_arena_free(arena);
    }
}

static void
no_author(struct store_sample *s)
{
    s->author_domain = SLICE_NONE;
}
static void
no_client(struct store_sample *s)
{
    s->client.version = 0;
}
static void
no_signature(struct store_sample *s)
{
    s->kind = POLICY_FAILURE_DKIM;
    s->dkim_selector = SLICE_NONE;
}
static void
no_kind(struct store_sample *s)
{
    s->kind = 77;
}
static void
no_header(struct store_sample *s)
{
    s->header = SLICE_NONE;
}
static void
no_domain(struct store_sample *s)
{
    s->author_domain = SCEAU_SLICE("a b");
}

static void
refuses_what_makes_no_report(void **state)
{
    (void)state;
    static void (*const changes[])(struct store_sample *) = {no_author,    no_client,
                                                             no_signature, no_kind,
                                                             no_header,    no_domain};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct sceau_arena *arena = sceau_arena_new(8 * 1024 * 1024);
        struct store_sample s = example();
        const struct failure_entity e = {.sample = &s, .id = ID, .incidents = 1};
        const char *why = NULL;
        changes[i](&s);
        assert_null(failure_entity_write(arena, &e, &why).ptr);
        assert_non_null(why);
        sceau_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_the_rfcs_ask_for),
        cmocka_unit_test(writes_each_kind),
        cmocka_unit_test(refuses_what_makes_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
