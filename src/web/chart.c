/* SVG of days. Colours come from the style sheet by class; each series has its hatching as
 * well, so that print and eyes without colour tell them apart. */
#include "web/chart.h"

#include "insight/words.h"

#include <stdio.h>

enum {
    WIDTH = 1000,
    HEIGHT = 250,
    LEFT = 58, /* of the numbers */
    TOP = 22,  /* of the marks */
    BOTTOM = 24,
    PLOT = HEIGHT - TOP - BOTTOM
};

const struct chart_series chart_outcomes[CHART_SERIES] = {
    {"both",   N_("DKIM and SPF aligned")},
    {"one",    N_("one of them aligned") },
    {"ours",   N_("fails, yours")        },
    {"others", N_("fails, not yours")    },
};

static void
put_rect(struct html *h, const char *class, double x, double y, double width,
         double height)
{
    html_open(h, "rect");
    html_attr_string(h, "class", class);
    html_attr_tenths(h, "x", x);
    html_attr_tenths(h, "y", y);
    html_attr_tenths(h, "width", width);
    html_attr_tenths(h, "height", height);
    html_close(h, "rect");
}

static void
put_hatching(struct html *h, const char *id, const char *class, const char *path)
{
    html_open(h, "pattern");
    html_attr_string(h, "id", id);
    html_attr_string(h, "width", "6");
    html_attr_string(h, "height", "6");
    html_attr_string(h, "patternUnits", "userSpaceOnUse");
    put_rect(h, class, 0, 0, 6, 6);
    html_open(h, "path");
    html_attr_string(h, "class", "on");
    html_attr_string(h, "d", path);
    html_close(h, "path");
    html_close(h, "pattern");
}

/* Plain, rising, falling, dots. */
static const struct hatching {
    const char *class, *id, *path;
} hatchings[] = {
    {"one",    "h-one",    "M-1 7L7 -1"},
    {"ours",   "h-ours",   "M-1 -1L7 7"},
    {"others", "h-others", "M3 2L3 4"  },
};

/* Once a page is enough, twice does no harm: they are the same. */
static void
put_hatchings(struct html *h)
{
    html_open(h, "defs");
    for (size_t i = 0; i < sizeof hatchings / sizeof *hatchings; i++)
        put_hatching(h, hatchings[i].id, hatchings[i].class, hatchings[i].path);
    html_close(h, "defs");
}

static const char *
fill_of(const char *class)
{
    for (size_t i = 0; i < sizeof hatchings / sizeof *hatchings; i++) {
        if (strcmp(hatchings[i].class, class) == 0)
            return hatchings[i].id;
    }
    return NULL;
}

static void
put_bar(struct html *h, const char *class, double x, double y, double width,
        double height)
{
    const char *id = fill_of(class);
    char fill[32];
    html_open(h, "rect");
    if (id != NULL) {
        snprintf(fill, sizeof fill, "url(#%s)", id);
        html_attr_string(h, "fill", fill);
    } else {
        html_attr_string(h, "class", class);
    }
    html_attr_tenths(h, "x", x);
    html_attr_tenths(h, "y", y);
    html_attr_tenths(h, "width", width);
    html_attr_tenths(h, "height", height);
    html_close(h, "rect");
}

void
chart_key(struct page *p, const char *class)
{
    struct html *h = &p->html;
    html_open(h, "svg");
    html_attr_string(h, "viewBox", "0 0 12 12");
    html_attr_string(h, "aria-hidden", "true");
    put_hatchings(h);
    put_bar(h, class, 0, 0, 12, 12);
    html_close(h, "svg");
}

/* ---- bars ----------------------------------------------------------------------------- */

static uint64_t
total_of(const struct chart_day *day, size_t series)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < series; i++)
        sum += day->values[i];
    return sum;
}

/* 1, 2 or 5 with noughts behind: at least `most`. */
static uint64_t
nice_top(uint64_t most)
{
    static const unsigned steps[] = {1, 2, 5};
    for (uint64_t ten = 1; ten < UINT64_MAX / 100; ten *= 10) {
        for (size_t i = 0; i < 3; i++) {
            if (ten * steps[i] >= most)
                return ten * steps[i];
        }
    }
    return most;
}

static void
put_label(struct page *p, double x, double y, const char *anchor,
          struct sceau_slice text)
{
    struct html *h = &p->html;
    html_open(h, "text");
    html_attr_tenths(h, "x", x);
    html_attr_tenths(h, "y", y);
    html_attr_string(h, "text-anchor", anchor);
    html_text(h, text);
    html_close(h, "text");
}

static void
put_line(struct html *h, const char *class, double x1, double y1, double x2, double y2)
{
    html_open(h, "line");
    html_attr_string(h, "class", class);
    html_attr_tenths(h, "x1", x1);
    html_attr_tenths(h, "y1", y1);
    html_attr_tenths(h, "x2", x2);
    html_attr_tenths(h, "y2", y2);
    html_close(h, "line");
}

static void
put_axis(struct page *p, uint64_t top)
{
    for (int i = 0; i <= 2; i++) {
        double y = TOP + PLOT - PLOT * i / 2.0;
        uint64_t value = top * (uint64_t)i / 2;
        if (top == 1 && i == 1)
            continue;
        put_line(&p->html, "axis", LEFT, y, WIDTH, y);
        put_label(p, LEFT - 6, y + 4, "end",
                  words_number(p->arena, p->html.language, value));
    }
}

/* "2026-11-21: 310 both, 4 fail" */
static void
put_day_title(struct page *p, const struct chart_series *series, size_t series_count,
              const struct chart_day *day)
{
    struct html *h = &p->html;
    html_open(h, "title");
    html_text(h, page_day(p, day->day));
    for (size_t i = 0; i < series_count; i++) {
        if (day->values[i] == 0)
            continue;
        html_string(h, " \xc2\xb7 ");
        html_say(h, series[i].title);
        html_colon(h);
        html_number(h, (int64_t)day->values[i]);
    }
    html_close(h, "title");
}

static void
put_day(struct page *p, const struct chart_series *series, size_t series_count,
        const struct chart_day *day, double x, double width, uint64_t top)
{
    struct html *h = &p->html;
    struct sceau_slice name = page_day(p, day->day);
    struct query query = p->query != NULL ? *p->query : (struct query){.count = 0};
    const struct query *whole = p->query;
    double y = TOP + PLOT;
    query_remove(&query, "days");
    query_set(&query, "from", name);
    p->query = &query;
    html_open(h, "a");
    html_url(h, "href", page_with(p, "to", name));
    html_attr(h, "data-day", name);
    p->query = whole;
    put_day_title(p, series, series_count, day);
    for (size_t i = 0; i < series_count; i++) {
        double height = (double)day->values[i] * PLOT / (double)top;
        if (day->values[i] > 0 && height < 1)
            height = 1; /* one message of a million is seen */
        y -= height;
        if (height > 0)
            put_bar(h, series[i].class, x + width * .12, y, width * .76, height);
    }
    put_rect(h, "hit", x, TOP, width, PLOT);
    html_close(h, "a");
}

static void
put_mark(struct page *p, const struct chart_mark *mark, double x)
{
    struct html *h = &p->html;
    html_open(h, "g");
    html_open(h, "title");
    html_text(h, page_day(p, mark->day));
    html_colon(h);
    html_text(h, mark->text);
    html_close(h, "title");
    put_line(h, "mark", x, TOP - 8, x, TOP + PLOT);
    html_open(h, "path");
    html_attr_string(h, "class", "flag");
    char d[64];
    snprintf(d, sizeof d, "M%.1f %d l-6 -11 h12 z", x, TOP - 6);
    html_attr_string(h, "d", d);
    html_close(h, "path");
    html_close(h, "g");
}

static void
put_legend(struct page *p, const struct chart_series *series, size_t count,
           bool has_marks)
{
    struct html *h = &p->html;
    html_open(h, "ul");
    html_attr_string(h, "class", "legend");
    for (size_t i = 0; i < count; i++) {
        html_open(h, "li");
        chart_key(p, series[i].class);
        html_say(h, series[i].title);
        html_close(h, "li");
    }
    if (has_marks) {
        html_open(h, "li");
        html_string(h, "\xe2\x96\xbc ");
        html_say(h, N_("a change: record, policy, key"));
        html_close(h, "li");
    }
    html_close(h, "ul");
}

void
chart_bars(struct page *p, const char *title, const struct chart_series *series,
           size_t series_count, const struct chart_day *days, size_t count,
           const struct chart_mark *marks, size_t mark_count)
{
    struct html *h = &p->html;
    uint64_t most = 1;
    double width = count > 0 ? (double)(WIDTH - LEFT) / (double)count : 1;
    char box[48];
    for (size_t i = 0; i < count; i++) {
        uint64_t sum = total_of(&days[i], series_count);
        most = sum > most ? sum : most;
    }
    uint64_t top = nice_top(most);
    snprintf(box, sizeof box, "0 0 %d %d", WIDTH, HEIGHT);
    html_open(h, "figure");
    html_open(h, "div");
    html_attr_string(h, "class", "chart");
    html_attr_string(h, "tabindex", "0"); /* on a phone it scrolls */
    html_attr_string(h, "role", "region");
    html_attr_say(h, "aria-label", title);
    html_open(h, "svg");
    html_attr_string(h, "class", "bars");
    html_attr_string(h, "viewBox", box);
    html_attr_string(h, "role", "group");
    html_attr_say(h, "aria-label", title);
    put_hatchings(h);
    put_axis(p, top);
    for (size_t i = 0; i < count; i++) {
        double x = LEFT + width * (double)i;
        put_day(p, series, series_count, &days[i], x, width, top);
        /* A date at each seventh part, and not over the edge. */
        size_t step = count > 7 ? (count + 6) / 7 : 1;
        if (i % step == 0 && x < WIDTH - 40)
            put_label(p, x + width / 2, HEIGHT - 6, i == 0 ? "start" : "middle",
                      slice_skip(page_day(p, days[i].day), 5));
    }
    for (size_t i = 0; i < mark_count && count > 0; i++) {
        int64_t at = marks[i].day - days[0].day;
        if (at >= 0 && at < (int64_t)count)
            put_mark(p, &marks[i], LEFT + width * ((double)at + .5));
    }
    html_close(h, "svg");
    html_close(h, "div");
    put_legend(p, series, series_count, mark_count > 0);
    html_close(h, "figure");
}

static struct sceau_slice
decimal(struct page *p, uint64_t n)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    text_decimal(&t, n);
    return text_done(&t);
}

/* ---- sparks --------------------------------------------------------------------------- */

void
chart_spark(struct page *p, const uint64_t *values, const uint64_t *fails, size_t count)
{
    struct html *h = &p->html;
    uint64_t most = 1, sum = 0, failed = 0;
    char box[32];
    for (size_t i = 0; i < count; i++) {
        most = values[i] > most ? values[i] : most;
        sum += values[i];
        failed += fails[i];
    }
    snprintf(box, sizeof box, "0 0 %zu 22", count * 4);
    html_open(h, "svg");
    html_attr_string(h, "class", "spark");
    html_attr_string(h, "viewBox", box);
    html_attr_string(h, "preserveAspectRatio", "none");
    html_attr_string(h, "role", "img");
    html_open(h, "title");
    HTML_SENTENCE(h,
                  N_("{n} {n|day|days}: {sum} {sum|message|messages}, {failed} failed"),
                  LANGUAGE_OURS("n", decimal(p, count)),
                  LANGUAGE_OURS("sum", decimal(p, sum)),
                  LANGUAGE_OURS("failed", decimal(p, failed)));
    html_close(h, "title");
    put_line(h, "axis", 0, 21.5, (double)count * 4, 21.5);
    for (size_t i = 0; i < count; i++) {
        double all = (double)values[i] * 20 / (double)most;
        double bad =
            (double)(fails[i] < values[i] ? fails[i] : values[i]) * 20 / (double)most;
        if (values[i] > 0 && all < 1)
            all = 1;
        if (fails[i] > 0 && bad < 1)
            bad = 1;
        if (all > bad)
            put_rect(h, "both", (double)i * 4 + .4, 21 - all, 3.2, all - bad);
        if (bad > 0)
            put_rect(h, "ours", (double)i * 4 + .4, 21 - bad, 3.2, bad);
    }
    html_close(h, "svg");
}
