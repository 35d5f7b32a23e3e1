/* What we report to others: does it leave, did it arrive, and why not. */
#include "web/pages_outbox.h"

#include "insight/words.h"
#include "web/grid.h"
#include "web/pages.h"

/* ---- does it leave ---- */

/* Made at all; sent; tested: the first that is missing, with what to do. */
static void
put_state(struct page *p, const struct config_report *config,
          const struct selftest *test)
{
    struct html *h = &p->html;
    bool is_made = config->organisation.len > 0 && config->from.len > 0;
    bool is_tested = selftest_has_passed(test);
    const char *answer, *advice;
    if (!is_made) {
        answer = N_("No report is made.");
        advice =
            N_("Say who reports: report.organisation and report.from in sceau.conf; "
               "sceau outbox preview shows what would leave.");
    } else if (!config->send) {
        answer = N_("Reports are made, and none leaves.");
        advice =
            N_("That is what report.send = no says. sceau outbox preview shows them; "
               "report.send = yes lets them go.");
    } else if (!is_tested) {
        answer = N_("No report leaves before the self-test has passed.");
        advice = selftest_remedy(test);
    } else {
        answer = N_("Reports leave each day after 00:00 UTC.");
        advice =
            N_("The self-test has passed: mail of ours comes back, passes DMARC, and "
               "its host has a name.");
    }
    html_open(h, "section");
    html_attr_string(h, "class",
                     is_made && config->send && is_tested ? "panel verdict good"
                     : is_made && config->send            ? "panel verdict bad"
                                                          : "panel verdict");
    html_element_say(h, "p", "answer", answer);
    html_open(h, "p");
    if (is_made && config->send && !is_tested && selftest_missing(test) != NULL) {
        html_text(h, html_capital(p->arena,
                                  language_text(h->language, selftest_missing(test))));
        html_colon(h);
    }
    if (advice != NULL)
        pages_prose(p, sceau_slice_from(language_text(h->language, advice)),
                    SLICE_NONE);
    html_close(h, "p");
    html_close(h, "section");
}

static void
put_figure(struct page *p, const char *title, uint64_t number, const char *small)
{
    pages_figure(p, title);
    html_number(&p->html, (int64_t)number);
    pages_figure_end(p, small);
}

static void
put_figures(struct page *p, const struct insight_outbox *o)
{
    html_open(&p->html, "dl");
    html_attr_string(&p->html, "class", "figures");
    put_figure(p, N_("Waiting"), o->waiting, N_("reports"));
    put_figure(p, N_("Taken"), o->sent, N_("by mail servers, in 7 days"));
    put_figure(p, N_("Not arrived"), o->failed, N_("in 7 days"));
    put_figure(p, N_("Left alone"), o->suppressed, N_("addresses"));
    html_close(&p->html, "dl");
}

/* ---- tables ---- */

/* Of a delivery's word: does it need a look? */
static const char *
style_of(struct sceau_slice word)
{
    static const struct {
        const char *word, *style;
    } styles[] = {
        {"refused",      "bad" },
        {"given up",     "bad" },
        {"come back",    "bad" },
        {"not accepted", "warn"},
        {"left alone",   "warn"},
        {"not used",     "warn"},
    };
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        if (slice_eq(word, sceau_slice_from(styles[i].word)))
            return styles[i].style;
    return "info";
}

static const struct table_cell *
cell_of(const struct table *table, size_t row, const char *column)
{
    static const struct table_cell nothing = {.is_absent = true};
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, column) == 0)
            return &table->cells[row * table->column_count + i];
    return &nothing;
}

/* A word of ours, as a C string. */
static const char *
english_of(struct page *p, struct sceau_slice word)
{
    struct text english = text_new(p->arena, SIZE_MAX);
    text_slice(&english, word);
    struct sceau_slice text = text_done(&english);
    return text.ptr != NULL ? text.ptr : "?";
}

static void
put_said(struct page *p, struct grid *g, struct sceau_slice word)
{
    grid_say(g, english_of(p, word));
}

static void
put_word(struct page *p, struct grid *g, struct sceau_slice word)
{
    grid_open_text(g);
    grid_badge(p, style_of(word), english_of(p, word));
    grid_close(g);
}

static const struct grid_column waiting_columns[] = {
    {N_("Domain"),   GRID_TEXT  },
    {N_("Day"),      GRID_SHORT },
    {N_("Kind"),     GRID_SHORT },
    {N_("Messages"), GRID_NUMBER},
    {N_("To"),       GRID_TEXT  },
    {N_("State"),    GRID_SHORT },
    {N_("Next try"), GRID_SHORT },
    {N_("Tries"),    GRID_NUMBER},
    {N_("Reply"),    GRID_TEXT  },
};

static void
put_waiting(struct page *p, const struct table *t)
{
    struct grid g = grid_begin(p, N_("What waits"), waiting_columns,
                               sizeof waiting_columns / sizeof *waiting_columns);
    for (size_t i = 0; i < t->row_count; i++) {
        grid_row(&g, NULL);
        grid_text(&g, cell_of(t, i, "domain")->text);
        grid_day(&g, cell_of(t, i, "day")->number);
        put_said(p, &g, cell_of(t, i, "kind")->text);
        grid_number(&g, (uint64_t)cell_of(t, i, "messages")->number);
        grid_text(&g, cell_of(t, i, "to")->text);
        put_word(p, &g, cell_of(t, i, "state")->text);
        grid_time(&g, cell_of(t, i, "due")->number);
        grid_number(&g, (uint64_t)cell_of(t, i, "tries")->number);
        grid_text(&g, cell_of(t, i, "reply")->text);
        grid_row_end(&g);
    }
    grid_end(&g);
}

static const struct grid_column failure_columns[] = {
    {N_("Domain"), GRID_TEXT },
    {N_("Day"),    GRID_SHORT},
    {N_("To"),     GRID_TEXT },
    {N_("State"),  GRID_SHORT},
    {N_("Why"),    GRID_TEXT },
    {N_("When"),   GRID_SHORT},
};

static void
put_failures(struct page *p, const struct table *t)
{
    struct grid g = grid_begin(p, N_("What did not arrive"), failure_columns,
                               sizeof failure_columns / sizeof *failure_columns);
    for (size_t i = 0; i < t->row_count; i++) {
        grid_row(&g, NULL);
        grid_text(&g, cell_of(t, i, "domain")->text);
        grid_day(&g, cell_of(t, i, "day")->number);
        grid_text(&g, cell_of(t, i, "to")->text);
        put_word(p, &g, cell_of(t, i, "state")->text);
        grid_text(&g, cell_of(t, i, "reply")->text);
        grid_time(&g, cell_of(t, i, "changed")->number);
        grid_row_end(&g);
    }
    grid_end(&g);
}

static const struct grid_column suppressed_columns[] = {
    {N_("Address"),  GRID_TEXT  },
    {N_("Until"),    GRID_SHORT },
    {N_("Refusals"), GRID_NUMBER},
    {N_("Reason"),   GRID_TEXT  },
};

/* Without an end it is an administrator's decision. */
static void
put_suppressed(struct page *p, const struct table *table)
{
    struct grid g = grid_begin(p, N_("Addresses left alone"), suppressed_columns,
                               sizeof suppressed_columns / sizeof *suppressed_columns);
    for (size_t i = 0; i < table->row_count; i++) {
        const struct table_cell *cells = &table->cells[i * table->column_count];
        grid_row(&g, NULL);
        grid_text(&g, cells[0].text);
        if (cells[1].is_absent)
            grid_say(&g, N_("for good"));
        else
            grid_time(&g, cells[1].number);
        grid_number(&g, (uint64_t)cells[2].number);
        grid_text(&g, cells[3].text);
        grid_row_end(&g);
    }
    grid_end(&g);
}

static void
put_heading(struct page *p, const char *title, const char *about, const char *name)
{
    html_element_say(&p->html, "h2", NULL, title);
    pages_paragraph(p, "soft", about);
    grid_about(p, SCEAU_SLICE(""), false, name);
}

struct sceau_slice
pages_outbox(struct page *p, const struct config_report *config,
             const struct insight_outbox *o)
{
    page_begin(p, N_("Reports we send"), SCEAU_SLICE(""));
    put_state(p, config, &o->test);
    put_figures(p, o);
    put_heading(
        p, N_("What waits"),
        N_("One line for each report and address: planned until its day is over, "
           "then built, then on its way. The first 500 are shown."),
        NULL);
    put_waiting(p, &o->outgoing);
    put_heading(
        p, N_("What did not arrive"),
        N_("Refused for good, given up after many tries, come back, or not sent: "
           "the destination does not say that it takes such reports, or is left "
           "alone. sceau outbox retry sends once more."),
        "undelivered");
    put_failures(p, &o->failures);
    put_heading(
        p, N_("Addresses left alone"),
        N_("They refused; nothing is sent to them for a while, each time longer. "
           "sceau outbox suppress --lift takes one back."),
        "suppressed");
    put_suppressed(p, &o->suppressed_table);
    return page_end(p);
}
