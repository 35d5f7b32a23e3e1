/* The whole of verification over a fuzzed message and a fuzzed DNS. Input: zone text, a
 * line "--", the message. What must hold whatever comes in: the verdict does not depend on
 * where the octets were cut, a DMARC pass rests on something, and our own field can be
 * read again and holds no line or octet that it may not hold. */
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

static struct sceau_slice
verify_in_steps(struct sceau_context *context, struct sceau_slice message, size_t step)
{
    const struct sceau_envelope envelope = {
        .ip = {.version = 4, .octets = {192, 0, 2, 10}},
        .helo = SCEAU_SLICE("mx.example.com"),
        .mail_from = SCEAU_SLICE("<a@example.com>"),
        .has_mail_from = true,
    };
    struct sceau_verify *verify = sceau_verify_new(context, &options);
    assert(verify != NULL);
    sceau_verify_envelope(verify, &envelope);
    for (size_t at = 0; at < message.len;) {
        size_t left = message.len - at;
        size_t len = left < step ? left : step;
        sceau_verify_octets(verify, slice_sub(message, at, len));
        at += len;
    }
    const struct sceau_verdict *verdict = sceau_verify_finish(verify);
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
    struct sceau_slice results =
        sceau_verdict_authentication_results(context->arena, verdict,
                                             SCEAU_SLICE("mx.test"));
    sceau_verify_free(verify);
    return results;
}

static void
check_field(struct sceau_arena *arena, struct sceau_slice field)
{
    struct authres read;
    size_t line = 0;
    for (size_t i = 0; i < field.len; i++) {
        unsigned char c = (unsigned char)field.ptr[i];
        line = c == '\n' ? 0 : line + 1;
        assert(line <= LINE_MAX_OCTETS);
        assert(c == '\t' || c == '\r' || c == '\n' || (c >= ' ' && c < 0x7f));
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
    const char *at = memmem(data, size, SEPARATOR, sizeof SEPARATOR - 1);
    if (at != NULL) {
        size_t len = (size_t)(at - in.ptr);
        zone_text = slice_sub(in, 0, len);
        in = slice_skip(in, len + sizeof SEPARATOR - 1);
    }
    struct sceau_zone_error error;
    struct sceau_resolver *zone = sceau_zone_resolver_new(zone_text, &error);
    if (zone == NULL)
        return 0;
    struct sceau_arena *one = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_arena *other = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_context whole = {.arena = one, .resolver = zone, .now = 1767225600};
    struct sceau_context cut = {.arena = other, .resolver = zone, .now = 1767225600};
    struct sceau_slice field = verify_in_steps(&whole, in, SIZE_MAX);
    check_field(one, field);
    assert(slice_eq(field, verify_in_steps(&cut, in, 1 + size % 7)));
    sceau_arena_free(one);
    sceau_arena_free(other);
    sceau_zone_resolver_free(zone);
    return 0;
}
