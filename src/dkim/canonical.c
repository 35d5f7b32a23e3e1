#include "canonical.h"

#include "canon.h"
#include "core/text.h"
#include "selection.h"
#include "signature.h"

static void
write_to_text(void *self, struct sceau_slice octets)
{
    text_slice(self, octets);
}

struct sceau_slice
dkim_canonical_header(struct sceau_arena *arena, const struct sceau_header *header,
                      const struct sceau_dkim_outcome *outcome, size_t max)
{
    struct dkim_signature s;
    struct canon_out out;
    struct text t = text_new(arena, max);
    if (outcome->field >= header->count)
        return SLICE_NONE;
    dkim_signature_parse(arena, DKIM_SIGNATURE, &header->fields[outcome->field], &s);
    struct field_index *index = field_index_new(arena, header);
    const struct sceau_field **selected =
        sceau_arena_alloc(arena, s.name_count * sizeof(*selected) + 1);
    if (s.refusal != NULL || index == NULL || selected == NULL)
        return SLICE_NONE;
    field_index_select(index, s.names, s.name_count, s.field, selected);
    canon_out_init(&out, write_to_text, &t);
    for (size_t i = 0; i < s.name_count; i++)
        if (selected[i] != NULL)
            canon_field(&out, s.header_how, selected[i]);
    canon_field_without(&out, s.header_how, s.field, s.gap, s.gap_length);
    canon_out_flush(&out);
    return text_done(&t);
}

struct sceau_slice
dkim_canonical_body(struct sceau_arena *arena, const struct sceau_dkim_outcome *outcome,
                    struct sceau_slice body, size_t max)
{
    struct canon_body canon;
    struct text t = text_new(arena, max);
    canon_body_init(&canon, outcome->body_canonicalization, write_to_text, &t);
    canon_body_update(&canon, body);
    canon_body_finish(&canon);
    struct sceau_slice all = text_done(&t);
    if (outcome->body_length >= 0 && (uint64_t)outcome->body_length < all.len)
        all.len = (size_t)outcome->body_length;
    return all;
}
