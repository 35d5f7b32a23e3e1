/* The signature of one field over a header: a DKIM-Signature, an ARC-Message-Signature. */
#ifndef DKIM_SIGN_H
#define DKIM_SIGN_H

#include "hash_input.h"
#include "tagwriter.h"

/* Which fields a signature covers when nobody says: RFC 6376 section 5.4. Gives the names;
 * NULL when they are more than SCEAU_DKIM_H_MAX, or the arena is full. */
const struct sceau_slice *dkim_default_names(struct sceau_arena *arena,
                                             const struct sceau_header *header,
                                             size_t *count);

/* "name: body" as a field that will stand so in the header. False when the arena is full,
 * or the body is NULL. */
bool dkim_field_make(struct sceau_arena *arena, struct sceau_slice name,
                     struct sceau_slice body, struct sceau_field *field);

/* Sign what `input` holds and, last, the field `name` that `w` has written with its b=
 * empty (RFC 6376 section 3.7). Clears the input.
 *
 * value  the body of the field, in the arena
 *
 * Returns as sceau_dkim_signing_finish. */
enum sceau_status dkim_sign_field(struct sceau_arena *arena, struct hash_input *input,
                                  struct sceau_slice name, struct tag_writer *w,
                                  struct sceau_signer *signer,
                                  struct sceau_slice *value);

/* Add the fields of a header that `names` means, in their order (section 5.4.2). False
 * when the arena is full. */
bool dkim_add_named_fields(struct sceau_arena *arena, struct hash_input *input,
                           const struct sceau_header *header,
                           const struct sceau_slice *names, size_t name_count);

#endif
