/* What the milter counts, and milter.prom: the same as text for Prometheus' node exporter
 * or whoever reads files. */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include "dns/cache.h"
#include "dns/guard.h"
#include "milter/server.h"
#include "milter/session.h"
#include "policy/shadow.h"
#include "signer.h"
#include "store/journal_waiting.h"

#include <stdatomic.h>

#define METRICS_SECONDS 10 /* between two writes */
#define METRICS_BUCKETS 13 /* of the histogram, without the last, endless one */

struct metrics {
    atomic_uint_fast64_t dmarc[SCEAU_DMARC_PERMERROR + 1];
    atomic_uint_fast64_t spf[SCEAU_SPF_PERMERROR + 1];   /* of MAIL FROM */
    atomic_uint_fast64_t dkim[SCEAU_DKIM_PERMERROR + 1]; /* the best of each message */
    atomic_uint_fast64_t arc[SCEAU_ARC_TEMPERROR + 1];
    atomic_uint_fast64_t overrides[POLICY_OVERRIDE_TRUSTED_FORWARDER + 1];
    atomic_uint_fast64_t would[POLICY_TEMPFAIL + 1]; /* of shadow mode */
    atomic_uint_fast64_t rewritten;
    atomic_uint_fast64_t actions[POLICY_TEMPFAIL + 1];
    atomic_uint_fast64_t held;
    atomic_uint_fast64_t unjudged;
    atomic_uint_fast64_t journal_lost;
    atomic_uint_fast64_t samples; /* of failed messages, for failure reports */
    atomic_uint_fast64_t reloads, reloads_refused;
    atomic_uint_fast64_t slow[METRICS_BUCKETS + 1]; /* messages by time at their end */
    atomic_uint_fast64_t slow_us;
    atomic_uint_fast64_t signing[POLICY_SIGNING_RULES]; /* messages by rule */
    atomic_uint_fast64_t signatures, seals, refolded, long_lines;
    atomic_uint_fast64_t shadow_compared[SHADOW_METHODS];
    atomic_uint_fast64_t shadow_differences[SHADOW_METHODS];
    atomic_uint_fast64_t shadow_silent; /* the other filter said nothing */
};

/* Count a message that waited so long at its end. From any thread. */
void metrics_message(struct metrics *metrics, const struct milter_message *message,
                     uint64_t elapsed_us);

/* Count a comparison of shadow mode. From any thread. */
void metrics_shadow(struct metrics *metrics, const struct shadow_report *report);

/* What others count. */
struct metrics_facts {
    const struct milter_server_counts *server;
    struct dns_cache *cache; /* NULL: none */
    struct dns_guard *guard; /* NULL: none */
    enum signer_state signer;
    bool has_journal;
    struct journal_waiting waiting;
    uint64_t journal_limit; /* octets; 0: none */
    uint64_t boot_us;
};

/* Write DIR/milter.prom: a whole file or none. False, and errno. */
bool metrics_write(struct metrics *metrics, const char *dir,
                   const struct metrics_facts *facts);

#endif
