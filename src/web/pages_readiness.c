/* P4: may the policy be stricter? Six lines, the what-if, the next record. */
#include "insight/words.h"
#include "web/grid.h"
#include "web/pages.h"

#include <stdio.h>

static void
put_lines(struct page *p, const struct analysis_readiness *r)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("Line by line"));
    html_open(h, "ul");
    html_attr_string(h, "class", "lines");
    for (int i = 0; i < ANALYSIS_LINES; i++) {
        enum analysis_line line = (enum analysis_line)i;
        html_open(h, "li");
        html_open(h, "p");
        pages_answer_badge(p, r->lines[i].answer);
        html_close(h, "p");
        html_open(h, "div");
        html_open(h, "p");
        html_element(h, "strong", NULL, words_line(h->language, line));
        html_close(h, "p");
        html_element(h, "p", "soft", words_line_found(p->arena, h->language, line, r));
        html_close(h, "div");
        html_close(h, "li");
    }
    html_close(h, "ul");
    html_close(h, "section");
}

static const struct grid_column losers[] = {
    {N_("Source"),     GRID_TEXT  },
    {N_("Class"),      GRID_SHORT },
    {N_("Would fail"), GRID_NUMBER},
    {N_("Messages"),   GRID_NUMBER},
};

static void
put_what_if(struct page *p, const struct analysis_readiness *r)
{
    struct html *h = &p->html;
    const struct analysis_what_if *w = &r->what_if;
    html_element_say(h, "h2", NULL,
                     r->policy == REPORT_DISPOSITION_REJECT
                         ? N_("What the policy of reject refuses")
                         : N_("If the policy had been reject"));
    html_element(h, "p", NULL, words_what_if(p->arena, h->language, r));
    html_open(h, "dl");
    html_attr_string(h, "class", "figures");
    pages_figure(p, N_("Yours"));
    html_number(h, (int64_t)w->yours);
    pages_figure_end(p, N_("messages lost: has to be 0"));
    pages_figure(p, N_("Through forwarders"));
    html_number(h, (int64_t)w->forwarders);
    pages_figure_end(p, N_("with a broken signature"));
    pages_figure(p, N_("Not yours"));
    html_number(h, (int64_t)w->not_yours);
    pages_figure_end(p, N_("forged: what the policy is for"));
    pages_figure(p, N_("Too little to tell"));
    html_number(h, (int64_t)w->unknown);
    pages_figure_end(p, N_("look at them below"));
    html_close(h, "dl");
    grid_about(p, SCEAU_SLICE(""), false, "what_if");
    struct grid g = grid_begin(p, N_("Sources that would lose mail"), losers,
                               sizeof losers / sizeof *losers);
    size_t shown =
        r->loser_count < PAGES_SOURCES_MAX ? r->loser_count : PAGES_SOURCES_MAX;
    for (size_t i = 0; i < shown; i++) {
        const struct analysis_source *s = r->losers[i];
        grid_row(&g, NULL);
        grid_link(&g, pages_link(p, WEB_SOURCE, p->domain, "source", s->key), s->name);
        grid_open(&g, s->class);
        pages_class_badge(p, s->class);
        grid_close(&g);
        grid_number(&g, s->counts.neither);
        grid_number(&g, s->counts.messages);
        grid_row_end(&g);
    }
    grid_end(&g);
    pages_more(p, r->loser_count - shown);
}

static void
put_copy(struct page *p, const char *id, const char *title, struct sceau_slice text)
{
    struct html *h = &p->html;
    html_element_say(h, "h3", NULL, title);
    html_open(h, "button");
    html_attr_string(h, "type", "button");
    html_attr_string(h, "class", "copy");
    html_attr_string(h, "data-copy", id);
    html_attr_say(h, "data-done", N_("copied"));
    html_flag(h, "hidden"); /* until the script shows it */
    html_say(h, N_("Copy"));
    html_close(h, "button");
    html_open(h, "pre");
    html_attr_string(h, "id", id);
    html_lines(h, text);
    html_close(h, "pre");
}

/* TXT data in quotes of 255 octets at most, ready for a zone. */
static void
put_quoted(struct text *t, struct sceau_slice record)
{
    for (size_t i = 0; i < record.len; i++) {
        if (i % 255 == 0)
            text_string(t, i == 0 ? "\"" : "\" \"");
        if (record.ptr[i] == '"' || record.ptr[i] == '\\')
            text_octet(t, '\\');
        text_octet(t, record.ptr[i]);
    }
    text_octet(t, '"');
}

static void
put_next(struct page *p, const struct insight_readiness *r)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("The next record"));
    if (r->record.len > 0) {
        html_element_say(h, "h3", NULL, N_("Published now"));
        html_element(h, "pre", NULL, r->record);
    }
    if (r->next.len == 0) {
        pages_paragraph(
            p, NULL,
            r->readiness.policy == REPORT_DISPOSITION_REJECT
                ? N_("There is no further step: the policy is reject.")
                : N_("The record that is published now is not known here yet; "
                     "sceau check DOMAIN shows it, and sceau-reportd looks "
                     "once a day."));
        html_close(h, "section");
        return;
    }
    if (!r->readiness.is_ready)
        html_element_say(h, "p", NULL,
                         N_("Not yet: this is the record for the day when each line is "
                            "met."));
    struct text zone = text_new(p->arena, SIZE_MAX),
                update = text_new(p->arena, SIZE_MAX);
    text_string(&zone, "_dmarc.");
    text_slice(&zone, p->domain);
    text_string(&zone, ". 3600 IN TXT ");
    put_quoted(&zone, r->next);
    text_format(&update, "update delete _dmarc.%.*s. TXT\nupdate add ",
                SLICE_ARG(p->domain));
    text_string(&update, "_dmarc.");
    text_slice(&update, p->domain);
    text_string(&update, ". 3600 TXT ");
    put_quoted(&update, r->next);
    text_string(&update, "\nsend\n");
    put_copy(p, "next-zone", N_("For the zone"), text_done(&zone));
    put_copy(p, "next-update", N_("For nsupdate"), text_done(&update));
    html_element_say(h, "h3", NULL, N_("What to watch afterwards"));
    html_element_say(
        h, "p", NULL,
        N_("For two weeks: the failures of what is yours, and calls about mail "
           "that did not arrive. The way back is the record above, with the "
           "policy as it is now; receivers follow within its TTL."));
    html_close(h, "section");
}

/* How far it is: of the lines below, those that are not met. */
static void
put_count(struct page *p, const struct analysis_readiness *r)
{
    struct html *h = &p->html;
    uint64_t counts[3] = {0};
    for (int i = 0; i < ANALYSIS_LINES; i++)
        counts[r->lines[i].answer]++;
    if (r->next == REPORT_DISPOSITION_NONE || r->next == REPORT_DISPOSITION_UNKNOWN) {
        html_element(h, "p", NULL, words_readiness(p->arena, h->language, r));
        return;
    }
    html_open(h, "p");
    if (counts[ANALYSIS_NOT_MET] == 0 && counts[ANALYSIS_NO_DATA] == 0)
        html_say(h, N_("Each line below is met."));
    else
        HTML_SENTENCE(
            h,
            counts[ANALYSIS_NO_DATA] == 0
                ? N_("Not met: {failed} of the lines below.")
                : N_("Not met: {failed} of the lines below; not known yet: {unknown}."),
            LANGUAGE_OURS("failed", words_number(p->arena, h->language,
                                                 counts[ANALYSIS_NOT_MET])),
            LANGUAGE_OURS("unknown", words_number(p->arena, h->language,
                                                  counts[ANALYSIS_NO_DATA])));
    html_close(h, "p");
}

struct sceau_slice
pages_readiness(struct page *p, const struct insight_readiness *r)
{
    struct html *h = &p->html;
    const struct analysis_readiness *a = &r->readiness;
    page_begin(p, N_("Readiness"), p->domain);
    html_open(h, "section");
    html_attr_string(h, "class",
                     a->is_ready    ? "panel verdict good"
                     : !a->is_known ? "panel verdict"
                                    : "panel verdict warn");
    html_open(h, "p");
    html_attr_string(h, "class", "answer");
    if (a->next == REPORT_DISPOSITION_NONE || a->next == REPORT_DISPOSITION_UNKNOWN)
        html_say(h, N_("There is no further step."));
    else
        HTML_SENTENCE(h,
                      a->is_ready ? N_("Yes: from p={now} to p={next}.")
                                  : N_("Not yet: from p={now} to p={next}."),
                      LANGUAGE_OURS("now",
                                    sceau_slice_from(pages_policy_word(a->policy))),
                      LANGUAGE_OURS("next",
                                    sceau_slice_from(pages_policy_word(a->next))));
    html_close(h, "p");
    put_count(p, a);
    html_open(h, "p");
    html_attr_string(h, "class", "soft");
    HTML_SENTENCE(h, N_("By the reports from {from} to {to}."),
                  LANGUAGE_THEIRS("from", page_day(p, a->from_day)),
                  LANGUAGE_THEIRS("to", page_day(p, a->to_day)));
    html_close(h, "p");
    html_close(h, "section");
    grid_about(p, SCEAU_SLICE(""), false, NULL);
    html_open(h, "div");
    html_attr_string(h, "class", "columns");
    put_lines(p, a);
    put_next(p, r);
    html_close(h, "div");
    put_what_if(p, a);
    return page_end(p);
}
