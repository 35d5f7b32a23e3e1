/* The header hash, streamed: nothing canonical is kept. */
#include "hash_input.h"

static void
write_to_hash(void *self, struct sceau_slice octets)
{
    struct hash_input *input = self;
    crypto_hash_update(input->hash, octets);
}

void
hash_input_init(struct hash_input *input, enum sceau_canonicalization how)
{
    input->how = how;
    input->hash = crypto_hash_new();
    canon_out_init(&input->out, write_to_hash, input);
}

void
hash_input_copy(struct hash_input *copy, struct hash_input *input)
{
    copy->how = input->how;
    copy->hash = NULL;
    canon_out_init(&copy->out, write_to_hash, copy);
    if (input->hash == NULL)
        return;
    canon_out_flush(&input->out);
    copy->hash = crypto_hash_copy(input->hash);
}

void
hash_input_add(struct hash_input *input, const struct sceau_field *field)
{
    if (input->hash != NULL)
        canon_field(&input->out, input->how, field);
}

bool
hash_input_finish(struct hash_input *input, const struct sceau_field *signature,
                  size_t gap, size_t gap_length, uint8_t digest[SHA256_OCTETS])
{
    if (input->hash == NULL)
        return false;
    canon_field_without(&input->out, input->how, signature, gap, gap_length);
    canon_out_flush(&input->out);
    crypto_hash_finish(input->hash, digest);
    return true;
}

void
hash_input_clear(struct hash_input *input)
{
    crypto_hash_free(input->hash);
    input->hash = NULL;
}
