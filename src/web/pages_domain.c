/* P2, one domain: who sends as it and may it go further, in two sentences; then the days. */
#include "insight/words.h"
#include "web/chart.h"
#include "web/grid.h"
#include "web/pages.h"

#include <stdio.h>

static void
put_figures(struct page *p, const struct insight_domain *d)
{
    struct html *h = &p->html;
    int share =
        analysis_share_shown(analysis_compliant(&d->counts), d->counts.messages);
    html_open(h, "dl");
    html_attr_string(h, "class", "figures");
    pages_figure(p, N_("Messages"));
    html_number(h, (int64_t)d->counts.messages);
    pages_figure_end(p, N_("that receivers reported"));
    pages_figure(p, N_("Compliant"));
    if (share >= 0)
        grid_put_share(p, share);
    else
        html_string(h, "\xe2\x80\x93");
    pages_figure_end(p, N_("DKIM or SPF aligned"));
    pages_figure(p, N_("Quarantined, rejected"));
    html_number(h, (int64_t)d->rejected);
    pages_figure_end(p, N_("by the receivers"));
    pages_figure(p, N_("Sources"));
    html_number(h, (int64_t)d->source_count);
    html_open(h, "small");
    HTML_SENTENCE(h, N_("{n} of them new"),
                  LANGUAGE_OURS("n",
                                words_number(p->arena, h->language, d->new_count)));
    html_close(h, "small");
    pages_figure_end(p, NULL);
    html_close(h, "dl");
}

/* "Who sends as example.org?": the classes, each a link. */
static void
put_senders(struct page *p, const struct insight_sources *sources)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_open(h, "h2");
    HTML_SENTENCE(h, N_("Who sends as {domain}?"),
                  LANGUAGE_THEIRS("domain", p->domain));
    html_close(h, "h2");
    html_open(h, "ul");
    html_attr_string(h, "class", "plain");
    for (int c = 0; c < ANALYSIS_CLASSES; c++) {
        size_t shown = 0, count = 0;
        for (size_t i = 0; i < sources->count; i++)
            count += sources->sources[i]->class == (enum analysis_class)c;
        if (count == 0)
            continue;
        html_open(h, "li");
        pages_class_badge(p, (enum analysis_class)c);
        html_string(h, " ");
        html_number(h, (int64_t)sources->of_class[c]);
        html_string(h, " \xc2\xb7 ");
        for (size_t i = 0; i < sources->count && shown < 4; i++) {
            const struct analysis_source *s = sources->sources[i];
            if (s->class != (enum analysis_class)c)
                continue;
            if (shown++ > 0)
                html_string(h, ", ");
            page_link(p, NULL, pages_link(p, WEB_SOURCE, p->domain, "source", s->key),
                      s->name);
        }
        if (count > shown) {
            html_string(h, ", ");
            page_link_say(p, NULL,
                          pages_link(p, WEB_SOURCES, p->domain, "class",
                                     sceau_slice_from(
                                         analysis_class_word((enum analysis_class)c))),
                          N_("and more"));
        }
        html_close(h, "li");
    }
    html_close(h, "ul");
    html_close(h, "section");
}

static void
put_verdict(struct page *p, const struct insight_readiness *r)
{
    struct html *h = &p->html;
    const struct analysis_readiness *a = &r->readiness;
    html_open(h, "section");
    html_attr_string(h, "class",
                     a->is_ready    ? "panel verdict good"
                     : !a->is_known ? "panel verdict"
                                    : "panel verdict warn");
    html_element_say(h, "h2", NULL, N_("May the policy be stricter?"));
    html_element(h, "p", "answer", words_readiness(p->arena, h->language, a));
    html_element(h, "p", NULL, words_what_if(p->arena, h->language, a));
    if (r->record.len > 0) {
        html_element_say(h, "h3", NULL, N_("Published now"));
        html_element(h, "pre", NULL, r->record);
    }
    html_open(h, "p");
    page_link_say(p, NULL, page_place(p, WEB_READINESS, p->domain),
                  N_("Line by line, and the next record"));
    html_close(h, "p");
    html_close(h, "section");
}

static const char *
event_text(enum insight_event_kind kind)
{
    switch (kind) {
    case INSIGHT_RECORD_CHANGED: return N_("a DNS record changed: {what}");
    case INSIGHT_POLICY_SEEN: return N_("reporters saw {what}");
    case INSIGHT_KEY_FIRST: return N_("selector {what} used first");
    case INSIGHT_KEY_LAST: break;
    }
    return N_("selector {what} used last");
}

static void
put_chart(struct page *p, const struct filter *f, const struct insight_domain *d)
{
    struct html *h = &p->html;
    struct chart_day *days =
        sceau_arena_alloc(p->arena, (d->day_count + 1) * sizeof *days);
    struct chart_mark *marks =
        sceau_arena_alloc(p->arena, (d->event_count + 1) * sizeof *marks);
    if (days == NULL || marks == NULL)
        return;
    for (size_t i = 0; i < d->day_count; i++) {
        const struct insight_day *day = &d->days[i];
        days[i] = (struct chart_day){
            .day = day->day,
            .values = {day->both, day->one, day->fails_ours, day->fails_others},
            .is_spread = day->is_spread
        };
    }
    for (size_t i = 0; i < d->event_count; i++) {
        const struct language_word word = LANGUAGE_OURS("what", d->events[i].what);
        marks[i] = (struct chart_mark){d->events[i].day,
                                       language_sentence(p->arena, h->language,
                                                         event_text(d->events[i].kind),
                                                         &word, 1)};
    }
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("Messages per day"));
    pages_about(p, f, "days");
    chart_bars(p, N_("Messages per day"), chart_outcomes, CHART_SERIES, days,
               d->day_count, marks, d->event_count);
    html_open(h, "details");
    html_attr_string(h, "class", "quiet");
    html_element_say(h, "summary", NULL, N_("The same as a table"));
    struct table table = insight_days_table(p->arena, d->days, d->day_count);
    pages_table(p, &table, N_("Messages per day"));
    html_close(h, "details");
    html_close(h, "section");
}

static void
put_events(struct page *p, const struct insight_domain *d)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("What changed"));
    if (d->event_count == 0)
        html_element_say(h, "p", NULL, N_("Nothing in this range."));
    html_open(h, "ul");
    html_attr_string(h, "class", "plain");
    for (size_t i = d->event_count; i-- > 0;) {
        html_open(h, "li");
        html_element(h, "span", "soft", page_day(p, d->events[i].day));
        html_string(h, " ");
        HTML_SENTENCE(h, event_text(d->events[i].kind),
                      LANGUAGE_THEIRS("what", d->events[i].what));
        html_close(h, "li");
    }
    html_close(h, "ul");
    html_close(h, "section");
}

static void
put_policies(struct page *p, const struct insight_domain *d)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("The policy as reporters saw it"));
    struct table table = insight_policies_table(p->arena, d->policies, d->policy_count);
    pages_table(p, &table, N_("The policy as reporters saw it"));
    html_close(h, "section");
}

static void
put_subdomains(struct page *p, const struct insight_domain *d)
{
    struct html *h = &p->html;
    if (d->subdomain_count == 0)
        return;
    html_open(h, "p");
    html_say(h, N_("Under its policy as well:"));
    for (size_t i = 0; i < d->subdomain_count; i++) {
        html_string(h, i == 0 ? " " : ", ");
        page_link(p, NULL, page_place(p, WEB_DOMAIN, d->subdomains[i]),
                  d->subdomains[i]);
    }
    html_close(h, "p");
}

struct sceau_slice
pages_domain(struct page *p, const struct filter *f, const struct insight_domain *d,
             const struct insight_sources *sources,
             const struct insight_readiness *readiness)
{
    struct html *h = &p->html;
    page_begin(p, N_("Overview"), p->domain);
    if (d->counts.messages == 0) {
        html_element_say(h, "p", "lead",
                         N_("No report speaks of this domain in this range."));
    } else {
        html_open(h, "div");
        html_attr_string(h, "class", "columns");
        if (sources != NULL)
            put_senders(p, sources);
        if (readiness != NULL)
            put_verdict(p, readiness);
        html_close(h, "div");
        put_figures(p, d);
    }
    if (d->finding_count > 0)
        pages_findings(p, d->findings, d->finding_count);
    put_chart(p, f, d);
    html_open(h, "div");
    html_attr_string(h, "class", "columns");
    put_policies(p, d);
    put_events(p, d);
    html_close(h, "div");
    put_subdomains(p, d);
    return page_end(p);
}
