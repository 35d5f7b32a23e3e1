/* P1, Today: what broke, what to do, and one line for each domain. */
#include "insight/words.h"
#include "web/chart.h"
#include "web/grid.h"
#include "web/pages.h"

#include <stdio.h>
#include <stdlib.h>

static const struct grid_column columns[] = {
    {N_("Domain"),     GRID_TEXT  },
    {N_("Findings"),   GRID_TEXT  },
    {N_("Policy"),     GRID_SHORT },
    {N_("Next step"),  GRID_SHORT },
    {N_("Compliance"), GRID_NUMBER},
    {N_("Trend"),      GRID_NUMBER},
    {N_("Messages"),   GRID_NUMBER},
    {N_("30 days"),    GRID_SHORT },
    {N_("Reporters"),  GRID_NUMBER},
};

static void
put_count(struct page *p, const char *class, const char *english, int n)
{
    enum language language = p->html.language;
    const struct language_word word =
        LANGUAGE_OURS("n", words_number(p->arena, language, (uint64_t)(n > 0 ? n : 0)));
    grid_badge_text(p, class, language_sentence(p->arena, language, english, &word, 1));
}

static void
put_counts(struct page *p, struct grid *g, const struct insight_domain_line *d,
           bool is_looked_at)
{
    struct html *h = &p->html;
    grid_open(g, d->problems * 1000 + d->warnings);
    if (d->problems > 0) {
        put_count(p, "bad", N_("{n} {n|problem|problems}"), d->problems);
        html_string(h, " ");
    }
    if (d->warnings > 0)
        put_count(p, "warn", N_("{n} {n|warning|warnings}"), d->warnings);
    if (!is_looked_at)
        grid_badge(p, "none", N_("not looked at"));
    else if (d->problems == 0 && d->warnings == 0)
        grid_badge(p, "good", N_("nothing to do"));
    grid_close(g);
}

/* Points more or less than in the time before, with a sign and a shape. */
static void
put_trend(struct page *p, struct grid *g, int now, int before)
{
    char text[40];
    if (now < 0 || before < 0) {
        grid_none(g);
        return;
    }
    int change = now - before;
    const char *shape = change > 4    ? "\xe2\x96\xb2 "
                        : change < -4 ? "\xe2\x96\xbc "
                                      : "= ";
    snprintf(text, sizeof text, "%s%+d%c%d", shape, change / 10,
             p->html.language == LANGUAGE_FR ? ',' : '.', abs(change) % 10);
    grid_open(g, change);
    html_string(&p->html, change == 0 ? "=" : text);
    grid_close(g);
}

static void
put_readiness(struct page *p, struct grid *g, const struct insight_domain_line *d)
{
    grid_open(g, d->readiness);
    if (d->policy == REPORT_DISPOSITION_REJECT)
        grid_badge(p, "good", N_("at reject"));
    else if (d->readiness == ANALYSIS_MET)
        grid_badge(p, "good", N_("ready"));
    else if (d->readiness == ANALYSIS_NOT_MET)
        grid_badge(p, "warn", N_("not yet"));
    else
        grid_badge(p, "none", N_("no data"));
    grid_close(g);
}

static void
put_domain(struct page *p, struct grid *g, const struct insight_domain_line *d,
           bool is_looked_at)
{
    struct html *h = &p->html;
    grid_row(g, d->messages == 0 ? "dim" : NULL);
    grid_link(g, page_place(p, WEB_DOMAIN, d->domain), d->domain);
    put_counts(p, g, d, is_looked_at);
    grid_text(g, sceau_slice_from(pages_policy_word(d->policy)));
    put_readiness(p, g, d);
    grid_share(g, d->compliance);
    put_trend(p, g, d->compliance, d->before);
    grid_number(g, d->messages);
    grid_open(g, (int64_t)d->messages);
    chart_spark(p, d->spark, d->spark_fails, ANALYSIS_SPARK_DAYS);
    grid_close(g);
    grid_open(g, (int64_t)d->reporters_heard);
    html_number(h, (int64_t)d->reporters_heard);
    if (d->reporters_expected > 0) {
        html_string(h, " / ");
        html_number(h, (int64_t)d->reporters_expected);
    }
    grid_close(g);
    grid_row_end(g);
}

static void
put_domains(struct page *p, const struct filter *f, const struct insight_today *today)
{
    html_element_say(&p->html, "h2", NULL, N_("Domains"));
    pages_about(p, f, NULL);
    struct grid g =
        grid_begin(p, N_("Domains"), columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < today->domain_count; i++)
        put_domain(p, &g, &today->domains[i], today->findings_made > 0);
    grid_end(&g);
}

/* Of a reader, what is his. */
static size_t
keep_visible(struct page *p, const struct analysis_finding *findings, size_t count,
             struct analysis_finding *kept)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (p->visitor->role == VISITOR_ADMINISTRATOR ||
            (findings[i].domain.len > 0 &&
             visitor_sees(p->visitor, findings[i].domain)))
            kept[n++] = findings[i];
    }
    return n;
}

static void
put_findings(struct page *p, const struct insight_today *today)
{
    struct html *h = &p->html;
    struct analysis_finding *kept =
        sceau_arena_alloc(p->arena, (today->finding_count + 1) * sizeof *kept);
    size_t count =
        kept != NULL ? keep_visible(p, today->findings, today->finding_count, kept) : 0;
    if (count > 0) {
        pages_findings(p, kept, count);
    } else if (today->findings_made == 0) {
        html_open(h, "section");
        html_attr_string(h, "class", "panel verdict");
        html_element_say(h, "p", "answer", N_("The findings are not made yet."));
        html_element_say(
            h, "p", NULL,
            N_("sceau-reportd makes them after it has taken reports in; load "
               "this page again then."));
        html_close(h, "section");
    } else {
        html_open(h, "section");
        html_attr_string(h, "class", "panel verdict good");
        html_element_say(h, "p", "answer", N_("Nothing to do today."));
        html_element_say(h, "p", NULL,
                         N_("Your servers are aligned, reports arrive, and no record "
                            "changed."));
        html_close(h, "section");
    }
    if (today->findings_left > 0) {
        html_open(h, "p");
        HTML_SENTENCE(h, N_("{n} more are less urgent: see each domain."),
                      LANGUAGE_OURS("n", words_number(p->arena, h->language,
                                                      today->findings_left)));
        html_close(h, "p");
    }
}

struct sceau_slice
pages_today(struct page *p, const struct filter *f, const struct insight_today *today)
{
    page_begin(p, N_("Today"), SCEAU_SLICE(""));
    if (today->last_received == 0) {
        pages_no_reports(p, today);
        return page_end(p);
    }
    put_findings(p, today);
    put_domains(p, f, today);
    if (today->last_received > 0) {
        html_open(&p->html, "p");
        html_attr_string(&p->html, "class", "soft");
        HTML_SENTENCE(&p->html, N_("The last report came on {time}."),
                      LANGUAGE_THEIRS("time", page_time(p, today->last_received)));
        html_close(&p->html, "p");
    }
    return page_end(p);
}
