/* A table of a page: its filter in words above it, CSV and JSON of the same rows, headings that
 * sort where there is a script, rows that become cards where there is no width. */
#ifndef WEB_GRID_H
#define WEB_GRID_H

#include "web/page.h"

#define GRID_COLUMNS_MAX 20

enum grid_kind {
    GRID_TEXT,
    GRID_NUMBER, /* to the right */
    GRID_SHORT,  /* does not break */
};

struct grid_column {
    const char *title; /* N_() */
    enum grid_kind kind;
};

struct grid {
    struct page *page;
    const struct grid_column *columns;
    size_t count, at;
    size_t rows;
};

/* The line above a table: its filter in words with "clear", and the files. `sentence` may be
 * empty; `table` names it among several of the page, NULL is the page's own. */
void grid_about(struct page *p, struct sceau_slice sentence, bool has_filter,
                const char *table);

/* `caption` is N_(), for who does not see the page; columns are static. */
struct grid grid_begin(struct page *p, const char *caption,
                       const struct grid_column *columns, size_t count);
void grid_end(struct grid *g);

void grid_row(struct grid *g, const char *class);
void grid_row_end(struct grid *g);

/* One cell in its turn. Between open and close, content of any kind. */
void grid_open(struct grid *g, int64_t value);
void grid_open_text(struct grid *g);
void grid_close(struct grid *g);

void grid_text(struct grid *g, struct sceau_slice text);
void grid_say(struct grid *g, const char *english);
void grid_number(struct grid *g, uint64_t number);
/* One that is 0 as a rule: a dash then, which a card on a phone leaves out. */
void grid_rare(struct grid *g, uint64_t number);
/* Thousandths as "98.7%" with a small bar; below 0: nothing is known. */
void grid_share(struct grid *g, int thousandths);
void grid_day(struct grid *g, int64_t day);
void grid_time(struct grid *g, int64_t seconds);
void grid_link(struct grid *g, struct sceau_slice url, struct sceau_slice text);
void grid_none(struct grid *g);

/* "98.7%", "98,7 %". */
void grid_put_share(struct page *p, int thousandths);

/* A badge: class good, bad, warn, info or none. */
void grid_badge(struct page *p, const char *class, const char *english);
void grid_badge_text(struct page *p, const char *class, struct sceau_slice text);

#endif
