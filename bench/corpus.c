/* The corpus of the milter's bench, made anew in a few seconds:
 *
 *     sceau-bench-corpus DIR COUNT [LARGEST]
 *
 * DIR/zone answers every question; DIR/mixed.tsv has COUNT messages as a busy host gets them;
 * DIR/simple-OCTETS.tsv, DIR/relaxed-OCTETS.tsv and DIR/signatures-N.tsv one message each that
 * grows in body (up to LARGEST octets) or number of signatures; DIR/fresh.tsv has messages of
 * which each needs names of its own, and DIR/fresh.zone those (DIR/reverse.zone: of their addresses). A line of a .tsv: file, client
 * address, HELO, MAIL FROM, recipient, and the words that SPF, DKIM and DMARC must come to. */
#include "corpus.h"

#include "words.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    FRESH = 600
};

static const char *dir;

static void
write_file(const char *name, struct sceau_slice octets)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    if (f == NULL || fwrite(octets.ptr, 1, octets.len, f) != octets.len ||
        fclose(f) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
}

/* ---- one message ---- */

struct message {
    struct sceau_arena *arena;
    struct sceau_header header;
    struct sceau_slice body;
};

static void
add_field(struct message *m, const char *name, const char *format, ...)
{
    va_list args;
    struct text value = text_new(m->arena, SIZE_MAX);
    va_start(args, format);
    text_vformat(&value, format, args);
    va_end(args);
    sceau_header_add(m->arena, &m->header, sceau_slice_from(name), text_done(&value));
}

static void
compose(struct message *m, const struct corpus_domain *author, unsigned n,
        uint32_t *seed, size_t size)
{
    struct text body = text_new(m->arena, SIZE_MAX);
    add_field(m, "Received",
              " from client.%s ([192.0.2.%u])\r\n\tby mail.%s with ESMTPSA id %08x;\r\n"
              "\tMon, 2 Mar 2026 09:00:%02u +0000",
              author->name, n % 200 + 1, author->name, n, n % 60);
    add_field(m, "From", " \"Ann Author\" <ann@%s>", author->name);
    add_field(m, "To", " Bob <bob@receiver.example>");
    add_field(m, "Subject", " Meeting number %u about the  invoice", n);
    add_field(m, "Date", " Mon, 2 Mar 2026 09:00:%02u +0000", n % 60);
    add_field(m, "Message-ID", " <%u.1234567890@%s>", n, author->name);
    add_field(m, "MIME-Version", " 1.0");
    add_field(m, "Content-Type", " text/plain; charset=utf-8");
    words_write(&body, seed, size);
    m->body = text_done(&body);
}

struct signing {
    const struct corpus_domain *domain;
    const struct corpus_key *key;
    enum sceau_canonicalization how;
    int64_t expiration;   /* -1: none */
    const char *selector; /* NULL: the key's own */
};

/* Put a signature on top: over what stands now. */
static void
sign(struct message *m, const struct signing *s)
{
    struct sceau_context context = {.arena = m->arena};
    struct sceau_dkim_signing_options options = {
        .domain = sceau_slice_from(s->domain->name),
        .selector =
            s->selector != NULL ? sceau_slice_from(s->selector) : s->key->selector,
        .header_canonicalization = s->how,
        .body_canonicalization = s->how,
        .timestamp = -1,
        .expiration = s->expiration,
    };
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(m->arena);
    struct sceau_dkim_signing *signing =
        sceau_dkim_signing_start(&context, hashes, &options);
    struct sceau_slice value;
    sceau_body_hashes_update(hashes, m->body);
    sceau_body_hashes_finish(hashes);
    enum sceau_status status = sceau_dkim_signing_finish(&context, signing, &m->header,
                                                         s->key->signer, &value);
    assert(status == SCEAU_OK);
    (void)status;
    sceau_body_hashes_free(hashes);
    struct sceau_header with = {0};
    struct text spaced = text_new(m->arena, SIZE_MAX);
    text_string(&spaced, " ");
    text_slice(&spaced, value);
    sceau_header_add(m->arena, &with, SCEAU_SLICE("DKIM-Signature"),
                     text_done(&spaced));
    for (size_t i = 0; i < m->header.count; i++)
        sceau_header_add(m->arena, &with, m->header.fields[i].name,
                         m->header.fields[i].body);
    m->header = with;
}

static void
save(const struct message *m, const char *name)
{
    struct text whole = text_new(m->arena, SIZE_MAX);
    for (size_t i = 0; i < m->header.count; i++) {
        text_slice(&whole, m->header.fields[i].raw);
        text_string(&whole, "\r\n");
    }
    text_string(&whole, "\r\n");
    text_slice(&whole, m->body);
    write_file(name, text_done(&whole));
}

/* ---- what somebody breaks on the way ---- */

static void
add_footer(struct message *m)
{
    struct text t = text_new(m->arena, SIZE_MAX);
    text_slice(&t, m->body);
    text_string(&t, "--\r\nThe list of everything\r\n");
    m->body = text_done(&t);
}

/* Replace the n-th field of a name by another body. */
static void
change_field(struct message *m, const char *name, struct sceau_slice body)
{
    struct sceau_header changed = {0};
    for (size_t i = 0; i < m->header.count; i++) {
        const struct sceau_field *f = &m->header.fields[i];
        bool is_meant = slice_eq_ci(f->name, sceau_slice_from(name));
        sceau_header_add(m->arena, &changed, f->name, is_meant ? body : f->body);
    }
    m->header = changed;
}

static void
tag_subject(struct message *m)
{
    change_field(m, "Subject", SCEAU_SLICE(" [everything] Meeting"));
}

/* Another octet near the end of b=. */
static void
damage_signature(struct message *m)
{
    struct sceau_slice body = slice_copy(m->arena, m->header.fields[0].body);
    char *octet = (char *)body.ptr + body.len - 12;
    while (!ascii_is_alpha(*octet))
        octet--;
    *octet = *octet == 'A' ? 'B' : 'A';
    change_field(m, "DKIM-Signature", body);
}

static const struct fault {
    void (*change)(struct message *m); /* NULL: the signature itself is at fault */
    int64_t expiration;
    const char *selector;
    const char *dkim;
} faults[] = {
    {add_footer,       -1,         NULL,   "fail"     }, /* body hash, RFC 6376 section 3.7 */
    {tag_subject,      -1,         NULL,   "fail"     },
    {damage_signature, -1,         NULL,   "fail"     },
    {NULL,             1700000000, NULL,   "permerror"}, /* expired, section 6.1.1 */
    {NULL,             -1,         "gone", "permerror"}, /* no such key, section 6.1.2 */
};

/* ---- the mixed corpus ---- */

/* Signs, or not. Returns DKIM's word. */
static const char *
sign_somehow(struct message *m, const struct corpus_domain *d, uint32_t *seed)
{
    unsigned percent = words_random(seed) % 100;
    struct signing rsa = {
        .domain = d,
        .key = &d->rsa,
        .how = words_random(seed) % 10 < 7 ? SCEAU_RELAXED : SCEAU_SIMPLE,
        .expiration = -1,
    };
    struct signing ed25519 = rsa;
    ed25519.key = &d->ed25519;
    if (percent < 10) /* unsigned */
        return "none";
    if (percent < 18) {
        const struct fault *fault =
            &faults[words_random(seed) % (sizeof faults / sizeof *faults)];
        rsa.expiration = fault->expiration;
        rsa.selector = fault->selector;
        sign(m, &rsa);
        if (fault->change != NULL)
            fault->change(m);
        return fault->dkim;
    }
    if (percent < 38) /* 10 % Ed25519, 10 % both */
        sign(m, &ed25519);
    if (percent >= 28)
        sign(m, &rsa);
    return "pass";
}

struct envelope {
    const char *address;
    char helo[64];
    char from[64]; /* without brackets */
    const char *spf;
    bool spf_aligned;
};

static void
choose_envelope(struct envelope *e, const struct corpus_domain *d, uint32_t *seed)
{
    unsigned percent = words_random(seed) % 100;
    *e = (struct envelope){.address = d->address, .spf = "pass", .spf_aligned = true};
    snprintf(e->helo, sizeof e->helo, "mail.%s", d->name);
    snprintf(e->from, sizeof e->from, "ann@%s", d->name);
    if (percent < 10) { /* forwarded */
        e->address = CORPUS_FORWARDER;
        e->spf = d->others;
        e->spf_aligned = false;
        snprintf(e->helo, sizeof e->helo, "relay.example");
    } else if (percent < 22) { /* sent by a mailer for others */
        e->address = CORPUS_BULK_IP;
        e->spf_aligned = false;
        snprintf(e->helo, sizeof e->helo, "%s", CORPUS_BULK);
        snprintf(e->from, sizeof e->from, "b+%u@%s", percent, CORPUS_BULK);
    } else if (percent < 29) {
        e->address = d->address6;
    } else if (percent < 32) { /* a notice: MAIL FROM <> is postmaster@HELO to SPF */
        e->from[0] = '\0';
    }
}

static void
put_line(struct text *list, const char *file, const struct envelope *e,
         const char *dkim, const char *dmarc)
{
    text_format(list, "%s\t%s\t%s\t%s\tbob@receiver.example\t%s\t%s\t%s\n", file,
                e->address, e->helo, e->from, e->spf, dkim, dmarc);
}

static void
write_mixed(const struct corpus_world *w, unsigned count)
{
    struct sceau_arena *arena = sceau_arena_new(SIZE_MAX);
    struct text list = text_new(w->arena, SIZE_MAX);
    uint32_t seed = 3;
    for (unsigned n = 0; n < count; n++) {
        const struct corpus_domain *d =
            &w->domains[words_random(&seed) % CORPUS_DOMAINS];
        struct message m = {.arena = arena};
        struct envelope e;
        char name[32];
        /* a step that is prime to the count: large ones are spread over the corpus */
        compose(&m, d, n, &seed, words_body_size(n * 787 % count, count));
        const char *dkim = sign_somehow(&m, d, &seed);
        choose_envelope(&e, d, &seed);
        bool passes =
            strcmp(dkim, "pass") == 0 || (e.spf_aligned && strcmp(e.spf, "pass") == 0);
        snprintf(name, sizeof name, "%05u.eml", n);
        save(&m, name);
        put_line(&list, name, &e, dkim,
                 d->policy == NULL ? "none"
                 : passes          ? "pass"
                                   : "fail");
        sceau_arena_clear(arena);
    }
    write_file("mixed.tsv", text_done(&list));
    sceau_arena_free(arena);
}

/* ---- nothing is known ---- */

/* COUNT small messages of as many domains, each named in no other. */
static void
write_fresh(struct corpus_world *w, unsigned count)
{
    struct sceau_arena *arena = sceau_arena_new(SIZE_MAX);
    struct text list = text_new(w->arena, SIZE_MAX),
                zone = text_new(w->arena, SIZE_MAX);
    uint32_t seed = 7;
    corpus_zone_start(&zone);
    for (unsigned n = 0; n < count; n++) {
        struct corpus_domain d;
        struct message m = {.arena = arena};
        char name[32];
        corpus_fresh_domain(w, &zone, n, &d);
        struct envelope e = {.address = d.address, .spf = "pass"};
        snprintf(e.helo, sizeof e.helo, "mail.%s", d.name);
        snprintf(e.from, sizeof e.from, "ann@%s", d.name);
        compose(&m, &d, n, &seed, 2000);
        sign(&m, &(struct signing){&d, &d.rsa, SCEAU_RELAXED, -1, NULL});
        snprintf(name, sizeof name, "fresh-%04u.eml", n);
        save(&m, name);
        put_line(&list, name, &e, "pass", d.policy == NULL ? "none" : "pass");
        sceau_arena_clear(arena);
    }
    write_file("fresh.tsv", text_done(&list));
    write_file("fresh.zone", text_done(&zone));
    write_file("reverse.zone", corpus_reverse_zone(w->arena));
    sceau_arena_free(arena);
}

/* ---- what grows ---- */

/* One message, `signatures` of them over one body. */
static void
write_one(const struct corpus_world *w, const char *name, size_t size,
          enum sceau_canonicalization how, unsigned signatures)
{
    struct sceau_arena *arena = sceau_arena_new(SIZE_MAX);
    struct message m = {.arena = arena};
    const struct corpus_domain *author = &w->domains[2];
    struct envelope e = {.address = author->address, .spf = "pass"};
    struct text list = text_new(arena, SIZE_MAX);
    char file[80];
    uint32_t seed = 5;
    snprintf(e.helo, sizeof e.helo, "mail.%s", author->name);
    snprintf(e.from, sizeof e.from, "ann@%s", author->name);
    compose(&m, author, 1, &seed, size);
    for (unsigned i = 0; i < signatures; i++) {
        const struct corpus_domain *d = &w->domains[(2 + i) % CORPUS_DOMAINS];
        sign(&m, &(struct signing){d, &d->rsa, how, -1, NULL});
    }
    snprintf(file, sizeof file, "%s.eml", name);
    save(&m, file);
    put_line(&list, file, &e, "pass", "pass");
    snprintf(file, sizeof file, "%s.tsv", name);
    write_file(file, text_done(&list));
    sceau_arena_free(arena);
}

static void
write_growing(const struct corpus_world *w, size_t largest)
{
    static const unsigned signatures[] = {1, 2, 4, 8};
    char name[64];
    for (size_t size = 10000; size <= largest; size *= 10) {
        snprintf(name, sizeof name, "simple-%zu", size);
        write_one(w, name, size, SCEAU_SIMPLE, 1);
        snprintf(name, sizeof name, "relaxed-%zu", size);
        write_one(w, name, size, SCEAU_RELAXED, 1);
    }
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        snprintf(name, sizeof name, "signatures-%u", signatures[i]);
        write_one(w, name, 10000, SCEAU_RELAXED, signatures[i]);
    }
}

int
main(int argc, char **argv)
{
    static struct corpus_world world;
    if (argc < 3) {
        fputs("usage: sceau-bench-corpus DIR COUNT [LARGEST]\n", stderr);
        return 64;
    }
    dir = argv[1];
    world.arena = sceau_arena_new(SIZE_MAX);
    corpus_world_make(&world);
    write_file("zone", world.zone);
    write_mixed(&world, (unsigned)strtoul(argv[2], NULL, 10));
    write_fresh(&world, FRESH);
    write_growing(&world, argc > 3 ? strtoul(argv[3], NULL, 10) : 0);
    sceau_arena_free(world.arena);
    return 0;
}
