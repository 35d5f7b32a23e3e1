/* The daily look at the DNS records of our domains (table `dns_record`): what is published,
 * since when, and until when. A text that is gone keeps the time it was last seen. */
#ifndef ENRICH_RECORDS_H
#define ENRICH_RECORDS_H

#include "sceau/dns.h"

#include "store/database.h"

#define RECORDS_DOMAINS_MAX   1000
#define RECORDS_SELECTORS_MAX 32 /* of one domain: those seen in use in 30 days */
#define RECORDS_HOSTS_MAX     16 /* mail hosts of one domain whose addresses are kept */

struct records_look {
    struct database *db; /* writes */
    struct sceau_resolver *resolver;
    const struct sceau_slice *domains; /* ours, beside those that reports are about */
    size_t domain_count;
    int64_t now;
    uint32_t budget_ms; /* of waiting for DNS in this run; the next one goes on */
};

struct records_result {
    size_t domains, questions, records;
    size_t troubles; /* questions that DNS could not answer: their records stay */
    size_t changed;  /* names and types that have other texts than before */
    bool has_more;   /* the time was over before all were looked at */
};

/* Is a look due: none today (UTC)? */
bool records_is_due(struct database *db, int64_t now);

/* Look at all that were not looked at today. A day on which DNS told next to nothing is not
 * over with that. False when the store fails. */
bool records_run(const struct records_look *look, struct records_result *result);

/* ---- what changed ---- */

struct records_change {
    struct sceau_slice domain, name, type;
    struct sceau_slice before, after; /* texts; empty: there was none, there is none */
    int64_t first;                    /* when the new text was seen first */
};

/* Changes that the looks since `since` met, into the arena; what was new because the name
 * was never looked at before is none. NULL with *count 0 when there is none; false in
 * *is_fine when the store fails. */
const struct records_change *records_changes(struct database *db,
                                             struct sceau_arena *arena, int64_t since,
                                             size_t *count, bool *is_fine);

#endif
