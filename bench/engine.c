/* What a verification costs beside the cryptography that nobody can avoid.
 *
 * One process makes keys, a zone and a signed corpus, then takes turns: a round of the
 * engine (SPF, DKIM, ARC, DMARC of each message, all answers at hand), a round of the
 * floor (one SHA-256 pass over the same octets and the same signature verifications).
 * CPU time of this thread; medians; the ratio is what counts. Then the peak memory of a
 * child that verifies one message of each size. */
#include "sceau/verify.h"

#include "core/base64.h"
#include "dkim/canon.h"
#include "words.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum {
    DOMAINS = 20,
    MESSAGES = 300, /* of each set */
    ROUNDS = 15,
    CHUNK = 64 * 1024, /* as a milter gets the body */
    SIGNED_FIELDS = 5
};

static const char *const signed_names[SIGNED_FIELDS] = {"from", "to", "subject", "date",
                                                        "message-id"};

/* One set of messages. */
struct set {
    const char *name;
    enum sceau_canonicalization canonicalization;
    bool is_ed25519;
    double goal;
};

static const struct set sets[] = {
    {"rsa-2048 simple",  SCEAU_SIMPLE,  false, 1.6},
    {"rsa-2048 relaxed", SCEAU_RELAXED, false, 2.2},
    {"ed25519 simple",   SCEAU_SIMPLE,  true,  1.6},
    {"ed25519 relaxed",  SCEAU_RELAXED, true,  2.2},
};

struct message {
    struct sceau_slice octets; /* header, empty line, body */
    struct sceau_slice body;
    struct sceau_slice input; /* what the signature is over, before its SHA-256 */
    struct sceau_slice signature;
    unsigned domain;
};

struct world {
    struct sceau_arena *arena;
    EVP_PKEY *rsa[DOMAINS];
    EVP_PKEY *ed25519;
    struct sceau_resolver *zone;
    struct sceau_key_cache *keys;
    struct message messages[MESSAGES];
    uint32_t seed;
};

/* ---- signing, for the corpus only ---- */

static void
append(void *self, struct sceau_slice octets)
{
    text_slice(self, octets);
}

static void
sha256(struct sceau_slice octets, uint8_t digest[32])
{
    EVP_Digest(octets.ptr, octets.len, digest, NULL, EVP_sha256(), NULL);
}

static struct sceau_slice
sign(struct sceau_arena *arena, EVP_PKEY *key, bool is_ed25519,
     struct sceau_slice input)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t len = 512;
    uint8_t digest[32], *out = sceau_arena_alloc(arena, len);
    sha256(input, digest);
    int ok;
    if (is_ed25519) {
        EVP_DigestSignInit(ctx, NULL, NULL, NULL, key);
        ok = EVP_DigestSign(ctx, out, &len, digest, sizeof digest);
    } else {
        EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key);
        ok = EVP_DigestSign(ctx, out, &len, (const uint8_t *)input.ptr, input.len);
    }
    assert(ok == 1);
    EVP_MD_CTX_free(ctx);
    return (struct sceau_slice){(const char *)out, len};
}

static struct sceau_slice
canonical_body(struct sceau_arena *arena, const struct set *set,
               struct sceau_slice body)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct canon_body canon;
    canon_body_init(&canon, set->canonicalization, append, &t);
    canon_body_update(&canon, body);
    canon_body_finish(&canon);
    return text_so_far(&t);
}

/* The signed fields, then the signature field with b= empty. */
static struct sceau_slice
hash_input(struct sceau_arena *arena, const struct set *set,
           const struct sceau_header *header, struct sceau_slice signature_body)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct canon_out out;
    canon_out_init(&out, append, &t);
    for (size_t i = 0; i < SIGNED_FIELDS; i++)
        canon_field(&out, set->canonicalization,
                    sceau_header_find(header, sceau_slice_from(signed_names[i]), 0));
    struct sceau_header own = {0};
    sceau_header_add(arena, &own, SCEAU_SLICE("DKIM-Signature"), signature_body);
    canon_field_without(&out, set->canonicalization, &own.fields[0], 0, 0);
    canon_out_flush(&out);
    return text_so_far(&t);
}

static void
make_message(struct world *w, const struct set *set, unsigned n)
{
    struct message *m = &w->messages[n];
    struct sceau_header header = {0};
    struct text body = text_new(w->arena, SIZE_MAX);
    char text[200];
    m->domain = n % DOMAINS;
    const char *const values[SIGNED_FIELDS] = {" \"Ann  Example\" <ann@d%u.example>",
                                               " user@rcpt.example",
                                               " invoice  and  report\r\n of the month",
                                               " Thu, 01 Jan 2026 00:00:00 +0000",
                                               " <%u.1767225600@mail.example>"};
    for (size_t i = 0; i < SIGNED_FIELDS; i++) {
        size_t len = (size_t)snprintf(text, sizeof text, values[i], m->domain);
        sceau_header_add(w->arena, &header, sceau_slice_from(signed_names[i]),
                         (struct sceau_slice){text, len});
    }
    words_write(&body, &w->seed, words_body_size(n, MESSAGES));
    m->body = text_so_far(&body);
    uint8_t digest[32];
    sha256(canonical_body(w->arena, set, m->body), digest);
    struct text value = text_new(w->arena, SIZE_MAX);
    const char *how = set->canonicalization == SCEAU_SIMPLE ? "simple" : "relaxed";
    text_format(&value,
                " v=1; a=%s-sha256; c=%s/%s; d=d%u.example; s=%s;\r\n"
                "\th=from:to:subject:date:message-id; bh=",
                set->is_ed25519 ? "ed25519" : "rsa", how, how, m->domain,
                set->is_ed25519 ? "e" : "r");
    text_slice(&value, base64_encoded(w->arena,
                                      (struct sceau_slice){(const char *)digest, 32}));
    text_string(&value, ";\r\n\tb=");
    m->input = hash_input(w->arena, set, &header, text_so_far(&value));
    m->signature = sign(w->arena, set->is_ed25519 ? w->ed25519 : w->rsa[m->domain],
                        set->is_ed25519, m->input);
    struct text whole = text_new(w->arena, SIZE_MAX);
    text_string(&whole, "DKIM-Signature:");
    text_slice(&whole, text_so_far(&value));
    text_slice(&whole, base64_encoded(w->arena, m->signature));
    text_string(&whole, "\r\n");
    for (size_t i = 0; i < header.count; i++) {
        text_slice(&whole, header.fields[i].raw);
        text_string(&whole, "\r\n");
    }
    text_string(&whole, "\r\n");
    text_slice(&whole, m->body);
    m->octets = text_so_far(&whole);
}

/* ---- the world ---- */

static void
write_key(struct world *w, struct text *zone, const char *selector, unsigned domain,
          const char *type, struct sceau_slice octets)
{
    struct sceau_slice p = base64_encoded(w->arena, octets);
    text_format(zone, "%s._domainkey.d%u.example. TXT \"v=DKIM1; k=%s; p=\"", selector,
                domain, type);
    for (size_t i = 0; i < p.len; i += 250) {
        size_t len = p.len - i < 250 ? p.len - i : 250;
        text_format(zone, " \"%.*s\"", (int)len, p.ptr + i);
    }
    text_string(zone, "\n");
}

static void
make_world(struct world *w)
{
    struct text zone = text_new(w->arena, SIZE_MAX);
    uint8_t raw[32];
    size_t raw_len = sizeof raw;
    w->ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY_get_raw_public_key(w->ed25519, raw, &raw_len);
    for (unsigned d = 0; d < DOMAINS; d++) {
        uint8_t *der = NULL;
        w->rsa[d] = EVP_RSA_gen(2048);
        int len = i2d_PUBKEY(w->rsa[d], &der);
        write_key(w, &zone, "r", d, "rsa",
                  (struct sceau_slice){(const char *)der, (size_t)len});
        write_key(w, &zone, "e", d, "ed25519",
                  (struct sceau_slice){(const char *)raw, raw_len});
        OPENSSL_free(der);
        text_format(&zone, "d%u.example. TXT \"v=spf1 ip4:192.0.2.%u -all\"\n", d,
                    d + 1);
        text_format(&zone, "_dmarc.d%u.example. TXT \"v=DMARC1; p=reject\"\n", d);
    }
    struct sceau_zone_error error;
    w->zone = sceau_zone_resolver_new(text_so_far(&zone), &error);
    w->keys = sceau_key_cache_new(256);
    assert(w->zone != NULL && w->keys != NULL);
}

/* ---- what is measured ---- */

static double
cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
verify_octets(struct world *w, struct sceau_arena *arena, struct sceau_slice octets,
              unsigned domain)
{
    char ip[32], sender[32];
    snprintf(ip, sizeof ip, "192.0.2.%u", domain + 1);
    snprintf(sender, sizeof sender, "<ann@d%u.example>", domain);
    struct sceau_context context = {.arena = arena,
                                    .resolver = w->zone,
                                    .now = 1767225600};
    struct sceau_verify_options options = {.keys = w->keys,
                                           .receiver = SCEAU_SLICE("mx.rcpt.example")};
    struct sceau_envelope envelope = {.helo = SCEAU_SLICE("mail.example"),
                                      .mail_from = sceau_slice_from(sender),
                                      .has_mail_from = true};
    sceau_ip_parse(sceau_slice_from(ip), &envelope.ip);
    sceau_arena_clear(arena);
    struct sceau_verify *v = sceau_verify_new(&context, &options);
    sceau_verify_envelope(v, &envelope);
    for (size_t at = 0; at < octets.len; at += CHUNK) {
        size_t len = octets.len - at < CHUNK ? octets.len - at : CHUNK;
        sceau_verify_octets(v, (struct sceau_slice){octets.ptr + at, len});
    }
    const struct sceau_verdict *verdict = sceau_verify_finish(v);
    if (verdict->dmarc.result != SCEAU_DMARC_PASS || !verdict->dmarc.dkim_aligned ||
        !verdict->dmarc.spf_aligned) {
        fprintf(stderr, "bench: a message that should pass: %s (%s)\n",
                sceau_dmarc_result_name(verdict->dmarc.result),
                verdict->dkim_count > 0 && verdict->dkim[0].reason != NULL
                    ? verdict->dkim[0].reason
                    : "");
        exit(1);
    }
    sceau_verify_free(v);
}

static void
floor_of(struct world *w, const struct set *set, const struct message *m)
{
    uint8_t digest[32];
    sha256(m->body, digest);
    sha256(m->input, digest);
    int ok;
    if (set->is_ed25519) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, w->ed25519);
        ok = EVP_DigestVerify(ctx, (const uint8_t *)m->signature.ptr, m->signature.len,
                              digest, sizeof digest);
        EVP_MD_CTX_free(ctx);
    } else {
        EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(w->rsa[m->domain], NULL);
        EVP_PKEY_verify_init(ctx);
        EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING);
        EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256());
        ok = EVP_PKEY_verify(ctx, (const uint8_t *)m->signature.ptr, m->signature.len,
                             digest, sizeof digest);
        EVP_PKEY_CTX_free(ctx);
    }
    assert(ok == 1);
    (void)ok;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
    return values[count / 2];
}

static bool
measure(struct world *w, const struct set *set)
{
    double engine[ROUNDS] = {0}, bare[ROUNDS] = {0};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    for (unsigned n = 0; n < MESSAGES; n++)
        make_message(w, set, n);
    for (int round = -1; round < ROUNDS; round++) { /* round -1 warms the caches */
        double start = cpu_seconds();
        for (unsigned n = 0; n < MESSAGES; n++)
            verify_octets(w, arena, w->messages[n].octets, w->messages[n].domain);
        double middle = cpu_seconds();
        for (unsigned n = 0; n < MESSAGES; n++)
            floor_of(w, set, &w->messages[n]);
        if (round >= 0) {
            engine[round] = (middle - start) / MESSAGES * 1e6;
            bare[round] = (cpu_seconds() - middle) / MESSAGES * 1e6;
        }
    }
    sceau_arena_free(arena);
    double e = median(engine, ROUNDS), b = median(bare, ROUNDS);
    printf("%-18s %8.1f us %8.1f us   %5.2f   (goal %.1f)\n", set->name, e, b, e / b,
           set->goal);
    return e / b <= set->goal;
}

/* ---- memory ---- */

static long
peak_of_child(struct world *w, size_t size)
{
    int ends[2];
    long kilobytes = 0;
    if (pipe(ends) != 0)
        return 0;
    pid_t child = fork();
    if (child == 0) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_context context = {.arena = arena, .resolver = w->zone, .now = 1};
        struct sceau_verify_options options = {.keys = w->keys};
        static char chunk[CHUNK];
        struct rusage before, after;
        struct sceau_slice head = {w->messages[0].octets.ptr,
                                   w->messages[0].octets.len - w->messages[0].body.len};
        for (size_t i = 0; i < sizeof chunk; i++)
            chunk[i] = i % 78 == 77 ? '\n' : i % 78 == 76 ? '\r' : 'x';
        struct sceau_verify *v = sceau_verify_new(&context, &options);
        getrusage(RUSAGE_SELF, &before);
        sceau_verify_octets(v, head);
        for (size_t at = 0; at < size; at += sizeof chunk)
            sceau_verify_octets(v, (struct sceau_slice){chunk, sizeof chunk});
        sceau_verify_finish(v);
        getrusage(RUSAGE_SELF, &after);
        kilobytes = after.ru_maxrss - before.ru_maxrss;
        _exit(write(ends[1], &kilobytes, sizeof kilobytes) != sizeof kilobytes);
    }
    if (child < 0 || read(ends[0], &kilobytes, sizeof kilobytes) != sizeof kilobytes)
        kilobytes = -1;
    close(ends[0]);
    close(ends[1]);
    waitpid(child, NULL, 0);
    return kilobytes;
}

int
main(void)
{
    static const size_t sizes[] = {2000, 100000, 1000000, 10000000, 100000000};
    static struct world world;
    bool is_met = true;
    world.arena = sceau_arena_new(SIZE_MAX);
    make_world(&world);
    printf("CPU a message         engine      cryptography  ratio\n");
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        is_met = measure(&world, &sets[i]) && is_met;
    printf("\nbody octets   memory a message takes\n");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        printf("%11zu   %6ld KiB\n", sizes[i], peak_of_child(&world, sizes[i]));
    printf("\n%s\n", is_met ? "every goal is met" : "a goal is missed");
    return is_met ? 0 : 1;
}
