/* What is known of addresses besides reports: the confirmed name, its organisation, the
 * network, the country (table `address`). Looked up by a worker between other work, never
 * while a report is read or a page is shown; kept for a month. */
#ifndef ENRICH_ENRICH_H
#define ENRICH_ENRICH_H

#include "sceau/dmarc.h"
#include "sceau/dns.h"

#include "check/networks.h"
#include "store/database.h"

#define ENRICH_KEEP_SECONDS \
 (INT64_C(30) * 86400)            /* until an address is looked up again */
#define ENRICH_RETRY_SECONDS 3600 /* after the first failure; doubled each time */
#define ENRICH_RETRY_MAX     (INT64_C(7) * 86400)
#define ENRICH_BATCH         64 /* addresses whose questions travel together */

/* Embed nothing; all of it belongs to the caller. */
struct enrich {
    struct database *db; /* writes */
    struct sceau_resolver *resolver;
    const struct sceau_psl *psl;            /* NULL: by the tree walk */
    const struct check_networks *networks;  /* NULL: networks stay unknown */
    const struct check_networks *countries; /* NULL: those that `networks` tells */
    int64_t now;                            /* seconds since the epoch */
    size_t most;                            /* addresses of this run */
    uint32_t budget_ms; /* of waiting for DNS in this run; then it ends early */
};

struct enrich_result {
    size_t looked_up;
    size_t named;  /* with a confirmed name */
    size_t failed; /* DNS could not tell */
    bool has_more; /* some are left for the next run */
};

/* One run: addresses that were never looked up, the latest first, then those whose time
 * has come. False when the store fails; what was done before that is kept. */
bool enrich_run(const struct enrich *enrich, struct enrich_result *result);

#endif
