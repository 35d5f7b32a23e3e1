/* A domain by the records that were seen last in DNS (table dns_record): src/check over a
 * text that stands in for DNS. Asks no server. What was not looked at is unknown. */
#ifndef APP_STORED_CHECK_H
#define APP_STORED_CHECK_H

#include "check/summary.h"
#include "config/config.h"
#include "store/database.h"
#include "zone/index.h"
#include "zone/names.h"
#include "zone/published.h"

struct stored_record {
    struct sceau_slice name, type,
        text; /* empty text: it was looked for, and is absent */
    int64_t first, last;
    bool is_current;
};

struct stored_check {
    struct stored_record *records;
    size_t count;
    int64_t seen; /* the last look; 0: there was none */
    struct check_finding *findings;
    struct check_subject *subject; /* NULL: there was no look */
    struct check_status_line lines[CHECK_SUMMARY_LINES];
    struct zone_document document;
    struct zone_part part;
    struct zone_index index;
    struct zone_names names;
    struct zone_published published;
};

struct stored_check_options {
    enum language language;
    enum sceau_dmarc_discovery discovery;
    const struct sceau_psl *psl;
    int64_t now;
    bool only_mtasts; /* MTA-STS, in place of SPF, DMARC and DKIM */
    const struct https_answer
        *mtasts_page; /* with it; NULL: the policy was never read */
    const struct mtasts_left *mtasts_left; /* with it: the policy before that */
};

/* Check SPF, DMARC and DKIM of the domain, or MTA-STS. NULL when the arena is full or the store cannot
 * be read. All of it lives in the arena. */
struct stored_check *stored_check(struct sceau_arena *arena, struct database *db,
                                  struct sceau_slice domain,
                                  const struct stored_check_options *options);

/* The same of many domains with one question: from `first` to `last` by name, each asked for in
 * its turn; no other statement of the database runs meanwhile. */
struct stored_rows {
    struct statement *st;
    int step; /* of the row at hand: 1; 0: there is none */
};
struct stored_rows stored_rows_of(struct database *db, struct sceau_slice first,
                                  struct sceau_slice last, bool only_mtasts);
struct stored_check *stored_check_next(struct sceau_arena *arena,
                                       struct stored_rows *rows,
                                       struct sceau_slice domain,
                                       const struct stored_check_options *options);
void stored_rows_end(struct stored_rows *rows);

/* The selectors whose keys stand in a zone, for check_options. */
const struct check_selector *stored_check_selectors(struct sceau_arena *arena,
                                                    const struct zone_names *names);

#endif
