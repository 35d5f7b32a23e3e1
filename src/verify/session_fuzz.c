/* The whole of verification over a fuzzed message and a fuzzed DNS. Input: one octet that
 * chooses the envelope (enum variant; '@' is the plain one), zone text, a line "--", the
 * message. What must hold whatever comes in: the verdict does not depend on where the
 * octets were cut, a DMARC pass rests on something, and our own field can be read again and
 * holds no line or octet that it may not hold. */
#include "sceau/verify.h"

#include "authres/authres.h"
#include "core/domain.h"

#include <assert.h>
#include <stdlib.h>

#define SEPARATOR       "\n--\n"
#define LINE_MAX_OCTETS 998

static const struct sceau_verify_options options = {
    .receiver = {"mx.test", 7},
    .want_explanation = true,
    .want_iprev = true,
};

/* Bits of the first octet. */
enum variant {
    NO_ENVELOPE = 1,
    BY_FIELD = 2,
    OVER_IPV6 = 4,
    NULL_PATH = 8,
    SMTPUTF8 = 16,
    NO_PATH = 32,
    SMALL_ARENA = 128, /* of 64 octets for each octet of input: it will be full */
};

static struct sceau_envelope
envelope_of(unsigned variant)
{
    static const struct sceau_ip ip6 = {
        .version = 6, .octets = {0x20, 0x01, 0x0d, 0xb8}
    };
    struct sceau_envelope envelope = {
        .ip = {.version = 4, .octets = {192, 0, 2, 10}},
        .helo = SCEAU_SLICE("mx.example.com"),
        .mail_from = SCEAU_SLICE("<a@example.com>"),
        .has_mail_from = true,
        .is_smtputf8 = (variant & SMTPUTF8) != 0,
    };
    if ((variant & OVER_IPV6) != 0)
        envelope.ip = ip6;
    if ((variant & NULL_PATH) != 0)
        envelope.mail_from = SCEAU_SLICE("<>");
    if ((variant & NO_PATH) != 0)
        envelope.mail_from = SCEAU_SLICE("<(a@example.com>");
    if ((variant & NO_ENVELOPE) != 0)
        envelope = (struct sceau_envelope){0};
    return envelope;
}

static void
give(struct sceau_verify *verify, struct sceau_slice octets, size_t step,
     void (*take)(struct sceau_verify *verify, struct sceau_slice chunk))
{
    for (size_t at = 0; at < octets.len;) {
        size_t left = octets.len - at;
        size_t len = left < step ? left : step;
        take(verify, slice_sub(octets, at, len));
        at += len;
    }
}

/* As a program does that looks at the header before the envelope is known. */
static void
give_header(struct sceau_context *context, struct sceau_verify *verify,
            struct sceau_slice message, size_t step)
{
    struct sceau_message_reader reader;
    struct sceau_slice body, rest;
    sceau_message_reader_init(&reader, context->arena);
    sceau_message_reader_feed(&reader, message, &body);
    sceau_message_reader_end(&reader, &rest);
    sceau_verify_header(verify, &reader.header);
    give(verify, body, step, sceau_verify_body);
    give(verify, rest, step, sceau_verify_body);
}

static void
check_verdict(const struct sceau_verdict *verdict)
{
    const struct sceau_dmarc_outcome *dmarc = &verdict->dmarc;
    if (dmarc->result == SCEAU_DMARC_PASS) {
        assert(verdict->author.status == SCEAU_AUTHOR_ONE && dmarc->record != NULL);
        assert(dmarc->spf_aligned || dmarc->dkim_aligned);
        assert(!dmarc->spf_aligned || verdict->spf_mail_from.result == SCEAU_SPF_PASS);
        assert(!dmarc->dkim_aligned ||
               verdict->dkim[dmarc->dkim_aligned_index].result == SCEAU_DKIM_PASS);
    }
    if (verdict->author.status != SCEAU_AUTHOR_ONE)
        assert(dmarc->result == SCEAU_DMARC_PERMERROR);
    else
        assert(domain_is_ldh(verdict->author.domain));
    if (!verdict->mail_from.is_valid)
        assert(verdict->spf_mail_from.result == SCEAU_SPF_NONE);
}

static struct sceau_slice
verify_in_steps(struct sceau_context *context, struct sceau_slice message,
                unsigned variant, size_t step)
{
    const struct sceau_envelope envelope = envelope_of(variant);
    struct sceau_verify *verify = sceau_verify_new(context, &options);
    if (verify == NULL) /* not even the session fits */
        return SLICE_NONE;
    sceau_verify_envelope(verify, &envelope);
    if ((variant & BY_FIELD) != 0)
        give_header(context, verify, message, step);
    else
        give(verify, message, step, sceau_verify_octets);
    const struct sceau_verdict *verdict = sceau_verify_finish(verify);
    check_verdict(verdict);
    sceau_verify_field(verify, SCEAU_SLICE("From"), SCEAU_SLICE("b@example.net"));
    sceau_verify_octets(verify, message);
    sceau_verify_body(verify, message);
    assert(sceau_verify_finish(verify) == verdict);
    struct sceau_slice results =
        sceau_verdict_authentication_results(context->arena, verdict,
                                             SCEAU_SLICE("mx.test"));
    sceau_verify_free(verify);
    return results;
}

static void
check_field(struct sceau_arena *arena, struct sceau_slice field, unsigned variant)
{
    struct authres read;
    size_t line = 0;
    for (size_t i = 0; i < field.len; i++) {
        unsigned char c = (unsigned char)field.ptr[i];
        line = c == '\n' ? 0 : line + 1;
        assert(line <= LINE_MAX_OCTETS);
        assert(c == '\t' || c == '\r' || c == '\n' || (c >= ' ' && c < 0x7f) ||
               (c >= 0x80 && (variant & SMTPUTF8) != 0));
        if (c == '\r')
            assert(i + 2 < field.len && field.ptr[i + 1] == '\n' &&
                   ascii_is_wsp(field.ptr[i + 2]));
        if (c == '\n')
            assert(i > 0 && field.ptr[i - 1] == '\r');
    }
    if (field.len == 0) /* the arena was full */
        return;
    assert(authres_parse(arena, field, &read, NULL) == SCEAU_OK);
    assert(slice_eq(read.authserv_id, SCEAU_SLICE("mx.test")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice in = {(const char *)data, size}, zone_text = SCEAU_SLICE("");
    if (size == 0)
        return 0;
    unsigned variant = data[0];
    in = slice_skip(in, 1);
    const char *at = memmem(in.ptr, in.len, SEPARATOR, sizeof SEPARATOR - 1);
    if (at != NULL) {
        size_t len = (size_t)(at - in.ptr);
        zone_text = slice_sub(in, 0, len);
        in = slice_skip(in, len + sizeof SEPARATOR - 1);
    }
    struct sceau_zone_error error;
    struct sceau_resolver *zone = sceau_zone_resolver_new(zone_text, &error);
    if (zone == NULL)
        return 0;
    size_t ceiling = (variant & SMALL_ARENA) != 0 ? 64 * size : SCEAU_MESSAGE_MEMORY;
    struct sceau_arena *one = sceau_arena_new(ceiling);
    struct sceau_arena *other = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_context whole = {.arena = one, .resolver = zone, .now = 1767225600};
    struct sceau_context cut = {.arena = other, .resolver = zone, .now = 1767225600};
    struct sceau_slice field = verify_in_steps(&whole, in, variant, SIZE_MAX);
    struct sceau_slice again = verify_in_steps(&cut, in, variant, 1 + size % 7);
    check_field(other, again, variant);
    if ((variant & SMALL_ARENA) == 0)
        assert(slice_eq(field, again));
    sceau_arena_free(one);
    sceau_arena_free(other);
    sceau_zone_resolver_free(zone);
    return 0;
}
