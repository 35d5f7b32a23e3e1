/* The worst rows of a report, kept while the report is read: however long it is, as many as a
 * person looks at. */
#ifndef APP_REPORT_WORST_H
#define APP_REPORT_WORST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_WORST_MAX 1000

struct report_row {
    unsigned rank;  /* how bad: 3 no aligned pass, 2 not told, 1 one, 0 both */
    uint64_t count; /* messages */
    uint64_t order; /* in the report */
    char *text;     /* its lines; owned */
    size_t len;
};

/* Empty when zeroed. */
struct report_worst {
    struct report_row rows[REPORT_WORST_MAX]; /* a heap, the least bad on top */
    size_t count;
};

/* Is it worse than one of those that are kept, or is there room? */
bool report_worst_admits(const struct report_worst *worst,
                         const struct report_row *row);

/* Keep a row that is admitted, with its text, in the place of the least bad. */
void report_worst_add(struct report_worst *worst, struct report_row row);

/* The worst first; no row may follow. */
void report_worst_sort(struct report_worst *worst);

/* Free the texts. */
void report_worst_clear(struct report_worst *worst);

#endif
