/* Any octets as an MTA-STS record, as a policy and as a look that was kept: what was read is
 * printed and read again as the same; diagnostics point inside. */
#include "mtasts.h"

#include "../../tests/fuzz/check.h"
#include "core/text.h"
#include "mtasts_kept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_policy(struct sceau_arena *arena, const struct mtasts_policy *policy)
{
    struct mtasts_policy again;
    struct sceau_diag diag;
    struct sceau_slice printed = mtasts_policy_format(arena, policy);
    CHECK(policy->max_age <= MTASTS_MAX_AGE_MAX);
    CHECK(policy->mx_count <= MTASTS_MX_MAX);
    CHECK(policy->mx_count > 0 || policy->mode == MTASTS_NONE);
    if (printed.ptr == NULL || printed.len > MTASTS_POLICY_MAX)
        return;
    CHECK(mtasts_policy_parse(arena, printed, &again, &diag) == SCEAU_OK);
    CHECK(again.mode == policy->mode && again.max_age == policy->max_age &&
          again.mx_count == policy->mx_count);
    for (size_t i = 0; i < policy->mx_count; i++) {
        struct sceau_slice mx = policy->mx[i];
        CHECK(slice_eq(mx, again.mx[i]));
        struct text host = text_new(arena, SIZE_MAX);
        if (mx.ptr[0] == '*') /* one label stands for it (RFC 8461 section 4.1) */
            text_octet(&host, 'a');
        text_slice(&host, slice_skip(mx, mx.ptr[0] == '*'));
        CHECK(host.has_failed || mtasts_covers(policy, text_done(&host)));
    }
}

/* A look that was read is written as it reads again. */
static void
check_look(struct sceau_arena *arena, struct sceau_slice text)
{
    struct mtasts_look look, again;
    if (!mtasts_look_parse(text, &look))
        return;
    struct sceau_slice printed = mtasts_look_format(arena, &look);
    if (printed.ptr == NULL)
        return;
    CHECK(mtasts_look_parse(printed, &again));
    CHECK(look.tried == again.tried && look.seen == again.seen &&
          look.page.failure == again.page.failure &&
          look.page.status == again.page.status &&
          look.page.type.len == again.page.type.len);
    CHECK(slice_eq(mtasts_look_format(arena, &again), printed));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size}, id;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct mtasts_policy policy;
    struct sceau_diag diag = {0};
    if (arena == NULL)
        return 0;
    enum sceau_status status = mtasts_record_parse(text, &id, &diag);
    CHECK(status == SCEAU_OK || (diag.offset <= size && diag.expected != NULL));
    CHECK(status != SCEAU_OK || (mtasts_is_record(text) && id.len > 0 && id.len <= 32));
    diag = (struct sceau_diag){0};
    status = mtasts_policy_parse(arena, text, &policy, &diag);
    CHECK(status != SCEAU_E_SYNTAX || (diag.offset <= size && diag.expected != NULL));
    if (status == SCEAU_OK)
        check_policy(arena, &policy);
    check_look(arena, text);
    sceau_arena_free(arena);
    return 0;
}
