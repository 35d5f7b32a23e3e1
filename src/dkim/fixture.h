/* For tests only: sign with the published keys of RFC 8463 appendix A, verify against
 * a zone text. */
#ifndef DKIM_FIXTURE_H
#define DKIM_FIXTURE_H

#include "sceau/dkim.h"
#include "sceau/dns.h"

#include "../../tests/unit.h"
#include "core/base64.h"
#include "core/text.h"
#include "hash_input.h"
#include "selection.h"
#include "signature.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define FIXTURE_RSA_P                                                                 \
 "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOK" \
 "b2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5" \
 "QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
#define FIXTURE_ED25519_P "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static const char fixture_rsa_pem[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi\n"
    "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM\n"
    "KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB\n"
    "AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm\n"
    "6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe\n"
    "zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy\n"
    "6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc\n"
    "uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy\n"
    "WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd\n"
    "WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a\n"
    "licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst\n"
    "o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe\n"
    "uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL\n"
    "-----END RSA PRIVATE KEY-----\n";

static inline EVP_PKEY *
fixture_private_key(bool is_ed25519)
{
    EVP_PKEY *key = NULL;
    if (is_ed25519) {
        uint8_t seed[ED25519_KEY_OCTETS + 1];
        size_t len;
        assert_true(
            base64_decode(SCEAU_SLICE("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="),
                          seed, &len));
        key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, len);
    } else {
        BIO *pem = BIO_new_mem_buf(fixture_rsa_pem, -1);
        key = PEM_read_bio_PrivateKey(pem, NULL, NULL, NULL);
        BIO_free(pem);
    }
    assert_non_null(key);
    return key;
}

/* b= for that digest, in base64. */
static inline struct sceau_slice
fixture_signature(struct sceau_arena *arena, bool is_ed25519,
                  const uint8_t digest[SHA256_OCTETS])
{
    unsigned char out[512];
    size_t len = sizeof out;
    EVP_PKEY *key = fixture_private_key(is_ed25519);
    if (is_ed25519) {
        EVP_MD_CTX *md = EVP_MD_CTX_new();
        assert_int_equal(EVP_DigestSignInit(md, NULL, NULL, NULL, key), 1);
        assert_int_equal(EVP_DigestSign(md, out, &len, digest, SHA256_OCTETS), 1);
        EVP_MD_CTX_free(md);
    } else {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
        assert_int_equal(EVP_PKEY_sign_init(ctx), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()), 1);
        assert_int_equal(EVP_PKEY_sign(ctx, out, &len, digest, SHA256_OCTETS), 1);
        EVP_PKEY_CTX_free(ctx);
    }
    EVP_PKEY_free(key);
    return base64_encoded(arena, (struct sceau_slice){(const char *)out, len});
}

/* A message cut into its fields and its body. */
struct fixture_message {
    struct sceau_header header;
    struct sceau_slice body;
};

static inline struct fixture_message
fixture_read(struct sceau_arena *arena, struct sceau_slice octets)
{
    struct sceau_message_reader reader;
    struct sceau_slice rest = {0}, body = {0};
    sceau_message_reader_init(&reader, arena);
    sceau_message_reader_feed(&reader, octets, &body);
    sceau_message_reader_end(&reader, &rest);
    return (struct fixture_message){reader.header, body};
}

static inline struct sceau_field
fixture_field(struct sceau_slice raw)
{
    size_t colon = slice_find(raw, ':');
    assert_true(colon < raw.len);
    return (struct sceau_field){
        .raw = raw,
        .name = slice_sub(raw, 0, colon),
        .body = slice_skip(raw, colon + 1),
    };
}

struct fixture_sink {
    struct crypto_hash *hash;
    int64_t left;
};

static inline void
fixture_hash_body(void *self, struct sceau_slice octets)
{
    struct fixture_sink *sink = self;
    if (sink->left >= 0 && octets.len > (size_t)sink->left)
        octets.len = (size_t)sink->left;
    crypto_hash_update(sink->hash, octets);
    if (sink->left >= 0)
        sink->left -= (int64_t)octets.len;
}

/* "text" with its one "{bh}" replaced by the hash of the body as c= and l= say. */
static inline struct sceau_slice
fixture_fill_body_hash(struct sceau_arena *arena, struct sceau_slice text,
                       const struct dkim_signature *how, struct sceau_slice body)
{
    struct fixture_sink sink = {crypto_hash_new(), how->body_length};
    struct canon_body canon;
    uint8_t digest[SHA256_OCTETS];
    canon_body_init(&canon, how->body_how, fixture_hash_body, &sink);
    canon_body_update(&canon, body);
    canon_body_finish(&canon);
    crypto_hash_finish(sink.hash, digest);
    crypto_hash_free(sink.hash);
    for (size_t i = 0; i + 4 <= text.len; i++) {
        if (memcmp(text.ptr + i, "{bh}", 4) != 0)
            continue;
        struct text t = text_new(arena, SIZE_MAX);
        text_slice(&t, slice_sub(text, 0, i));
        text_slice(&t, base64_encoded(arena, (struct sceau_slice){(const char *)digest,
                                                                  SHA256_OCTETS}));
        text_slice(&t, slice_skip(text, i + 4));
        return text_done(&t);
    }
    return text;
}

/* Put a signature field on top of a message. `field` is its text, "{bh}" where the body
 * hash goes, "b=" at its end; octets are CRLF-clean. */
static inline struct sceau_slice
fixture_sign(struct sceau_arena *arena, struct sceau_slice octets,
             enum signature_kind kind, const char *field)
{
    struct fixture_message m = fixture_read(arena, octets);
    struct sceau_slice text = slice_copy(arena, sceau_slice_from(field));
    struct sceau_field unsigned_field = fixture_field(text);
    struct dkim_signature how;
    dkim_signature_parse(arena, kind, &unsigned_field, &how);
    text = fixture_fill_body_hash(arena, text, &how, m.body);
    unsigned_field = fixture_field(text);

    const struct sceau_field *selected[SCEAU_DKIM_H_MAX];
    struct field_index *index = field_index_new(arena, &m.header);
    field_index_select(index, how.names, how.name_count, NULL, selected);
    struct hash_input input;
    uint8_t digest[SHA256_OCTETS];
    hash_input_init(&input, how.header_how);
    for (size_t i = 0; i < how.name_count; i++) {
        if (selected[i] != NULL)
            hash_input_add(&input, selected[i]);
    }
    assert_true(hash_input_finish(&input, &unsigned_field, 0, 0, digest));
    hash_input_clear(&input);

    struct text out = text_new(arena, SIZE_MAX);
    text_slice(&out, text);
    text_slice(&out,
               fixture_signature(arena, how.algorithm == SCEAU_DKIM_ED25519_SHA256,
                                 digest));
    text_string(&out, "\r\n");
    text_slice(&out, octets);
    return text_done(&out);
}

/* One verification: what it needs, and what came out. */
struct fixture {
    struct sceau_arena *arena;
    struct sceau_resolver *zone;
    struct sceau_dns_session session;
    struct sceau_context context;
    struct sceau_key_cache *keys;
};

static inline void
fixture_init(struct fixture *f, const char *zone, int64_t now)
{
    struct sceau_zone_error error = {0};
    f->arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    f->zone = sceau_zone_resolver_new(sceau_slice_from(zone), &error);
    if (f->zone == NULL)
        fprintf(stderr, "zone:%zu: %s\n", error.line, error.text);
    assert_non_null(f->zone);
    f->keys = sceau_key_cache_new(4);
    sceau_dns_session_init(&f->session, f->zone, f->arena, SCEAU_DNS_MESSAGE_MS);
    f->context = (struct sceau_context){
        .arena = f->arena,
        .resolver = &f->session.resolver,
        .now = now,
    };
}

static inline void
fixture_clear(struct fixture *f)
{
    sceau_key_cache_free(f->keys);
    sceau_zone_resolver_free(f->zone);
    sceau_arena_free(f->arena);
}

/* Verify a whole message; the outcomes live until fixture_clear. */
static inline size_t
fixture_verify(struct fixture *f, struct sceau_slice message, const char *author,
               const struct sceau_dkim_outcome **outcomes)
{
    struct sceau_slice exact = unit_copy(message);
    struct fixture_message m = fixture_read(f->arena, exact);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(f->arena);
    struct sceau_dkim *dkim = sceau_dkim_start(&f->context, &m.header, hashes,
                                               sceau_slice_from(author), f->keys);
    assert_non_null(dkim);
    sceau_body_hashes_update(hashes, m.body);
    sceau_body_hashes_finish(hashes);
    size_t count = sceau_dkim_finish(&f->context, dkim, outcomes);
    sceau_body_hashes_free(hashes);
    unit_free(exact);
    return count;
}

#endif
