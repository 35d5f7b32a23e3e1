/* P8: is mail to us encrypted, and who could not deliver? */
#include "web/pages_tls.h"

#include "insight/words.h"
#include "web/chart.h"
#include "web/grid.h"
#include "web/pages.h"
#include "web/pages_check.h"

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

static void
put_heading(struct page *p, const char *id, const char *title)
{
    html_open(&p->html, "h2");
    html_attr_string(&p->html, "id", id);
    html_say(&p->html, title);
    html_close(&p->html, "h2");
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
put_end(struct page *p, struct grid *g, int64_t until)
{
    bool is_near = until < p->now / 86400 + 14;
    grid_open(g, until);
    if (is_near)
        grid_badge(p, "warn", N_("ends soon"));
    html_string(&p->html, is_near ? " " : "");
    HTML_SENTENCE(&p->html, N_("until {day}"),
                  LANGUAGE_THEIRS("day", page_day(p, until)));
    grid_close(g);
}

static void
put_published(struct page *p, const struct pages_tls *tls)
{
    struct grid g = grid_begin(p, N_("What you publish"), published_columns,
                               sizeof published_columns / sizeof *published_columns);
    for (size_t i = 0; i < tls->count; i++) {
        const struct insight_tls_published *d = &tls->published[i];
        grid_row(&g, NULL);
        grid_link(&g, page_place(p, WEB_CHECK_NAME, d->domain), d->domain);
        put_record(p, &g, d->mta_sts);
        put_record(p, &g, d->tls_rpt);
        if (d->mail_host.len > 0) {
            grid_text(&g, d->mail_host);
            put_end(p, &g, d->certificate_until);
        } else {
            grid_none(&g);
            grid_none(&g);
        }
        grid_time(&g, d->seen);
        grid_row_end(&g);
    }
    grid_end(&g);
}

/* ---- MTA-STS ---- */

#define PATTERNS_SHOWN 5

static const struct grid_column policy_columns[] = {
    {N_("Domain"),           GRID_TEXT },
    {N_("Policy"),           GRID_TEXT },
    {N_("Kept for"),         GRID_SHORT},
    {N_("Mail hosts named"), GRID_TEXT },
    {N_("Your mail hosts"),  GRID_TEXT },
    {N_("Id"),               GRID_TEXT },
    {N_("Read"),             GRID_SHORT},
};

static const char *const state_styles[] = {
    [MTASTS_STATE_ABSENT] = "none",    [MTASTS_STATE_UNREAD] = "none",
    [MTASTS_STATE_UNKNOWN] = "none",   [MTASTS_STATE_BROKEN] = "bad",
    [MTASTS_STATE_UNREACHED] = "warn", [MTASTS_STATE_NONE] = "info",
    [MTASTS_STATE_TESTING] = "info",   [MTASTS_STATE_ENFORCE] = "good",
};

/* "7 days", "12 h", "90 s": as long as a sender keeps it. */
static void
put_age(struct page *p, struct grid *g, uint32_t seconds)
{
    static const struct {
        uint32_t unit;
        const char *sentence;
    } units[] = {
        {86400, N_("{n} {n|day|days}")},
        {3600,  N_("{n} h")           },
        {1,     N_("{n} s")           },
    };
    size_t i = 0;
    while (units[i].unit > 1 &&
           (seconds < units[i].unit || seconds % units[i].unit > 0))
        i++;
    grid_open(g, seconds);
    HTML_SENTENCE(&p->html, units[i].sentence,
                  LANGUAGE_OURS("n", words_number(p->arena, p->html.language,
                                                  seconds / units[i].unit)));
    grid_close(g);
}

/* "2 of 3 named" */
static void
put_covered(struct page *p, struct grid *g, const struct mtasts_sight *sight)
{
    bool is_asked = sight->policy != NULL && sight->policy->mode != MTASTS_NONE;
    if (!is_asked || sight->mx_count == 0) {
        grid_none(g);
        return;
    }
    bool is_whole = sight->covered == sight->mx_count;
    grid_open_text(g);
    if (is_whole) /* of a policy that nobody has it is no merit */
        grid_badge(p, mtasts_sight_binds(sight) ? "good" : "none", N_("all named"));
    else
        grid_badge(p, sight->policy->mode == MTASTS_ENFORCE ? "bad" : "warn",
                   sight->covered == 0 ? N_("none named") : N_("not all named"));
    html_string(&p->html, " ");
    html_open(&p->html, "span");
    html_attr_string(&p->html, "class", "whole");
    HTML_SENTENCE(&p->html, N_("{n} of {all}"),
                  LANGUAGE_OURS("n", words_number(p->arena, p->html.language,
                                                  sight->covered)),
                  LANGUAGE_OURS("all", words_number(p->arena, p->html.language,
                                                    sight->mx_count)));
    html_close(&p->html, "span");
    grid_close(g);
}

/* The first ones, and how many more: a policy may have 128. */
static void
put_patterns(struct page *p, struct grid *g, const struct mtasts_policy *policy)
{
    struct mtasts_policy first = *policy;
    if (first.mx_count > PATTERNS_SHOWN)
        first.mx_count = PATTERNS_SHOWN;
    grid_open_text(g);
    html_text(&p->html, insight_mtasts_patterns(p->arena, &first));
    if (policy->mx_count > first.mx_count) {
        html_string(&p->html, " ");
        HTML_SENTENCE(&p->html, N_("and {n} more"),
                      LANGUAGE_OURS("n",
                                    words_number(p->arena, p->html.language,
                                                 policy->mx_count - first.mx_count)));
    }
    grid_close(g);
}

/* "broken", and "enforce until 2026-12-06" where senders may keep what was there before. */
static void
put_state(struct page *p, struct grid *g, const struct mtasts_sight *sight)
{
    struct html *h = &p->html;
    grid_open_text(g);
    grid_badge(p, state_styles[sight->state], mtasts_state_word(sight->state));
    if (sight->left_until > 0) {
        html_string(h, " ");
        html_open(h, "span");
        html_attr_string(h, "class", "whole");
        HTML_SENTENCE(h, N_("{mode} until {day}"),
                      LANGUAGE_OURS("mode", sceau_slice_from(
                                                mtasts_mode_name(sight->policy->mode))),
                      LANGUAGE_OURS("day", page_day(p, sight->left_until / 86400)));
        html_close(h, "span");
    }
    grid_close(g);
}

static void
put_policy(struct page *p, struct grid *g, const struct insight_tls_policy *row)
{
    const struct mtasts_sight *sight = &row->sight;
    const struct mtasts_policy *policy = sight->policy;
    grid_row(g, NULL);
    grid_link(g, pages_link(p, WEB_TLS, SCEAU_SLICE(""), "domain", row->domain),
              row->domain);
    put_state(p, g, sight);
    if (policy != NULL)
        put_age(p, g, policy->max_age);
    else
        grid_none(g);
    if (policy != NULL && policy->mx_count > 0)
        put_patterns(p, g, policy);
    else
        grid_none(g);
    put_covered(p, g, sight);
    if (sight->id.len > 0)
        grid_text(g, sight->id);
    else
        grid_none(g);
    grid_time(g, row->seen);
    grid_row_end(g);
}

static size_t
count_advice(const struct pages_tls *tls, bool is_info)
{
    size_t count = 0;
    for (size_t i = 0; i < tls->count; i++)
        for (const struct check_finding *f = tls->policies[i].findings; f != NULL;
             f = f->next)
            count += insight_is_advice(f) && (f->outcome == CHECK_INFO) == is_info;
    return count;
}

static void
put_advice(struct page *p, const struct pages_tls *tls, bool is_info)
{
    html_open(&p->html, "ul");
    html_attr_string(&p->html, "class", "findings");
    for (size_t i = 0; i < tls->count; i++)
        for (const struct check_finding *f = tls->policies[i].findings; f != NULL;
             f = f->next)
            if (insight_is_advice(f) && (f->outcome == CHECK_INFO) == is_info)
                pages_check_finding(p, f, tls->policies[i].domain);
    html_close(&p->html, "ul");
}

/* What is wrong stands open; that a domain could have more does so where one is asked about. */
static void
put_all_advice(struct page *p, const struct filter *f, const struct pages_tls *tls)
{
    struct html *h = &p->html;
    size_t infos = count_advice(tls, true);
    if (count_advice(tls, false) > 0)
        put_advice(p, tls, false);
    if (infos == 0)
        return;
    html_open(h, "details");
    if (f->domain.len > 0)
        html_flag(h, "open");
    html_open(h, "summary");
    HTML_SENTENCE(h, N_("{n} {n|suggestion|suggestions}"),
                  LANGUAGE_OURS("n", words_number(p->arena, h->language, infos)));
    html_close(h, "summary");
    put_advice(p, tls, true);
    html_close(h, "details");
}

static void
put_policies(struct page *p, const struct filter *f, const struct pages_tls *tls)
{
    struct html *h = &p->html;
    html_element_say(h, "h2", NULL, N_("MTA-STS policies"));
    pages_paragraph(
        p, "soft",
        N_("The file at https://mta-sts.DOMAIN/.well-known/mta-sts.txt of each domain of "
           "[domain] and policy.own_domains, as sceau-reportd read it last: once a day, unless "
           "check.mta_sts is off. sceau check --all asks now."));
    grid_about(p, SCEAU_SLICE(""), false, "mta_sts");
    struct grid g = grid_begin(p, N_("MTA-STS policies"), policy_columns,
                               sizeof policy_columns / sizeof *policy_columns);
    for (size_t i = 0; i < tls->count; i++)
        put_policy(p, &g, &tls->policies[i]);
    grid_end(&g);
    pages_turns_of(p, PAGE_TURN, &tls->domains, tls->count, N_("Previous"), N_("Next"));
    put_all_advice(p, f, tls);
}

/* ---- what senders report ---- */

/* The rows of a page of a table. */
static void
put_part(struct page *p, const struct table *table, const struct insight_part *part,
         const char *caption, const char *turn)
{
    struct table rows = *table;
    size_t left = table->row_count - part->from;
    rows.cells = table->cells + part->from * table->column_count;
    rows.row_count = left < part->most ? left : part->most;
    pages_table(p, &rows, caption);
    pages_turns_of(p, turn, part, rows.row_count, N_("Previous"), N_("Next"));
}

static void
put_list(struct page *p, const struct filter *f, const char *title,
         const struct table *table, const char *file, const struct insight_part *part,
         const char *turn)
{
    put_heading(p, turn, title);
    pages_about(p, f, file);
    put_part(p, table, part, title, turn);
}

static void
put_reported(struct page *p, const struct filter *f, const struct pages_tls *tls)
{
    struct table sums = insight_tls_table(p->arena, &tls->tls);
    struct table failures = insight_tls_failures_table(p->arena, &tls->tls);
    put_tls_days(p, &tls->tls);
    if (failures.row_count > 0)
        put_list(p, f, N_("Failed sessions"), &failures, failures.name, &tls->failures,
                 PAGE_TURN_FAILURES);
    put_list(p, f, N_("Sessions by policy and sender"), &sums, NULL, &tls->sums,
             PAGE_TURN_SUMS);
}

/* An administrator who asked about one domain may go back to all. */
static void
put_way_back(struct page *p, const struct filter *f)
{
    if (f->domain.len == 0 || p->visitor == NULL ||
        p->visitor->role != VISITOR_ADMINISTRATOR)
        return;
    html_open(&p->html, "p");
    page_link_say(p, NULL, page_with(p, "domain", SLICE_NONE), N_("All domains"));
    html_close(&p->html, "p");
}

struct sceau_slice
pages_tls(struct page *p, const struct filter *f, const struct pages_tls *tls)
{
    struct html *h = &p->html;
    uint64_t sessions = tls->tls.successful + tls->tls.failed;
    page_begin(p, N_("TLS"), f->domain);
    put_way_back(p, f);
    html_open(h, "p");
    html_attr_string(h, "class", "lead");
    if (sessions == 0)
        html_say(
            h, N_("No TLS report in this range: senders write them to the address that "
                  "_smtp._tls of a domain names."));
    else
        HTML_SENTENCE(
            h, N_("Of {all} sessions that senders tried, {n} failed."),
            LANGUAGE_OURS("all", words_number(p->arena, h->language, sessions)),
            LANGUAGE_OURS("n", words_number(p->arena, h->language, tls->tls.failed)));
    html_close(h, "p");
    if (sessions > 0)
        put_reported(p, f, tls);
    put_heading(p, PAGE_TURN, N_("What you publish"));
    pages_paragraph(
        p, "soft",
        N_("As sceau-reportd saw it last in DNS, once a day. MTA-STS asks senders for TLS, "
           "TLS-RPT for reports about it."));
    grid_about(p, SCEAU_SLICE(""), false, "tls_published");
    put_published(p, tls);
    put_policies(p, f, tls);
    return page_end(p);
}
