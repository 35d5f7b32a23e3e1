/* The SMTP probe against servers on loopback that say what a script tells them: honest,
 * silent, slow, lying; with and without TLS. */
#include "smtp_probe.h"

#include "../../tests/unit.h"
#include "core/monotonic.h"
#include "core/text.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define NOW 1790000000
#define DAY 86400

/* ---- a server with a script ----------------------------------------------------------
 *
 * One character each: '<' read one line (what it must begin with follows, up to ';'),
 * '>' send the text up to ';' ("\n" becomes CRLF), '.' wait until the peer hangs up,
 * ',' wait a moment, 'T' TLS from here on, '~' drip octets for ever. At its end it hangs up. */

struct server {
    const char *script;
    int fd;
    SSL_CTX *tls;
    SSL *ssl;
    int client;
    char said[2048]; /* by the client */
    bool was_wrong;  /* the client did not say what the script expects */
    pthread_t thread;
};

static bool
server_read_line(struct server *s, char *line, size_t size)
{
    size_t len = 0;
    char c = 0;
    while (len + 1 < size && c != '\n') {
        ssize_t n = s->ssl ? SSL_read(s->ssl, &c, 1) : recv(s->client, &c, 1, 0);
        if (n != 1)
            return false;
        line[len++] = c;
    }
    line[len] = '\0';
    strncat(s->said, line, sizeof s->said - strlen(s->said) - 1);
    return true;
}

/* In one piece: octets that belong together arrive together. */
static void
server_write(struct server *s, const char *text, size_t len)
{
    char out[512];
    size_t n = 0;
    for (size_t i = 0; i < len && n + 2 < sizeof out; i++) {
        if (text[i] == '\n')
            out[n++] = '\r';
        out[n++] = text[i];
    }
    if (s->ssl != NULL)
        SSL_write(s->ssl, out, (int)n);
    else
        (void)send(s->client, out, n, MSG_NOSIGNAL);
}

static void
server_drip(struct server *s)
{
    while (send(s->client, "2", 1, MSG_NOSIGNAL) == 1)
        usleep(20000);
}

static void
server_tls(struct server *s)
{
    s->ssl = SSL_new(s->tls);
    SSL_set_fd(s->ssl, s->client);
    s->was_wrong = s->was_wrong || SSL_accept(s->ssl) != 1;
}

static void
server_play(struct server *s)
{
    char line[1024];
    for (const char *at = s->script; *at != '\0'; at++) {
        const char *end = strchr(at, ';');
        size_t len = end ? (size_t)(end - at) - 1 : 0;
        switch (*at) {
        case '<':
            if (!server_read_line(s, line, sizeof line) ||
                strncmp(line, at + 1, len) != 0)
                s->was_wrong = true;
            at = end;
            break;
        case '>':
            server_write(s, at + 1, len);
            at = end;
            break;
        case '.':
            while (recv(s->client, line, sizeof line, 0) > 0)
                continue;
            break;
        case ',': usleep(100000); break;
        case 'T': server_tls(s); break;
        case '~': server_drip(s); break;
        default: abort();
        }
    }
}

static void *
server_run(void *argument)
{
    struct server *s = argument;
    s->client = -1;
    s->client = accept(s->fd, NULL, NULL);
    if (s->client < 0)
        return NULL;
    server_play(s);
    if (s->ssl != NULL)
        SSL_free(s->ssl);
    close(s->client);
    return NULL;
}

/* Every server of a test has the same port, on an address of its own: 127.0.0.N. */
static uint16_t
server_start(struct server *s, unsigned host, uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof in;
    in.sin_addr.s_addr = htonl(0x7f000000u + host);
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&in, sizeof in), 0);
    assert_int_equal(listen(s->fd, 4), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&in, &len), 0);
    assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
    return ntohs(in.sin_port);
}

static void
server_stop(struct server *s)
{
    shutdown(s->fd, SHUT_RDWR); /* an accept that nobody met */
    pthread_join(s->thread, NULL);
    close(s->fd);
}

static struct smtp_target
target_at(unsigned host)
{
    struct smtp_target target = {
        .address = {.version = 4, .octets = {127, 0, 0, 0}},
        .host = SCEAU_SLICE("mx.test")
    };
    target.address.octets[3] = (uint8_t)host;
    return target;
}

static struct smtp_outcome
probe_one(struct server *s, const struct smtp_target *target,
          struct smtp_probe_options options)
{
    struct smtp_outcome outcome;
    options.port = server_start(s, target->address.octets[3], 0);
    options.allow_private = true;
    options.now = NOW;
    options.ehlo = SCEAU_SLICE("probe.test");
    if (options.reply_ms == 0)
        options.reply_ms = 400;
    assert_int_equal(smtp_probe(unit_arena, &options, target, 1, &outcome), SCEAU_OK);
    server_stop(s);
    return outcome;
}

/* ---- without TLS ---- */

#define HELLO ">220 mx.test ESMTP\n;<EHLO probe.test\r\n;"
#define BYE   "<QUIT\r\n;>221 bye\n;"
#define RELAY "<MAIL FROM:<>\r\n;>250 ok\n;<RCPT TO:<sceau-relay-test@example.com>\r\n;"

static const struct {
    const char *script;
    bool is_own;
    enum smtp_failure failure;
    enum smtp_step failed_at; /* when it failed */
    enum smtp_relay relay;
    const char *why;
} cases[] = {
    {HELLO ">250-mx.test\n250 SIZE\n;" BYE,                                                  false, SMTP_FINE,     0,              0,                   "no STARTTLS"                        },
    {HELLO ">250 mx.test\n;<QUIT\r\n;",                                                      false, SMTP_FINE,     0,              0,                   "it hangs up at QUIT"                },
    {HELLO ">250 mx.test\n;<QUIT\r\n;.",                                                     false, SMTP_FINE,     0,              0,
     "it never answers QUIT"                                                                                                                                                                 },
    {HELLO ">250 mx.test\n;" RELAY ">554 5.7.1 no\n;<RSET\r\n;>250 ok\n;" BYE,               true,
     SMTP_FINE,                                                                                                    0,              SMTP_RELAY_REFUSED,  "an own server that refuses to relay"},
    {HELLO ">250 mx.test\n;" RELAY ">250 ok\n;<RSET\r\n;>250 ok\n;" BYE,                     true,
     SMTP_FINE,                                                                                                    0,              SMTP_RELAY_ACCEPTED, "an open relay"                      },
    {HELLO ">250 mx.test\n;" RELAY ">451 later\n;<RSET\r\n;>250 ok\n;" BYE,                  true,
     SMTP_FINE,                                                                                                    0,              SMTP_RELAY_UNCLEAR,  "greylisting says nothing"           },
    {HELLO ">250 mx.test\n;<MAIL FROM:<>\r\n;>550 no\n;<RSET\r\n;>250 ok\n;" BYE,            true,
     SMTP_FINE,                                                                                                    0,              SMTP_RELAY_UNCLEAR,  "refused before RCPT"                },
    {HELLO ">250 mx.test\n;" RELAY,                                                          true,  SMTP_FINE,     0,              SMTP_RELAY_UNCLEAR,
     "it hangs up at RCPT"                                                                                                                                                                   },
    {">554 no service\n;" BYE,                                                               false, SMTP_NEGATIVE, SMTP_GREETING,  0,                   "a refusal"                          },
    {HELLO ">502 no\n;" BYE,                                                                 false, SMTP_NEGATIVE, SMTP_EHLO,      0,                   "no EHLO"                            },
    {HELLO ">250-mx.test\n250 STARTTLS\n;<STARTTLS\r\n;>454 no\n;" BYE,                      false,
     SMTP_NEGATIVE,                                                                                                SMTP_STARTTLS,  0,                   "STARTTLS that is none"              },
    {HELLO ">250-mx.test\n250 STARTTLS\n;<STARTTLS\r\n;>220 go\n250 mx.test\n;.",            false,
     SMTP_BROKEN,                                                                                                  SMTP_STARTTLS,  0,                   "a reply injected before TLS"        },
    {HELLO
     ">250-mx.test\n250 STARTTLS\n;<STARTTLS\r\n;>220 go\n;,>this is no handshake\n;.", false, SMTP_NO_TLS,   SMTP_HANDSHAKE, 0,                   "STARTTLS, then no TLS"              },
    {HELLO ">250-mx.test\n250 STARTTLS\n;<STARTTLS\r\n;>220 go\n;.",                         false,
     SMTP_TIMEOUT,                                                                                                 SMTP_HANDSHAKE, 0,                   "STARTTLS, then silence"             },
    {"",                                                                                     false, SMTP_CLOSED,   SMTP_GREETING,  0,                   "it hangs up at once"                },
    {">220-mx.test\n;",                                                                      false, SMTP_CLOSED,   SMTP_GREETING,  0,
     "in the middle of a reply"                                                                                                                                                              },
    {".",                                                                                    false, SMTP_TIMEOUT,  SMTP_GREETING,  0,                   "silence"                            },
    {"~",                                                                                    false, SMTP_BROKEN,   SMTP_GREETING,  0,                   "octets that become no reply"        },
    {">220-;~",                                                                              false, SMTP_TIMEOUT,  SMTP_GREETING,  0,                   "a line without an end"              },
    {">SSH-2.0-OpenSSH\n;.",                                                                 false, SMTP_BROKEN,   SMTP_GREETING,  0,                   "another protocol"                   },
    {HELLO ">250-a\n220 b\n;.",                                                              false, SMTP_BROKEN,   SMTP_EHLO,      0,
     "two codes in a reply"                                                                                                                                                                  },
};

static void
converses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server server = {.script = cases[i].script};
        struct smtp_target target = target_at(1);
        target.is_own = cases[i].is_own;
        UNIT_CASE(cases[i].why);
        struct smtp_outcome outcome =
            probe_one(&server, &target, (struct smtp_probe_options){0});
        assert_int_equal(outcome.failure, cases[i].failure);
        if (cases[i].failure != SMTP_FINE)
            assert_int_equal(outcome.failed_at, cases[i].failed_at);
        assert_int_equal(outcome.relay, cases[i].relay);
        assert_false(server.was_wrong);
        assert_null(strstr(server.said, "DATA"));
        if (!cases[i].is_own)
            assert_null(strstr(server.said, "RCPT"));
    }
}

static void
notes_what_was_said(void **state)
{
    struct server server = {.script =
                                ">220 mx.test ESMTP \033[31m\n;<EHLO;>250 name.test "
                                "hello\n;" BYE};
    struct smtp_target target = target_at(1);
    (void)state;
    struct smtp_outcome outcome =
        probe_one(&server, &target, (struct smtp_probe_options){0});
    assert_slice(outcome.banner, "mx.test ESMTP \033[31m");
    assert_slice(outcome.banner_name, "mx.test");
    assert_slice(outcome.ehlo_name, "name.test");
    assert_true(outcome.has_greeting);
    assert_false(outcome.offers_starttls);
    assert_int_equal(outcome.local.octets[0], 127);
    server = (struct server){.script = ">554 5.7.1 go away\n;" BYE};
    outcome = probe_one(&server, &target, (struct smtp_probe_options){0});
    assert_slice(outcome.reply, "554 5.7.1 go away");
}

static void
refuses_private_addresses(void **state)
{
    const struct smtp_target targets[] = {target_at(1)};
    struct smtp_probe_options options = {.now = NOW, .ehlo = SCEAU_SLICE("probe.test")};
    struct smtp_outcome outcome;
    struct server server = {.script = ">220 never;"};
    (void)state;
    options.port = server_start(&server, 1, 0);
    assert_int_equal(smtp_probe(unit_arena, &options, targets, 1, &outcome), SCEAU_OK);
    assert_int_equal(outcome.failure, SMTP_NOT_PUBLIC);
    assert_string_equal(outcome.detail, "loopback");
    server_stop(&server);
    assert_int_equal(server.client, -1); /* nobody came */
    options.allow_private = true;        /* and now nobody listens */
    assert_int_equal(smtp_probe(unit_arena, &options, targets, 1, &outcome), SCEAU_OK);
    assert_int_equal(outcome.failure, SMTP_REFUSED);
}

/* More silent servers than slots, one good one at the end: two rounds, not forty. */
static void
is_not_stalled(void **state)
{
    enum {
        SILENT = SMTP_PROBE_PARALLEL + 4
    };
    static struct server servers[SILENT + 1];
    static struct smtp_target targets[SILENT + 1];
    static struct smtp_outcome outcomes[SILENT + 1];
    struct smtp_probe_options options = {.now = NOW,
                                         .allow_private = true,
                                         .ehlo = SCEAU_SLICE("probe.test"),
                                         .reply_ms = 500};
    (void)state;
    for (unsigned i = 0; i <= SILENT; i++) {
        servers[i].script = i < SILENT ? "." : HELLO ">250 mx.test\n;" BYE;
        targets[i] = target_at(i + 2);
        options.port = server_start(&servers[i], i + 2, options.port);
    }
    int64_t from = monotonic_ms();
    assert_int_equal(smtp_probe(unit_arena, &options, targets, SILENT + 1, outcomes),
                     SCEAU_OK);
    assert_true(monotonic_ms() - from < 3000);
    for (unsigned i = 0; i < SILENT; i++)
        assert_int_equal(outcomes[i].failure, SMTP_TIMEOUT);
    assert_int_equal(outcomes[SILENT].failure, SMTP_FINE);
    for (unsigned i = 0; i <= SILENT; i++)
        server_stop(&servers[i]);
}

/* One octet every 20 ms keeps a socket busy, not the probe. */
static void
ends_a_drip(void **state)
{
    struct server server = {.script = ">220-;~"};
    struct smtp_target target = target_at(1);
    (void)state;
    int64_t from = monotonic_ms();
    struct smtp_outcome outcome =
        probe_one(&server, &target,
                  (struct smtp_probe_options){.reply_ms = 5000, .total_ms = 300});
    assert_int_equal(outcome.failure, SMTP_TIMEOUT);
    assert_true(monotonic_ms() - from < 2000);
}

/* ---- with TLS ---- */

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

static X509 *
make_certificate(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
                 int64_t until)
{
    static long serial;
    char san[128];
    X509 *x509 = X509_new();
    X509_set_version(x509, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
    ASN1_TIME_set(X509_getm_notBefore(x509), NOW - 100 * DAY);
    ASN1_TIME_set(X509_getm_notAfter(x509), until);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(issuer ? issuer : x509));
    X509_set_pubkey(x509, key);
    snprintf(san, sizeof san, "DNS:%s,DNS:also.test", name);
    if (issuer == NULL)
        add_extension(x509, NID_basic_constraints, "critical,CA:TRUE");
    else
        add_extension(x509, NID_subject_alt_name, san);
    assert_true(X509_sign(x509, issuer ? issuer_key : key, EVP_sha256()) > 0);
    return x509;
}

static const struct {
    const char *name;
    int64_t until;
    bool is_self_signed;
    int max_version; /* of the server; 0: any */
    bool is_old_tls; /* what is asked */
    enum smtp_failure failure;
    bool is_named;
    const char *chain_problem, *version;
    const char *why;
} tls_cases[] = {
    {"mx.test",    NOW + 90 * DAY, false, 0,              false, SMTP_FINE, true,  NULL,                      "TLSv1.3",
     "good"                                                                                                                                         },
    {"mx.test",    NOW - DAY,      false, 0,              false, SMTP_FINE, true,  "certificate has expired",
     "TLSv1.3",                                                                                                          "expired"                  },
    {"other.test", NOW + 90 * DAY, false, 0,              false, SMTP_FINE, false, NULL,                      "TLSv1.3",
     "for another host"                                                                                                                             },
    {"mx.test",    NOW + 90 * DAY, true,  0,              false, SMTP_FINE, true,
     "self-signed certificate",                                                                               "TLSv1.3", "nobody vouches for it"    },
    {"mx.test",    NOW + 90 * DAY, false, TLS1_2_VERSION, false, SMTP_FINE, true,  NULL,
     "TLSv1.2",                                                                                                          "the version before"       },
    {"mx.test",    NOW + 90 * DAY, false, TLS1_1_VERSION, false, SMTP_FINE, true,  NULL,
     "TLSv1.1",                                                                                                          "old versions only"        },
    {"mx.test",    NOW + 90 * DAY, false, TLS1_1_VERSION, true,  SMTP_FINE, true,  NULL,
     "TLSv1.1",                                                                                                          "old versions are accepted"},
};

struct authority {
    EVP_PKEY *key;
    X509 *x509;
    char file[64]; /* PEM */
};

static SSL_CTX *
make_server_tls(const struct authority *ca, const char *name, int64_t until,
                bool is_self_signed, int max_version)
{
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x509 =
        make_certificate(name, key, is_self_signed ? NULL : ca->x509, ca->key, until);
    if (is_self_signed)
        add_extension(x509, NID_subject_alt_name, "DNS:mx.test");
    if (is_self_signed)
        X509_sign(x509, key, EVP_sha256());
    SSL_CTX_set_cipher_list(tls, "ALL:@SECLEVEL=0");
    SSL_CTX_set_min_proto_version(tls, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls, max_version);
    assert_int_equal(SSL_CTX_use_certificate(tls, x509), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);
    X509_free(x509);
    EVP_PKEY_free(key);
    return tls;
}

static struct authority
make_authority(void)
{
    struct authority ca = {.key = EVP_EC_gen("P-256"), .file = "/tmp/sceau-ca.XXXXXX"};
    ca.x509 = make_certificate("Authority", ca.key, NULL, NULL, NOW + 900 * DAY);
    FILE *file = fdopen(mkstemp(ca.file), "w");
    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, ca.x509), 1);
    fclose(file);
    return ca;
}

static void
speaks_tls(void **state)
{
    struct authority ca = make_authority();
    (void)state;
    for (size_t i = 0; i < sizeof tls_cases / sizeof *tls_cases; i++) {
        struct server server = {.script = HELLO
                                ">250-mx.test\n250 STARTTLS\n;<STARTTLS\r\n;>220 go\n;T"
                                "<EHLO probe.test\r\n;>250 inside.test\n;" BYE};
        struct smtp_target target = target_at(1);
        UNIT_CASE(tls_cases[i].why);
        target.is_old_tls = tls_cases[i].is_old_tls;
        server.tls =
            make_server_tls(&ca, tls_cases[i].name, tls_cases[i].until,
                            tls_cases[i].is_self_signed, tls_cases[i].max_version);
        struct smtp_outcome outcome =
            probe_one(&server, &target,
                      (struct smtp_probe_options){.trust_file = ca.file,
                                                  .reply_ms = 5000});
        assert_int_equal(outcome.failure, tls_cases[i].failure);
        assert_true(outcome.has_tls);
        assert_int_equal(outcome.is_named, tls_cases[i].is_named);
        assert_string_equal(outcome.tls_version, tls_cases[i].version);
        assert_int_equal(outcome.chain_problem == NULL,
                         tls_cases[i].chain_problem == NULL);
        if (outcome.chain_problem != NULL)
            assert_string_equal(outcome.chain_problem, tls_cases[i].chain_problem);
        assert_int_equal(outcome.not_after, tls_cases[i].until);
        assert_int_equal(outcome.certificate_count, 1);
        assert_slice(outcome.ehlo_name, "inside.test");
        assert_false(server.was_wrong);
        SSL_CTX_free(server.tls);
    }
    unlink(ca.file);
    X509_free(ca.x509);
    EVP_PKEY_free(ca.key);
}

/* A server of today refuses TLS 1.1, and that is no fault of its. */
static void
finds_no_old_tls(void **state)
{
    struct authority ca = make_authority();
    struct server server = {.script = HELLO
                            ">250-mx.test\n250 STARTTLS\n;<STARTTLS\r\n;>220 go\n;T"};
    struct smtp_target target = target_at(1);
    (void)state;
    target.is_old_tls = true;
    server.tls = make_server_tls(&ca, "mx.test", NOW + 90 * DAY, false, 0);
    SSL_CTX_set_min_proto_version(server.tls, TLS1_2_VERSION);
    struct smtp_outcome outcome =
        probe_one(&server, &target, (struct smtp_probe_options){.reply_ms = 5000});
    assert_int_equal(outcome.failure, SMTP_NO_TLS);
    assert_int_equal(outcome.failed_at, SMTP_HANDSHAKE);
    assert_false(outcome.has_tls);
    SSL_CTX_free(server.tls);
    unlink(ca.file);
    X509_free(ca.x509);
    EVP_PKEY_free(ca.key);
}

static void
says_what_is_missing(void **state)
{
    const struct smtp_probe_options options = {.trust_file = "/nonexistent/ca.pem"};
    (void)state;
    assert_int_equal(smtp_probe(unit_arena, &options, NULL, 0, NULL), SCEAU_E_SYSTEM);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converses),
        cmocka_unit_test(notes_what_was_said),
        cmocka_unit_test(refuses_private_addresses),
        cmocka_unit_test(is_not_stalled),
        cmocka_unit_test(ends_a_drip),
        cmocka_unit_test(speaks_tls),
        cmocka_unit_test(finds_no_old_tls),
        cmocka_unit_test(says_what_is_missing),
    };
    return cmocka_run_group_tests_name("check/smtp_probe", tests, unit_arena_up,
                                       unit_arena_down);
}
