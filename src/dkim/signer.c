/* Private keys in this process: PEM in, signatures and key records out. A signer process
 * uses this; so does whoever embeds the library. */
#include "sceau/dkim.h"

#include "core/base64.h"
#include "core/text.h"
#include "crypto.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

struct private_key {
    struct sceau_signer signer;
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *prepared; /* RSA: ready to sign, copied for each use */
};

/* ---- signatures -------------------------------------------------------------------- */

static size_t
sign_rsa(struct sceau_signer *self, const uint8_t digest[32],
         uint8_t signature[SCEAU_SIGNATURE_OCTETS_MAX])
{
    const struct private_key *key = (const struct private_key *)self;
    size_t len = SCEAU_SIGNATURE_OCTETS_MAX;
    ERR_set_mark();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(key->prepared);
    if (ctx == NULL || EVP_PKEY_sign(ctx, signature, &len, digest, SHA256_OCTETS) != 1)
        len = 0;
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark();
    return len;
}

static size_t
sign_ed25519(struct sceau_signer *self, const uint8_t digest[32],
             uint8_t signature[SCEAU_SIGNATURE_OCTETS_MAX])
{
    const struct private_key *key = (const struct private_key *)self;
    size_t len = SCEAU_SIGNATURE_OCTETS_MAX;
    ERR_set_mark();
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) != 1 ||
        EVP_DigestSign(ctx, signature, &len, digest, SHA256_OCTETS) != 1)
        len = 0;
    EVP_MD_CTX_free(ctx);
    ERR_pop_to_mark();
    return len;
}

/* ---- keys -------------------------------------------------------------------------- */

/* PEM with a pass phrase is not asked for one: a daemon has nobody to ask. */
static int
refuse_pass_phrase(char *buffer, /* NOLINT(readability-non-const-parameter): its type */
                   int size, int is_writing, void *self)
{
    (void)buffer, (void)size, (void)is_writing, (void)self;
    return -1;
}

static EVP_PKEY *
read_pem(struct sceau_slice pem)
{
    if (pem.len == 0 || pem.len > INT_MAX)
        return NULL;
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    EVP_PKEY *pkey = bio == NULL
                         ? NULL
                         : PEM_read_bio_PrivateKey(bio, NULL, refuse_pass_phrase, NULL);
    BIO_free(bio);
    return pkey;
}

static bool
prepare_rsa(struct private_key *key)
{
    key->signer.algorithm = SCEAU_DKIM_RSA_SHA256;
    key->signer.sign = sign_rsa;
    key->prepared = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    return key->prepared != NULL && EVP_PKEY_sign_init(key->prepared) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(key->prepared, RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(key->prepared, EVP_sha256()) == 1;
}

/* NULL when all is well, else why the key is refused. */
static const char *
prepare(struct private_key *key)
{
    int type = key->pkey == NULL ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key->pkey);
    int bits = key->pkey == NULL ? 0 : EVP_PKEY_get_bits(key->pkey);
    if (key->pkey == NULL)
        return N_("no private key in PEM, or one with a pass phrase");
    if (type == EVP_PKEY_ED25519) {
        key->signer.algorithm = SCEAU_DKIM_ED25519_SHA256;
        key->signer.sign = sign_ed25519;
        return NULL;
    }
    if (type != EVP_PKEY_RSA)
        return N_("neither an RSA nor an Ed25519 key");
    if (bits < SCEAU_DKIM_RSA_BITS_MIN)
        return N_("an RSA key of fewer than 1024 bits (RFC 8301 section 3.2)");
    if (bits > SCEAU_DKIM_RSA_BITS_MAX)
        return N_("an RSA key of more than 8192 bits");
    return prepare_rsa(key) ? NULL : N_("OpenSSL refuses the key");
}

struct sceau_signer *
sceau_private_key_parse(struct sceau_slice pem, const char **reason)
{
    struct private_key *key = calloc(1, sizeof *key);
    *reason = N_("no memory");
    if (key == NULL)
        return NULL;
    ERR_set_mark();
    key->pkey = read_pem(pem);
    *reason = prepare(key);
    ERR_pop_to_mark();
    if (*reason == NULL)
        return &key->signer;
    sceau_private_key_free(&key->signer);
    return NULL;
}

void
sceau_private_key_free(struct sceau_signer *signer)
{
    struct private_key *key = (struct private_key *)signer;
    if (key == NULL)
        return;
    EVP_PKEY_CTX_free(key->prepared);
    EVP_PKEY_free(key->pkey); /* wipes its numbers */
    free(key);
}

unsigned
sceau_private_key_bits(const struct sceau_signer *signer)
{
    return (unsigned)EVP_PKEY_get_bits(((const struct private_key *)signer)->pkey);
}

/* The public half: SubjectPublicKeyInfo of RSA, the bare octets of Ed25519. */
static struct sceau_slice
public_octets(struct sceau_arena *arena, const struct private_key *key)
{
    bool is_rsa = key->signer.algorithm == SCEAU_DKIM_RSA_SHA256;
    int der_len = is_rsa ? i2d_PUBKEY(key->pkey, NULL) : ED25519_KEY_OCTETS;
    size_t len = der_len > 0 ? (size_t)der_len : 0;
    unsigned char *octets = sceau_arena_alloc(arena, len), *end = octets;
    bool is_done = octets != NULL && len > 0;
    if (is_done && is_rsa)
        is_done = i2d_PUBKEY(key->pkey, &end) == der_len;
    else if (is_done)
        is_done = EVP_PKEY_get_raw_public_key(key->pkey, octets, &len) == 1;
    return is_done ? (struct sceau_slice){(const char *)octets, len} : SLICE_NONE;
}

struct sceau_slice
sceau_private_key_record(struct sceau_arena *arena, const struct sceau_signer *signer)
{
    const struct private_key *key = (const struct private_key *)signer;
    bool is_rsa = signer->algorithm == SCEAU_DKIM_RSA_SHA256;
    struct sceau_slice octets = public_octets(arena, key);
    struct sceau_slice base64 = octets.ptr ? base64_encoded(arena, octets) : octets;
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "v=DKIM1; k=%s; p=", is_rsa ? "rsa" : "ed25519");
    text_slice(&t, base64);
    return base64.ptr != NULL ? text_done(&t) : SLICE_NONE;
}
