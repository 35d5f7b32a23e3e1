/* ARC on whole messages: the duties of RFC 8617 section 5.2, one after the other. */
#include "sceau/arc.h"

#include "../../tests/unit.h"
#include "dkim/fixture.h"

#define NOW  1700000000
#define RSA  "v=DKIM1; p=" FIXTURE_RSA_P
#define BODY "Hi Bob.\r\n"

static const char zone[] =
    "s._domainkey.one.example. TXT \"" RSA "\"\n"
    "s._domainkey.two.example. TXT \"v=DKIM1; t=s; p=" FIXTURE_RSA_P "\"\n"
    "ed._domainkey.two.example. TXT \"v=DKIM1; k=ed25519; p=" FIXTURE_ED25519_P "\"\n"
    "$FAIL slow._domainkey.one.example. TXT TIMEOUT\n";

/* The message before its first sealer. */
static const char plain[] = "From: Ann <ann@example.com>\r\nTo: bob@example.org\r\n"
                            "Subject: hello\r\n\r\n" BODY;

/* What one sealer adds; a member that is NULL has its usual value. */
struct sealing {
    const char *domain;    /* NULL: no more sealers */
    const char *selector;  /* "s" */
    const char *algorithm; /* "rsa-sha256" */
    const char *cv;        /* "none", then "pass" */
    const char *ams_tags;  /* more tags of the AMS */
    const char *seal_tags; /* more tags of the AS */
    const char *edit;      /* appended to the body before sealing */
};

#define BY(name)   \
 {                 \
  .domain = (name) \
 }
#define WITH(name, ...)         \
 {                              \
  .domain = (name), __VA_ARGS__ \
 }

static const char *
or_else(const char *value, const char *usual)
{
    return value != NULL ? value : usual;
}

/* Sign the chain so far and this AS (section 5.1.1). */
static struct sceau_slice
add_seal(struct sceau_arena *arena, struct sceau_slice octets, unsigned instance,
         struct sceau_slice seal)
{
    static const struct sceau_slice names[] = {
        {"ARC-Authentication-Results", 26},
        {"ARC-Message-Signature",      21},
        {"ARC-Seal",                   8 },
    };
    struct fixture_message m = fixture_read(arena, octets);
    struct sceau_field field = fixture_field(seal);
    struct hash_input input;
    uint8_t digest[SHA256_OCTETS];
    hash_input_init(&input, SCEAU_RELAXED);
    for (unsigned i = 1; i <= instance; i++) {
        for (size_t n = 0; n < 3; n++) {
            /* Sets stand newest first; the newest has no AS yet. */
            size_t above = instance - i - (n == 2 && i < instance);
            if (n < 2 || i < instance)
                hash_input_add(&input, sceau_header_find(&m.header, names[n], above));
        }
    }
    assert_true(hash_input_finish(&input, &field, 0, 0, digest));
    hash_input_clear(&input);
    bool is_ed25519 = memmem(seal.ptr, seal.len, "ed25519", 7) != NULL;
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, seal);
    text_slice(&t, fixture_signature(arena, is_ed25519, digest));
    text_string(&t, "\r\n");
    text_slice(&t, octets);
    return text_done(&t);
}

static struct sceau_slice
add_set(struct sceau_arena *arena, struct sceau_slice octets, unsigned instance,
        const struct sealing *s)
{
    struct text t = text_new(arena, SIZE_MAX), seal = text_new(arena, SIZE_MAX);
    const char *selector = or_else(s->selector, "s");
    const char *algorithm = or_else(s->algorithm, "rsa-sha256");
    text_slice(&t, octets);
    text_string(&t, or_else(s->edit, ""));
    struct text ams = text_new(arena, SIZE_MAX);
    text_format(&ams,
                "ARC-Message-Signature: i=%u; a=%s; c=relaxed/relaxed; d=%s; s=%s; "
                "h=from:to:subject; %s bh={bh}; b=",
                instance, algorithm, s->domain, selector, or_else(s->ams_tags, ""));
    octets =
        fixture_sign(arena, text_done(&t), ARC_MESSAGE_SIGNATURE, text_done(&ams).ptr);
    struct text with_results = text_new(arena, SIZE_MAX);
    text_format(&with_results, "ARC-Authentication-Results: i=%u; %s; spf=pass\r\n",
                instance, s->domain);
    text_slice(&with_results, octets);
    text_format(&seal,
                "ARC-Seal: i=%u; a=%s; cv=%s; d=%s; s=%s; t=12345; %s b=", instance,
                algorithm, or_else(s->cv, instance == 1 ? "none" : "pass"), s->domain,
                selector, or_else(s->seal_tags, ""));
    return add_seal(arena, text_done(&with_results), instance, text_done(&seal));
}

static void
validate(struct fixture *f, struct sceau_slice message,
         struct sceau_arc_outcome *outcome)
{
    struct sceau_slice exact = unit_copy(message);
    struct fixture_message m = fixture_read(f->arena, exact);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(f->arena);
    struct sceau_arc *arc = sceau_arc_start(&f->context, &m.header, hashes, f->keys);
    assert_non_null(arc);
    sceau_body_hashes_update(hashes, m.body);
    sceau_body_hashes_finish(hashes);
    sceau_arc_finish(&f->context, arc, outcome);
    sceau_body_hashes_free(hashes);
    unit_free(exact);
}

static const struct {
    struct sealing sealers[3];
    const char *from; /* this text of the sealed message… */
    const char *to;   /* …becomes this, all of them; NULL: nothing is changed */
    enum sceau_arc_result result;
    const char *reason; /* NULL on pass */
    unsigned oldest_pass;
    const char *why;
} cases[] = {
    {{BY("one.example")},                                                          NULL, NULL,                         SCEAU_ARC_PASS, NULL,                                0, "one set"                                             },
    {{BY("one.example"), BY("two.example")},
     NULL,                                                                               NULL,
     SCEAU_ARC_PASS,                                                                                                                   NULL,
     0,                                                                                                                                                                        "two sets; t=s in a key means nothing here"           },
    {{BY("one.example"), BY("two.example"), BY("one.example")},
     NULL,                                                                               NULL,
     SCEAU_ARC_PASS,                                                                                                                   NULL,
     0,                                                                                                                                                                        "three sets"                                          },
    {{WITH("two.example", .selector = "ed", .algorithm = "ed25519-sha256")},
     NULL,                                                                               NULL,
     SCEAU_ARC_PASS,                                                                                                                   NULL,
     0,                                                                                                                                                                        "Ed25519"                                             },
    {{BY("one.example"), WITH("two.example", .edit = "-- list\r\n")},
     NULL,                                                                               NULL,
     SCEAU_ARC_PASS,                                                                                                                   NULL,
     2,                                                                                                                                                                        "5A: changed between the sealers, told as oldest_pass"},
    {{BY("one.example"), WITH("two.example", .edit = "x\r\n"), BY("one.example")},
     NULL,                                                                               NULL,
     SCEAU_ARC_PASS,                                                                                                                   NULL,
     2,                                                                                                                                                                        "5A: looking stops at the first that fails"           },
    {{WITH("one.example", .ams_tags = "t=1900000000;")},
     NULL,                                                                               NULL,
     SCEAU_ARC_PASS,                                                                                                                   NULL,
     0,                                                                                                                                                                        "a sealer's fast clock is no failure"                 },
    {{WITH("one.example", .ams_tags = "l=9;")},
     NULL,                                                                               NULL,
     SCEAU_ARC_PASS,                                                                                                                   NULL,
     0,                                                                                                                                                                        "l= that is the whole body"                           },

    {{BY("one.example"), WITH("two.example", .cv = "fail")},
     NULL,                                                                               NULL,
     SCEAU_ARC_FAIL,                                                                                                                   "the newest seal says cv=fail",
     0,                                                                                                                                                                        "step 2"                                              },
    {{WITH("one.example", .cv = "pass")},
     NULL,                                                                               NULL,
     SCEAU_ARC_FAIL,                                                                                                                   "cv= of the first seal is not none",
     0,                                                                                                                                                                        "step 3C"                                             },
    {{BY("one.example"), BY("two.example")},
     "i=2",                                                                              "i=3",
     SCEAU_ARC_FAIL,                                                                                                                   "an instance is missing",
     0,                                                                                                                                                                        "step 3B"                                             },
    {{BY("one.example")},
     BODY,                                                                               BODY "more\r\n",
     SCEAU_ARC_FAIL,                                                                                                                   "body hash mismatch",
     0,                                                                                                                                                                        "step 4: the body changed after the last seal"        },
    {{BY("one.example")},
     "Subject: hello",                                                                   "Subject: hallo",
     SCEAU_ARC_FAIL,                                                                                                                   "signature mismatch",
     0,                                                                                                                                                                        "step 4: a field changed"                             },
    {{WITH("one.example", .ams_tags = "x=1699999999;")},
     NULL,                                                                               NULL,
     SCEAU_ARC_FAIL,                                                                                                                   "the signature has expired (x=)",
     0,                                                                                                                                                                        "step 4: an AMS may expire"                           },
    {{WITH("one.example", .ams_tags = "l=3;")},
     NULL,                                                                               NULL,
     SCEAU_ARC_FAIL,                                                                                                                   "body octets after l= are unsigned",
     0,                                                                                                                                                                        "step 4: an open end"                                 },
    {{WITH("one.example", .ams_tags = "l=99;")},
     NULL,                                                                               NULL,
     SCEAU_ARC_FAIL,                                                                                                                   "l= is larger than the body",
     0,                                                                                                                                                                        "step 4: octets are missing"                          },
    {{WITH("one.example", .selector = "none")},
     NULL,                                                                               NULL,
     SCEAU_ARC_FAIL,                                                                                                                   "no key",
     0,                                                                                                                                                                        "step 4: NXDOMAIN"                                    },
    {{WITH("one.example", .selector = "slow")},
     NULL,                                                                               NULL,
     SCEAU_ARC_TEMPERROR,                                                                                                              "no answer for the key: time-out",
     0,                                                                                                                                                                        "a key that could not be asked for"                   },
    {{BY("one.example")},
     "; spf=pass",                                                                       "; spf=fail",
     SCEAU_ARC_FAIL,                                                                                                                   "signature mismatch",
     0,                                                                                                                                                                        "step 6: results are sealed"                          },
    {{BY("one.example"), BY("two.example")},
     "i=1; one.example; spf=pass",                                                       "i=1; one.example; spf=fail",
     SCEAU_ARC_FAIL,                                                                                                                   "signature mismatch",
     0,                                                                                                                                                                        "step 6: by every later seal too"                     },
    {{BY("one.example")},
     "t=12345",                                                                          "t=12346",
     SCEAU_ARC_FAIL,                                                                                                                   "signature mismatch",
     0,                                                                                                                                                                        "step 6: the seal seals itself"                       },
    {{WITH("one.example", .seal_tags = "h=from;")},
     NULL,                                                                               NULL,
     SCEAU_ARC_FAIL,                                                                                                                   "h= stands in an ARC-Seal",
     0,                                                                                                                                                                        "section 4.1.3"                                       },
    {{WITH("one.example", .selector = "slow"), BY("two.example")},
     NULL,                                                                               NULL,
     SCEAU_ARC_TEMPERROR,                                                                                                              "no answer for the key: time-out",
     0,                                                                                                                                                                        "an older seal's key"                                 },
};

static struct sceau_slice
sealed(struct sceau_arena *arena, const struct sealing *sealers)
{
    struct sceau_slice octets = SCEAU_SLICE(plain);
    for (unsigned i = 0; i < 3 && sealers[i].domain != NULL; i++)
        octets = add_set(arena, octets, i + 1, &sealers[i]);
    return octets;
}

/* All `from` become `to`. */
static struct sceau_slice
changed(struct sceau_arena *arena, struct sceau_slice octets, const char *from,
        const char *to)
{
    struct text t = text_new(arena, SIZE_MAX);
    size_t len = from != NULL ? strlen(from) : 0;
    for (size_t i = 0; i < octets.len;) {
        if (len > 0 && octets.len - i >= len &&
            memcmp(octets.ptr + i, from, len) == 0) {
            text_string(&t, to);
            i += len;
        } else {
            text_octet(&t, octets.ptr[i++]);
        }
    }
    return text_done(&t);
}

static void
validates_chains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        struct sceau_arc_outcome o;
        UNIT_CASE(cases[i].why);
        fixture_init(&f, zone, NOW);
        validate(&f,
                 changed(f.arena, sealed(f.arena, cases[i].sealers), cases[i].from,
                         cases[i].to),
                 &o);
        assert_slice(sceau_slice_from(o.reason != NULL ? o.reason : "pass"),
                     cases[i].reason != NULL ? cases[i].reason : "pass");
        assert_int_equal(o.result, cases[i].result);
        assert_int_equal(o.oldest_pass, cases[i].oldest_pass);
        fixture_clear(&f);
    }
}

static void
tells_of_each_set(void **state)
{
    (void)state;
    static const struct sealing sealers[3] = {
        BY("one.example"),
        {"two.example", "ed", "ed25519-sha256", .edit = "-- list\r\n"},
    };
    struct fixture f;
    struct sceau_arc_outcome o;
    fixture_init(&f, zone, NOW);
    validate(&f, sealed(f.arena, sealers), &o);
    assert_int_equal(o.instances, 2);
    assert_int_equal(o.set_count, 2);
    assert_int_equal(o.sets[0].instance, 1);
    assert_slice(o.sets[0].seal_domain, "one.example");
    assert_slice(o.sets[0].signature_domain, "one.example");
    assert_slice(o.sets[0].results, "one.example; spf=pass");
    assert_int_equal(o.sets[0].timestamp, 12345);
    assert_true(o.sets[0].seal_is_valid);
    assert_false(o.sets[0].signature_is_valid);
    assert_slice(o.sets[1].seal_domain, "two.example");
    assert_slice(o.sets[1].seal_selector, "ed");
    assert_true(o.sets[1].seal_is_valid);
    assert_true(o.sets[1].signature_is_valid);
    fixture_clear(&f);
}

static void
knows_messages_without_a_chain(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_arc_outcome o;
    fixture_init(&f, zone, NOW);
    validate(&f, SCEAU_SLICE(plain), &o);
    assert_int_equal(o.result, SCEAU_ARC_NONE);
    assert_int_equal(o.instances, 0);
    assert_int_equal(f.session.question_count, 0);
    fixture_clear(&f);
}

/* Fifty sets pass; the fifty-first is refused before any question is asked. */
static void
counts_to_fifty(void **state)
{
    (void)state;
    static const struct sealing sealer = BY("one.example");
    struct sceau_slice octets = SCEAU_SLICE(plain);
    struct fixture f;
    struct sceau_arc_outcome o;
    fixture_init(&f, zone, NOW);
    for (unsigned i = 1; i <= SCEAU_ARC_SETS_MAX; i++) {
        octets = slice_copy(unit_arena, add_set(f.arena, octets, i, &sealer));
        sceau_arena_clear(f.arena);
    }
    sceau_dns_session_init(&f.session, f.zone, f.arena, SCEAU_DNS_MESSAGE_MS);
    validate(&f, octets, &o);
    assert_int_equal(o.result, SCEAU_ARC_PASS);
    assert_int_equal(o.instances, SCEAU_ARC_SETS_MAX);
    assert_int_equal(f.session.question_count, 1);
    sceau_arena_clear(f.arena);
    octets = slice_copy(unit_arena,
                        add_set(f.arena, octets, SCEAU_ARC_SETS_MAX + 1, &sealer));
    sceau_arena_clear(f.arena);
    sceau_dns_session_init(&f.session, f.zone, f.arena, SCEAU_DNS_MESSAGE_MS);
    validate(&f, octets, &o);
    assert_int_equal(o.result, SCEAU_ARC_FAIL);
    assert_slice(sceau_slice_from(o.reason),
                 "an ARC-Seal has no instance from 1 to 50");
    assert_int_equal(f.session.question_count, 0);
    fixture_clear(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validates_chains),
        cmocka_unit_test(tells_of_each_set),
        cmocka_unit_test(knows_messages_without_a_chain),
        cmocka_unit_test(counts_to_fifty),
    };
    return cmocka_run_group_tests_name("arc/verify", tests, unit_arena_up,
                                       unit_arena_down);
}
