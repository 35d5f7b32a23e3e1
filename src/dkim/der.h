/* The two DER forms in which RSA public keys stand in DNS. */
#ifndef DKIM_DER_H
#define DKIM_DER_H

#include "core/slice.h"

/* RSAPublicKey (RFC 8017 appendix A.1.1): big-endian, without sign octet, not empty. */
struct der_rsa {
    struct sceau_slice modulus;
    struct sceau_slice exponent;
};

/* Read a SubjectPublicKeyInfo with algorithm rsaEncryption, which is what signers
 * publish, or a bare RSAPublicKey, which is what RFC 6376 section 3.6.1 asks for. The whole
 * input must be the key. False when it is neither. Borrows. */
bool der_rsa_read(struct sceau_slice der, struct der_rsa *key);

/* Bits of a number that der_rsa_read gave. */
size_t der_bits(struct sceau_slice number);

#endif
