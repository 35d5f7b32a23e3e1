/* TLSA rdata, and records against chains made on the spot: an anchor, a server's
 * certificate that it signed, an expired one, a stranger's. */
#include "tlsa.h"

#include "../../tests/unit.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define NOW 1790000000 /* 2026-09-21 */
#define DAY 86400

#define D32 "0123456789abcdef0123456789abcdef"
#define D64 D32 D32

static const struct {
    const char *rdata;
    size_t len;
    enum sceau_status status;
    size_t offset;
    const char *why;
} rdatas[] = {
    {"\003\001\001" D32,     35, SCEAU_OK,       0, "3 1 1"                        },
    {"\002\000\002" D64,     67, SCEAU_OK,       0, "2 0 2"                        },
    {"\000\000\000x",        4,  SCEAU_OK,       0, "any octets without a digest"  },
    {"",                     0,  SCEAU_E_SYNTAX, 0, "nothing"                      },
    {"\003\001\001",         3,  SCEAU_E_SYNTAX, 3, "no data"                      },
    {"\004\001\001" D32,     35, SCEAU_E_SYNTAX, 0, "usage 4"                      },
    {"\377\001\001" D32,     35, SCEAU_E_SYNTAX, 0, "private use: nothing to match"},
    {"\003\002\001" D32,     35, SCEAU_E_SYNTAX, 1, "selector 2"                   },
    {"\003\001\003" D32,     35, SCEAU_E_SYNTAX, 2, "matching 3"                   },
    {"\003\001\001" D32 "x", 36, SCEAU_E_SYNTAX, 3, "33 octets of SHA-256"         },
    {"\003\001\002" D32,     35, SCEAU_E_SYNTAX, 3, "32 octets of SHA-512"         },
};

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rdatas / sizeof *rdatas; i++) {
        struct sceau_slice rdata =
            unit_copy((struct sceau_slice){rdatas[i].rdata, rdatas[i].len});
        struct tlsa record;
        struct sceau_diag diag = {0};
        UNIT_CASE(rdatas[i].why);
        assert_int_equal(tlsa_parse(rdata, &record, &diag), rdatas[i].status);
        if (rdatas[i].status == SCEAU_E_SYNTAX)
            assert_int_equal(diag.offset, rdatas[i].offset);
        unit_free(rdata);
    }
}

static void
keeps_the_limit(void **state)
{
    static char rdata[3 + TLSA_DATA_MAX + 1];
    struct tlsa record;
    struct sceau_diag diag;
    (void)state;
    assert_int_equal(tlsa_parse((struct sceau_slice){rdata, sizeof rdata - 1}, &record,
                                &diag),
                     SCEAU_OK);
    assert_int_equal(tlsa_parse((struct sceau_slice){rdata, sizeof rdata}, &record,
                                &diag),
                     SCEAU_E_LIMIT);
}

static void
prints(void **state)
{
    struct tlsa record;
    struct sceau_diag diag;
    struct text t = text_new(unit_arena, SIZE_MAX);
    (void)state;
    tlsa_parse((struct sceau_slice){"\002\000\000\000\377z", 6}, &record, &diag);
    tlsa_present(&t, &record);
    assert_slice(text_done(&t), "2 0 0 00ff7a");
}

/* ---- certificates ---- */

struct pair {
    EVP_PKEY *key;
    X509 *x509;
    struct sceau_slice der;
};

static void
add_extension(X509 *x509, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    assert_non_null(extension);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

/* A certificate for `name` that `issuer` (NULL: itself) signed. */
static struct pair
make(const char *name, const struct pair *issuer, int64_t until)
{
    struct pair pair = {.key = EVP_EC_gen("P-256"), .x509 = X509_new()};
    char san[128];
    unsigned char *der = NULL;
    X509_set_version(pair.x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(pair.x509), (long)until);
    ASN1_TIME_set(X509_getm_notBefore(pair.x509), NOW - 400 * DAY);
    ASN1_TIME_set(X509_getm_notAfter(pair.x509), until);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(pair.x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(pair.x509,
                         X509_get_subject_name(issuer ? issuer->x509 : pair.x509));
    X509_set_pubkey(pair.x509, pair.key);
    snprintf(san, sizeof san, "DNS:%s", name);
    if (issuer == NULL)
        add_extension(pair.x509, NID_basic_constraints, "critical,CA:TRUE");
    else
        add_extension(pair.x509, NID_subject_alt_name, san);
    assert_true(X509_sign(pair.x509, issuer ? issuer->key : pair.key, EVP_sha256()) >
                0);
    pair.der.len = (size_t)i2d_X509(pair.x509, &der);
    pair.der.ptr = (const char *)der;
    return pair;
}

static void
pair_clear(struct pair *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->x509);
    OPENSSL_free((void *)(uintptr_t)pair->der.ptr);
}

enum who {
    ANCHOR,
    SERVER,
    EXPIRED,
    STRANGER,
    WHO_COUNT
};

/* A record of these numbers for a certificate. */
static struct tlsa
record_for(const struct pair *pair, uint8_t usage, uint8_t selector, uint8_t matching,
           unsigned char digest[EVP_MAX_MD_SIZE])
{
    struct tlsa record = {usage, selector, matching, pair->der};
    unsigned len = 0;
    unsigned char *key = NULL;
    if (selector == 1) {
        record.data.len =
            (size_t)i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pair->x509), &key);
        record.data.ptr = (const char *)key;
    }
    if (matching > 0) {
        EVP_Digest(record.data.ptr, record.data.len, digest, &len,
                   matching == 1 ? EVP_sha256() : EVP_sha512(), NULL);
        record.data = (struct sceau_slice){(const char *)digest, len};
    } else if (selector == 1) {
        record.data = slice_copy(unit_arena, record.data);
    }
    OPENSSL_free(key);
    return record;
}

static const struct {
    uint8_t usage, selector, matching;
    enum who of;       /* the record is made for it */
    enum who chain[2]; /* what the server sends */
    size_t sent;
    const char *name;
    enum tlsa_match want;
    const char *why;
} cases[] = {
    {3, 1, 1, SERVER,   {SERVER, ANCHOR},   2, "mx.test",    TLSA_MATCHES,  "the usual one"                          },
    {3,
     0,    2,
     SERVER,            {SERVER, ANCHOR},
     2,                                        "mx.test",
     TLSA_MATCHES,                                                          "the certificate's SHA-512"              },
    {3, 1, 0, SERVER,   {SERVER, ANCHOR},   1, "mx.test",    TLSA_MATCHES,  "the key itself"                         },
    {3,
     0,    0,
     SERVER,            {SERVER, ANCHOR},
     1,                                        "mx.test",
     TLSA_MATCHES,                                                          "the certificate itself"                 },
    {3,
     1,    1,
     EXPIRED,           {EXPIRED, ANCHOR},
     2,                                        "mx.test",
     TLSA_MATCHES,                                                          "DANE-EE: dates do not count"            },
    {3,
     1,    1,
     SERVER,            {SERVER, ANCHOR},
     2,                                        "other.test",
     TLSA_MATCHES,                                                          "DANE-EE: names do not count"            },
    {3, 1, 1, STRANGER, {SERVER, ANCHOR},   2, "mx.test",    TLSA_DIFFERS,  "another key"                            },
    {3,
     1,    1,
     ANCHOR,            {SERVER, ANCHOR},
     2,                                        "mx.test",
     TLSA_DIFFERS,                                                          "DANE-EE: the server's own only"         },
    {2,
     1,    1,
     ANCHOR,            {SERVER, ANCHOR},
     2,                                        "mx.test",
     TLSA_MATCHES,                                                          "a chain to the anchor"                  },
    {2,
     0,    1,
     ANCHOR,            {SERVER, ANCHOR},
     2,                                        "mx.test",
     TLSA_MATCHES,                                                          "by its certificate"                     },
    {2,
     1,    1,
     ANCHOR,            {SERVER, ANCHOR},
     1,                                        "mx.test",
     TLSA_DIFFERS,                                                          "the anchor was not sent"                },
    {2,
     1,    1,
     ANCHOR,            {SERVER, ANCHOR},
     2,                                        "other.test",
     TLSA_MISNAMED,                                                         "DANE-TA: names count"                   },
    {2,
     1,    1,
     ANCHOR,            {EXPIRED, ANCHOR},
     2,                                        "mx.test",
     TLSA_UNTRUSTED,                                                        "DANE-TA: dates count"                   },
    {2,
     1,    1,
     ANCHOR,            {STRANGER, ANCHOR},
     2,                                        "mx.test",
     TLSA_UNTRUSTED,                                                        "the anchor beside a foreign certificate"},
    {1,
     1,    1,
     SERVER,            {SERVER, ANCHOR},
     2,                                        "mx.test",
     TLSA_UNUSABLE,                                                         "PKIX-EE, RFC 7672 section 3.1.3"        },
    {0, 1, 1, ANCHOR,   {SERVER, ANCHOR},   2, "mx.test",    TLSA_UNUSABLE, "PKIX-TA"                                },
    {3, 1, 1, SERVER,   {SERVER, ANCHOR},   0, "mx.test",    TLSA_ABSENT,   "nothing was sent"                       },
};

static void
judges(void **state)
{
    struct pair pairs[WHO_COUNT];
    (void)state;
    pairs[ANCHOR] = make("Anchor", NULL, NOW + 100 * DAY);
    pairs[SERVER] = make("mx.test", &pairs[ANCHOR], NOW + 50 * DAY);
    pairs[EXPIRED] = make("mx.test", &pairs[ANCHOR], NOW - DAY);
    pairs[STRANGER] = make("mx.test", NULL, NOW + 50 * DAY);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char digest[EVP_MAX_MD_SIZE];
        struct sceau_slice sent[2] = {pairs[cases[i].chain[0]].der,
                                      pairs[cases[i].chain[1]].der};
        const struct tlsa_chain chain = {sent, cases[i].sent};
        struct sceau_slice name = sceau_slice_from(cases[i].name);
        struct tlsa record = record_for(&pairs[cases[i].of], cases[i].usage,
                                        cases[i].selector, cases[i].matching, digest);
        UNIT_CASE(cases[i].why);
        assert_int_equal(tlsa_judge(&record, &chain, &name, 1, NOW), cases[i].want);
        assert_true(strlen(tlsa_match_sentence(cases[i].want)) > 0);
    }
    uint8_t data[TLSA_DIGEST];
    struct tlsa own;
    const struct tlsa_chain alone = {&pairs[SERVER].der, 1};
    assert_true(tlsa_for(pairs[SERVER].der, data, &own));
    assert_int_equal(tlsa_judge(&own, &alone, NULL, 0, NOW), TLSA_MATCHES);
    assert_false(tlsa_for(SCEAU_SLICE("no certificate"), data, &own));
    for (size_t i = 0; i < WHO_COUNT; i++)
        pair_clear(&pairs[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(keeps_the_limit),
        cmocka_unit_test(prints),
        cmocka_unit_test(judges),
    };
    return cmocka_run_group_tests_name("check/tlsa", tests, unit_arena_up,
                                       unit_arena_down);
}
