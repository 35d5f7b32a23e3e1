/* Tables of pages. */
#include "web/grid.h"

#include "insight/words.h"

#include <assert.h>
#include <stdio.h>

void
grid_about(struct page *p, struct sceau_slice sentence, bool has_filter,
           const char *table)
{
    struct html *h = &p->html;
    html_open(h, "div");
    html_attr_string(h, "class", "about");
    html_open(h, "p");
    html_text(h, sentence);
    if (has_filter) {
        html_string(h, " \xe2\x80\x93 ");
        page_link_say(p, NULL, p->path, N_("clear"));
    }
    html_close(h, "p");
    html_open(h, "p");
    html_attr_string(h, "class", "files");
    page_link(p, NULL, page_as(p, ".csv", table), SCEAU_SLICE("CSV"));
    page_link(p, NULL, page_as(p, ".json", table), SCEAU_SLICE("JSON"));
    html_close(h, "p");
    html_close(h, "div");
}

/* Tags of DMARC records stay as they are written there. */
static struct sceau_slice
title_of(struct page *p, const struct grid_column *column)
{
    static const char *const tags[] = {"p", "sp", "np", "adkim", "aspf", "t", "pct"};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (strcmp(column->title, tags[i]) == 0)
            return sceau_slice_from(column->title);
    return html_capital(p->arena, language_text(p->html.language, column->title));
}

struct grid
grid_begin(struct page *p, const char *caption, const struct grid_column *columns,
           size_t count)
{
    struct html *h = &p->html;
    struct grid g = {.page = p, .columns = columns, .count = count};
    assert(count <= GRID_COLUMNS_MAX);
    html_open(h, "div");
    html_attr_string(h, "class", "scroll");
    html_attr_string(h, "role", "region");
    html_attr_string(h, "tabindex", "0");
    html_attr_say(h, "aria-label", caption);
    html_open(h, "table");
    html_attr_string(h, "class", "cards sort");
    html_open(h, "caption");
    html_attr_string(h, "class", "unseen");
    html_say(h, caption);
    html_close(h, "caption");
    html_open(h, "thead");
    html_open(h, "tr");
    for (size_t i = 0; i < count; i++) {
        html_open(h, "th");
        html_attr_string(h, "scope", "col");
        if (columns[i].kind == GRID_NUMBER)
            html_attr_string(h, "class", "n");
        html_text(h, title_of(p, &columns[i]));
        html_close(h, "th");
    }
    html_close(h, "tr");
    html_close(h, "thead");
    html_open(h, "tbody");
    return g;
}

void
grid_end(struct grid *g)
{
    struct html *h = &g->page->html;
    if (g->rows == 0) {
        html_open(h, "tr");
        html_open(h, "td");
        html_attr_number(h, "colspan", (int64_t)g->count);
        html_say(h, N_("nothing"));
        html_close(h, "td");
        html_close(h, "tr");
    }
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
}

void
grid_row(struct grid *g, const char *class)
{
    html_open(&g->page->html, "tr");
    if (class != NULL)
        html_attr_string(&g->page->html, "class", class);
    g->at = 0;
    g->rows++;
}

void
grid_row_end(struct grid *g)
{
    assert(g->at == g->count);
    html_close(&g->page->html, "tr");
}

/* The first cell heads its row. */
static const char *
tag_of(const struct grid *g, size_t at)
{
    (void)g;
    return at == 0 ? "th" : "td";
}

static void
open_cell(struct grid *g, bool is_empty)
{
    struct html *h = &g->page->html;
    assert(g->at < g->count);
    const struct grid_column *c = &g->columns[g->at];
    html_open(h, tag_of(g, g->at));
    if (g->at == 0)
        html_attr_string(h, "scope", "row");
    else
        html_attr(h, "data-label", title_of(g->page, c));
    if (is_empty)
        html_attr_string(h, "class", c->kind == GRID_NUMBER ? "n empty" : "empty");
    else if (c->kind != GRID_TEXT)
        html_attr_string(h, "class", c->kind == GRID_NUMBER ? "n" : "short");
}

void
grid_open(struct grid *g, int64_t value)
{
    open_cell(g, false);
    html_attr_number(&g->page->html, "data-value", value);
}

void
grid_open_text(struct grid *g)
{
    open_cell(g, false);
}

void
grid_close(struct grid *g)
{
    html_close(&g->page->html, tag_of(g, g->at));
    g->at++;
}

#define LONG_TEXT 400 /* octets; above, a box that scrolls */
#define WIDE_TEXT 60  /* on a phone such a text stands below its label */

/* A name, in the first cell; else any text. */
static void
put_text(struct grid *g, struct sceau_slice text)
{
    struct html *h = &g->page->html;
    bool is_long = text.len > LONG_TEXT;
    if (is_long || (text.len > WIDE_TEXT && g->at > 0)) {
        html_open(h, "span");
        html_attr_string(h, "class", is_long ? "long" : "wide");
    }
    if (g->at == 0 && !is_long)
        html_name(h, text);
    else
        html_text(h, text);
    if (is_long || (text.len > WIDE_TEXT && g->at > 0))
        html_close(h, "span");
}

void
grid_text(struct grid *g, struct sceau_slice text)
{
    open_cell(g, text.len == 0);
    put_text(g, text);
    grid_close(g);
}

void
grid_say(struct grid *g, const char *english)
{
    grid_text(g, sceau_slice_from(language_text(g->page->html.language, english)));
}

void
grid_number(struct grid *g, uint64_t number)
{
    int64_t n = number > INT64_MAX ? INT64_MAX : (int64_t)number;
    grid_open(g, n);
    html_number(&g->page->html, n);
    grid_close(g);
}

void
grid_put_share(struct page *p, int thousandths)
{
    html_text(&p->html, words_share(p->arena, p->html.language, thousandths));
}

static void
put_meter(struct html *h, int thousandths)
{
    html_open(h, "svg");
    html_attr_string(h, "class", "meter");
    html_attr_string(h, "viewBox", "0 0 100 6");
    html_attr_string(h, "preserveAspectRatio", "none");
    html_attr_string(h, "aria-hidden", "true");
    html_open(h, "rect");
    html_attr_string(h, "class", "rest");
    html_attr_string(h, "width", "100");
    html_attr_string(h, "height", "6");
    html_close(h, "rect");
    html_open(h, "rect");
    html_attr_string(h, "class", "part");
    html_attr_number(h, "width", thousandths / 10);
    html_attr_string(h, "height", "6");
    html_close(h, "rect");
    html_close(h, "svg");
}

void
grid_share(struct grid *g, int thousandths)
{
    if (thousandths < 0) {
        grid_none(g);
        return;
    }
    grid_open(g, thousandths);
    grid_put_share(g->page, thousandths);
    put_meter(&g->page->html, thousandths);
    grid_close(g);
}

void
grid_day(struct grid *g, int64_t day)
{
    if (day <= 0) {
        grid_none(g);
        return;
    }
    grid_open(g, day);
    html_text(&g->page->html, page_day(g->page, day));
    grid_close(g);
}

void
grid_time(struct grid *g, int64_t seconds)
{
    if (seconds <= 0) {
        grid_none(g);
        return;
    }
    grid_open(g, seconds);
    html_text(&g->page->html, page_time(g->page, seconds));
    grid_close(g);
}

void
grid_link(struct grid *g, struct sceau_slice url, struct sceau_slice text)
{
    open_cell(g, false);
    html_open(&g->page->html, "a");
    html_url(&g->page->html, "href", url);
    put_text(g, text);
    html_close(&g->page->html, "a");
    grid_close(g);
}

void
grid_none(struct grid *g)
{
    open_cell(g, true);
    html_string(&g->page->html, "\xe2\x80\x93");
    grid_close(g);
}

void
grid_rare(struct grid *g, uint64_t number)
{
    if (number > 0)
        grid_number(g, number);
    else
        grid_none(g);
}

void
grid_badge_text(struct page *p, const char *class, struct sceau_slice text)
{
    char classes[32];
    snprintf(classes, sizeof classes, "badge %s", class);
    html_element(&p->html, "span", classes, text);
}

void
grid_badge(struct page *p, const char *class, const char *english)
{
    grid_badge_text(p, class,
                    sceau_slice_from(language_text(p->html.language, english)));
}
