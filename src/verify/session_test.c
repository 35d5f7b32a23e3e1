/* What a session promises beside its verdicts (those are tests/verify): constant memory,
 * calls in any order, and an error for a message that the arena cannot hold. */
#include "sceau/verify.h"

#include "../../tests/unit.h"

#define CHUNK  ((size_t)64 * 1024)
#define CHUNKS 256 /* 16 MiB */

static const char zone_text[] =
    "example.com. 300 IN TXT \"v=spf1 ip4:192.0.2.10 -all\"\n"
    "_dmarc.example.com. 300 IN TXT \"v=DMARC1; p=reject\"\n";

static const char header_text[] =
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=s; h=from;\r\n"
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
    "From: a@example.com\r\n"
    "Subject: x\r\n"
    "\r\n";

static const struct sceau_envelope envelope = {
    .ip = {.version = 4,      .octets = {192, 0, 2, 10}},
    .helo = {"mx.example.com",  14                       },
    .mail_from = {"<a@example.com>", 15                       },
    .has_mail_from = true,
};

static const struct sceau_verify_options options = {.want_iprev = true};

struct world {
    struct sceau_context context;
    struct sceau_verify *verify;
};

static void
world_init(struct world *w, size_t ceiling)
{
    struct sceau_zone_error error;
    *w = (struct world){
        .context =
            {
                      .arena = sceau_arena_new(ceiling),
                      .resolver =
                    sceau_zone_resolver_new(sceau_slice_from(zone_text), &error),
                      },
    };
    assert_non_null(w->context.arena);
    assert_non_null(w->context.resolver);
    w->verify = sceau_verify_new(&w->context, &options);
}

static void
world_clear(struct world *w)
{
    sceau_verify_free(w->verify);
    sceau_zone_resolver_free(w->context.resolver);
    sceau_arena_free(w->context.arena);
}

static void
takes_no_memory_for_a_body(void **state)
{
    (void)state;
    struct world w;
    char *chunk = malloc(CHUNK);
    assert_non_null(chunk);
    memset(chunk, 'x', CHUNK);
    memcpy(chunk + CHUNK - 2, "\r\n", 2);
    world_init(&w, SCEAU_MESSAGE_MEMORY);
    sceau_verify_envelope(w.verify, &envelope);
    sceau_verify_octets(w.verify, sceau_slice_from(header_text));
    size_t used = sceau_arena_used(w.context.arena);
    for (size_t i = 0; i < CHUNKS; i++)
        sceau_verify_octets(w.verify, (struct sceau_slice){chunk, CHUNK});
    assert_int_equal(sceau_arena_used(w.context.arena), used);
    const struct sceau_verdict *verdict = sceau_verify_finish(w.verify);
    assert_true(verdict->body_octets == CHUNK * CHUNKS);
    assert_true(verdict->dmarc.result == SCEAU_DMARC_PASS);
    world_clear(&w);
    free(chunk);
}

/* A forger who makes a message too large for us must gain neither "fail", which some
 * policy would let through, nor "none", which says that the domain asks for nothing. */
static void
calls_a_full_arena_an_error(void **state)
{
    (void)state;
    size_t errors = 0, passes = 0;
    for (size_t ceiling = 256; ceiling <= 128 * 1024; ceiling += ceiling / 16) {
        struct world w;
        world_init(&w, ceiling);
        if (w.verify != NULL) {
            sceau_verify_envelope(w.verify, &envelope);
            sceau_verify_octets(w.verify, sceau_slice_from(header_text));
            sceau_verify_octets(w.verify, SCEAU_SLICE("body\r\n"));
            enum sceau_dmarc_result result =
                sceau_verify_finish(w.verify)->dmarc.result;
            assert_true(result == SCEAU_DMARC_PASS || result == SCEAU_DMARC_PERMERROR ||
                        result == SCEAU_DMARC_TEMPERROR);
            errors += result != SCEAU_DMARC_PASS;
            passes += result == SCEAU_DMARC_PASS;
        }
        world_clear(&w);
    }
    assert_true(errors > 0 && passes > 0);
}

static void
finishes_without_a_message(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, SCEAU_MESSAGE_MEMORY);
    const struct sceau_verdict *verdict = sceau_verify_finish(w.verify);
    assert_true(verdict->author.status == SCEAU_AUTHOR_NO_FROM ||
                verdict->author.status == SCEAU_AUTHOR_HEADER);
    assert_true(verdict->dmarc.result == SCEAU_DMARC_PERMERROR);
    assert_false(verdict->has_spf);
    assert_int_equal(verdict->question_count, 0);
    world_clear(&w);
}

/* A second From behind the header block would be seen by a reader, not by the verdict. */
static void
ignores_fields_behind_the_header(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, SCEAU_MESSAGE_MEMORY);
    sceau_verify_envelope(w.verify, &envelope);
    sceau_verify_field(w.verify, SCEAU_SLICE("From"), SCEAU_SLICE(" a@example.com"));
    sceau_verify_body(w.verify, SCEAU_SLICE("body\r\n"));
    sceau_verify_field(w.verify, SCEAU_SLICE("From"), SCEAU_SLICE(" a@example.net"));
    const struct sceau_verdict *verdict = sceau_verify_finish(w.verify);
    assert_int_equal(verdict->header->count, 1);
    assert_slice(verdict->author.domain, "example.com");
    world_clear(&w);
}

static void
keeps_a_verdict_that_stands(void **state)
{
    (void)state;
    struct world w;
    world_init(&w, SCEAU_MESSAGE_MEMORY);
    sceau_verify_envelope(w.verify, &envelope);
    sceau_verify_octets(w.verify, sceau_slice_from(header_text));
    const struct sceau_verdict *verdict = sceau_verify_finish(w.verify);
    size_t questions = verdict->question_count;
    sceau_verify_octets(w.verify, SCEAU_SLICE("body\r\n"));
    sceau_verify_body(w.verify, SCEAU_SLICE("body\r\n"));
    assert_ptr_equal(sceau_verify_finish(w.verify), verdict);
    assert_int_equal(verdict->body_octets, 0);
    assert_int_equal(verdict->question_count, questions);
    world_clear(&w);
}

static void
frees_nothing(void **state)
{
    (void)state;
    sceau_verify_free(NULL);
}

/* A zone whose names at slow.test nobody answers for. */
struct slow_resolver {
    struct sceau_resolver resolver;
    struct sceau_resolver *zone;
};

static void
slow_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
            struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
            struct sceau_dns_answer *answer)
{
    struct sceau_resolver *zone = ((struct slow_resolver *)self)->zone;
    static const struct sceau_slice slow = {"slow.test", 9};
    if (name.len >= slow.len &&
        memcmp(name.ptr + name.len - slow.len, slow.ptr, slow.len) == 0)
        *answer = (struct sceau_dns_answer){.status = SCEAU_DNS_TIMEOUT,
                                            .elapsed_ms = timeout_ms};
    else
        zone->lookup(zone, arena, name, type, timeout_ms, answer);
}

/* Three signatures of a domain without servers would take 15 s of the 12 s a message has. */
static const char slow_header[] =
    "DKIM-Signature: v=1; a=rsa-sha256; d=slow.test; s=a; h=from; bh="
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=slow.test; s=b; h=from; bh="
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; d=slow.test; s=c; h=from; bh="
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
    "From: a@example.com\r\n\r\n";

static void
judges_in_spite_of_slow_strangers(void **state)
{
    static const struct sceau_slice senders[] = {
        {"<a@slow.test>",   13},
        {"<a@example.com>", 15}
    };
    (void)state;
    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
        struct world w;
        world_init(&w, SCEAU_MESSAGE_MEMORY);
        struct slow_resolver slow = {.resolver = {.lookup = slow_lookup},
                                     .zone = w.context.resolver};
        struct sceau_context context = w.context;
        struct sceau_envelope forged = envelope;
        context.resolver = &slow.resolver;
        forged.ip.octets[3] = 99;
        forged.helo = SCEAU_SLICE("slow.test");
        forged.mail_from = senders[i];
        struct sceau_verify *verify = sceau_verify_new(&context, &options);
        assert_non_null(verify);
        sceau_verify_envelope(verify, &forged);
        sceau_verify_octets(verify, sceau_slice_from(slow_header));
        const struct sceau_verdict *verdict = sceau_verify_finish(verify);
        assert_int_equal(verdict->dkim[2].result, SCEAU_DKIM_TEMPERROR);
        assert_int_equal(verdict->dmarc.result, SCEAU_DMARC_FAIL);
        assert_int_equal(verdict->dmarc.disposition, SCEAU_DMARC_POLICY_REJECT);
        sceau_verify_free(verify);
        world_clear(&w);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_in_spite_of_slow_strangers),
        cmocka_unit_test(takes_no_memory_for_a_body),
        cmocka_unit_test(calls_a_full_arena_an_error),
        cmocka_unit_test(finishes_without_a_message),
        cmocka_unit_test(ignores_fields_behind_the_header),
        cmocka_unit_test(keeps_a_verdict_that_stands),
        cmocka_unit_test(frees_nothing),
    };
    return cmocka_run_group_tests_name("verify/session", tests, NULL, NULL);
}
