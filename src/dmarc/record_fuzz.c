/* Octets as a DMARC record: the result is whole, and reading what we would print of it
 * gives the same record. */
#include "record.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require_inside(struct sceau_slice part, struct sceau_slice text)
{
    assert(part.ptr >= text.ptr && part.ptr + part.len <= text.ptr + text.len);
}

static void
require_whole(const struct sceau_dmarc_record *record, struct sceau_slice text)
{
    assert(!(record->acts_as_none && record->is_void));
    assert(!record->acts_as_none || record->rua_count > 0);
    assert(!record->is_void || record->rua_count == 0);
    assert(record->has_p || record->acts_as_none || record->is_void);
    assert(record->has_sp || record->sp == record->p);
    assert(record->has_np || record->np == record->sp);
    assert(record->ruf_count > 0 || record->fo == SCEAU_DMARC_FO_0);
    for (size_t i = 0; i < record->rua_count; i++)
        require_inside(record->rua[i], text);
    for (size_t i = 0; i < record->ruf_count; i++)
        require_inside(record->ruf[i], text);
}

/* The record as text: every tag with its value in force. */
static struct sceau_slice
formatted(struct sceau_arena *arena, const struct sceau_dmarc_record *record)
{
    const struct sceau_dmarc_tag_value *tags;
    size_t count;
    struct text t = text_new(arena, SIZE_MAX);
    if (sceau_dmarc_record_tags(arena, record, &tags, &count) != SCEAU_OK)
        return SLICE_NONE;
    for (size_t i = 0; i < count; i++) {
        text_format(&t, "%s%s=", i > 0 ? "; " : "", tags[i].name);
        text_slice(&t, tags[i].value);
    }
    return text_done(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_slice text = {(const char *)data, size};
    struct sceau_dmarc_record record, again;
    struct sceau_diag diag = {0};
    if (arena == NULL)
        return 0;
    enum sceau_status status = sceau_dmarc_record_parse(arena, text, &record, &diag);
    assert(status != SCEAU_E_SYNTAX || (diag.expected != NULL && diag.offset <= size));
    assert((status != SCEAU_E_SYNTAX || diag.offset > 0) ==
           dmarc_record_is_dmarc1(text));
    if (status == SCEAU_OK) {
        require_whole(&record, text);
        struct sceau_slice printed = formatted(arena, &record);
        if (printed.ptr != NULL && printed.len <= SCEAU_DMARC_RECORD_MAX &&
            sceau_dmarc_record_parse(arena, printed, &again, &diag) != SCEAU_E_LIMIT)
            assert(again.p == record.p && again.sp == record.sp &&
                   again.np == record.np && again.psd == record.psd &&
                   again.adkim == record.adkim && again.aspf == record.aspf &&
                   again.fo == record.fo && again.is_testing == record.is_testing &&
                   again.rua_count == record.rua_count &&
                   again.ruf_count == record.ruf_count);
    }
    sceau_arena_free(arena);
    return 0;
}
