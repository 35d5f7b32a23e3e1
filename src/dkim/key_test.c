/* Key records: which texts are one, which are used, what they mean. */
#include "key.h"

#include "../../tests/unit.h"
#include "fixture.h"

#define RSA_P     "p=" FIXTURE_RSA_P
#define ED25519_P "p=" FIXTURE_ED25519_P
/* The same RSA key as a bare RSAPublicKey. */
#define BARE_P                                                                         \
 "p=MIGJAoGBAOQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXoliLRC/H9vJjMI1v"   \
 "db3XLcW60AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszesbiGy1PlCO8c70/OjFnJVgvMF87YR4Lcinc" \
 "b7aSvI5MgpP6X8rjDdAgMBAAE="
/* 512 bits; 1024 bits with exponent 1; 1024 bits with an exponent of 72 bits. */
#define SHORT_P                                                                       \
 "p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALgSoqXVSEmfcIsOzw7oRuCCOwsmtX/SJnTWxYyj2leFxfS/" \
 "AVJ+dYfY+hXqMsT7l+MZvvh/R1WzN4MO/kISVf0CAwEAAQ=="

static const struct {
    const char *text;
    bool is_record;
    const char *refusal; /* NULL: a key */
    unsigned bits;
    const char *why;
} records[] = {
    {"v=DKIM1; k=rsa; " RSA_P,                   true,  NULL,                                           1024, "the common form"                      },
    {"v=DKIM1; " BARE_P,                         true,  NULL,                                           1024, "RSAPublicKey, as section 3.6.1 has it"},
    {RSA_P,                                      true,  NULL,                                           1024, "v= and k= have defaults"              },
    {"k=rsa;" RSA_P ";",                         true,  NULL,                                           1024, "a final semicolon"                    },
    {"v=DKIM1; k=ed25519; " ED25519_P,           true,  NULL,                                           256,  "RFC 8463 section 4.2"                 },
    {"v=DKIM1; g=; n=notes=20here; x=y; " RSA_P, true,  NULL,                                           1024,
     "g= is gone (appendix C.2), n= is for people, others are ignored"                                                                               },
    {"v=DKIM1; s=*; h=sha1:sha256; t=y; " RSA_P, true,  NULL,                                           1024, "everything said"                      },
    {"v=DKIM1; s=other : email; " RSA_P,         true,  NULL,                                           1024, "one service of several"               },
    {"v = DKIM1 ; p = " FIXTURE_RSA_P,           true,  NULL,                                           1024, "FWS around ="                         },
    {"",                                         false, "the record is no key record",                  0,    "an empty TXT"                         },
    {"v=spf1 -all",                              false, "the record is no key record",                  0,    "a wildcard's SPF record"              },
    {"site-verification=abc",                    false, "the record is no key record",                  0,
     "somebody's token: no tag-list"                                                                                                                 },
    {"x=BBBB",                                   false, "the record is no key record",                  0,    "a tag-list without v= and p="         },
    {"v=DKIM1.0; " RSA_P,                        false, "the record is no key record",                  0,
     "compared as text (section 3.6.1)"                                                                                                              },
    {"v=dkim1; " RSA_P,                          false, "the record is no key record",                  0,    "in upper case only"                   },
    {"k=rsa; v=DKIM1; " RSA_P,                   false, "the record is no key record",                  0,
     "v= must be first"                                                                                                                              },
    {"v=DKIM1; " RSA_P "; " RSA_P,               false, "the record is no key record",                  0,
     "a tag twice makes the list invalid"                                                                                                            },
    {"v=DKIM1;; " RSA_P,                         false, "the record is no key record",                  0,    "an empty tag"                         },
    {"v=DKIM1",                                  true,  "the key record has no p=",                     0,    "p= is required"                       },
    {"v=DKIM1; p=",                              true,  "the key is revoked",                           0,    "section 3.6.1, p="                    },
    {"v=DKIM1; p= ",                             true,  "the key is revoked",                           0,    "white space is not part of it"        },
    {"v=DKIM1; p=!!!!",                          true,  "p= is not base64",                             0,    "octets outside base64"                },
    {"v=DKIM1; p=AAAA",                          true,  "p= is not an RSA public key",                  0,    "three octets"                         },
    {"v=DKIM1; k=dsa; " RSA_P,                   true,  "k= names no key type we know",                 0,
     "unknown types are ignored"                                                                                                                     },
    {"v=DKIM1; k=; " RSA_P,                      true,  "k= names no key type we know",                 0,
     "an empty value is no default (section 3.2)"                                                                                                    },
    {"v=DKIM1; k=ed25519; " RSA_P,               true,  "p= is not an Ed25519 public key of 32 octets",
     0,                                                                                                       "an RSA key under another name"        },
    {"v=DKIM1; " ED25519_P,                      true,  "p= is not an RSA public key",                  0,
     "and the other way round"                                                                                                                       },
    {"v=DKIM1; k=ed25519; p=AAAA",               true,  "p= is not an Ed25519 public key of 32 octets",
     0,                                                                                                       "too short"                            },
    {"v=DKIM1; s=other; " RSA_P,                 true,  "the key is for another service (s=)",          0,
     "section 3.6.1, s="                                                                                                                             },
    {"v=DKIM1; s=; " RSA_P,                      true,  "the key is for another service (s=)",          0,
     "for no service"                                                                                                                                },
    {"v=DKIM1; h=sha1; " RSA_P,                  true,  "the key does not admit SHA-256 (h=)",          0,
     "section 6.1.2 step 6"                                                                                                                          },
    {"v=DKIM1; h=; " RSA_P,                      true,  "the key does not admit SHA-256 (h=)",          0,
     "no hash at all"                                                                                                                                },
    {"v=DKIM1; " SHORT_P,                        true,  "the RSA key has less than 1024 bits",          512,
     "RFC 8301 section 3.2"                                                                                                                          },
};

static void
reads_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        UNIT_CASE(records[i].why);
        struct sceau_slice text = unit_copy(sceau_slice_from(records[i].text));
        struct dkim_key key;
        assert_true(dkim_key_init(&key, text));
        if (records[i].refusal == NULL && key.refusal != NULL)
            fprintf(stderr, "%s: %s\n", records[i].why, key.refusal);
        if (records[i].refusal != NULL)
            assert_slice(sceau_slice_from(key.refusal), records[i].refusal);
        assert_int_equal(key.refusal == NULL, records[i].refusal == NULL);
        assert_int_equal(key.is_record, records[i].is_record);
        assert_int_equal(key.crypto != NULL, key.refusal == NULL);
        if (key.refusal == NULL || records[i].bits > 0)
            assert_int_equal(key.bits, records[i].bits);
        dkim_key_clear(&key);
        unit_free(text);
    }
}

static const struct {
    const char *t;
    bool is_testing, is_strict;
    const char *why;
} flags[] = {
    {"",          false, false, "no flag"                  },
    {"t=y; ",     true,  false, "testing"                  },
    {"t=s; ",     false, true,  "strict"                   },
    {"t=y : s; ", true,  true,  "both"                     },
    {"t=foo:s; ", false, true,  "unknown flags are ignored"},
    {"t=Y; ",     false, false, "in lower case only"       },
    {"t=ys; ",    false, false, "no list"                  },
};

static void
reads_flags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        char text[512];
        struct dkim_key key;
        UNIT_CASE(flags[i].why);
        snprintf(text, sizeof text, "v=DKIM1; %s%s", flags[i].t, RSA_P);
        assert_true(dkim_key_init(&key, sceau_slice_from(text)));
        assert_null(key.refusal);
        assert_int_equal(key.is_testing, flags[i].is_testing);
        assert_int_equal(key.is_strict, flags[i].is_strict);
        dkim_key_clear(&key);
    }
}

/* A record with an RSA key of these numbers, given as octets. */
static struct sceau_slice
rsa_record(struct sceau_arena *arena, size_t modulus_bits, struct sceau_slice exponent)
{
    size_t octets = (modulus_bits + 7) / 8;
    char *modulus = sceau_arena_alloc(arena, octets);
    memset(modulus, 0x5a, octets);
    modulus[0] = (char)(1 << ((modulus_bits - 1) % 8));
    modulus[octets - 1] = 0x5b;
    bool has_sign = (modulus[0] & 0x80) != 0;
    size_t n = octets + has_sign, e = exponent.len, inner = 4 + n + 2 + e;
    struct text der = text_new(arena, SIZE_MAX);
    text_slice(&der,
               (struct sceau_slice){
                   (char[]){0x30, (char)0x82, (char)(inner >> 8), (char)inner},
                   4
    });
    text_slice(&der, (struct sceau_slice){
                         (char[]){0x02, (char)0x82, (char)(n >> 8), (char)n},
                         4
    });
    if (has_sign)
        text_octet(&der, 0);
    text_slice(&der, (struct sceau_slice){modulus, octets});
    text_octet(&der, 0x02);
    text_octet(&der, (char)e);
    text_slice(&der, exponent);
    struct text record = text_new(arena, SIZE_MAX);
    text_string(&record, "v=DKIM1; p=");
    text_slice(&record, base64_encoded(arena, text_so_far(&der)));
    return text_done(&record);
}

static const struct {
    size_t bits;
    const char *exponent;
    size_t exponent_len;
    const char *refusal;
    const char *why;
} sizes[] = {
  /* DER lengths of two octets begin at 256: smaller keys stand in the table above. */
    {2048,  "\x01\x00\x01",                         3, NULL,                                                 "an everyday key"                          },
    {2048,  "\x03",                                 1, NULL,                                                 "the least exponent (RFC 8017 section 3.1)"},
    {2048,  "\x01",                                 1, "the RSA key has an exponent that no signer chooses",
     "everyone could sign"                                                                                                                              },
    {2048,  "\x04",                                 1, "the RSA key has an exponent that no signer chooses",
     "an even one"                                                                                                                                      },
    {2048,  "\x7f\xff\xff\xff\xff\xff\xff\xff",     8, NULL,                                                 "63 bits"                                  },
    {2048,  "\x01\xff\xff\xff\xff\xff\xff\xff\xff", 9,
     "the RSA key has an exponent that no signer chooses",                                                   "65 bits: section 8.13"                    },
    {2049,  "\x01\x00\x01",                         3, NULL,                                                 "no multiple of eight"                     },
    {8192,  "\x01\x00\x01",                         3, NULL,                                                 "the largest"                              },
    {8193,  "\x01\x00\x01",                         3, "the RSA key has more than 8192 bits",                "one bit more"                             },
    {16384, "\x01\x00\x01",                         3, "the RSA key has more than 8192 bits",                "twice as many"                            },
};

static void
keeps_rsa_within_bounds(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct dkim_key key;
        UNIT_CASE(sizes[i].why);
        struct sceau_slice exponent = {sizes[i].exponent, sizes[i].exponent_len};
        assert_true(dkim_key_init(&key, rsa_record(arena, sizes[i].bits, exponent)));
        if (sizes[i].refusal == NULL && key.refusal != NULL)
            fprintf(stderr, "%s: %s\n", sizes[i].why, key.refusal);
        if (sizes[i].refusal == NULL)
            assert_null(key.refusal);
        else
            assert_slice(sceau_slice_from(key.refusal), sizes[i].refusal);
        assert_int_equal(key.bits, sizes[i].bits);
        dkim_key_clear(&key);
    }
    sceau_arena_free(arena);
}

/* A record of 4096 octets is read, one octet more is not. */
static void
keeps_its_length_limit(void **state)
{
    (void)state;
    char text[SCEAU_DKIM_KEY_RECORD_MAX + 1];
    struct dkim_key key;
    memset(text, ' ', sizeof text);
    memcpy(text, "v=DKIM1; " RSA_P, sizeof "v=DKIM1; " RSA_P - 1);
    assert_true(dkim_key_init(&key, (struct sceau_slice){text, sizeof text - 1}));
    assert_null(key.refusal);
    dkim_key_clear(&key);
    assert_true(dkim_key_init(&key, (struct sceau_slice){text, sizeof text}));
    assert_slice(sceau_slice_from(key.refusal),
                 "the record is longer than 4096 octets");
    dkim_key_clear(&key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_records),
        cmocka_unit_test(reads_flags),
        cmocka_unit_test(keeps_rsa_within_bounds),
        cmocka_unit_test(keeps_its_length_limit),
    };
    return cmocka_run_group_tests_name("dkim/key", tests, NULL, NULL);
}
