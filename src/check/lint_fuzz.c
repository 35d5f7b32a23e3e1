/* Octets to both lints: findings point into the record and are printable; what is called
 * valid parses. The first octet says which: "d" or "s"; "D" or "S" reads the next octet as
 * the arena's size, in units of 64 octets. */
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
        const struct check_lint_finding *f = &lint->findings[i];
        assert(f->offset <= record.len && f->text.len > 0);
        assert(check_outcome_name(f->severity)[0] != '\0');
        for (size_t k = 0; k < f->text.len; k++)
            assert(f->text.ptr[k] >= ' ' && f->text.ptr[k] <= '~');
    }
}

static void
lint_dmarc(struct sceau_arena *arena, struct sceau_slice record)
{
    struct sceau_dmarc_record parsed;
    struct check_lint lint;
    if (check_lint_dmarc(arena, LANGUAGE_EN, record, &lint) != SCEAU_OK)
        return;
    assert_whole(&lint, record);
    assert(!lint.is_valid ||
           sceau_dmarc_record_parse(arena, record, &parsed, NULL) != SCEAU_E_SYNTAX);
}

static void
lint_spf(struct sceau_arena *arena, struct sceau_slice record)
{
    const struct spf_record *parsed;
    struct check_lint lint;
    if (check_lint_spf(arena, LANGUAGE_EN, record, &lint) != SCEAU_OK)
        return;
    assert_whole(&lint, record);
    enum sceau_status status = spf_record_parse(arena, record, &parsed, NULL);
    assert(status == SCEAU_E_LIMIT || lint.is_valid == (status == SCEAU_OK));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    bool is_small = data[0] == 'D' || data[0] == 'S';
    size_t ceiling = is_small ? (size_t)data[1] * 64 : SCEAU_MESSAGE_MEMORY;
    size_t from = is_small ? 2 : 1;
    struct sceau_slice record = {(const char *)data + from, size - from};
    struct sceau_arena *arena = sceau_arena_new(ceiling);
    if (arena != NULL && (data[0] == 'd' || data[0] == 'D'))
        lint_dmarc(arena, record);
    else if (arena != NULL)
        lint_spf(arena, record);
    sceau_arena_free(arena);
    return 0;
}
