/* What our domains publish for who sends to them over TLS, as seen last: records, the first
 * certificate to end, and what the host of the MTA-STS policy answered; table meta,
 * "mta_sts/DOMAIN" (check/mtasts_kept.h). */
#ifndef INSIGHT_TLS_PUBLISHED_H
#define INSIGHT_TLS_PUBLISHED_H

#include "check/mtasts_kept.h"
#include "insight.h"
#include "reports.h"

#define INSIGHT_TLS_PUBLISHED_MAX 1000 /* as many domains are looked at */

struct insight_tls_published {
    struct sceau_slice domain;
    struct sceau_slice mta_sts, tls_rpt; /* records; empty: there is none */
    int64_t seen;                        /* they were; 0: neither was looked for */
    struct sceau_slice mail_host; /* of the first certificate to end; empty: none */
    int64_t certificate_until;    /* days since the epoch */
    struct mtasts_look look;
};

/* Domains whose records were seen of late, by name. `part` is told how many there are. */
bool insight_tls_published(struct insight *in, const struct filter *f,
                           struct insight_part *part,
                           const struct insight_tls_published **published,
                           size_t *count);

struct table insight_tls_published_table(struct sceau_arena *arena,
                                         const struct insight_tls_published *published,
                                         size_t count);

/* ---- the look at a policy file: sceau-reportd's ---- */

/* Which of the domains were not looked at in the last `age` seconds? One question, however many they are. A look of tomorrow, by a clock that was ahead, is none. */
bool insight_mtasts_due(struct insight *in, const struct sceau_slice *domains,
                        size_t count, int64_t age, bool *is_due);

/* As if there was none when nothing is kept. False: an error. */
bool insight_mtasts_look(struct insight *in, struct sceau_slice domain,
                         struct mtasts_look *look);
bool insight_mtasts_keep(struct insight *in, struct sceau_slice domain,
                         const struct mtasts_look *look);

/* Of domains that nobody looks at any more. */
bool insight_mtasts_forget(struct insight *in);

#endif
