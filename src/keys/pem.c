/* OpenSSL's private keys to and from PEM. What it writes goes through a memory BIO that
 * wipes itself. */
#include "pem.h"

#include "core/slice.h"
#include "core/text.h"

#include <limits.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

void
keys_wipe(void *octets, size_t len)
{
    OPENSSL_cleanse(octets, len);
}

void
keys_pem_wipe(struct keys_pem *pem)
{
    keys_wipe(pem->octets, sizeof pem->octets);
    pem->len = 0;
}

struct sceau_slice
keys_pem_text(const struct keys_pem *pem)
{
    return (struct sceau_slice){pem->octets, pem->len};
}

/* Write a key, with the pass phrase if there is one. */
static bool
write_pem(EVP_PKEY *pkey, struct sceau_slice pass_phrase, struct keys_pem *pem)
{
    bool is_locked = pass_phrase.len > 0;
    BIO *bio = BIO_new(BIO_s_secmem()); /* freed memory is wiped */
    int len = 0;
    bool is_written =
        bio != NULL &&
        PEM_write_bio_PKCS8PrivateKey(bio, pkey, is_locked ? EVP_aes_256_cbc() : NULL,
                                      is_locked ? pass_phrase.ptr : NULL,
                                      (int)pass_phrase.len, NULL, NULL) == 1;
    if (is_written)
        len = BIO_read(bio, pem->octets, sizeof pem->octets);
    pem->len = len > 0 ? (size_t)len : 0;
    BIO_free(bio);
    return pem->len > 0 && pem->len < sizeof pem->octets;
}

/* For OpenSSL: the pass phrase, or none; nobody is asked at a terminal. */
static int
give_pass_phrase(char *buffer, int size, int is_writing, void *self)
{
    const struct sceau_slice *pass_phrase = self;
    (void)is_writing;
    if (pass_phrase->len == 0 || pass_phrase->len > (size_t)size)
        return -1;
    memcpy(buffer, pass_phrase->ptr, pass_phrase->len);
    return (int)pass_phrase->len;
}

static EVP_PKEY *
read_pem(struct sceau_slice text, struct sceau_slice pass_phrase)
{
    if (text.len == 0 || text.len > INT_MAX)
        return NULL;
    BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    EVP_PKEY *pkey = bio == NULL ? NULL
                                 : PEM_read_bio_PrivateKey(bio, NULL, give_pass_phrase,
                                                           &pass_phrase);
    BIO_free(bio);
    return pkey;
}

bool
keys_pem_generate(enum sceau_dkim_algorithm algorithm, unsigned bits,
                  struct keys_pem *pem)
{
    ERR_set_mark();
    EVP_PKEY *pkey = algorithm == SCEAU_DKIM_ED25519_SHA256
                         ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                         : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
    bool is_made = pkey != NULL && write_pem(pkey, SLICE_NONE, pem);
    EVP_PKEY_free(pkey);
    ERR_pop_to_mark();
    return is_made;
}

static bool
has_text(struct sceau_slice text, const char *word)
{
    return text.len > 0 && memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

const char *
keys_pem_open(struct sceau_slice text, struct sceau_slice pass_phrase,
              struct keys_pem *pem)
{
    ERR_set_mark();
    EVP_PKEY *pkey = read_pem(text, pass_phrase);
    bool is_written = pkey != NULL && write_pem(pkey, SLICE_NONE, pem);
    bool is_locked = has_text(text, "ENCRYPTED");
    EVP_PKEY_free(pkey);
    ERR_pop_to_mark();
    if (is_written)
        return NULL;
    if (pkey != NULL)
        return N_("OpenSSL cannot write the key");
    if (!is_locked)
        return N_("no private key in PEM");
    return pass_phrase.len == 0
               ? N_("the key has a pass phrase: name its file in keys.passphrase_file")
               : N_("the pass phrase in keys.passphrase_file does not open the key");
}

bool
keys_pem_lock(const struct keys_pem *pem, struct sceau_slice pass_phrase,
              struct keys_pem *locked)
{
    ERR_set_mark();
    EVP_PKEY *pkey = read_pem(keys_pem_text(pem), SLICE_NONE);
    bool is_written = pkey != NULL && write_pem(pkey, pass_phrase, locked);
    EVP_PKEY_free(pkey);
    ERR_pop_to_mark();
    return is_written;
}
