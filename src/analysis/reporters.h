/* Who reports, how late, with which gaps, and who fell silent. */
#ifndef ANALYSIS_REPORTERS_H
#define ANALYSIS_REPORTERS_H

#include "analysis.h"

#define ANALYSIS_USUAL_DAYS   10  /* a reporter is known at least so long */
#define ANALYSIS_USUAL_SHARE  700 /* thousandths of the days on which it reported */
#define ANALYSIS_SILENT_AFTER 3   /* days */

/* A line of the store's roll-up; several domains of one reporter and day may come. */
struct analysis_reporter_row {
    struct sceau_slice name;
    int day;
    uint64_t messages, fails, reports;
    int delay; /* seconds */
};

/* Rows in the order of names and, within one, of days. Contradictions, repairs and
 * duplicates are left at 0. The largest first. NULL, with *count 0, when there is none or
 * the arena is full. */
struct analysis_reporter *analysis_reporters_make(
    struct sceau_arena *arena, const struct analysis_reporter_row *rows,
    size_t row_count, int today, size_t *count);

#endif
