/* Bars and sparks as inline SVG: drawn here, so that they print, and need no script. Each has
 * its numbers as text beside it. */
#ifndef WEB_CHART_H
#define WEB_CHART_H

#include "web/page.h"

#define CHART_SERIES 4

struct chart_series {
    const char *class; /* both, one, ours, others: colour and hatching */
    const char *title; /* N_() */
};

/* What became of messages, as a page of one domain or one source shows it. */
extern const struct chart_series chart_outcomes[CHART_SERIES];

struct chart_day {
    int64_t day;
    uint64_t values[CHART_SERIES];
    bool is_spread; /* from a range of several days */
};

struct chart_mark {
    int64_t day;
    struct sceau_slice text; /* what happened; of others */
};

/* Stacked bars, a link to each day, and what the colours mean. `title` is N_(). */
void chart_bars(struct page *p, const char *title, const struct chart_series *series,
                size_t series_count, const struct chart_day *days, size_t count,
                const struct chart_mark *marks, size_t mark_count);

/* A small one in a cell: what came, and how much of it failed. */
void chart_spark(struct page *p, const uint64_t *values, const uint64_t *fails,
                 size_t count);

/* The small square that a legend or a table shows. */
void chart_key(struct page *p, const char *class);

#endif
