/* Domains with keys, SPF records of the common shapes, DMARC policies. */
#include "corpus.h"

#include <assert.h>
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

enum {
    ADDRESSES = 200
};

/* A domain's SPF record by its number: the shapes that are met, with their word for
 * strangers. {d} is the domain, {4} and {6} its addresses. */
static const struct shape {
    const char *record;
    const char *others;
} shapes[] = {
    {"v=spf1 ip4:{4} ip6:{6} -all",                                             "fail"    },
    {"v=spf1 a mx -all",                                                        "fail"    },
    {"v=spf1 include:_spf.{d} -all",                                            "fail"    },
    {"v=spf1 redirect=_spf.{d}",                                                "softfail"},
    {"v=spf1 include:_one.bulk.example include:_two.{d} include:_spf.{d} ?all",
     "neutral"                                                                            },
};

static const char *const policies[] = {NULL,     "none",   "reject",     "quarantine",
                                       "reject", "reject", "quarantine", "none",
                                       "reject", "reject"};

static void
put_filled(struct text *t, const char *record, const struct corpus_domain *d)
{
    for (const char *c = record; *c != '\0'; c++) {
        if (*c != '{')
            text_octet(t, *c);
        else {
            text_string(t, c[1] == 'd'   ? d->name
                           : c[1] == '4' ? d->address
                                         : d->address6);
            c += 2;
        }
    }
}

/* A TXT record in strings of at most 255 octets. */
static void
put_txt(struct text *zone, const char *name, struct sceau_slice value)
{
    text_format(zone, "%s. TXT", name);
    for (size_t i = 0; i < value.len; i += 250) {
        size_t len = value.len - i < 250 ? value.len - i : 250;
        text_format(zone, " \"%.*s\"", (int)len, value.ptr + i);
    }
    text_string(zone, "\n");
}

static struct corpus_key
make_key(struct corpus_world *w, struct text *zone, const struct corpus_domain *d,
         const char *selector, bool is_ed25519)
{
    EVP_PKEY *key =
        is_ed25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL, name[96];
    const char *reason;
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    long len = BIO_get_mem_data(bio, &pem);
    struct corpus_key made = {
        .signer =
            sceau_private_key_parse((struct sceau_slice){pem, (size_t)len}, &reason),
        .selector = sceau_slice_from(selector),
    };
    assert(made.signer != NULL);
    BIO_free(bio);
    EVP_PKEY_free(key);
    snprintf(name, sizeof name, "%s._domainkey.%s", selector, d->name);
    put_txt(zone, name, sceau_private_key_record(w->arena, made.signer));
    return made;
}

static void
put_spf(struct corpus_world *w, struct text *zone, const struct corpus_domain *d,
        const char *record)
{
    struct text value = text_new(w->arena, SIZE_MAX);
    char name[64];
    put_filled(&value, record, d);
    put_txt(zone, d->name, text_done(&value));
    text_format(zone, "mail.%s. TXT \"v=spf1 redirect=%s\"\n", d->name, d->name);
    snprintf(name, sizeof name, "_spf.%s", d->name);
    value = text_new(w->arena, SIZE_MAX);
    put_filled(&value, "v=spf1 ip4:{4} ip6:{6} ~all", d);
    put_txt(zone, name, text_done(&value));
    text_format(zone, "_two.%s. TXT \"v=spf1 ip4:192.0.2.7 ~all\"\n", d->name);
    text_format(zone,
                "%s. A %s\n%s. AAAA %s\n%s. MX 10 mail.%s.\nmail.%s. A %s\n"
                "mail.%s. AAAA %s\n",
                d->name, d->address, d->name, d->address6, d->name, d->name, d->name,
                d->address, d->name, d->address6);
}

static void
put_records(struct corpus_world *w, struct text *zone, struct corpus_domain *d,
            unsigned n)
{
    const struct shape *shape = &shapes[n % (sizeof shapes / sizeof *shapes)];
    snprintf(d->address, sizeof d->address, "198.51.100.%u", n % ADDRESSES + 1);
    snprintf(d->address6, sizeof d->address6, "2001:db8:%x::25", n + 1);
    d->others = shape->others;
    d->policy = policies[n / 2 % (sizeof policies / sizeof *policies)];
    put_spf(w, zone, d, shape->record);
    if (d->policy != NULL)
        text_format(zone, "_dmarc.%s. TXT \"v=DMARC1; p=%s; rua=mailto:dmarc@%s\"\n",
                    d->name, d->policy, d->name);
}

static void
make_domain(struct corpus_world *w, struct text *zone, unsigned n)
{
    struct corpus_domain *d = &w->domains[n];
    snprintf(d->name, sizeof d->name, "d%u.example", n);
    put_records(w, zone, d, n);
    d->rsa = make_key(w, zone, d, "r", false);
    d->ed25519 = make_key(w, zone, d, "e", true);
}

void
corpus_zone_start(struct text *zone)
{
    text_string(
        zone, "$TTL 3600\n"
              "example. SOA ns.example. hostmaster.example. 1 3600 600 604800 3600\n"
              "example. NS ns.example.\nns.example. A 127.0.0.1\n"
              "_one.bulk.example. TXT \"v=spf1 ip4:203.0.113.64/27 ~all\"\n" CORPUS_BULK
              ". TXT \"v=spf1 ip4:203.0.113.0/28 -all\"\n");
}

void
corpus_fresh_domain(struct corpus_world *w, struct text *zone, unsigned n,
                    struct corpus_domain *d)
{
    char name[96];
    *d = (struct corpus_domain){.rsa = w->domains[0].rsa};
    snprintf(d->name, sizeof d->name, "c%u.example", n);
    put_records(w, zone, d, n);
    snprintf(name, sizeof name, "r._domainkey.%s", d->name);
    put_txt(zone, name, sceau_private_key_record(w->arena, d->rsa.signer));
}

void
corpus_world_make(struct corpus_world *w)
{
    struct text zone = text_new(w->arena, SIZE_MAX);
    corpus_zone_start(&zone);
    for (unsigned n = 0; n < CORPUS_DOMAINS; n++)
        make_domain(w, &zone, n);
    w->zone = text_done(&zone);
    assert(w->zone.len > 0);
}

struct sceau_slice
corpus_reverse_zone(struct sceau_arena *arena)
{
    struct text zone = text_new(arena, SIZE_MAX);
    text_string(&zone, "$TTL 3600\n$ORIGIN 100.51.198.in-addr.arpa.\n"
                       "@ SOA ns.example. hostmaster.example. 1 3600 600 604800 3600\n"
                       "@ NS ns.example.\n");
    for (unsigned n = 0; n < ADDRESSES; n++)
        text_format(&zone, "%u PTR mail.c%u.example.\n", n + 1, n);
    return text_done(&zone);
}
