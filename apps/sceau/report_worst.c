#include "report_worst.h"

#include <stdlib.h>

/* Is `a` less bad than `b`? Of equals the later one. */
static bool
is_milder(const struct report_row *a, const struct report_row *b)
{
    if (a->rank != b->rank)
        return a->rank < b->rank;
    return a->count != b->count ? a->count < b->count : a->order > b->order;
}

static void
swap(struct report_row *a, struct report_row *b)
{
    struct report_row kept = *a;
    *a = *b;
    *b = kept;
}

static void
sift_up(struct report_row *rows, size_t i)
{
    while (i > 0 && is_milder(&rows[i], &rows[(i - 1) / 2])) {
        swap(&rows[i], &rows[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static void
sift_down(struct report_row *rows, size_t count)
{
    for (size_t i = 0; 2 * i + 1 < count;) {
        size_t child = 2 * i + 1;
        if (child + 1 < count && is_milder(&rows[child + 1], &rows[child]))
            child++;
        if (!is_milder(&rows[child], &rows[i]))
            return;
        swap(&rows[i], &rows[child]);
        i = child;
    }
}

static int
by_badness(const void *a, const void *b)
{
    return is_milder(a, b) ? 1 : -1; /* no two are equal: order differs */
}

bool
report_worst_admits(const struct report_worst *w, const struct report_row *row)
{
    return w->count < REPORT_WORST_MAX || !is_milder(row, &w->rows[0]);
}

void
report_worst_add(struct report_worst *w, struct report_row row)
{
    if (w->count == REPORT_WORST_MAX) {
        free(w->rows[0].text);
        w->rows[0] = w->rows[--w->count];
        sift_down(w->rows, w->count);
    }
    w->rows[w->count] = row;
    sift_up(w->rows, w->count++);
}

void
report_worst_sort(struct report_worst *w)
{
    qsort(w->rows, w->count, sizeof *w->rows, by_badness);
}

void
report_worst_clear(struct report_worst *w)
{
    for (size_t i = 0; i < w->count; i++)
        free(w->rows[i].text);
    w->count = 0;
}
