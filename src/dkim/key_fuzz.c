/* Any octets as a key record: what comes out is a key within the limits, or a refusal;
 * and what OpenSSL was given, it gives back. */
#include "key.h"

#include "der.h"

#include <assert.h>

#include <openssl/x509.h>

/* The DER reader is never laxer than OpenSSL's. */
static void
check_der(struct sceau_slice octets)
{
    struct der_rsa rsa;
    if (!der_rsa_read(octets, &rsa))
        return;
    assert(rsa.modulus.len > 0 && rsa.exponent.len > 0);
    assert(rsa.modulus.ptr >= octets.ptr &&
           rsa.exponent.ptr + rsa.exponent.len <= octets.ptr + octets.len);
    assert(der_bits(rsa.modulus) > (rsa.modulus.len - 1) * 8);
    const unsigned char *p = (const unsigned char *)octets.ptr;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)octets.len);
    if (pkey == NULL) {
        p = (const unsigned char *)octets.ptr;
        pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, (long)octets.len);
    }
    assert(pkey != NULL);
    EVP_PKEY_free(pkey);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice text = {(const char *)data, size};
    static const uint8_t digest[SHA256_OCTETS];
    struct dkim_key key;
    assert(dkim_key_init(&key, text));
    assert((key.refusal == NULL) == (key.crypto != NULL));
    assert(key.refusal != NULL || key.is_record);
    if (key.refusal == NULL) {
        assert(strcmp(dkim_key_type_name(key.type),
                      key.bits == 256 ? "ed25519" : "rsa") == 0);
        assert(key.type == DKIM_KEY_ED25519 ? key.bits == 256
                                            : key.bits >= SCEAU_DKIM_RSA_BITS_MIN &&
                                                  key.bits <= SCEAU_DKIM_RSA_BITS_MAX);
        assert(crypto_verify(key.crypto, digest, text) == CRYPTO_BAD);
    }
    dkim_key_clear(&key);
    check_der(text);
    return 0;
}
