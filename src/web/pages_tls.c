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

static const struct grid_column published_columns[] = {
    {N_("Domain"),          GRID_TEXT },
    {N_("MTA-STS"),         GRID_TEXT },
    {N_("TLS-RPT"),         GRID_TEXT },
    {N_("Mail host"),       GRID_TEXT },
    {N_("Its certificate"), GRID_SHORT},
    {N_("Seen"),            GRID_SHORT},
};

static void
put_record(struct page *p, struct grid *g, struct sceau_slice record)
{
    grid_open_text(g);
    if (record.len > 0)
        html_element(&p->html, "code", NULL, record);
    else
        grid_badge(p, "none", N_("absent"));
    grid_close(g);
}

static void
put_end(struct page *p, struct grid *g, const struct table_cell *until)
{
    if (until->is_absent) {
        grid_none(g);
        return;
    }
    bool is_near = until->number < p->now / 86400 + 14;
    grid_open(g, until->number);
    if (is_near)
        grid_badge(p, "warn", N_("ends soon"));
    html_string(&p->html, is_near ? " " : "");
    HTML_SENTENCE(&p->html, N_("until {day}"),
                  LANGUAGE_THEIRS("day", page_day(p, until->number)));
    grid_close(g);
}

static void
put_published(struct page *p, const struct table *t)
{
    struct grid g = grid_begin(p, N_("What you publish"), published_columns,
                               sizeof published_columns / sizeof *published_columns);
    for (size_t i = 0; i < t->row_count; i++) {
        const struct table_cell *cells = &t->cells[i * t->column_count];
        grid_row(&g, NULL);
        grid_link(&g, page_place(p, WEB_CHECK_NAME, cells[0].text), cells[0].text);
        put_record(p, &g, cells[1].text);
        put_record(p, &g, cells[2].text);
        grid_text(&g, cells[3].text);
        put_end(p, &g, &cells[4]);
        grid_time(&g, cells[5].number);
        grid_row_end(&g);
    }
    grid_end(&g);
}

struct sceau_slice
pages_tls(struct page *p, const struct filter *f, const struct insight_tls *tls,
          const struct table *published)
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
    if (tls->successful + tls->failed > 0)
        put_tls_days(p, tls);
    html_element_say(h, "h2", NULL, N_("What you publish"));
    pages_paragraph(
        p, "soft",
        N_("As sceau-reportd saw it last in DNS, once a day. MTA-STS asks senders for TLS, "
           "TLS-RPT for reports about it. The policy file to which MTA-STS points is not "
           "read here: sceau check --all reads it, and asks now."));
    grid_about(p, SCEAU_SLICE(""), false, "tls_published");
    put_published(p, published);
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
