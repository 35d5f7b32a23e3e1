/* Encrypted sessions: what senders report, and what is published for them. */
#include "ask.h"
#include "stored_policies.h"

struct published {
    const struct insight_tls_published *items;
    const struct insight_tls_policy *policies;
    size_t count;
};

static bool
find_published(struct ask *a, struct published *published)
{
    /* programs read English */
    const struct stored_check_options options = {
        .language = ask_is_for_people(a) ? a->language : LANGUAGE_EN,
        .discovery = a->env.config.dmarc.discovery,
        .now = a->insight.now,
    };
    struct insight_part part = {.most = INSIGHT_TLS_PUBLISHED_MAX};
    return insight_tls_published(&a->insight, &a->filter, &part, &published->items,
                                 &published->count) &&
           stored_policies(&a->insight, &options, published->items, published->count,
                           &published->policies);
}

static void
say_finding(struct ask *a, struct sceau_slice domain, const struct check_finding *f)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    struct sceau_slice rest = f->zone_line, line;
    text_escaped(&t, domain);
    text_string(&t, ": ");
    text_slice(&t, f->found);
    ask_say_hanging(a, "  - ", text_done(&t));
    if (f->fix.len > 0)
        ask_say_wrapped(a, f->fix, 4);
    while (f->zone_line.len > 0 && slice_next(&rest, '\n', &line)) {
        struct text pasted = text_new(a->arena, SIZE_MAX);
        text_string(&pasted, "      ");
        text_slice(&pasted, line);
        ask_say(a, text_done(&pasted));
    }
}

/* Of one domain all, of several what is wrong. */
static void
say_findings(struct ask *a, const struct published *published)
{
    bool is_started = false;
    for (size_t i = 0; i < published->count; i++) {
        const struct insight_tls_policy *p = &published->policies[i];
        for (const struct check_finding *f = p->findings; f != NULL; f = f->next) {
            if (!insight_is_advice(f) ||
                (f->outcome == CHECK_INFO && a->filter.domain.len == 0))
                continue;
            if (!is_started)
                ask_heading(a, N_("To mend"));
            is_started = true;
            say_finding(a, p->domain, f);
        }
    }
}

static void
put_published(struct ask *a, const struct published *published)
{
    struct table records =
        insight_tls_published_table(a->arena, published->items, published->count);
    struct table policies =
        insight_tls_policies_table(a->arena, published->policies, published->count);
    struct table advice =
        insight_tls_advice_table(a->arena, published->policies, published->count);
    if (published->count == 0)
        return;
    ask_heading(a, N_("What you publish"));
    ask_table(a, &records, false);
    ask_heading(a, N_("MTA-STS policies"));
    ask_table(a, &policies, false);
    if (ask_is_for_people(a))
        say_findings(a, published);
    else
        ask_table(a, &advice, false);
}

int
report_tls_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_tls tls;
    struct published published;
    int status = ask_open(&a, call, DATABASE_READ, ask_operand(call));
    if (status != 0)
        return ask_close(&a, status);
    if (!insight_tls(&a.insight, &a.filter, &tls) || !find_published(&a, &published))
        return ask_close(&a, ask_fail(&a));
    struct table policies = insight_tls_table(a.arena, &tls);
    struct table failures = insight_tls_failures_table(a.arena, &tls);
    ask_say_filter(&a);
    ask_table(&a, &policies, true);
    if (tls.failure_count > 0)
        ask_heading(&a, N_("Failed sessions"));
    ask_table(&a, &failures, false);
    put_published(&a, &published);
    return ask_close(&a, tls.policy_count == 0 ? CLI_EXIT_UNKNOWN
                         : tls.failed > 0      ? CLI_EXIT_WARNING
                                               : CLI_EXIT_OK);
}
