/* The roll-ups of aggregate reports: what pages are made of, kept while reports are written,
 * so that no page ever adds up rows. Reports of one transaction are summed up together: most
 * of them tell of the same addresses and days. */
#ifndef STORE_ROLLUP_H
#define STORE_ROLLUP_H

#include "analysis/cause.h"
#include "database.h"
#include "days.h"
#include "report/report.h"
#include "tally.h"

#define ROLLUP_PAIRS_MAX 64 /* of one domain, day and address in one report */

struct rollup {
    struct database *db;
    /* of the report at hand */
    struct sceau_slice policy_domain, reporter_name;
    struct days days;
    int64_t received;
    uint64_t rows;
    uint64_t number; /* of the reports so far */
    /* of the transaction */
    int64_t sign; /* 1; -1: what reports gave is taken back */
    struct tally ips, totals, keys, selectors, pairs, seen;
    /* of the entry handed over last */
    struct sceau_slice week, pair_group;
    unsigned pair_count;
    char group[TALLY_KEY_MAX], week_octets[TALLY_KEY_MAX];
};

/* Memory is taken with the first report, and kept. Many keys need files without a name beside
 * the database. */
void rollup_init(struct rollup *rollup, struct database *db);
void rollup_clear(struct rollup *rollup);

/* All that follows is taken away. Sums that come to nothing leave. */
void rollup_take_back(struct rollup *rollup);

/* A report begins; what it points to lives until rollup_end. */
void rollup_begin(struct rollup *rollup, const struct report_aggregate *report,
                  const struct days *days, int64_t received);

/* One of its records; `domain` is its author's. */
void rollup_record(struct rollup *rollup, const struct report_record *record,
                   struct sceau_slice domain,
                   const struct analysis_judgement *judgement);

/* It was all. False when the database failed: rollup_error says why. */
bool rollup_end(struct rollup *rollup, const struct report_aggregate *report);
const char *rollup_error(const struct rollup *rollup);

/* The line of its reporter, which one that is ignored has as well. */
bool rollup_reporter(struct rollup *rollup, const struct report_aggregate *report);

/* Before the commit: the roll-ups of all reports go to the database. False when they could
 * not: rollup_error says why. */
bool rollup_flush(struct rollup *rollup);

/* The transaction was rolled back. */
void rollup_drop(struct rollup *rollup);

#endif
