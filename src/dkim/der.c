/* A reader for as much DER (X.690) as an RSA public key needs.
 *
 *     SubjectPublicKeyInfo ::= SEQUENCE { AlgorithmIdentifier, BIT STRING }
 *     RSAPublicKey         ::= SEQUENCE { INTEGER modulus, INTEGER exponent }
 *
 * Strict: definite lengths in their shortest form, no octet left over. */
#include "der.h"

#include "core/cursor.h"

enum der_type {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_SEQUENCE = 0x30,
};

/* AlgorithmIdentifier of rsaEncryption, 1.2.840.113549.1.1.1, with its NULL parameters
 * (RFC 8017 appendix C): one spelling in DER. */
static const struct sceau_slice rsa_encryption = {
    "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15};

static size_t
read_octet(struct cursor *c)
{
    int octet = cursor_peek(c);
    if (octet < 0) {
        cursor_fail(c, "an octet");
        return 0;
    }
    c->pos++;
    return (size_t)octet;
}

/* Length octets, at most two behind the first: no key record holds 64 KiB. */
static size_t
read_length(struct cursor *c)
{
    size_t first = read_octet(c);
    if (first < 0x80)
        return first;
    size_t length = 0;
    if (first == 0x81)
        length = read_octet(c);
    else if (first == 0x82) {
        length = read_octet(c) << 8;
        length |= read_octet(c);
    }
    if (length < (first == 0x82 ? 0x100 : 0x80))
        cursor_fail(c, "a length in its shortest form");
    return length;
}

/* The contents of the element of that type. */
static struct sceau_slice
read_element(struct cursor *c, enum der_type type)
{
    if (read_octet(c) != type)
        cursor_fail(c, "another type");
    size_t length = read_length(c);
    if (!cursor_ok(c) || length > c->in.len - c->pos) {
        cursor_fail(c, "as many octets as the length says");
        return SLICE_NONE;
    }
    c->pos += length;
    return cursor_since(c, c->pos - length);
}

/* A positive INTEGER without its sign octet. */
static struct sceau_slice
read_positive(struct cursor *c)
{
    struct sceau_slice octets = read_element(c, DER_INTEGER);
    if (octets.len > 1 && octets.ptr[0] == 0 && (octets.ptr[1] & 0x80) != 0)
        return slice_skip(octets, 1);
    if (octets.len == 0 || octets.ptr[0] == 0 || (octets.ptr[0] & 0x80) != 0)
        cursor_fail(c, "a positive integer");
    return octets;
}

static bool
read_rsa_public_key(struct sceau_slice der, struct der_rsa *key)
{
    struct cursor outer = cursor_over(der);
    struct cursor inner = cursor_over(read_element(&outer, DER_SEQUENCE));
    key->modulus = read_positive(&inner);
    key->exponent = read_positive(&inner);
    return cursor_at_end(&outer) && cursor_at_end(&inner);
}

/* The RSAPublicKey inside a SubjectPublicKeyInfo; empty when this is none. */
static struct sceau_slice
read_subject_public_key(struct sceau_slice der)
{
    struct cursor outer = cursor_over(der);
    struct sceau_slice info = read_element(&outer, DER_SEQUENCE);
    if (!cursor_at_end(&outer) || info.len < rsa_encryption.len ||
        !slice_eq(slice_sub(info, 0, rsa_encryption.len), rsa_encryption))
        return SLICE_NONE;
    struct cursor inner = cursor_over(slice_skip(info, rsa_encryption.len));
    struct sceau_slice bits = read_element(&inner, DER_BIT_STRING);
    if (!cursor_at_end(&inner) || bits.len == 0 || bits.ptr[0] != 0)
        return SLICE_NONE; /* the first octet counts unused bits: none */
    return slice_skip(bits, 1);
}

bool
der_rsa_read(struct sceau_slice der, struct der_rsa *key)
{
    struct sceau_slice bare = read_subject_public_key(der);
    return read_rsa_public_key(bare.len > 0 ? bare : der, key);
}

size_t
der_bits(struct sceau_slice number)
{
    size_t bits = number.len * 8;
    for (unsigned top = (unsigned char)number.ptr[0]; (top & 0x80) == 0 && bits > 0;
         top <<= 1)
        bits--;
    return bits;
}
