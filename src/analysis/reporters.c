/* One pass over the rows. A report about a day comes on the next: silence is counted from
 * yesterday. */
#include "reporters.h"

#include "core/slice.h"

#include <stdlib.h>

static int
by_number(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static int
by_messages(const void *a, const void *b)
{
    const struct analysis_reporter *x = a, *y = b;
    return (x->messages < y->messages) - (x->messages > y->messages);
}

static void
finish(struct analysis_reporter *r, int *delays, size_t delay_count, int today)
{
    unsigned span = (unsigned)(r->last_day - r->first_day + 1);
    qsort(delays, delay_count, sizeof *delays, by_number);
    r->delay = delays[delay_count / 2];
    r->gaps = span - r->days;
    r->silent_days = r->last_day < today - 1 ? (unsigned)(today - 1 - r->last_day) : 0;
    r->is_usual = span >= ANALYSIS_USUAL_DAYS &&
                  analysis_share(r->days, span) >= ANALYSIS_USUAL_SHARE;
}

static void
add(struct analysis_reporter *r, const struct analysis_reporter_row *row)
{
    r->messages += row->messages;
    r->fails += row->fails;
    r->reports += row->reports;
    if (r->days == 0 || row->day != r->last_day)
        r->days++;
    r->last_day = row->day;
}

struct analysis_reporter *
analysis_reporters_make(struct sceau_arena *arena,
                        const struct analysis_reporter_row *rows, size_t row_count,
                        int today, size_t *count)
{
    struct analysis_reporter *list =
        sceau_arena_alloc(arena, (row_count + 1) * sizeof *list);
    int *delays = sceau_arena_alloc(arena, (row_count + 1) * sizeof *delays);
    size_t used = 0, delay_count = 0;
    *count = 0;
    if (list == NULL || delays == NULL)
        return NULL;
    for (size_t i = 0; i < row_count; i++) {
        if (used == 0 || !slice_eq(list[used - 1].name, rows[i].name)) {
            if (used > 0)
                finish(&list[used - 1], delays, delay_count, today);
            list[used++] = (struct analysis_reporter){.name = rows[i].name,
                                                      .first_day = rows[i].day};
            delay_count = 0;
        }
        add(&list[used - 1], &rows[i]);
        delays[delay_count++] = rows[i].delay;
    }
    if (used > 0)
        finish(&list[used - 1], delays, delay_count, today);
    qsort(list, used, sizeof *list, by_messages);
    *count = used;
    return list;
}
