/* Which header fields an h= means (RFC 6376 sections 3.5, 5.4.2). */
#ifndef DKIM_SELECTION_H
#define DKIM_SELECTION_H

#include "sceau/message.h"

#include "core/slice.h"

/* A header block by field name, to answer many h= lists. */
struct field_index;

/* NULL when the arena is full. n log n in the fields. */
struct field_index *field_index_new(struct sceau_arena *arena,
                                    const struct sceau_header *header);

/* The fields that a list of names selects: each name takes the lowest field of that name
 * not yet taken; a name without one takes nothing, which asserts its absence.
 *
 * itself    a field that is never selected (the signature's own); may be NULL
 * selected  room for name_count; NULL stands for an absent field
 *
 * Returns how many fields were found. Linear in the names times the logarithm of the fields. */
size_t field_index_select(struct field_index *index, const struct sceau_slice *names,
                          size_t name_count, const struct sceau_field *itself,
                          const struct sceau_field **selected);

#endif
