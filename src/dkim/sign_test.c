/* What we sign, our own verifier passes, and what somebody changes it does not. */
#include "sign.h"

#include "sceau/dkim.h"

#include "../../tests/unit.h"
#include "fixture.h"

#define ZONE                                                        \
 "r._domainkey.example.com. TXT \"v=DKIM1; p=" FIXTURE_RSA_P "\"\n" \
 "e._domainkey.example.com. TXT \"v=DKIM1; k=ed25519; p=" FIXTURE_ED25519_P "\"\n"

/* RFC 8463 appendix A as PKCS #8. */
static const char ed25519_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

#define HEAD                                                                     \
 "From: Ann <ann@example.com>\r\nTo: bob@example.org\r\nSubject: hello  you\r\n" \
 "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\nMessage-ID: <1@example.com>\r\n"

static struct sceau_signer *
key_of(bool is_ed25519)
{
    const char *reason;
    struct sceau_signer *key = sceau_private_key_parse(
        sceau_slice_from(is_ed25519 ? ed25519_pem : fixture_rsa_pem), &reason);
    assert_non_null(key);
    assert_null(reason);
    return key;
}

/* The message with one DKIM-Signature on top. */
static struct sceau_slice
sign(struct fixture *f, struct sceau_slice octets, bool is_ed25519,
     const struct sceau_dkim_signing_options *options)
{
    struct fixture_message m = fixture_read(f->arena, octets);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(f->arena);
    struct sceau_dkim_signing *signing =
        sceau_dkim_signing_start(&f->context, hashes, options);
    struct sceau_signer *key = key_of(is_ed25519);
    struct sceau_slice value;
    assert_non_null(signing);
    sceau_body_hashes_update(hashes, m.body);
    sceau_body_hashes_finish(hashes);
    assert_int_equal(sceau_dkim_signing_finish(&f->context, signing, &m.header, key,
                                               &value),
                     SCEAU_OK);
    sceau_body_hashes_free(hashes);
    sceau_private_key_free(key);
    struct text t = text_new(f->arena, SIZE_MAX);
    text_string(&t, "DKIM-Signature: ");
    text_slice(&t, value);
    text_string(&t, "\r\n");
    text_slice(&t, octets);
    return text_done(&t);
}

/* No line of the header is longer than that. */
static void
assert_lines(struct sceau_slice message, size_t most)
{
    struct sceau_slice line;
    while (slice_next(&message, '\n', &line) && line.len > 1)
        assert_true(line.len <= most + 1);
}

static const struct {
    const char *message;
    const char *why;
} messages[] = {
    {HEAD "\r\nHi.\r\n",                                                           "plain"                                },
    {HEAD "\r\n",                                                                  "no body: simple makes one CRLF of it" },
    {HEAD "\r\n\r\n\r\n \t\r\n",                                                   "empty lines at the end"               },
    {HEAD "\r\nno line end",                                                       "a last line without CRLF"             },
    {HEAD "Cc: a@b.test,\r\n\t c@d.test  \r\n\r\nHi  there \t\r\n",
     "folds and white space"                                                                                              },
    {HEAD "X-8bit: \xff\xfe\r\n\r\n\xff\r\n",                                      "8-bit octets"                         },
    {"To: bob@example.org\r\n\r\nHi.\r\n",                                         "no From at all: its absence is signed"},
    {HEAD "From: Eve <eve@example.com>\r\n\r\nHi.\r\n",
     "two From fields: both are signed"                                                                                   },
    {HEAD "List-Id: <l.example.com>\r\nList-Unsubscribe: <https://l.test/u>\r\n"
          "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nHi.\r\n", "list fields"                          },
};

static void
passes_our_verifier(void **state)
{
    (void)state;
    for (unsigned form = 0; form < 8; form++) {
        struct fixture f;
        bool is_ed25519 = form & 1;
        struct sceau_dkim_signing_options options = {
            .domain = SCEAU_SLICE("example.com"),
            .selector = sceau_slice_from(is_ed25519 ? "e" : "r"),
            .header_canonicalization = form & 2 ? SCEAU_RELAXED : SCEAU_SIMPLE,
            .body_canonicalization = form & 4 ? SCEAU_RELAXED : SCEAU_SIMPLE,
            .identity = form & 1 ? SCEAU_SLICE("@mail.example.com") : SCEAU_SLICE(""),
            .timestamp = form & 2 ? 1700000000 : -1,
            .expiration = form & 2 ? 1700604800 : -1,
        };
        fixture_init(&f, ZONE, 1700000000);
        for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
            UNIT_CASE(messages[i].why);
            const struct sceau_dkim_outcome *o;
            struct sceau_slice done =
                sign(&f, sceau_slice_from(messages[i].message), is_ed25519, &options);
            assert_lines(done, 78);
            assert_int_equal(fixture_verify(&f, done, "example.com", &o), 1);
            if (o->result != SCEAU_DKIM_PASS)
                fail_msg("%s: %s\n%s", messages[i].why, o->reason, done.ptr);
            assert_int_equal(o->timestamp, options.timestamp);
            assert_int_equal(o->expiration, options.expiration);
        }
        fixture_clear(&f);
    }
}

/* What somebody on the way may do to a signed message. */
static const struct {
    const char *added; /* on top, below the signature */
    bool passes;
    const char *why;
} changes[] = {
    {"Received: by x\r\n",                       true,  "trace fields are not signed"},
    {"List-Id: <l.example.net>\r\n",             true,  "a list may add its fields"  },
    {"Reply-To: list@example.net\r\n",           true,  "and Reply-To"               },
    {"Sender: list@example.net\r\n",             true,  "and Sender"                 },
    {"From: Eve <eve@evil.test>\r\n",            false, "a second From"              },
    {"Subject: another\r\n",                     false, "a second Subject"           },
    {"To: eve@evil.test\r\n",                    false, "a second To"                },
    {"Cc: eve@evil.test\r\n",                    false, "a Cc where there was none"  },
    {"Date: Sat, 1 Jan 2000 00:00:00 +0000\r\n", false, "a second Date"              },
};

static void
keeps_what_matters(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_dkim_signing_options options = {
        .domain = SCEAU_SLICE("example.com"),
        .selector = SCEAU_SLICE("r"),
        .header_canonicalization = SCEAU_RELAXED,
        .body_canonicalization = SCEAU_RELAXED,
        .timestamp = -1,
        .expiration = -1,
    };
    fixture_init(&f, ZONE, 1700000000);
    struct sceau_slice done =
        sign(&f, SCEAU_SLICE(HEAD "\r\nHi.\r\n"), false, &options);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        UNIT_CASE(changes[i].why);
        const struct sceau_dkim_outcome *o;
        struct text t = text_new(f.arena, SIZE_MAX);
        text_string(&t, changes[i].added);
        text_slice(&t, done);
        assert_int_equal(fixture_verify(&f, text_done(&t), "example.com", &o), 1);
        if ((o->result == SCEAU_DKIM_PASS) != changes[i].passes)
            fail_msg("%s: %s", changes[i].why, sceau_dkim_result_name(o->result));
    }
    fixture_clear(&f);
}

/* h= as the caller names it, however long. */
static void
signs_the_names_it_is_given(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_slice names[SCEAU_DKIM_H_MAX];
    struct sceau_dkim_signing_options options = {
        .domain = SCEAU_SLICE("example.com"),
        .selector = SCEAU_SLICE("r"),
        .names = names,
        .name_count = SCEAU_DKIM_H_MAX,
        .timestamp = -1,
        .expiration = -1,
    };
    const struct sceau_dkim_outcome *o;
    for (size_t i = 0; i < SCEAU_DKIM_H_MAX; i++)
        names[i] = i % 2 ? SCEAU_SLICE("From") : SCEAU_SLICE("X-Something-Quite-Long");
    fixture_init(&f, ZONE, 1700000000);
    struct sceau_slice done =
        sign(&f, SCEAU_SLICE(HEAD "\r\nHi.\r\n"), false, &options);
    assert_lines(done, 78);
    assert_int_equal(fixture_verify(&f, done, "example.com", &o), 1);
    assert_int_equal(o->result, SCEAU_DKIM_PASS);
    fixture_clear(&f);
}

/* A header that names one field more often than h= may hold is not signed by halves. */
static void
refuses_too_many_fields(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_dkim_signing_options options = {.domain = SCEAU_SLICE("example.com"),
                                                 .selector = SCEAU_SLICE("r")};
    fixture_init(&f, ZONE, 1700000000);
    struct text t = text_new(f.arena, SIZE_MAX);
    for (size_t i = 0; i < SCEAU_DKIM_H_MAX; i++)
        text_string(&t, "To: a@b.test\r\n");
    text_string(&t, "\r\nHi.\r\n");
    struct fixture_message m = fixture_read(f.arena, text_done(&t));
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(f.arena);
    struct sceau_dkim_signing *signing =
        sceau_dkim_signing_start(&f.context, hashes, &options);
    struct sceau_signer *key = key_of(false);
    struct sceau_slice value;
    sceau_body_hashes_finish(hashes);
    assert_int_equal(sceau_dkim_signing_finish(&f.context, signing, &m.header, key,
                                               &value),
                     SCEAU_E_LIMIT);
    sceau_private_key_free(key);
    sceau_body_hashes_free(hashes);
    fixture_clear(&f);
}

static const struct {
    const char *pem;
    const char *reason; /* NULL: a key */
    const char *record;
    const char *why;
} keys[] = {
    {fixture_rsa_pem,                                                      NULL,                                               "v=DKIM1; k=rsa; p=" FIXTURE_RSA_P,         "RSA in PKCS #1"},
    {ed25519_pem,                                                          NULL,                                               "v=DKIM1; k=ed25519; p=" FIXTURE_ED25519_P,
     "Ed25519: 32 octets, no wrapper (RFC 8463 section 4.2)"                                                                                                                               },
    {"",                                                                   "no private key in PEM, or one with a pass phrase", NULL,                                       "nothing"       },
    {"-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
     "-----END PUBLIC KEY-----\n",                                    "no private key in PEM, or one with a pass phrase", NULL,                                       "a public key"  },
    {"-----BEGIN PRIVATE KEY-----\nMEECAQAwEwYHKoZIzj0CAQYIKoZIzj0DAQcEJzAlAgEBBCAGxRiLH7OJH51N\n"
     "kxWKYAkTfXvvTLtcXwPjuyCqEDtRQw==\n-----END PRIVATE KEY-----\n", "neither an RSA nor an Ed25519 key",                NULL,
     "an elliptic curve that DKIM does not know"                                                                                                                                           },
};

static void
reads_private_keys(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        UNIT_CASE(keys[i].why);
        const char *reason;
        struct sceau_slice pem = unit_copy(sceau_slice_from(keys[i].pem));
        struct sceau_signer *key = sceau_private_key_parse(pem, &reason);
        unit_free(pem);
        if (keys[i].reason != NULL) {
            assert_null(key);
            assert_string_equal(reason, keys[i].reason);
            continue;
        }
        assert_non_null(key);
        assert_slice(sceau_private_key_record(arena, key), keys[i].record);
        sceau_private_key_free(key);
    }
    sceau_private_key_free(NULL);
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_our_verifier),
        cmocka_unit_test(keeps_what_matters),
        cmocka_unit_test(signs_the_names_it_is_given),
        cmocka_unit_test(refuses_too_many_fields),
        cmocka_unit_test(reads_private_keys),
    };
    return cmocka_run_group_tests_name("dkim/sign", tests, NULL, NULL);
}
