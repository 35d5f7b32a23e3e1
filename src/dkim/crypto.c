/* The cryptography of DKIM over OpenSSL 3.
 *
 * Two measurements shaped this: d2i_PUBKEY costs ten RSA-2048 verifications, building a
 * key from its two numbers a quarter of one; a fresh EVP_PKEY_CTX costs a fifth of a
 * verification, a copy of a prepared one nothing worth counting. */
#include "crypto.h"

#include <stdlib.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

struct crypto_hash {
    EVP_MD_CTX *md;
};

struct crypto_key {
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *prepared; /* RSA: ready to verify, copied for each use */
};

/* ---- hash --------------------------------------------------------------------------- */

struct crypto_hash *
crypto_hash_new(void)
{
    struct crypto_hash *hash = calloc(1, sizeof *hash);
    if (hash == NULL)
        return NULL;
    hash->md = EVP_MD_CTX_new();
    if (hash->md != NULL && EVP_DigestInit_ex2(hash->md, EVP_sha256(), NULL) == 1)
        return hash;
    crypto_hash_free(hash);
    return NULL;
}

struct crypto_hash *
crypto_hash_copy(const struct crypto_hash *hash)
{
    struct crypto_hash *copy = calloc(1, sizeof *copy);
    if (copy == NULL)
        return NULL;
    copy->md = EVP_MD_CTX_new();
    if (copy->md != NULL && EVP_MD_CTX_copy_ex(copy->md, hash->md) == 1)
        return copy;
    crypto_hash_free(copy);
    return NULL;
}

void
crypto_hash_free(struct crypto_hash *hash)
{
    if (hash != NULL)
        EVP_MD_CTX_free(hash->md);
    free(hash);
}

void
crypto_hash_update(struct crypto_hash *hash, struct sceau_slice octets)
{
    /* Cannot fail: SHA-256 takes no memory after its start. */
    EVP_DigestUpdate(hash->md, octets.ptr, octets.len);
}

void
crypto_hash_finish(struct crypto_hash *hash, uint8_t digest[SHA256_OCTETS])
{
    EVP_DigestFinal_ex(hash->md, digest, NULL);
}

/* ---- keys --------------------------------------------------------------------------- */

/* The RSA public key (n, e); NULL when OpenSSL cannot make one of them. */
static EVP_PKEY *
rsa_from_numbers(struct sceau_slice modulus, struct sceau_slice exponent)
{
    /* OSSL_PARAM wants numbers in the machine's own octet order. */
    EVP_PKEY *pkey = NULL;
    unsigned char *n = malloc(modulus.len), *e = malloc(exponent.len);
    BIGNUM *bn = BN_bin2bn((const unsigned char *)modulus.ptr, (int)modulus.len, NULL);
    BIGNUM *be =
        BN_bin2bn((const unsigned char *)exponent.ptr, (int)exponent.len, NULL);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (n == NULL || e == NULL || bn == NULL || be == NULL || ctx == NULL)
        goto out;
    if (BN_bn2nativepad(bn, n, (int)modulus.len) < 0 ||
        BN_bn2nativepad(be, e, (int)exponent.len) < 0)
        goto out;
    OSSL_PARAM numbers[] = {
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, n, modulus.len),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, e, exponent.len),
        OSSL_PARAM_END,
    };
    if (EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, numbers) != 1)
        pkey = NULL;
out:
    EVP_PKEY_CTX_free(ctx);
    BN_free(be);
    BN_free(bn);
    free(e);
    free(n);
    return pkey;
}

struct crypto_key *
crypto_rsa_key_new(struct sceau_slice modulus, struct sceau_slice exponent)
{
    struct crypto_key *key = calloc(1, sizeof *key);
    if (key == NULL)
        return NULL;
    ERR_set_mark();
    key->pkey = rsa_from_numbers(modulus, exponent);
    if (key->pkey != NULL)
        key->prepared = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    bool is_ready =
        key->prepared != NULL && EVP_PKEY_verify_init(key->prepared) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(key->prepared, RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(key->prepared, EVP_sha256()) == 1;
    ERR_pop_to_mark();
    if (is_ready)
        return key;
    crypto_key_free(key);
    return NULL;
}

struct crypto_key *
crypto_ed25519_key_new(const uint8_t octets[ED25519_KEY_OCTETS])
{
    struct crypto_key *key = calloc(1, sizeof *key);
    if (key == NULL)
        return NULL;
    ERR_set_mark();
    key->pkey =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, octets, ED25519_KEY_OCTETS);
    ERR_pop_to_mark();
    if (key->pkey != NULL)
        return key;
    crypto_key_free(key);
    return NULL;
}

void
crypto_key_free(struct crypto_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_CTX_free(key->prepared);
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* ---- verification ------------------------------------------------------------------- */

static enum crypto_outcome
verify_rsa(const struct crypto_key *key, const uint8_t digest[SHA256_OCTETS],
           struct sceau_slice signature)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(key->prepared);
    if (ctx == NULL)
        return CRYPTO_TROUBLE;
    int rc = EVP_PKEY_verify(ctx, (const unsigned char *)signature.ptr, signature.len,
                             digest, SHA256_OCTETS);
    EVP_PKEY_CTX_free(ctx);
    return rc == 1 ? CRYPTO_GOOD : CRYPTO_BAD;
}

static enum crypto_outcome
verify_ed25519(const struct crypto_key *key, const uint8_t digest[SHA256_OCTETS],
               struct sceau_slice signature)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) != 1) {
        EVP_MD_CTX_free(ctx);
        return CRYPTO_TROUBLE;
    }
    int rc = EVP_DigestVerify(ctx, (const unsigned char *)signature.ptr, signature.len,
                              digest, SHA256_OCTETS);
    EVP_MD_CTX_free(ctx);
    return rc == 1 ? CRYPTO_GOOD : CRYPTO_BAD;
}

enum crypto_outcome
crypto_verify(const struct crypto_key *key, const uint8_t digest[SHA256_OCTETS],
              struct sceau_slice signature)
{
    /* What OpenSSL thinks of a bad signature is no error of this thread. */
    ERR_set_mark();
    enum crypto_outcome outcome = key->prepared != NULL
                                      ? verify_rsa(key, digest, signature)
                                      : verify_ed25519(key, digest, signature);
    ERR_pop_to_mark();
    return outcome;
}
