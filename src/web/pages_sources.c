/* P3: who sends as this domain; and one source opened. */
#include "insight/words.h"
#include "web/chart.h"
#include "web/grid.h"
#include "web/pages.h"

#include <stdio.h>

static const struct grid_column columns[] = {
    {N_("Source"),       GRID_TEXT  },
    {N_("Class"),        GRID_SHORT },
    {N_("Messages"),     GRID_NUMBER},
    {N_("DMARC"),        GRID_NUMBER},
    {N_("DKIM"),         GRID_NUMBER},
    {N_("SPF"),          GRID_NUMBER},
    {N_("Quar. / rej."), GRID_NUMBER},
    {N_("30 days"),      GRID_SHORT },
    {N_("First seen"),   GRID_SHORT },
    {N_("Last"),         GRID_SHORT },
};

static void
put_addresses(struct page *p, const struct analysis_source *s)
{
    struct html *h = &p->html;
    char text[SCEAU_IP_TEXT];
    html_open(h, "small");
    html_attr_string(h, "class", "under");
    for (size_t i = 0; i < s->address_count && i < 2; i++) {
        if (i > 0)
            html_string(h, ", ");
        sceau_ip_format(&s->addresses[i].ip, text);
        html_string(h, text);
    }
    if (s->address_count > 2) {
        html_string(h, " ");
        html_open(h, "span");
        html_attr_string(h, "class", "soft");
        HTML_SENTENCE(h, N_("and {n} more"),
                      LANGUAGE_OURS("n", words_number(p->arena, h->language,
                                                      s->address_count - 2)));
        html_close(h, "span");
    }
    if (s->country.len > 0) {
        html_string(h, " \xc2\xb7 ");
        html_text(h, s->country);
    }
    html_close(h, "small");
}

static void
put_name(struct page *p, struct grid *g, const struct analysis_source *s)
{
    struct html *h = &p->html;
    grid_open_text(g);
    html_open(h, "a");
    html_url(h, "href", pages_link(p, WEB_SOURCE, p->domain, "source", s->key));
    html_name(h, s->name);
    html_close(h, "a");
    if (s->is_new) {
        html_string(h, " ");
        grid_badge(p, "info", N_("new"));
    }
    if (s->note.len > 0) {
        html_open(h, "small");
        html_string(h, " ");
        html_text(h, s->note);
        html_close(h, "small");
    }
    put_addresses(p, s);
    grid_close(g);
}

static void
put_source(struct page *p, struct grid *g, const struct analysis_source *s)
{
    const struct analysis_counts *c = &s->counts;
    grid_row(g, NULL);
    put_name(p, g, s);
    grid_open(g, s->class);
    pages_class_badge(p, s->class);
    grid_close(g);
    grid_number(g, c->messages);
    grid_share(g, analysis_share_shown(analysis_compliant(c), c->messages));
    grid_share(g, analysis_share_shown(analysis_dkim(c), c->messages));
    grid_share(g, analysis_share_shown(analysis_spf(c), c->messages));
    grid_open(g, (int64_t)(c->dispositions[REPORT_DISPOSITION_QUARANTINE] +
                           c->dispositions[REPORT_DISPOSITION_REJECT]));
    html_number(&p->html, (int64_t)c->dispositions[REPORT_DISPOSITION_QUARANTINE]);
    html_string(&p->html, " / ");
    html_number(&p->html, (int64_t)c->dispositions[REPORT_DISPOSITION_REJECT]);
    grid_close(g);
    grid_open(g, (int64_t)c->messages);
    chart_spark(p, s->spark, s->spark_fails, ANALYSIS_SPARK_DAYS);
    grid_close(g);
    grid_day(g, s->first_seen);
    grid_day(g, s->last_day);
    grid_row_end(g);
}

/* The classes as a choice, and the new ones. */
static void
put_chips(struct page *p, const struct filter *f, const struct insight_sources *sources)
{
    struct html *h = &p->html;
    html_open(h, "ul");
    html_attr_string(h, "class", "chips");
    html_attr_say(h, "aria-label", N_("Class"));
    for (int c = -1; c < ANALYSIS_CLASSES; c++) {
        enum analysis_class class = (enum analysis_class)c;
        bool is_on = c < 0 ? !f->has_class : f->has_class && f->class == class;
        if (c >= 0 && sources->of_class[c] == 0 && !is_on)
            continue;
        html_open(h, "li");
        html_open(h, "a");
        html_url(h, "href",
                 page_with(p, "class",
                           c < 0 ? SLICE_NONE
                                 : sceau_slice_from(analysis_class_word(class))));
        if (is_on)
            html_attr_string(h, "aria-current", "true");
        html_say(h, c < 0 ? N_("all") : analysis_class_text(class));
        if (c >= 0) {
            html_string(h, " ");
            html_number(h, (int64_t)sources->of_class[c]);
        }
        html_close(h, "a");
        html_close(h, "li");
    }
    html_open(h, "li");
    html_open(h, "a");
    html_url(h, "href", page_with(p, "new", f->is_new ? SLICE_NONE : SCEAU_SLICE("1")));
    if (f->is_new)
        html_attr_string(h, "aria-current", "true");
    html_say(h, N_("new in this range"));
    html_close(h, "a");
    html_close(h, "li");
    html_close(h, "ul");
}

struct sceau_slice
pages_sources(struct page *p, const struct filter *f,
              const struct insight_sources *sources)
{
    page_begin(p, N_("Sources"), p->domain);
    put_chips(p, f, sources);
    pages_about(p, f, NULL);
    struct grid g =
        grid_begin(p, N_("Sources"), columns, sizeof columns / sizeof *columns);
    size_t shown =
        sources->count < PAGES_SOURCES_MAX ? sources->count : PAGES_SOURCES_MAX;
    for (size_t i = 0; i < shown; i++)
        put_source(p, &g, sources->sources[i]);
    grid_end(&g);
    pages_more(p, sources->count - shown);
    html_open(&p->html, "details");
    html_attr_string(&p->html, "class", "quiet");
    html_element_say(&p->html, "summary", NULL, N_("What the classes mean"));
    html_element_say(
        &p->html, "p", NULL,
        N_("Yours: marked, configured, or an address in your SPF and MX "
           "records. Sends well: 98% aligned and more. Forwarder or list: DKIM "
           "survives, SPF does not, or receivers say so. To fix: a service or a key "
           "of yours that authenticates and is not aligned. Not yours: never "
           "aligned. Too little: the rest. A mark of yours beats every rule."));
    html_close(&p->html, "details");
    return page_end(p);
}

/* ---- one source ------------------------------------------------------------------------ */

static void
put_mark(struct page *p, const struct analysis_source *s)
{
    struct html *h = &p->html;
    if (p->visitor->role != VISITOR_ADMINISTRATOR)
        return;
    html_element_say(h, "h3", NULL, N_("Mark it yourself"));
    page_form(p, "row", SCEAU_SLICE("/mark"), false);
    page_hidden(p, "domain", p->domain);
    page_hidden(p, "source", s->key);
    page_hidden(p, "back", page_with(p, "lang", SLICE_NONE));
    html_open(h, "label");
    html_say(h, N_("Class"));
    html_open(h, "select");
    html_attr_string(h, "name", "class");
    for (int c = 0; c < ANALYSIS_CLASSES - 1; c++) {
        html_open(h, "option");
        html_attr_string(h, "value", analysis_class_word((enum analysis_class)c));
        if (s->class == (enum analysis_class)c)
            html_flag(h, "selected");
        html_say(h, analysis_class_text((enum analysis_class)c));
        html_close(h, "option");
    }
    html_open(h, "option");
    html_attr_string(h, "value", "");
    html_say(h, N_("no mark: let the rules decide"));
    html_close(h, "option");
    html_close(h, "select");
    html_close(h, "label");
    html_open(h, "label");
    html_say(h, N_("Note"));
    html_open(h, "input");
    html_attr_string(h, "name", "note");
    html_attr_string(h, "maxlength", "500");
    html_attr(h, "value", s->note);
    html_close(h, "input");
    html_close(h, "label");
    html_open(h, "button");
    html_attr_string(h, "class", "main-button");
    html_say(h, N_("Mark"));
    html_close(h, "button");
    page_form_end(p);
}

/* The cause of most of its failures; NONE when there are none. */
static enum analysis_cause
main_cause(const struct analysis_source *s)
{
    enum analysis_cause worst = ANALYSIS_CAUSE_NONE;
    uint64_t most = 0;
    for (int c = ANALYSIS_CAUSE_NONE + 1; c < ANALYSIS_CAUSES; c++) {
        if (s->counts.causes[c] > most) {
            most = s->counts.causes[c];
            worst = (enum analysis_cause)c;
        }
    }
    return worst;
}

static void
put_why(struct page *p, const struct analysis_source *s)
{
    struct html *h = &p->html;
    enum analysis_cause cause = main_cause(s);
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_open(h, "p");
    html_attr_string(h, "class", "lead");
    pages_class_badge(p, s->class);
    html_string(h, " ");
    html_text(h, html_capital(p->arena, words_class(p->arena, h->language, s).ptr));
    html_string(h, ".");
    html_close(h, "p");
    if (cause != ANALYSIS_CAUSE_NONE) {
        html_open(h, "p");
        HTML_SENTENCE(
            h, N_("{n} of {all} messages fail; most of them: {cause}."),
            LANGUAGE_OURS("n", words_number(p->arena, h->language, s->counts.neither)),
            LANGUAGE_OURS("all",
                          words_number(p->arena, h->language, s->counts.messages)),
            LANGUAGE_OURS("cause",
                          sceau_slice_from(
                              language_text(h->language, analysis_cause_text(cause)))));
        html_close(h, "p");
        if (s->class != ANALYSIS_NOT_YOURS)
            pages_advice(p,
                         sceau_slice_from(words_remedy(h->language, cause, s->class)),
                         p->domain);
    }
    if (s->class == ANALYSIS_NOT_YOURS)
        html_element_say(
            h, "p", NULL,
            N_("Nothing to do about it: a policy of reject is what keeps such "
               "mail away from readers. If it is a service of yours, mark it."));
    put_mark(p, s);
    html_close(h, "section");
}

/* Without a filter the title tells what is in it. */
static void
put_section(struct page *p, const struct filter *f, const char *title,
            const struct table *table, const char *name)
{
    html_element_say(&p->html, "h2", NULL, title);
    if (f != NULL)
        pages_about(p, f, name);
    else
        grid_about(p, SCEAU_SLICE(""), false, name);
    pages_table(p, table, title);
}

struct sceau_slice
pages_source(struct page *p, const struct filter *f, const struct insight_source *s)
{
    struct html *h = &p->html;
    if (s->source == NULL) {
        page_begin(p, N_("Sources"), p->domain);
        html_element_say(h, "p", "lead",
                         N_("No report speaks of such a source in this range."));
        return page_end(p);
    }
    struct text title = text_new(p->arena, SIZE_MAX);
    text_slice(&title, s->source->name);
    page_begin(p, N_("Source"), text_done(&title));
    put_why(p, s->source);
    struct chart_day *days =
        sceau_arena_alloc(p->arena, (s->day_count + 1) * sizeof *days);
    for (size_t i = 0; days != NULL && i < s->day_count; i++) {
        const struct insight_day *day = &s->days[i];
        days[i] = (struct chart_day){
            .day = day->day,
            .values = {day->both, day->one, day->fails_ours, day->fails_others}
        };
    }
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("Messages per day"));
    if (days != NULL)
        chart_bars(p, N_("Messages per day"), chart_outcomes, CHART_SERIES, days,
                   s->day_count, NULL, 0);
    html_close(h, "section");
    struct table addresses = insight_addresses_table(p->arena, s->source);
    struct table reporters =
        insight_heard_table(p->arena, s->reporters, s->reporter_count);
    struct table pairs = insight_pairs_table(p->arena, s->pairs, s->pair_count);
    put_section(p, f, N_("Addresses"), &addresses, "addresses");
    put_section(p, NULL, N_("By reporter, in the last 7 days"), &reporters, "heard");
    put_section(p, f, N_("Envelopes and signatures"), &pairs, "pairs");
    return page_end(p);
}
