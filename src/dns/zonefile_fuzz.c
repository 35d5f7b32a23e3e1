/* Zone text in. Refused: the place lies in the text. Accepted: what its names hold, written
 * as text and read again, is the same. */
#include "sceau/dns.h"

#include "core/text.h"
#include "rdata.h"

#include <stdlib.h>

static void
check(bool holds)
{
    if (!holds)
        abort();
}

/* Does the error's place exist? The column may be one behind the end of its line. */
static void
check_place(struct sceau_slice text, const struct sceau_zone_error *error)
{
    struct sceau_slice line;
    size_t number = 0;
    check(error->text[0] != '\0' && error->line >= 1 && error->column >= 1);
    while (number < error->line && slice_next(&text, '\n', &line))
        number++;
    check(number == error->line && error->column <= line.len + 1);
}

static void
check_record(struct sceau_arena *arena, uint16_t type, const struct sceau_dns_rr *rr)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_zone_error error;
    struct sceau_dns_answer answer;
    char type_name[16];
    text_format(&t, "x.test. %s ", sceau_dns_type_name(type, type_name));
    dns_rdata_present(&t, type, rr->rdata);
    struct sceau_slice text = text_done(&t);
    if (text.ptr == NULL)
        return; /* the arena is full */
    struct sceau_context context = {
        .arena = arena,
        .resolver = sceau_zone_resolver_new(text, &error),
    };
    check(context.resolver != NULL);
    sceau_dns_lookup(&context, SCEAU_SLICE("X.TEST."), type, &answer);
    check(answer.status == SCEAU_DNS_LIMIT ||
          (answer.status == SCEAU_DNS_OK && answer.count == 1 &&
           slice_eq(answer.rrs[0].rdata, rr->rdata)));
    sceau_zone_resolver_free(context.resolver);
}

static void
check_answer(struct sceau_context *context, struct sceau_slice name, uint16_t type)
{
    struct sceau_dns_answer answer;
    sceau_dns_lookup(context, name, type, &answer);
    check((answer.status == SCEAU_DNS_OK) == (answer.count > 0) && !answer.secure);
    size_t octets = 0;
    for (size_t i = 0; i < answer.count; i++) {
        size_t text = 0;
        for (size_t s = 0; s < answer.rrs[i].string_count; s++)
            text += answer.rrs[i].strings[s].len;
        check(text == answer.rrs[i].text.len);
        octets += answer.rrs[i].rdata.len;
        check_record(context->arena, type, &answer.rrs[i]);
    }
    check(octets <= SCEAU_DNS_ANSWER_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t types[] = {1,  2,  5,  6,  12, 15,  16,
                                     28, 33, 52, 65, 99, 257, 65280};
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_zone_error error;
    struct sceau_context context = {
        .arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY),
        .resolver = sceau_zone_resolver_new(text, &error),
    };
    if (context.arena == NULL)
        return 0;
    if (context.resolver == NULL)
        check_place(text, &error);
    struct sceau_slice rest = text, line;
    for (int lines = 0;
         context.resolver != NULL && lines < 50 && slice_next(&rest, '\n', &line);
         lines++) {
        struct sceau_slice owner = slice_sub(line, 0, slice_find(line, ' '));
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            check_answer(&context, owner, types[i]);
            sceau_arena_clear(context.arena);
        }
    }
    sceau_zone_resolver_free(context.resolver);
    sceau_arena_free(context.arena);
    return 0;
}
