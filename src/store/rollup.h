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

/* What is summed up, in the order it goes to the database: selectors come out of keys. */
enum rollup_sum {
    ROLLUP_IPS,
    ROLLUP_TOTALS,
    ROLLUP_KEYS,
    ROLLUP_SELECTORS,
    ROLLUP_PAIRS,
    ROLLUP_SEEN,
    ROLLUP_POLICIES,
};
#define ROLLUP_SUMS (ROLLUP_POLICIES + 1)

/* The first octets of the key handed over last. */
struct rollup_group {
    size_t len;
    char octets[TALLY_KEY_MAX];
};

/* A sum that waits for others of its table. */
#define ROLLUP_ROWS 8

struct rollup_row {
    int64_t values[TALLY_VALUES];
    size_t len;
    char octets[TALLY_KEY_MAX];
};

struct rollup_table;

struct rollup {
    struct database *db;
    struct tally sums[ROLLUP_SUMS]; /* of the transaction */
    int64_t sign;                   /* 1; -1: what reports gave is taken back */
    uint64_t number;                /* of the reports so far */
    /* of the report at hand */
    struct sceau_slice policy_domain, reporter_name;
    struct days days;
    int64_t received;
    uint64_t rows;
    uint64_t pair_limit; /* its number: its pairs are counted; 0: they are few */
    /* of what is handed over */
    struct rollup_group week, pair_group, seen_group;
    unsigned pair_count;
    const struct rollup_table *table; /* of these rows */
    struct rollup_row waiting[ROLLUP_ROWS];
    size_t waiting_count;
};

/* Memory is taken with the first report, and kept. Many keys need files without a name beside
 * the database. */
void rollup_init(struct rollup *rollup, struct database *db);
void rollup_clear(struct rollup *rollup);

/* Of the transaction: what follows is taken away, or added. Sums that come to nothing stay. */
void rollup_take_back(struct rollup *rollup, bool is_taken_back);

/* A report begins; what it points to lives until rollup_end. */
void rollup_begin(struct rollup *rollup, const struct report_aggregate *report,
                  const struct days *days, int64_t received);

/* One of its records; `domain` is its author's. */
void rollup_record(struct rollup *rollup, const struct report_record *record,
                   struct sceau_slice domain,
                   const struct analysis_judgement *judgement);

/* Those were all. */
void rollup_end(struct rollup *rollup, const struct report_aggregate *report);

/* The line of its reporter, which one that is ignored has as well; written at once. False
 * when the database failed. */
bool rollup_reporter(struct rollup *rollup, const struct report_aggregate *report);

/* Before the commit: the roll-ups of all reports go to the database. False when they could
 * not: rollup_error says why. */
bool rollup_flush(struct rollup *rollup);
const char *rollup_error(const struct rollup *rollup);

/* The transaction was rolled back. */
void rollup_drop(struct rollup *rollup);

#endif
