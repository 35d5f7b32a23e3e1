/* SipHash-2-4 over borrowed octets. */
#include "hash.h"

struct sip {
    uint64_t v0, v1, v2, v3;
};

static inline uint64_t
rotated(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static inline void
sip_round(struct sip *s)
{
    s->v0 += s->v1;
    s->v1 = rotated(s->v1, 13) ^ s->v0;
    s->v0 = rotated(s->v0, 32);
    s->v2 += s->v3;
    s->v3 = rotated(s->v3, 16) ^ s->v2;
    s->v0 += s->v3;
    s->v3 = rotated(s->v3, 21) ^ s->v0;
    s->v2 += s->v1;
    s->v1 = rotated(s->v1, 17) ^ s->v2;
    s->v2 = rotated(s->v2, 32);
}

static inline void
sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_round(s);
    sip_round(s);
    s->v0 ^= word;
}

/* Eight octets, least significant first, whatever the host's byte order; where that is the
 * host's own, compilers make one load of it. */
static inline uint64_t
little_endian_word(const char *octets)
{
    const unsigned char *o = (const unsigned char *)octets;
    return (uint64_t)o[0] | (uint64_t)o[1] << 8 | (uint64_t)o[2] << 16 |
           (uint64_t)o[3] << 24 | (uint64_t)o[4] << 32 | (uint64_t)o[5] << 40 |
           (uint64_t)o[6] << 48 | (uint64_t)o[7] << 56;
}

/* Fewer than eight. */
static uint64_t
little_endian(const char *octets, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)(unsigned char)octets[i] << (8 * i);
    return word;
}

uint64_t
hash_octets(const struct hash_key *key, struct sceau_slice octets)
{
    struct sip s = {
        .v0 = key->k0 ^ 0x736f6d6570736575,
        .v1 = key->k1 ^ 0x646f72616e646f6d,
        .v2 = key->k0 ^ 0x6c7967656e657261,
        .v3 = key->k1 ^ 0x7465646279746573,
    };
    size_t whole = octets.len / 8 * 8;
    for (size_t i = 0; i < whole; i += 8)
        sip_word(&s, little_endian_word(octets.ptr + i));
    uint64_t last = (uint64_t)(octets.len & 0xff) << 56;
    if (octets.len > whole)
        last |= little_endian(octets.ptr + whole, octets.len - whole);
    sip_word(&s, last);
    s.v2 ^= 0xff;
    for (int i = 0; i < 4; i++)
        sip_round(&s);
    return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
