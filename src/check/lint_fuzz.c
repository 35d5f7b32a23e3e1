/* Octets to both lints: findings point into the record and are printable; what is
 * called valid parses. The first octet says which. */
#include "lint.h"

#include "sceau/dmarc.h"

#include "spf/record.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_whole(const struct check_lint *lint, struct sceau_slice record)
{
    assert(lint->count <= CHECK_LINT_FINDINGS_MAX);
    for (size_t i = 0; i < lint->count; i++) {
        const struct check_finding *f = &lint->findings[i];
        assert(f->offset <= record.len && f->text.len > 0);
        for (size_t k = 0; k < f->text.len; k++)
            assert(f->text.ptr[k] >= ' ' && f->text.ptr[k] <= '~');
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct sceau_slice record = {(const char *)data + 1, size - 1};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_dmarc_record dmarc;
    const struct spf_record *spf;
    struct check_lint lint;
    if (arena != NULL && data[0] == 'd') {
        if (check_lint_dmarc(arena, record, &lint) == SCEAU_OK) {
            assert_whole(&lint, record);
            assert(!lint.is_valid ||
                   sceau_dmarc_record_parse(arena, record, &dmarc, NULL) == SCEAU_OK);
        }
    } else if (arena != NULL && check_lint_spf(arena, record, &lint) == SCEAU_OK) {
        assert_whole(&lint, record);
        assert(lint.is_valid ==
               (spf_record_parse(arena, record, &spf, NULL) == SCEAU_OK));
    }
    sceau_arena_free(arena);
    return 0;
}
