/* What the two forms of a letter share. */
#ifndef ALERT_LETTER_PARTS_H
#define ALERT_LETTER_PARTS_H

#include "letter.h"

#define LETTER_COLUMNS   4
#define LETTER_LINES_MAX 60 /* domains with figures; the dashboard has all */

extern const char *const letter_columns[LETTER_COLUMNS];
extern const char *const letter_headings[]; /* of what is new, of what still is */
extern const char *const letter_nothing, *const letter_footer;

const char *letter_severity(enum analysis_severity severity); /* English */

/* "https://host/path", visible characters only. */
struct sceau_slice letter_link(struct sceau_arena *arena, const struct letter *l,
                               struct sceau_slice path);

struct sceau_slice letter_figures_heading(struct sceau_arena *arena,
                                          const struct letter *l);

/* What no letter has, and where it is. */
struct sceau_slice letter_left_out(struct sceau_arena *arena, const struct letter *l);

/* How many of the items are new: they stand first. */
size_t letter_count_new(const struct letter *l);

#endif
