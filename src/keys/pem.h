/* Private keys as PEM text: made, opened, locked with a pass phrase. Memory with a private
 * key in it is wiped before it is given back. */
#ifndef KEYS_PEM_H
#define KEYS_PEM_H

#include "sceau/dkim.h"

#define KEYS_RSA_BITS_MIN 2048 /* that are made; RFC 8301 section 3.2 asks for 1024 */
#define KEYS_RSA_BITS_MAX 4096
#define KEYS_PEM_MAX      ((size_t)16 * 1024) /* octets of one key */

/* The text of one private key: on the stack of whoever has it. */
struct keys_pem {
    size_t len;
    char octets[KEYS_PEM_MAX];
};

/* A new key: RSA of `bits`, or Ed25519. PKCS #8, not encrypted. False when OpenSSL cannot. */
bool keys_pem_generate(enum sceau_dkim_algorithm algorithm, unsigned bits,
                       struct keys_pem *pem);

/* The first private key in a text (PKCS #1 or #8, a pass phrase on it or not) as PKCS #8
 * without one. NULL, or why not: static text. */
const char *keys_pem_open(struct sceau_slice text, struct sceau_slice pass_phrase,
                          struct keys_pem *pem);

/* The same key under a pass phrase (PKCS #8, PBES2, AES-256). False when OpenSSL cannot. */
bool keys_pem_lock(const struct keys_pem *pem, struct sceau_slice pass_phrase,
                   struct keys_pem *locked);

struct sceau_slice keys_pem_text(const struct keys_pem *pem);
void keys_pem_wipe(struct keys_pem *pem);

/* Wipe octets that held a secret: the compiler does not leave it out. */
void keys_wipe(void *octets, size_t len);

#endif
