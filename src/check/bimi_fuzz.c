/* Any octets as a BIMI record and as a logo: diagnostics and values point inside. */
#include "bimi.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct bimi_record record;
    struct sceau_diag diag = {0};
    if (arena == NULL)
        return 0;
    enum sceau_status status = bimi_record_parse(arena, text, &record, &diag);
    CHECK(status != SCEAU_E_SYNTAX || (diag.offset <= size && diag.expected != NULL));
    CHECK(status != SCEAU_OK || (bimi_is_record(text) && record.logo.len < size));
    unsigned faults = bimi_logo_faults(text);
    CHECK(faults < 2 * BIMI_FAULT_LAST);
    CHECK(size <= BIMI_LOGO_MAX || (faults & BIMI_TOO_LARGE) != 0);
    sceau_arena_free(arena);
    return 0;
}
