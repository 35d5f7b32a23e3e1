/* What the corpus is made of: domains with keys and records, one zone for all of them. */
#ifndef BENCH_CORPUS_H
#define BENCH_CORPUS_H

#include "sceau/dkim.h"

#include "core/text.h"

#define CORPUS_DOMAINS 20

/* Who signs; `record` stands at SELECTOR._domainkey.DOMAIN. */
struct corpus_key {
    struct sceau_signer *signer;
    struct sceau_slice selector;
};

struct corpus_domain {
    char name[32];      /* d7.example */
    char address[32];   /* that its SPF record admits */
    char address6[32];  /* the same over IPv6 */
    const char *others; /* SPF's word for all other addresses */
    const char *policy; /* of DMARC; NULL: no record */
    struct corpus_key rsa, ed25519;
};

struct corpus_world {
    struct sceau_arena *arena;
    struct corpus_domain domains[CORPUS_DOMAINS];
    struct sceau_slice zone; /* as `--dns` and a name server take it */
};

#define CORPUS_FORWARDER "203.0.113.200"       /* no SPF record admits it */
#define CORPUS_BULK      "bounce.bulk.example" /* a mailer for others: MAIL FROM, address */
#define CORPUS_BULK_IP   "203.0.113.5"

/* Keys are new each time; the rest is always the same. */
void corpus_world_make(struct corpus_world *world);

/* What every zone begins with. */
void corpus_zone_start(struct text *zone);

/* A domain that nobody has asked for yet: c0.example, c1.example, … They share a key, as
 * making one takes long; their names are what counts. */
void corpus_fresh_domain(struct corpus_world *world, struct text *zone, unsigned n,
                         struct corpus_domain *domain);

/* The names of their addresses, 198.51.100.0/24. */
struct sceau_slice corpus_reverse_zone(struct sceau_arena *arena);

#endif
