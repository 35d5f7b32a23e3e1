/* How a domain is, who sends as it, whether reject is safe, what fails, which keys: the answers of
 * src/insight on a terminal. */
#include "ask.h"
#include "insight/words.h"
#include "report/words.h"

static void
show_finding(struct ask *a, const struct analysis_finding *f)
{
    static const char *const marks[] = {"   ", " ! ", "!! "};
    struct words_finding words = words_finding(a->arena, a->language, f);
    ask_say_hanging(a, marks[f->severity], words.what);
    ask_say_wrapped(a, words.remedy, 5);
    struct text id = text_new(a->arena, SIZE_MAX);
    text_format(&id, "     [%.*s] ", SLICE_ARG(f->id));
    text_slice(&id, words_since(a->arena, a->language, f));
    ask_say(a, text_done(&id));
}

static int
today_status(const struct insight_today *today)
{
    int status = today->domain_count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN;
    for (size_t i = 0; i < today->finding_count; i++) {
        if (today->findings[i].severity == ANALYSIS_PROBLEM)
            return CLI_EXIT_PROBLEM;
        if (today->findings[i].severity == ANALYSIS_WARNING)
            status = CLI_EXIT_WARNING;
    }
    return status;
}

static void
show_findings(struct ask *a, const struct insight_today *today)
{
    struct table findings =
        insight_findings_table(a->arena, a->language, today->findings,
                               today->finding_count);
    if (!ask_is_for_people(a)) {
        if (!a->options->csv)
            ask_table(a, &findings, false);
        return;
    }
    for (size_t i = 0; i < today->finding_count; i++)
        show_finding(a, &today->findings[i]);
    if (today->finding_count == 0 && today->domain_count > 0)
        ask_say(a, sceau_slice_from(ask_word(a, N_("Nothing needs doing."))));
    if (today->findings_left > 0)
        ask_say(a, language_sentence(a->arena, a->language,
                                     N_("{count} more are not shown."),
                                     (struct language_word[]){LANGUAGE_OURS(
                                         "count", words_number(a->arena, a->language,
                                                               today->findings_left))},
                                     1));
    if (today->domain_count > 0)
        ask_say(a, SCEAU_SLICE(""));
}

int
report_today_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_today today;
    int status = ask_open(&a, call, DATABASE_READ, NULL);
    if (status != 0)
        return ask_close(&a, status);
    if (!insight_today(&a.insight, &a.filter, &today))
        return ask_close(&a, ask_fail(&a));
    show_findings(&a, &today);
    struct table domains = insight_domains_table(a.arena, &today);
    ask_table(&a, &domains, true);
    if (today.domain_count == 0)
        ask_say_wrapped(&a,
                        sceau_slice_from(ask_word(
                            &a, N_("No report came yet. Publish rua=mailto:ADDRESS in "
                                   "your DMARC record, and give what arrives there to "
                                   "sceau report ingest or to sceau-reportd."))),
                        0);
    return ask_close(&a, today_status(&today));
}

static const char *const events[] = {
    [INSIGHT_RECORD_CHANGED] = N_("record changed"),
    [INSIGHT_POLICY_SEEN] = N_("policy seen"),
    [INSIGHT_KEY_FIRST] = N_("key first seen"),
    [INSIGHT_KEY_LAST] = N_("key last seen"),
};

static void
show_events(struct ask *a, const struct insight_domain *d)
{
    static const struct table_column columns[] = {
        {"day",   TABLE_DAY,  N_("day"),   10},
        {"event", TABLE_WORD, N_("event"), 18},
        {"what",  TABLE_TEXT, N_("what"),  40},
    };
    struct table_maker m = table_new(a->arena, "events", columns, 3);
    for (size_t i = 0; i < d->event_count; i++) {
        table_signed(&m, d->events[i].day);
        table_word(&m, events[d->events[i].kind]);
        table_text(&m, d->events[i].what);
    }
    struct table t = table_done(&m);
    if (d->event_count > 0)
        ask_heading(a, N_("What changed"));
    ask_table(a, &t, false);
}

int
report_domain_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_domain d;
    int status = ask_open(&a, call, DATABASE_READ, call->operands.items[0]);
    if (status != 0)
        return ask_close(&a, status);
    if (!insight_domain(&a.insight, &a.filter, &d))
        return ask_close(&a, ask_fail(&a));
    ask_say_filter(&a);
    ask_say(
        &a,
        language_sentence(
            a.arena, a.language,
            N_("{messages} {messages|message|messages}, {share} aligned, {rejected} "
               "quarantined or rejected, {sources} {sources|source|sources}"),
            (struct language_word[]){
                LANGUAGE_OURS("messages",
                              words_number(a.arena, a.language, d.counts.messages)),
                LANGUAGE_OURS("share", words_share(a.arena, a.language,
                                                   analysis_share_shown(
                                                       analysis_compliant(&d.counts),
                                                       d.counts.messages))),
                LANGUAGE_OURS("rejected",
                              words_number(a.arena, a.language, d.rejected)),
                LANGUAGE_OURS("sources",
                              words_number(a.arena, a.language, d.source_count))},
            4));
    if (d.counts.messages == 0)
        return ask_close(&a, CLI_EXIT_UNKNOWN);
    struct table days = insight_days_table(a.arena, d.days, d.day_count);
    ask_say(&a, SCEAU_SLICE(""));
    ask_table(&a, &days, true);
    struct table policies = insight_policies_table(a.arena, d.policies, d.policy_count);
    ask_heading(&a, N_("Policy as reporters saw it"));
    ask_table(&a, &policies, false);
    show_events(&a, &d);
    return ask_close(&a, CLI_EXIT_OK);
}

static int
show_source(struct ask *a)
{
    struct insight_source s;
    if (!insight_source(&a->insight, &a->filter, &s))
        return ask_fail(a);
    ask_say_filter(a);
    if (s.source == NULL)
        return CLI_EXIT_UNKNOWN;
    struct text t = text_new(a->arena, SIZE_MAX);
    text_escaped(&t, s.source->name);
    text_format(&t, ": %s: ", ask_word(a, analysis_class_text(s.source->class)));
    text_slice(&t, words_class(a->arena, a->language, s.source));
    ask_say_wrapped(a, text_done(&t), 0);
    if (s.source->note.len > 0) {
        struct text note = text_new(a->arena, SIZE_MAX);
        text_escaped(&note, s.source->note);
        ask_say_wrapped(a, text_done(&note), 5);
    }
    if (!ask_is_for_people(a) && !a->options->csv) {
        struct table sources = insight_sources_table(a->arena, &s.source, 1);
        ask_table(a, &sources, false);
    }
    struct table addresses = insight_addresses_table(a->arena, s.source);
    struct table pairs = insight_pairs_table(a->arena, s.pairs, s.pair_count);
    struct table heard = insight_heard_table(a->arena, s.reporters, s.reporter_count);
    ask_heading(a, N_("Addresses"));
    ask_table(a, &addresses, true);
    ask_heading(a, N_("What it sends as, and who signs"));
    ask_table(a, &pairs, false);
    ask_heading(a, N_("By reporter, in the last 7 days"));
    ask_table(a, &heard, false);
    return CLI_EXIT_OK;
}

int
report_sources_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_sources s;
    int status = ask_open(&a, call, DATABASE_READ, ask_operand(call));
    if (status != 0)
        return ask_close(&a, status);
    if (a.filter.source.len > 0)
        return ask_close(&a, show_source(&a));
    if (!insight_sources(&a.insight, &a.filter, &s))
        return ask_close(&a, ask_fail(&a));
    struct table table = insight_sources_table(a.arena, s.sources, s.count);
    ask_say_filter(&a);
    ask_table(&a, &table, true);
    return ask_close(&a, s.count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN);
}

static int
readiness_status(const struct analysis_readiness *r)
{
    if (r->next == REPORT_DISPOSITION_UNKNOWN)
        return CLI_EXIT_UNKNOWN;
    if (r->is_ready || r->next == REPORT_DISPOSITION_NONE)
        return CLI_EXIT_OK;
    if (r->lines[ANALYSIS_LINE_WHAT_IF].answer == ANALYSIS_NOT_MET)
        return CLI_EXIT_PROBLEM;
    for (size_t i = 0; i < ANALYSIS_LINES; i++)
        if (r->lines[i].answer == ANALYSIS_NOT_MET)
            return CLI_EXIT_WARNING;
    return CLI_EXIT_UNKNOWN;
}

static void
show_lines(struct ask *a, const struct analysis_readiness *r)
{
    for (size_t i = 0; i < ANALYSIS_LINES; i++) {
        enum analysis_line line = (enum analysis_line)i;
        const char *met = r->lines[i].answer == ANALYSIS_MET       ? N_("met")
                          : r->lines[i].answer == ANALYSIS_NOT_MET ? N_("not met")
                                                                   : N_("no data");
        struct text t = text_new(a->arena, SIZE_MAX);
        char head[] = "  a. ";
        head[2] = (char)('a' + i);
        language_fill(&t, a->language, N_("{answer}: {found}"),
                      (struct language_word[]){
                          OURS("answer", ask_word(a, met)),
                          LANGUAGE_OURS("found", words_line_found(a->arena, a->language,
                                                                  line, r))},
                      2);
        ask_say_hanging(a, head, text_done(&t));
        ask_say_wrapped(a, words_line(a->language, line), 7);
    }
}

static void
show_next(struct ask *a, const struct insight_readiness *r)
{
    if (r->next.len == 0)
        return;
    struct text t = text_new(a->arena, SIZE_MAX);
    text_string(&t, "_dmarc.");
    text_slice(&t, a->filter.domain);
    text_string(&t, ". TXT \"");
    text_escaped(&t, r->next);
    text_octet(&t, '"');
    ask_heading(a, N_("The record of the next step"));
    ask_say(a, text_done(&t));
}

int
report_readiness_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_readiness r;
    int status = ask_open(&a, call, DATABASE_READ, call->operands.items[0]);
    if (status != 0)
        return ask_close(&a, status);
    if (!insight_readiness(&a.insight, &a.filter, NULL, &r))
        return ask_close(&a, ask_fail(&a));
    ask_say_wrapped(&a, words_readiness(a.arena, a.language, &r.readiness), 0);
    struct table lines = insight_readiness_table(a.arena, a.language, &r.readiness);
    struct table losers = insight_what_if_table(a.arena, &r.readiness);
    if (ask_is_for_people(&a))
        show_lines(&a, &r.readiness);
    else
        ask_table(&a, &lines, true);
    ask_say(&a, SCEAU_SLICE(""));
    ask_say_wrapped(&a, words_what_if(a.arena, a.language, &r.readiness), 0);
    ask_table(&a, &losers, false);
    show_next(&a, &r);
    return ask_close(&a, readiness_status(&r.readiness));
}

int
report_failures_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_failures f;
    int status = ask_open(&a, call, DATABASE_READ, ask_operand(call));
    if (status != 0)
        return ask_close(&a, status);
    if (!insight_failures(&a.insight, &a.filter, &f))
        return ask_close(&a, ask_fail(&a));
    struct table table = insight_failures_table(a.arena, &f);
    struct table samples = insight_samples_table(a.arena, &f);
    ask_say_filter(&a);
    ask_table(&a, &table, true);
    if (f.sample_count > 0)
        ask_heading(&a, N_("Failure reports"));
    ask_table(&a, &samples, false);
    status = f.messages == 0 ? CLI_EXIT_UNKNOWN : CLI_EXIT_OK;
    for (size_t i = 0; i < f.group_count; i++)
        if (!f.groups[i].is_spoof)
            status = CLI_EXIT_WARNING;
    return ask_close(&a, status);
}

int
report_keys_run(const struct cli_call *call)
{
    struct ask a;
    const struct analysis_key *keys;
    size_t count;
    int status = ask_open(&a, call, DATABASE_READ, call->operands.items[0]);
    if (status != 0)
        return ask_close(&a, status);
    if (!insight_keys(&a.insight, &a.filter, &keys, &count))
        return ask_close(&a, ask_fail(&a));
    struct table table = insight_keys_table(a.arena, keys, count);
    ask_say_filter(&a);
    ask_table(&a, &table, true);
    return ask_close(&a, count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN);
}
