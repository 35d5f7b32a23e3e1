/* TLSA: the octets of RFC 6698 section 2.1, and the comparison of RFC 7672 section 3.1 with
 * the certificates of a TLS handshake. No network here. */
#include "tlsa.h"

#include "language/language.h"

#include <limits.h>

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

enum {
    USAGE_DANE_TA = 2,
    USAGE_DANE_EE = 3,
    SELECTOR_KEY = 1,
    MATCHING_FULL = 0,
    CHAIN_MAX = 20,
};

/* Octets of the data by matching type; 0: any. */
static const size_t digest_octets[] = {0, 32, 64};

static enum sceau_status
refuse(struct sceau_diag *diag, size_t offset, const char *expected)
{
    *diag = (struct sceau_diag){offset, expected};
    return SCEAU_E_SYNTAX;
}

enum sceau_status
tlsa_parse(struct sceau_slice rdata, struct tlsa *record, struct sceau_diag *diag)
{
    const uint8_t *octets = (const uint8_t *)rdata.ptr;
    if (rdata.len < 4)
        return refuse(diag, rdata.len, "three numbers and the data");
    if (rdata.len - 3 > TLSA_DATA_MAX)
        return SCEAU_E_LIMIT;
    *record = (struct tlsa){octets[0], octets[1], octets[2], slice_skip(rdata, 3)};
    if (record->usage > USAGE_DANE_EE)
        return refuse(diag, 0, "a usage of 0 to 3");
    if (record->selector > SELECTOR_KEY)
        return refuse(diag, 1, "a selector of 0 or 1");
    if (record->matching >= sizeof digest_octets / sizeof *digest_octets)
        return refuse(diag, 2, "a matching type of 0 to 2");
    size_t wanted = digest_octets[record->matching];
    if (wanted != 0 && record->data.len != wanted)
        return refuse(diag, 3, wanted == 32 ? "32 octets of SHA-256" : "64 of SHA-512");
    return SCEAU_OK;
}

void
tlsa_present(struct text *t, const struct tlsa *record)
{
    text_format(t, "%u %u %u ", record->usage, record->selector, record->matching);
    for (size_t i = 0; i < record->data.len; i++)
        text_format(t, "%02x", (uint8_t)record->data.ptr[i]);
}

const char *
tlsa_match_sentence(enum tlsa_match match)
{
    switch (match) {
    case TLSA_MATCHES: return N_("fits the certificate");
    case TLSA_UNUSABLE: return N_("has usage 0 or 1, which SMTP leaves out");
    case TLSA_DIFFERS: return N_("fits no certificate that the server sent");
    case TLSA_UNTRUSTED: return N_("fits, but the chain does not lead to it");
    case TLSA_MISNAMED: return N_("fits, but the certificate names another host");
    case TLSA_ABSENT: return N_("finds no certificate");
    }
    return "";
}

/* ---- one certificate ---- */

static X509 *
read_certificate(struct sceau_slice der)
{
    const unsigned char *at = (const unsigned char *)der.ptr;
    if (der.len == 0 || der.len > LONG_MAX)
        return NULL;
    X509 *certificate = d2i_X509(NULL, &at, (long)der.len);
    if (certificate != NULL && at != (const unsigned char *)der.ptr + der.len) {
        X509_free(certificate);
        return NULL;
    }
    return certificate;
}

/* The octets that a selector means, OpenSSL's to free; their count, or 0. */
static size_t
selected(X509 *certificate, uint8_t selector, unsigned char **octets)
{
    int len = selector == SELECTOR_KEY
                  ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), octets)
                  : i2d_X509(certificate, octets);
    return len > 0 ? (size_t)len : 0;
}

/* The selected octets, or their digest, are the record's data. */
static bool
fits(const struct tlsa *record, X509 *certificate)
{
    unsigned char *octets = NULL, digest[EVP_MAX_MD_SIZE];
    unsigned digest_len = 0;
    size_t len = selected(certificate, record->selector, &octets);
    struct sceau_slice got = {(const char *)octets, len};
    if (record->matching != MATCHING_FULL) {
        const EVP_MD *md = record->matching == 1 ? EVP_sha256() : EVP_sha512();
        if (len == 0 || EVP_Digest(octets, len, digest, &digest_len, md, NULL) != 1)
            digest_len = 0;
        got = (struct sceau_slice){(const char *)digest, digest_len};
    }
    bool is_same = got.len > 0 && slice_eq(got, record->data);
    OPENSSL_free(octets);
    return is_same;
}

bool
tlsa_for(struct sceau_slice certificate, uint8_t out[TLSA_DIGEST], struct tlsa *record)
{
    unsigned char *octets = NULL;
    unsigned digest_len = 0;
    X509 *x509 = read_certificate(certificate);
    if (x509 == NULL)
        return false;
    size_t len = selected(x509, SELECTOR_KEY, &octets);
    bool is_done =
        len > 0 && EVP_Digest(octets, len, out, &digest_len, EVP_sha256(), NULL) == 1;
    *record = (struct tlsa){
        USAGE_DANE_EE, SELECTOR_KEY, 1,
        (struct sceau_slice){(const char *)out, TLSA_DIGEST}
    };
    OPENSSL_free(octets);
    X509_free(x509);
    return is_done;
}

/* ---- a chain ---- */

/* The chain as OpenSSL has it: pointers that it owns. */
struct chain {
    X509 *certificates[CHAIN_MAX];
    size_t count;
};

static struct chain
read_chain(const struct tlsa_chain *in)
{
    struct chain chain = {0};
    for (size_t i = 0; i < in->count && chain.count < CHAIN_MAX; i++) {
        X509 *certificate = read_certificate(in->certificates[i]);
        if (certificate == NULL)
            break; /* what follows hangs on nothing */
        chain.certificates[chain.count++] = certificate;
    }
    return chain;
}

static void
chain_clear(struct chain *chain)
{
    for (size_t i = 0; i < chain->count; i++)
        X509_free(chain->certificates[i]);
}

static bool
is_named(X509 *certificate, const struct sceau_slice *names, size_t name_count)
{
    for (size_t i = 0; i < name_count; i++) {
        if (names[i].len > 0 &&
            X509_check_host(certificate, names[i].ptr, names[i].len,
                            X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1)
            return true;
    }
    return false;
}

/* Does the server's certificate lead to `anchor` by the others, valid at `now`? */
static bool
leads_to(const struct chain *chain, X509 *anchor, int64_t now)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    bool is_valid = false;
    for (size_t i = 1; others != NULL && i < chain->count; i++)
        sk_X509_push(others, chain->certificates[i]);
    if (store != NULL && context != NULL && others != NULL &&
        X509_STORE_add_cert(store, anchor) == 1 &&
        X509_STORE_CTX_init(context, store, chain->certificates[0], others) == 1) {
        X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
        X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
        X509_VERIFY_PARAM_set_time(param, (time_t)now);
        is_valid = X509_verify_cert(context) == 1;
    }
    sk_X509_free(others);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return is_valid;
}

/* RFC 7672 section 3.1.2: the anchor is one of the certificates that were sent. */
static enum tlsa_match
judge_anchor(const struct tlsa *record, const struct chain *chain,
             const struct sceau_slice *names, size_t name_count, int64_t now)
{
    enum tlsa_match match = TLSA_DIFFERS;
    for (size_t i = 0; i < chain->count; i++) {
        if (!fits(record, chain->certificates[i]))
            continue;
        if (leads_to(chain, chain->certificates[i], now))
            return is_named(chain->certificates[0], names, name_count) ? TLSA_MATCHES
                                                                       : TLSA_MISNAMED;
        match = TLSA_UNTRUSTED;
    }
    return match;
}

enum tlsa_match
tlsa_judge(const struct tlsa *record, const struct tlsa_chain *in,
           const struct sceau_slice *names, size_t name_count, int64_t now)
{
    enum tlsa_match match;
    if (record->usage < USAGE_DANE_TA)
        return TLSA_UNUSABLE;
    struct chain chain = read_chain(in);
    if (chain.count == 0)
        match = TLSA_ABSENT;
    else if (record->usage == USAGE_DANE_EE)
        match = fits(record, chain.certificates[0]) ? TLSA_MATCHES : TLSA_DIFFERS;
    else
        match = judge_anchor(record, &chain, names, name_count, now);
    chain_clear(&chain);
    return match;
}
