/* RSA keys in DER: what OpenSSL writes is read; what is almost that is not. */
#include "der.h"

#include "../../tests/unit.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>

/* RSAPublicKey with a 16-bit modulus (0xc001) and exponent 3. */
#define BARE           "\x30\x08\x02\x03\x00\xc0\x01\x02\x01\x03"
#define RSA_ENCRYPTION "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"

static const struct {
    struct sceau_slice der;
    bool is_key;
    const char *why;
} cases[] = {
#define CASE(der, is_key, why)       \
 {                                   \
  {der, sizeof der - 1}, is_key, why \
 }
    CASE(BARE, true, "bare PKCS #1"),
    CASE("\x30\x1c" RSA_ENCRYPTION "\x03\x0b\x00" BARE, true, "SubjectPublicKeyInfo"),
    CASE("", false, "nothing"),
    CASE("\x30", false, "a type without length"),
    CASE(BARE "\x00", false, "an octet behind the key"),
    CASE("\x30\x1d" RSA_ENCRYPTION "\x03\x0c\x00" BARE "\x00", false,
         "an octet behind the inner key"),
    CASE("\x30\x1c" RSA_ENCRYPTION "\x03\x0b\x01" BARE, false,
         "unused bits in the BIT STRING"),
    CASE(
        "\x30\x1a\x30\x0b\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x05\x00\x03\x0b\x00" BARE,
        false, "another algorithm"),
    CASE("\x31\x08\x02\x03\x00\xc0\x01\x02\x01\x03", false, "a SET"),
    CASE("\x30\x09\x02\x03\x00\xc0\x01\x02\x01\x03", false, "a length beyond the end"),
    CASE("\x30\x07\x02\x03\x00\xc0\x01\x02\x01\x03", false, "a length short of it"),
    CASE("\x30\x81\x08\x02\x03\x00\xc0\x01\x02\x01\x03", false,
         "a length not in its shortest form"),
    CASE("\x30\x80\x02\x03\x00\xc0\x01\x02\x01\x03\x00\x00", false,
         "an indefinite length"),
    CASE("\x30\x84\x00\x00\x00\x08\x02\x03\x00\xc0\x01\x02\x01\x03", false,
         "a length of four octets"),
    CASE("\x30\x07\x02\x02\xc0\x01\x02\x01\x03", false, "a negative modulus"),
    CASE("\x30\x08\x02\x03\x00\x40\x01\x02\x01\x03", false,
         "a sign octet where none is needed"),
    CASE("\x30\x06\x02\x01\x00\x02\x01\x03", false, "modulus zero"),
    CASE("\x30\x05\x02\x03\x00\xc0\x01", false, "no exponent"),
    CASE("\x30\x0b\x02\x03\x00\xc0\x01\x02\x01\x03\x02\x01\x01", false,
         "a third number"),
    CASE("\x30\x07\x02\x03\x00\xc0\x01\x02\x00", false, "an empty exponent"),
};

static void
reads_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_slice der = unit_copy(cases[i].der);
        struct der_rsa key;
        bool is_key = der_rsa_read(der, &key);
        if (is_key != cases[i].is_key)
            fprintf(stderr, "%s\n", cases[i].why);
        assert_int_equal(is_key, cases[i].is_key);
        if (is_key) {
            assert_int_equal(der_bits(key.modulus), 16);
            assert_int_equal(der_bits(key.exponent), 2);
        }
        unit_free(der);
    }
}

/* OpenSSL as the judge: its own encodings, and each of their octets changed. */
static void
agrees_with_openssl(void **state)
{
    (void)state;
    EVP_PKEY *pkey = EVP_RSA_gen(1024);
    unsigned char *info = NULL, *bare = NULL;
    int info_len = i2d_PUBKEY(pkey, &info), bare_len = i2d_PublicKey(pkey, &bare);
    struct der_rsa from_info, from_bare;
    assert_true(
        der_rsa_read((struct sceau_slice){(char *)info, (size_t)info_len}, &from_info));
    assert_true(
        der_rsa_read((struct sceau_slice){(char *)bare, (size_t)bare_len}, &from_bare));
    assert_true(slice_eq(from_info.modulus, from_bare.modulus));
    assert_true(slice_eq(from_info.exponent, from_bare.exponent));
    assert_int_equal(der_bits(from_info.modulus), 1024);
    assert_int_equal(der_bits(from_info.exponent), 17);
    for (int i = 0; i < info_len; i++) {
        struct der_rsa ours;
        info[i] ^= 0x11;
        const unsigned char *p = info;
        EVP_PKEY *theirs = d2i_PUBKEY(NULL, &p, info_len);
        /* Never laxer than OpenSSL. */
        if (der_rsa_read((struct sceau_slice){(char *)info, (size_t)info_len}, &ours))
            assert_non_null(theirs);
        EVP_PKEY_free(theirs);
        info[i] ^= 0x11;
    }
    OPENSSL_free(info);
    OPENSSL_free(bare);
    EVP_PKEY_free(pkey);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_keys),
        cmocka_unit_test(agrees_with_openssl),
    };
    return cmocka_run_group_tests_name("dkim/der", tests, NULL, NULL);
}
