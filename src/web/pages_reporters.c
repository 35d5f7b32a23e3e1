/* P7's second half: who reports, how late and with which gaps, and whose reports count. */
#include "insight/words.h"
#include "web/grid.h"
#include "web/pages.h"

#define REPORTER_MAX 255 /* octets of a name that a form may carry */

static const struct grid_column columns[] = {
    {N_("Reporter"),       GRID_TEXT  },
    {N_("State"),          GRID_TEXT  },
    {N_("Messages"),       GRID_NUMBER},
    {N_("Failed"),         GRID_NUMBER},
    {N_("Reports"),        GRID_NUMBER},
    {N_("Delay"),          GRID_NUMBER},
    {N_("Days without"),   GRID_NUMBER},
    {N_("Contradictions"), GRID_NUMBER},
    {N_("Repairs"),        GRID_NUMBER},
    {N_("Duplicates"),     GRID_NUMBER},
    {N_("Last day"),       GRID_SHORT },
    {N_("Counts"),         GRID_TEXT  },
};
/* A reader decides nothing: the last column is the administrator's. */
#define COLUMNS (sizeof columns / sizeof *columns)

static void
put_state(struct page *p, struct grid *g, const struct analysis_reporter *r)
{
    struct html *h = &p->html;
    grid_open_text(g);
    if (r->is_ignored) {
        grid_badge(p, "none", N_("ignored"));
    } else if (r->is_usual && r->silent_days >= 3) {
        grid_badge(p, "warn", N_("silent"));
    } else if (r->is_usual) {
        grid_badge(p, "good", N_("every day"));
    } else {
        html_element_say(h, "span", "soft", N_("now and then"));
    }
    grid_close(g);
}

/* "7 h", "2 days" */
static void
put_delay(struct page *p, struct grid *g, int seconds)
{
    struct html *h = &p->html;
    int hours = (seconds + 1800) / 3600, days = (hours + 12) / 24;
    grid_open(g, seconds);
    if (hours < 48)
        HTML_SENTENCE(h, N_("{n} h"),
                      LANGUAGE_OURS("n", words_number(p->arena, h->language,
                                                      (uint64_t)hours)));
    else
        HTML_SENTENCE(h, N_("{n} {n|day|days}"),
                      LANGUAGE_OURS("n", words_number(p->arena, h->language,
                                                      (uint64_t)days)));
    grid_close(g);
}

static void
put_switch(struct page *p, struct grid *g, struct sceau_slice name, bool is_ignored)
{
    struct html *h = &p->html;
    grid_open_text(g);
    if (name.len == 0 || name.len > REPORTER_MAX) {
        html_say(h, is_ignored ? N_("no") : N_("yes"));
        grid_close(g);
        return;
    }
    page_form(p, "inline", SCEAU_SLICE("/ignore"), false);
    page_hidden(p, "reporter", name);
    page_hidden(p, "ignored", is_ignored ? SCEAU_SLICE("0") : SCEAU_SLICE("1"));
    page_hidden(p, "back", page_with(p, "lang", SLICE_NONE));
    html_open(h, "button");
    html_say(h, is_ignored ? N_("Count it again") : N_("Ignore"));
    html_close(h, "button");
    page_form_end(p);
    grid_close(g);
}

static void
put_reporter(struct page *p, struct grid *g, const struct analysis_reporter *r,
             bool may_decide)
{
    grid_row(g, r->is_ignored ? "dim" : NULL);
    grid_link(g, pages_link(p, WEB_REPORTS, SCEAU_SLICE(""), "reporter", r->name),
              r->name.len > 0 ? r->name : SCEAU_SLICE("?"));
    put_state(p, g, r);
    grid_number(g, r->messages);
    grid_number(g, r->fails);
    grid_number(g, r->reports);
    put_delay(p, g, r->delay);
    grid_rare(g, r->gaps + r->silent_days);
    grid_rare(g, r->contradictions);
    grid_rare(g, r->repairs);
    grid_rare(g, r->duplicates);
    grid_day(g, r->last_day);
    if (may_decide)
        put_switch(p, g, r->name, r->is_ignored);
    grid_row_end(g);
}

static const struct grid_column tls_columns[] = {
    {N_("Reporter"),   GRID_TEXT  },
    {N_("State"),      GRID_TEXT  },
    {N_("Successful"), GRID_NUMBER},
    {N_("Failed"),     GRID_NUMBER},
    {N_("First seen"), GRID_SHORT },
    {N_("Last"),       GRID_SHORT },
    {N_("Counts"),     GRID_TEXT  },
};
#define TLS_COLUMNS (sizeof tls_columns / sizeof *tls_columns)

static void
put_tls(struct page *p, const struct filter *f, const struct table *t, bool may_decide)
{
    if (t->row_count == 0)
        return;
    html_element_say(&p->html, "h2", NULL, N_("Who reports on TLS sessions"));
    pages_about(p, f, "tls_reporters");
    struct grid g = grid_begin(p, N_("Who reports on TLS sessions"), tls_columns,
                               may_decide ? TLS_COLUMNS : TLS_COLUMNS - 1);
    for (size_t i = 0; i < t->row_count; i++) {
        const struct table_cell *cells = &t->cells[i * t->column_count];
        bool is_ignored = cells[5].number != 0;
        grid_row(&g, is_ignored ? "dim" : NULL);
        grid_text(&g, cells[0].text);
        grid_open_text(&g);
        if (is_ignored)
            grid_badge(p, "none", N_("ignored"));
        else
            grid_badge(p, "good", N_("counts"));
        grid_close(&g);
        grid_number(&g, (uint64_t)cells[1].number);
        grid_number(&g, (uint64_t)cells[2].number);
        grid_day(&g, cells[3].number);
        grid_day(&g, cells[4].number);
        if (may_decide)
            put_switch(p, &g, cells[0].text, is_ignored);
        grid_row_end(&g);
    }
    grid_end(&g);
}

struct sceau_slice
pages_reporters(struct page *p, const struct filter *f,
                const struct analysis_reporter *reporters,
                const struct insight_part *part, const struct table *tls)
{
    size_t left = part->total - part->from,
           count = left < part->most ? left : part->most;
    struct html *h = &p->html;
    bool may_decide = p->visitor != NULL && p->visitor->role == VISITOR_ADMINISTRATOR;
    page_begin(p, N_("Reporters"), SCEAU_SLICE(""));
    html_open(h, "p");
    page_link_say(p, NULL, page_place(p, WEB_REPORTS, SCEAU_SLICE("")),
                  N_("The reports one by one"));
    html_close(h, "p");
    if (may_decide)
        html_element_say(
            h, "p", "soft",
            N_("Whose reports are wrong can be ignored: no figure has them then, as far "
               "back as their rows are kept. It is undone the same way."));
    pages_about(p, f, NULL);
    struct grid g =
        grid_begin(p, N_("Reporters"), columns, may_decide ? COLUMNS : COLUMNS - 1);
    for (size_t i = 0; i < count; i++)
        put_reporter(p, &g, &reporters[part->from + i], may_decide);
    grid_end(&g);
    pages_turns(p, part, count, N_("Previous"), N_("Next"));
    put_tls(p, f, tls, may_decide);
    return page_end(p);
}
