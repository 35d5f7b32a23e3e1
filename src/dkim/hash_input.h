/* What a header signature is made over (RFC 6376 section 3.7 step 2; RFC 8617
 * section 5.1.1): fields in order, then the signature field itself without its b=.
 * Verifying and signing build it here. */
#ifndef DKIM_HASH_INPUT_H
#define DKIM_HASH_INPUT_H

#include "canon.h"
#include "crypto.h"

struct hash_input {
    enum sceau_canonicalization how;
    struct crypto_hash *hash; /* NULL when memory is exhausted */
    struct canon_out out;
};

/* Begin; end it with hash_input_clear. */
void hash_input_init(struct hash_input *input, enum sceau_canonicalization how);

/* Another one that starts from what was added so far. */
void hash_input_copy(struct hash_input *copy, struct hash_input *input);

void hash_input_add(struct hash_input *input, const struct sceau_field *field);

/* Add the signature field without `gap_length` octets from `gap` of its body, and take
 * the digest. False when memory is exhausted. Ends the input but for its clear. */
bool hash_input_finish(struct hash_input *input, const struct sceau_field *signature,
                       size_t gap, size_t gap_length, uint8_t digest[SHA256_OCTETS]);

void hash_input_clear(struct hash_input *input);

#endif
