/* P5: which mail failed, and why; P6: which keys are in use. */
#include "insight/words.h"
#include "web/chart.h"
#include "web/grid.h"
#include "web/pages.h"

#include <stdio.h>

static const struct grid_column sources[] = {
    {N_("Source"),   GRID_TEXT  },
    {N_("Class"),    GRID_SHORT },
    {N_("Failed"),   GRID_NUMBER},
    {N_("Messages"), GRID_NUMBER},
    {N_("30 days"),  GRID_SHORT },
};

/* Of one cause, what senders can mend, and what those do who pass mail on. */
static void
put_remedies(struct page *p, const struct analysis_failure_group *group)
{
    struct html *h = &p->html;
    const char *ours = words_remedy(h->language, group->cause, ANALYSIS_OURS),
               *passed = words_remedy(h->language, group->cause, ANALYSIS_FORWARDER);
    bool is_mixed = group->passed_on > 0 && group->passed_on < group->messages;
    if (group->passed_on < group->messages || passed == ours)
        pages_advice(p, sceau_slice_from(ours), p->domain);
    if (group->passed_on == 0 || passed == ours)
        return;
    if (is_mixed) {
        html_open(h, "p");
        HTML_SENTENCE(
            h, N_("By forwarders and lists: {n} of {all}."),
            LANGUAGE_OURS("n", words_number(p->arena, h->language, group->passed_on)),
            LANGUAGE_OURS("all", words_number(p->arena, h->language, group->messages)));
        html_close(h, "p");
    }
    pages_advice(p, sceau_slice_from(passed), p->domain);
}

static void
put_group(struct page *p, const struct analysis_failure_group *group)
{
    struct html *h = &p->html;
    const char *title = group->is_spoof ? N_("forged: sources that are not yours")
                                        : analysis_cause_text(group->cause);
    html_open(h, "section");
    html_attr_string(h, "class", "panel causes");
    html_open(h, "h2");
    html_text(h, html_capital(p->arena, language_text(h->language, title)));
    html_string(h, " \xc2\xb7 ");
    html_number(h, (int64_t)group->messages);
    html_close(h, "h2");
    if (group->is_spoof)
        html_element_say(h, "p", NULL,
                         N_("Nothing to mend: this is mail that the policy is there to "
                            "stop."));
    else
        put_remedies(p, group);
    struct grid g = grid_begin(p, title, sources, sizeof sources / sizeof *sources);
    for (size_t i = 0; i < group->shown; i++) {
        const struct analysis_source *s = group->sources[i];
        grid_row(&g, NULL);
        grid_link(&g, pages_link(p, WEB_SOURCE, p->domain, "source", s->key), s->name);
        grid_open(&g, s->class);
        pages_class_badge(p, s->class);
        grid_close(&g);
        grid_number(&g, group->is_spoof ? s->counts.neither
                                        : s->counts.causes[group->cause]);
        grid_number(&g, s->counts.messages);
        grid_open(&g, (int64_t)s->counts.messages);
        chart_spark(p, s->spark, s->spark_fails, ANALYSIS_SPARK_DAYS);
        grid_close(&g);
        grid_row_end(&g);
    }
    grid_end(&g);
    pages_more(p, group->source_count - group->shown);
    html_close(h, "section");
}

static void
put_sample(struct page *p, const struct insight_sample *s)
{
    struct html *h = &p->html;
    char ip[SCEAU_IP_TEXT];
    html_open(h, "details");
    html_open(h, "summary");
    html_text(h, page_time(p, s->received));
    html_string(h, " \xc2\xb7 ");
    sceau_ip_format(&s->ip, ip);
    html_string(h, ip);
    html_string(h, " \xc2\xb7 ");
    html_text(h, s->auth_failure);
    html_string(h, " \xc2\xb7 ");
    html_text(h, s->reporter);
    html_close(h, "summary");
    html_open(h, "pre");
    html_lines(h, s->header);
    html_close(h, "pre");
    html_close(h, "details");
}

/* Header blocks come with line ends, which are text: a line each. */
static void
put_samples(struct page *p, const struct insight_failures *f)
{
    struct html *h = &p->html;
    if (f->sample_count == 0)
        return;
    html_element_say(h, "h2", NULL, N_("Failure reports"));
    html_element_say(
        h, "p", "soft",
        N_("Single messages, as receivers send them to ruf; local parts are "
           "not kept."));
    grid_about(p, SCEAU_SLICE(""), false, "samples");
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    for (size_t i = 0; i < f->sample_count; i++)
        put_sample(p, &f->samples[i]);
    html_close(h, "section");
}

struct sceau_slice
pages_failures(struct page *p, const struct filter *f,
               const struct insight_failures *failures)
{
    struct html *h = &p->html;
    page_begin(p, N_("Failures"), p->domain);
    html_open(h, "p");
    html_attr_string(h, "class", "lead");
    HTML_SENTENCE(
        h, N_("{n} of {all} messages had neither DKIM nor SPF aligned."),
        LANGUAGE_OURS("n", words_number(p->arena, h->language, failures->fails)),
        LANGUAGE_OURS("all", words_number(p->arena, h->language, failures->messages)));
    html_close(h, "p");
    pages_about(p, f, NULL);
    for (size_t i = 0; i < failures->group_count; i++)
        put_group(p, &failures->groups[i]);
    put_samples(p, failures);
    return page_end(p);
}

/* ---- keys ------------------------------------------------------------------------------ */

static const struct grid_column keys_columns[] = {
    {N_("Selector"),    GRID_TEXT  },
    {N_("Signs as"),    GRID_TEXT  },
    {N_("State"),       GRID_SHORT },
    {N_("Pass"),        GRID_NUMBER},
    {N_("Fail"),        GRID_NUMBER},
    {N_("Signed here"), GRID_NUMBER},
    {N_("In use"),      GRID_SHORT },
    {N_("First"),       GRID_SHORT },
    {N_("Last"),        GRID_SHORT },
    {N_("Reporters"),   GRID_NUMBER},
    {N_("Removal"),     GRID_SHORT },
};

/* Its days among the last ANALYSIS_SPARK_DAYS of the range. */
static void
put_key_spark(struct page *p, const struct analysis_key *k, int to_day)
{
    uint64_t values[ANALYSIS_SPARK_DAYS] = {0}, fails[ANALYSIS_SPARK_DAYS] = {0};
    for (size_t i = 0; i < k->day_count; i++) {
        int at = k->days[i].day - (to_day - ANALYSIS_SPARK_DAYS + 1);
        if (at < 0 || at >= ANALYSIS_SPARK_DAYS)
            continue;
        values[at] = k->days[i].pass + k->days[i].fail;
        fails[at] = k->days[i].fail;
    }
    chart_spark(p, values, fails, ANALYSIS_SPARK_DAYS);
}

static void
put_key(struct page *p, struct grid *g, const struct filter *f,
        const struct analysis_key *k)
{
    grid_row(g, NULL);
    grid_text(g, k->selector);
    grid_text(g, k->signer);
    if (k->state.len > 0)
        grid_text(g, words_key_state(p->html.language, k->state));
    else
        grid_none(g);
    grid_number(g, k->pass);
    grid_number(g, k->fail);
    grid_number(g, k->signed_here);
    grid_open(g, (int64_t)(k->pass + k->fail));
    put_key_spark(p, k, f->to_day);
    grid_close(g);
    grid_day(g, k->first_day);
    grid_day(g, k->last_day);
    grid_number(g, k->reporters);
    if (k->state.ptr == NULL) { /* somebody else's */
        grid_none(g);
        grid_row_end(g);
        return;
    }
    grid_open(g, k->is_safe_to_remove);
    if (k->is_safe_to_remove)
        grid_badge(p, "good", N_("safe to remove"));
    else if (k->safe_day > 0)
        HTML_SENTENCE(&p->html, N_("from {day} on"),
                      LANGUAGE_THEIRS("day", page_day(p, k->safe_day)));
    else
        grid_badge(p, "info", N_("keep"));
    grid_close(g);
    grid_row_end(g);
}

struct sceau_slice
pages_keys(struct page *p, const struct filter *f, const struct analysis_key *keys,
           size_t count)
{
    page_begin(p, N_("Keys"), p->domain);
    html_element_say(
        &p->html, "p", NULL,
        N_("The selectors that receivers saw in signatures in this range. A key may go when "
           "no report and no signature here has named it for the time of grace "
           "(keys.grace, a week at least), although reports came: mail signed with it may "
           "be under way until then. Who stopped to sign may have done so by mistake: see "
           "the failures."));
    pages_about(p, f, NULL);
    struct grid g = grid_begin(p, N_("Keys"), keys_columns,
                               sizeof keys_columns / sizeof *keys_columns);
    for (size_t i = 0; i < count; i++)
        put_key(p, &g, f, &keys[i]);
    grid_end(&g);
    return page_end(p);
}
