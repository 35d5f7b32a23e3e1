/* P8: is mail to us encrypted, and who could not deliver? */
#include "insight/words.h"
#include "web/chart.h"
#include "web/grid.h"
#include "web/pages.h"

static const struct chart_series series[] = {
    {"both", N_("sessions that succeeded")},
    {"ours", N_("sessions that failed")   },
};

static void
put_tls_days(struct page *p, const struct insight_tls *tls)
{
    struct html *h = &p->html;
    struct chart_day *days =
        sceau_arena_alloc(p->arena, (tls->day_count + 1) * sizeof *days);
    if (days == NULL)
        return;
    for (size_t i = 0; i < tls->day_count; i++)
        days[i] = (struct chart_day){
            .day = tls->days[i].day,
            .values = {tls->days[i].successful, tls->days[i].failed}
        };
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("Sessions per day"));
    chart_bars(p, N_("Sessions per day"), series, 2, days, tls->day_count, NULL, 0);
    html_close(h, "section");
}

struct sceau_slice
pages_tls(struct page *p, const struct filter *f, const struct insight_tls *tls)
{
    struct html *h = &p->html;
    page_begin(p, N_("TLS"), SCEAU_SLICE(""));
    html_open(h, "p");
    html_attr_string(h, "class", "lead");
    if (tls->successful + tls->failed == 0)
        html_say(
            h, N_("No TLS report in this range: senders write them to the address that "
                  "_smtp._tls of a domain names."));
    else
        HTML_SENTENCE(h, N_("Of {all} sessions that senders tried, {n} failed."),
                      LANGUAGE_OURS("all", words_number(p->arena, h->language,
                                                        tls->successful + tls->failed)),
                      LANGUAGE_OURS("n",
                                    words_number(p->arena, h->language, tls->failed)));
    html_close(h, "p");
    put_tls_days(p, tls);
    struct table policies = insight_tls_table(p->arena, tls);
    struct table failures = insight_tls_failures_table(p->arena, tls);
    html_element_say(h, "h2", NULL, N_("Policies"));
    pages_about(p, f, NULL);
    pages_table(p, &policies, N_("Policies"));
    html_element_say(h, "h2", NULL, N_("Failures"));
    pages_about(p, f, "tls_failures");
    pages_table(p, &failures, N_("Failures"));
    return page_end(p);
}
