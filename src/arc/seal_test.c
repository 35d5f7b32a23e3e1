/* What we seal, our own validator passes; what a chain was does not get lost (RFC 8617
 * section 5.1). */
#include "sceau/arc.h"

#include "../../tests/unit.h"
#include "dkim/fixture.h"
#include "results.h"

#define NOW 1700000000

static const char zone[] = "s._domainkey.example.org. TXT \"v=DKIM1; p=" FIXTURE_RSA_P
                           "\"\n$FAIL slow._domainkey.example.org. TXT TIMEOUT\n";

static const char plain[] =
    "Authentication-Results: mx.example.org; dkim=pass header.d=example.com;\r\n"
    "\tspf=none\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=x; h=from; bh=; b=\r\n"
    "From: Ann <ann@example.com>\r\nTo: bob@example.org\r\nSubject: hello\r\n\r\nHi.\r\n";

/* Add a set; `selector` of its key record. The message afterwards; the reason when nothing
 * was added. */
static struct sceau_slice
seal(struct fixture *f, struct sceau_slice octets, const char *selector,
     struct sceau_arc_sealed *sealed)
{
    struct sceau_arc_sealing_options options = {.domain = SCEAU_SLICE("example.org"),
                                                .selector = sceau_slice_from(selector),
                                                .timestamp = NOW};
    struct fixture_message m = fixture_read(f->arena, octets);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(f->arena);
    struct sceau_arc *arc = sceau_arc_start(&f->context, &m.header, hashes, f->keys);
    struct sceau_arc_sealing *sealing =
        sceau_arc_sealing_start(&f->context, hashes, &options);
    struct sceau_arc_outcome outcome;
    const char *reason;
    struct sceau_signer *key =
        sceau_private_key_parse(sceau_slice_from(fixture_rsa_pem), &reason);
    sceau_body_hashes_update(hashes, m.body);
    sceau_body_hashes_finish(hashes);
    sceau_arc_finish(&f->context, arc, &outcome);
    struct sceau_slice results =
        arc_results_of(f->arena, &m.header, SCEAU_SLICE("mx.example.org"));
    assert_int_equal(sceau_arc_sealing_finish(&f->context, sealing, &m.header, arc,
                                              &outcome, results, key, sealed),
                     SCEAU_OK);
    sceau_private_key_free(key);
    sceau_body_hashes_free(hashes);
    if (sealed->instance == 0)
        return octets;
    struct text t = text_new(f->arena, SIZE_MAX);
    text_string(&t, "ARC-Seal: ");
    text_slice(&t, sealed->seal);
    text_string(&t, "\r\nARC-Message-Signature: ");
    text_slice(&t, sealed->signature);
    text_string(&t, "\r\nARC-Authentication-Results: ");
    text_slice(&t, sealed->results);
    text_string(&t, "\r\n");
    text_slice(&t, octets);
    return text_done(&t);
}

static struct sceau_arc_outcome
validate(struct fixture *f, struct sceau_slice octets)
{
    struct fixture_message m = fixture_read(f->arena, octets);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(f->arena);
    struct sceau_arc *arc = sceau_arc_start(&f->context, &m.header, hashes, f->keys);
    struct sceau_arc_outcome outcome;
    sceau_body_hashes_update(hashes, m.body);
    sceau_body_hashes_finish(hashes);
    sceau_arc_finish(&f->context, arc, &outcome);
    sceau_body_hashes_free(hashes);
    return outcome;
}

static struct sceau_slice
with_more_body(struct fixture *f, struct sceau_slice octets)
{
    struct text t = text_new(f->arena, SIZE_MAX);
    text_slice(&t, octets);
    text_string(&t, "A footer.\r\n");
    return text_done(&t);
}

/* Chains of one to fifty sets, each sealer's own change before its seal; then no more. */
static void
seals_up_to_fifty(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_arc_sealed sealed;
    fixture_init(&f, zone, NOW);
    struct sceau_arena *first = f.arena;
    f.arena = f.context.arena = f.session.arena =
        sceau_arena_new((size_t)256 * 1024 * 1024);
    struct sceau_slice message = SCEAU_SLICE(plain);
    for (unsigned i = 1; i <= SCEAU_ARC_SETS_MAX; i++) {
        message = seal(&f, message, "s", &sealed);
        assert_int_equal(sealed.instance, i);
        if (i > 3 && i < SCEAU_ARC_SETS_MAX)
            continue;
        struct sceau_arc_outcome o = validate(&f, message);
        if (o.result != SCEAU_ARC_PASS)
            fail_msg("%u sets: %s", i, o.reason);
        assert_int_equal(o.instances, i);
    }
    message = seal(&f, message, "s", &sealed);
    assert_int_equal(sealed.instance, 0);
    assert_string_equal(sealed.reason, "the chain has 50 sets");
    sceau_arena_free(f.arena);
    f.arena = first;
    fixture_clear(&f);
}

/* A change after a seal breaks the chain; the next one says so, alone; and the one after
 * it adds nothing. */
static void
marks_a_broken_chain(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_arc_sealed sealed;
    fixture_init(&f, zone, NOW);
    struct sceau_slice message = seal(&f, SCEAU_SLICE(plain), "s", &sealed);
    message = seal(&f, with_more_body(&f, message), "s", &sealed);
    assert_int_equal(sealed.instance, 2);
    assert_non_null(memmem(sealed.seal.ptr, sealed.seal.len, "cv=fail", 7));
    struct sceau_arc_outcome o = validate(&f, message);
    assert_int_equal(o.result, SCEAU_ARC_FAIL);
    seal(&f, message, "s", &sealed);
    assert_int_equal(sealed.instance, 0);
    assert_string_equal(sealed.reason, "the newest seal says cv=fail");
    fixture_clear(&f);
}

/* A key that could not be asked for: nobody knows, so nothing is said. */
static void
leaves_what_cannot_be_judged(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_arc_sealed sealed;
    fixture_init(&f, zone, NOW);
    struct sceau_slice message = seal(&f, SCEAU_SLICE(plain), "slow", &sealed);
    assert_int_equal(sealed.instance, 1);
    seal(&f, message, "s", &sealed);
    assert_int_equal(sealed.instance, 0);
    assert_string_equal(sealed.reason, "a key of the chain could not be asked for");
    fixture_clear(&f);
}

/* dkimpy looks for " i=1;" in the field as it came, whatever is folded there. */
static void
has_a_space_before_the_instance(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_arc_sealed sealed;
    fixture_init(&f, zone, NOW);
    struct sceau_slice message = SCEAU_SLICE(plain);
    for (size_t i = 0; i < 12; i++) { /* one and two digits */
        char wanted[16];
        int len = snprintf(wanted, sizeof wanted, " i=%zu;", i + 1);
        message = seal(&f, message, "s", &sealed);
        assert_non_null(
            memmem(sealed.signature.ptr, sealed.signature.len, wanted, (size_t)len));
        assert_non_null(memmem(sealed.seal.ptr, sealed.seal.len, wanted, (size_t)len));
    }
    fixture_clear(&f);
}

/* The AMS covers DKIM-Signature, and the message's results stand in the AAR. */
static void
covers_and_repeats(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_arc_sealed sealed;
    fixture_init(&f, zone, NOW);
    seal(&f, SCEAU_SLICE(plain), "s", &sealed);
    assert_non_null(
        memmem(sealed.signature.ptr, sealed.signature.len, ":DKIM-Signature;", 16));
    assert_slice(sealed.results, "i=1; mx.example.org;\r\n\tdkim=pass "
                                 "header.d=example.com;\r\n\tspf=none");
    fixture_clear(&f);
}

#define AR(text) "Authentication-Results: " text "\r\n"

static const struct {
    const char *header;
    const char *payload; /* NULL: nothing to repeat */
    const char *why;
} merged[] = {
    {AR("a.test; spf=pass"),                                                  "a.test;\r\n\tspf=pass", "one field"                                      },
    {AR("a.test; none"),                                                      "a.test; none",          "that says nothing"                              },
    {AR("b.test; spf=pass") "Received: x\r\n",                                NULL,                    "of somebody else"                               },
    {AR("a.test; spf=pass") AR("b.test; dmarc=pass") AR("A.test; dkim=fail"),
     "a.test;\r\n\tspf=pass;\r\n\tdkim=fail",                                                          "several are one, others' stay out"              },
    {AR("a.test; spf=fail") "Received: x\r\n" AR("a.test; spf=pass"),
     "a.test;\r\n\tspf=fail",                                                                          "what stands below the next hop was there before"},
    {"Received: x\r\n" AR("a.test; spf=fail"),                                "a.test;\r\n\tspf=fail",
     "our own hop's field is above ours"                                                                                                                },
    {AR("a.test; spf=pass =") AR("a.test; spf=none"),                         "a.test;\r\n\tspf=none",
     "what breaks the grammar is not repeated"                                                                                                          },
};

static void
merges_results(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new((size_t)1024 * 1024);
    for (size_t i = 0; i < sizeof merged / sizeof *merged; i++) {
        UNIT_CASE(merged[i].why);
        struct text t = text_new(arena, SIZE_MAX);
        text_string(&t, merged[i].header);
        text_string(&t, "\r\n");
        struct fixture_message m = fixture_read(arena, text_done(&t));
        struct sceau_slice payload =
            arc_results_of(arena, &m.header, SCEAU_SLICE("a.test"));
        if (merged[i].payload == NULL)
            assert_null(payload.ptr);
        else
            assert_slice(payload, merged[i].payload);
    }
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_up_to_fifty),
        cmocka_unit_test(marks_a_broken_chain),
        cmocka_unit_test(has_a_space_before_the_instance),
        cmocka_unit_test(covers_and_repeats),
        cmocka_unit_test(leaves_what_cannot_be_judged),
        cmocka_unit_test(merges_results),
    };
    return cmocka_run_group_tests_name("arc/seal", tests, NULL, NULL);
}
