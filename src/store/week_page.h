/* Rows of the table week_ip that lie in no pack, a page at a time: a server sends a page at once,
 * for a fraction of what its rows cost one by one. Each page is of its own moment: of a report that
 * is taken between two of them the rows of one are there and those of the other are not, until the
 * answer is made anew for the store's new version. */
#ifndef STORE_WEEK_PAGE_H
#define STORE_WEEK_PAGE_H

#include "core/domain.h"
#include "database.h"
#include "week_rows.h"

/* ---- rows, as they are ---- */

/* What is 0 may be NULL as well. */
#define WEEK_COLUMNS                                                        \
 "ip, dkim, spf, disposition, cause, flags, domain, week, count0, count1, " \
 "count2, count3, count4, count5, count6, reports0, reports1, reports2, "   \
 "reports3, reports4, reports5, reports6 FROM week_ip "

/* The first seven of them, but for the domain's life as of any others in that order. */
void week_row_head_read(struct statement *s, struct analysis_row *row);

/* A row of those columns. Its day is the first of the week, its domain lives as the column
 * does; values of enums are in their bounds, for files can be damaged. */
void week_row_read(struct statement *s, struct analysis_week *week);

/* ---- where they are read on ---- */

#define WEEK_KEY_NUMBERS 5 /* columns of the key, the last ones */

/* Stores of before cut a name amid a character, whose octets were three each then. */
#define WEEK_NAME_MAX (DOMAIN_MAX + 16)

/* The key of a row, behind its policy domain. */
struct week_place {
    int64_t week;
    char domain[WEEK_NAME_MAX];
    size_t domain_len;
    char ip[16];
    size_t ip_len;
    int64_t numbers[WEEK_KEY_NUMBERS];
};

/* That of the row at hand, one of those columns. False: no writer of ours wrote it. */
bool week_place_note(struct week_place *place, struct statement *s);

/* From ?n on: domain, ip, numbers. */
void week_place_bind(const struct week_place *place, struct statement *s, int n);

/* ---- pages ---- */

#define WEEK_PAGE_ROWS 1000 /* at most: some 600 KiB on their way from a server */

/* Rows before that place, those of `first` and later weeks, the last one first: the whole key
 * falls, as it does in packs that are read from the last to the first. `only_fails`: those that
 * nothing aligned. A place in week n + 1 without anything else is where week n is begun. */
struct statement *week_page(struct database *db, struct sceau_slice policy_domain,
                            int64_t first, const struct week_place *before,
                            bool only_fails);

#endif
