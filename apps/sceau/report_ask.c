/* Questions to the store: the filter from the options, the answer from src/insight, and
 * one of three forms. Nothing is decided here. */
#include "report_ask.h"

#include "core/date.h"
#include "environment.h"
#include "insight/findings.h"
#include "insight/ours.h"
#include "insight/reporters.h"
#include "insight/reports.h"
#include "insight/words.h"
#include "report/words.h"
#include "store_place.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MEMORY ((size_t)512 * 1024 * 1024)
#define COLUMNS       80
#define SECONDS_A_DAY 86400
#define LIST_MAX      500 /* rows for people */

/* One question under way. */
struct ask {
    struct environment env;
    const struct report_ask_options *options;
    struct database *db;
    struct sceau_arena *arena;
    struct insight insight;
    struct filter filter;
    enum language language;
    bool is_started; /* something was printed */
};

/* ---- opening ---- */

static int
refuse(struct ask *a, struct sceau_slice problem)
{
    (void)a;
    complain("%.*s", SLICE_ARG(problem));
    return CLI_EXIT_USAGE;
}

/* "14d" or "2w" in days; the empty slice when it is neither. */
static struct sceau_slice
days_of_span(struct sceau_arena *arena, const char *span)
{
    struct sceau_slice text = sceau_slice_from(span);
    uint64_t number;
    bool is_weeks = text.len > 1 && text.ptr[text.len - 1] == 'w';
    if (text.len < 2 || (!is_weeks && text.ptr[text.len - 1] != 'd') ||
        !slice_decimal(slice_sub(text, 0, text.len - 1), 10000, &number))
        return text;
    struct text t = text_new(arena, SIZE_MAX);
    text_decimal(&t, is_weeks ? number * 7 : number);
    return text_done(&t);
}

static int
read_filter(struct ask *a, const char *domain)
{
    const struct report_ask_options *o = a->options;
    const struct {
        const char *name, *value;
    } choices[] = {
        {"domain",      domain                },
        {"days",        o->days               },
        {"from",        o->from               },
        {"to",          o->to                 },
        {"source",      o->source             },
        {"ip",          o->ip                 },
        {"reporter",    o->reporter           },
        {"class",       o->class              },
        {"cause",       o->cause              },
        {"disposition", o->disposition        },
        {"result",      o->result             },
        {"selector",    o->selector           },
        {"new",         o->is_new ? "1" : NULL},
    };
    struct sceau_slice problem;
    filter_init(&a->filter, a->insight.now);
    if (o->since != NULL &&
        !filter_set(&a->filter, a->arena, a->language, SCEAU_SLICE("days"),
                    days_of_span(a->arena, o->since), &problem))
        return refuse(a, problem);
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (choices[i].value != NULL &&
            !filter_set(&a->filter, a->arena, a->language,
                        sceau_slice_from(choices[i].name),
                        sceau_slice_from(choices[i].value), &problem))
            return refuse(a, problem);
    if (!filter_read(&a->filter, a->arena, a->language, SLICE_NONE, NULL, &problem))
        return refuse(a, problem);
    return 0;
}

static bool
read_now(struct ask *a)
{
    uint64_t now = (uint64_t)time(NULL);
    if (a->options->now != NULL &&
        !slice_decimal(sceau_slice_from(a->options->now), INT64_MAX, &now)) {
        COMPLAIN(a->language,
                 "--now {value}: seconds since 1970-01-01 UTC, as 1667930000",
                 LANGUAGE_THEIRS("value", sceau_slice_from(a->options->now)));
        return false;
    }
    a->insight.now = (int64_t)now;
    return true;
}

/* 0, or an exit status with its message. Close in either case. */
static int
open_ask(struct ask *a, const struct cli_call *call, enum database_mode mode,
         const char *domain)
{
    *a = (struct ask){.options = call->options, .language = environment_language(call)};
    int status = environment_load_config(&a->env, call);
    if (status != 0)
        return status;
    if (!read_now(a))
        return CLI_EXIT_USAGE;
    a->arena = a->insight.arena = sceau_arena_new(ANSWER_MEMORY);
    if (a->arena == NULL) {
        complain_text(a->language, "out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    status = read_filter(a, domain);
    if (status != 0)
        return status;
    a->db = a->insight.db = store_open(&a->env, a->options->state, mode, &status);
    if (a->db == NULL)
        return status;
    a->insight.ours = ours_make(a->arena, &a->env.config, a->db);
    if (a->insight.ours != NULL)
        return 0;
    complain_text(a->language, "out of memory");
    return CLI_EXIT_TEMPORARY;
}

static int
close_ask(struct ask *a, int status)
{
    database_close(a->db);
    sceau_arena_free(a->arena);
    environment_close(&a->env);
    return status;
}

static int
fail(struct ask *a)
{
    complain_problem(a->language, insight_error(&a->insight));
    return CLI_EXIT_TEMPORARY;
}

/* ---- printing ---- */

static bool
is_for_people(const struct ask *a)
{
    return !a->options->csv && !a->env.call->globals.json;
}

static void
put(struct ask *a, struct text *t)
{
    struct sceau_slice done = text_done(t);
    if (!a->env.call->globals.quiet && done.ptr != NULL)
        fwrite(done.ptr, 1, done.len, stdout);
    if (done.ptr == NULL)
        complain_text(a->language, "out of memory");
}

/* A line of ours, with words that are clean. */
static void
say(struct ask *a, struct sceau_slice line)
{
    if (is_for_people(a) && !a->env.call->globals.quiet)
        print_line(stdout, line);
    a->is_started = true;
}

/* A sentence over several lines, `indent` columns from the left. */
static void
say_wrapped(struct ask *a, struct sceau_slice text, size_t indent)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    text_format(&t, "%*s", (int)indent, "");
    language_wrap(&t, text, COLUMNS, indent, indent);
    say(a, text_done(&t));
}

/* A line that begins with `head`; the text goes on below its own beginning. */
static void
say_hanging(struct ask *a, const char *head, struct sceau_slice text)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    size_t columns = strlen(head);
    text_string(&t, head);
    language_wrap(&t, text, COLUMNS, columns, columns);
    say(a, text_done(&t));
}

static const char *
word(const struct ask *a, const char *english)
{
    return language_text(a->language, english);
}

/* A heading above what follows, an empty line before it. */
static void
say_heading(struct ask *a, const char *english)
{
    if (a->is_started)
        say(a, SCEAU_SLICE(""));
    say(a, sceau_slice_from(word(a, english)));
}

/* CSV has one table a command: the first that is shown. */
static void
show_table(struct ask *a, const struct table *table, bool is_main)
{
    struct text t = text_new(a->arena, SIZE_MAX);
    if (a->options->csv) {
        if (is_main)
            table_csv(&t, table);
    } else if (a->env.call->globals.json) {
        table_json_lines(&t, a->arena, table);
    } else {
        table_print(&t, a->arena, a->language, table, COLUMNS);
        a->is_started = true;
    }
    put(a, &t);
}

static void
say_filter(struct ask *a)
{
    say(a, filter_sentence(a->arena, a->language, &a->filter));
}

/* ---- commands ---- */

static void
show_finding(struct ask *a, const struct analysis_finding *f)
{
    static const char *const marks[] = {"   ", " ! ", "!! "};
    struct words_finding words = words_finding(a->arena, a->language, f);
    say_hanging(a, marks[f->severity], words.what);
    say_wrapped(a, words.remedy, 5);
    struct text id = text_new(a->arena, SIZE_MAX);
    text_format(&id, "     [%.*s] ", SLICE_ARG(f->id));
    text_slice(&id, words_since(a->arena, a->language, f));
    say(a, text_done(&id));
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
    if (!is_for_people(a)) {
        if (!a->options->csv)
            show_table(a, &findings, false);
        return;
    }
    for (size_t i = 0; i < today->finding_count; i++)
        show_finding(a, &today->findings[i]);
    if (today->finding_count == 0 && today->domain_count > 0)
        say(a, sceau_slice_from(word(a, N_("Nothing needs doing."))));
    if (today->findings_left > 0)
        say(a,
            language_sentence(a->arena, a->language, N_("{count} more are not shown."),
                              (struct language_word[]){LANGUAGE_OURS(
                                  "count", words_number(a->arena, a->language,
                                                        today->findings_left))},
                              1));
    if (today->domain_count > 0)
        say(a, SCEAU_SLICE(""));
}

int
report_today_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_today today;
    int status = open_ask(&a, call, DATABASE_READ, NULL);
    if (status != 0)
        return close_ask(&a, status);
    if (!insight_today(&a.insight, &a.filter, &today))
        return close_ask(&a, fail(&a));
    show_findings(&a, &today);
    struct table domains = insight_domains_table(a.arena, &today);
    show_table(&a, &domains, true);
    if (today.domain_count == 0)
        say_wrapped(&a,
                    sceau_slice_from(
                        word(&a, N_("No report came yet. Publish rua=mailto:ADDRESS in "
                                    "your DMARC record, and give what arrives there to "
                                    "sceau report ingest or to sceau-reportd."))),
                    0);
    return close_ask(&a, today_status(&today));
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
        say_heading(a, N_("What changed"));
    show_table(a, &t, false);
}

int
report_domain_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_domain d;
    int status = open_ask(&a, call, DATABASE_READ, call->operands.items[0]);
    if (status != 0)
        return close_ask(&a, status);
    if (!insight_domain(&a.insight, &a.filter, &d))
        return close_ask(&a, fail(&a));
    say_filter(&a);
    say(&a,
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
        return close_ask(&a, CLI_EXIT_UNKNOWN);
    struct table days = insight_days_table(a.arena, d.days, d.day_count);
    say(&a, SCEAU_SLICE(""));
    show_table(&a, &days, true);
    struct table policies = insight_policies_table(a.arena, d.policies, d.policy_count);
    say_heading(&a, N_("Policy as reporters saw it"));
    show_table(&a, &policies, false);
    show_events(&a, &d);
    return close_ask(&a, CLI_EXIT_OK);
}

static int
show_source(struct ask *a)
{
    struct insight_source s;
    if (!insight_source(&a->insight, &a->filter, &s))
        return fail(a);
    say_filter(a);
    if (s.source == NULL)
        return CLI_EXIT_UNKNOWN;
    struct text t = text_new(a->arena, SIZE_MAX);
    text_escaped(&t, s.source->name);
    text_format(&t, ": %s: ", word(a, analysis_class_text(s.source->class)));
    text_slice(&t, words_class(a->arena, a->language, s.source));
    say_wrapped(a, text_done(&t), 0);
    if (s.source->note.len > 0) {
        struct text note = text_new(a->arena, SIZE_MAX);
        text_escaped(&note, s.source->note);
        say_wrapped(a, text_done(&note), 5);
    }
    if (!is_for_people(a) && !a->options->csv) {
        struct table sources = insight_sources_table(a->arena, s.source, 1);
        show_table(a, &sources, false);
    }
    struct table addresses = insight_addresses_table(a->arena, s.source);
    struct table pairs = insight_pairs_table(a->arena, s.pairs, s.pair_count);
    struct table heard = insight_heard_table(a->arena, s.reporters, s.reporter_count);
    say_heading(a, N_("Addresses"));
    show_table(a, &addresses, true);
    say_heading(a, N_("What it sends as, and who signs"));
    show_table(a, &pairs, false);
    say_heading(a, N_("By reporter, in the last 7 days"));
    show_table(a, &heard, false);
    return CLI_EXIT_OK;
}

static const char *
operand(const struct cli_call *call)
{
    return call->operands.count > 0 ? call->operands.items[0] : NULL;
}

int
report_sources_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_sources s;
    int status = open_ask(&a, call, DATABASE_READ, operand(call));
    if (status != 0)
        return close_ask(&a, status);
    if (a.filter.source.len > 0)
        return close_ask(&a, show_source(&a));
    if (!insight_sources(&a.insight, &a.filter, &s))
        return close_ask(&a, fail(&a));
    struct table table = insight_sources_table(a.arena, s.sources, s.count);
    say_filter(&a);
    show_table(&a, &table, true);
    return close_ask(&a, s.count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN);
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
                          OURS("answer", word(a, met)),
                          LANGUAGE_OURS("found", words_line_found(a->arena, a->language,
                                                                  line, r))},
                      2);
        say_hanging(a, head, text_done(&t));
        say_wrapped(a, words_line(a->language, line), 7);
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
    say_heading(a, N_("The record of the next step"));
    say(a, text_done(&t));
}

int
report_readiness_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_readiness r;
    int status = open_ask(&a, call, DATABASE_READ, call->operands.items[0]);
    if (status != 0)
        return close_ask(&a, status);
    if (!insight_readiness(&a.insight, &a.filter, NULL, &r))
        return close_ask(&a, fail(&a));
    say_wrapped(&a, words_readiness(a.arena, a.language, &r.readiness), 0);
    struct table lines = insight_readiness_table(a.arena, a.language, &r.readiness);
    struct table losers = insight_what_if_table(a.arena, &r.readiness);
    if (is_for_people(&a))
        show_lines(&a, &r.readiness);
    else
        show_table(&a, &lines, true);
    say(&a, SCEAU_SLICE(""));
    say_wrapped(&a, words_what_if(a.arena, a.language, &r.readiness), 0);
    show_table(&a, &losers, false);
    show_next(&a, &r);
    return close_ask(&a, readiness_status(&r.readiness));
}

int
report_failures_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_failures f;
    int status = open_ask(&a, call, DATABASE_READ, operand(call));
    if (status != 0)
        return close_ask(&a, status);
    if (!insight_failures(&a.insight, &a.filter, &f))
        return close_ask(&a, fail(&a));
    struct table table = insight_failures_table(a.arena, &f);
    struct table samples = insight_samples_table(a.arena, &f);
    say_filter(&a);
    show_table(&a, &table, true);
    if (f.sample_count > 0)
        say_heading(&a, N_("Failure reports"));
    show_table(&a, &samples, false);
    status = f.messages == 0 ? CLI_EXIT_UNKNOWN : CLI_EXIT_OK;
    for (size_t i = 0; i < f.group_count; i++)
        if (!f.groups[i].is_spoof)
            status = CLI_EXIT_WARNING;
    return close_ask(&a, status);
}

int
report_keys_run(const struct cli_call *call)
{
    struct ask a;
    const struct analysis_key *keys;
    size_t count;
    int status = open_ask(&a, call, DATABASE_READ, call->operands.items[0]);
    if (status != 0)
        return close_ask(&a, status);
    if (!insight_keys(&a.insight, &a.filter, &keys, &count))
        return close_ask(&a, fail(&a));
    struct table table = insight_keys_table(a.arena, keys, count);
    say_filter(&a);
    show_table(&a, &table, true);
    return close_ask(&a, count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN);
}

int
report_reporters_run(const struct cli_call *call)
{
    struct ask a;
    const struct analysis_reporter *reporters;
    size_t count;
    int status = open_ask(&a, call, DATABASE_READ, operand(call));
    if (status != 0)
        return close_ask(&a, status);
    if (!insight_reporters(&a.insight, &a.filter, &reporters, &count))
        return close_ask(&a, fail(&a));
    struct table table = insight_reporters_table(a.arena, reporters, count), tls;
    if (!insight_tls_reporters(&a.insight, &a.filter, &tls))
        return close_ask(&a, fail(&a));
    say_filter(&a);
    show_table(&a, &table, true);
    if (tls.row_count > 0)
        say_heading(&a, N_("Who reports on TLS sessions"));
    show_table(&a, &tls, false);
    return close_ask(&a, count + tls.row_count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN);
}

int
report_tls_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_tls tls;
    int status = open_ask(&a, call, DATABASE_READ, operand(call));
    if (status != 0)
        return close_ask(&a, status);
    if (!insight_tls(&a.insight, &a.filter, &tls))
        return close_ask(&a, fail(&a));
    struct table policies = insight_tls_table(a.arena, &tls);
    struct table failures = insight_tls_failures_table(a.arena, &tls);
    say_filter(&a);
    show_table(&a, &policies, true);
    if (tls.failure_count > 0)
        say_heading(&a, N_("Failed sessions"));
    show_table(&a, &failures, false);
    return close_ask(&a, tls.policy_count == 0 ? CLI_EXIT_UNKNOWN
                         : tls.failed > 0      ? CLI_EXIT_WARNING
                                               : CLI_EXIT_OK);
}

/* ---- what is written ---- */

/* Who runs this, for the note beside a mark. */
static struct sceau_slice
author(void)
{
    const char *login = getenv("SUDO_USER");
    if (login == NULL || login[0] == '\0')
        login = getenv("USER");
    return sceau_slice_from(login != NULL ? login : "");
}

int
report_mark_run(const struct cli_call *call)
{
    struct ask a;
    const char *const *words = call->operands.items;
    bool is_all = strcmp(words[0], "-") == 0, is_none = strcmp(words[2], "none") == 0;
    enum analysis_class class = ANALYSIS_TOO_LITTLE;
    if (!is_none && !analysis_class_read(sceau_slice_from(words[2]), &class)) {
        COMPLAIN(
            environment_language(call),
            "{word}: ours, sends-well, forwarder, to-fix, not-yours, too-little or none",
            LANGUAGE_THEIRS("word", sceau_slice_from(words[2])));
        return CLI_EXIT_USAGE;
    }
    int status = open_ask(&a, call, DATABASE_WRITE, is_all ? NULL : words[0]);
    if (status != 0)
        return close_ask(&a, status);
    struct sceau_slice source = sceau_slice_from(words[1]);
    bool is_fine = is_none ? insight_unmark(&a.insight, a.filter.domain, source)
                           : insight_mark(&a.insight, a.filter.domain, source, class,
                                          sceau_slice_from(a.options->note), author());
    return close_ask(&a, is_fine ? CLI_EXIT_OK : fail(&a));
}

int
report_ignore_run(const struct cli_call *call)
{
    struct ask a;
    int status = open_ask(&a, call, DATABASE_WRITE, NULL);
    if (status != 0)
        return close_ask(&a, status);
    bool is_fine =
        insight_ignore(&a.insight, sceau_slice_from(call->operands.items[0]),
                       !a.options->is_undone, sceau_slice_from(a.options->note));
    return close_ask(&a, is_fine ? CLI_EXIT_OK : fail(&a));
}

int
report_mute_run(const struct cli_call *call)
{
    struct ask a;
    struct report_ask_options options =
        *(const struct report_ask_options *)call->options;
    uint64_t days = 30;
    if (options.days != NULL &&
        !slice_decimal(sceau_slice_from(options.days), 3660, &days)) {
        COMPLAIN(environment_language(call),
                 "--days {value}: a number of days up to 3660",
                 LANGUAGE_THEIRS("value", sceau_slice_from(options.days)));
        return CLI_EXIT_USAGE;
    }
    struct cli_call plain = *call; /* its days are no range */
    options.days = NULL;
    plain.options = &options;
    int status = open_ask(&a, &plain, DATABASE_WRITE, NULL);
    if (status != 0)
        return close_ask(&a, status);
    int64_t until = a.insight.now + (int64_t)days * SECONDS_A_DAY;
    bool is_fine = findings_mute(&a.insight, sceau_slice_from(call->operands.items[0]),
                                 until, sceau_slice_from(options.note), author());
    return close_ask(&a, is_fine ? CLI_EXIT_OK : fail(&a));
}

int
report_findings_run(const struct cli_call *call)
{
    struct ask a;
    int status = open_ask(&a, call, DATABASE_WRITE, NULL);
    if (status != 0)
        return close_ask(&a, status);
    if (!findings_run(&a.insight))
        return close_ask(&a, fail(&a));
    if (!a.env.has_file && !call->globals.quiet)
        COMPLAIN(
            a.language,
            "no configuration was read ({path} is not there): which hosts and keys are "
            "yours is known by DNS alone, and no key's end is told",
            OURS("path", CONFIG_PLACE));
    return close_ask(&a, CLI_EXIT_OK);
}

/* ---- what came in ---- */

enum list_part {
    LIST_COUNTED,
    LIST_TLS,
    LIST_FAILURES,
    LIST_NOT_COUNTED,
};
#define LIST_PARTS (LIST_NOT_COUNTED + 1)

static enum list_part
part_of(const struct table_cell *cells)
{
    enum {
        KIND = 4,
        COUNTED = 10
    };
    if (slice_eq(cells[KIND].text, SCEAU_SLICE("failure")))
        return LIST_FAILURES;
    if (cells[COUNTED].number == 0)
        return LIST_NOT_COUNTED;
    return slice_eq(cells[KIND].text, SCEAU_SLICE("TLS")) ? LIST_TLS : LIST_COUNTED;
}

/* The latest first in each part: what is in no figure does not stand among what is. */
static void
show_list(struct ask *a, const struct table *all)
{
    static const char *const headings[LIST_PARTS] = {
        [LIST_TLS] = N_("TLS reports"),
        [LIST_FAILURES] = N_("Failure reports"),
        [LIST_NOT_COUNTED] =
            N_("Not counted: nothing proves the sender, or the reporter is ignored"),
    };
    size_t width = all->column_count * sizeof *all->cells;
    for (enum list_part part = LIST_COUNTED; part < LIST_PARTS; part++) {
        struct table some = *all;
        struct table_cell *cells =
            sceau_arena_alloc(a->arena, (all->row_count + 1) * width);
        some.cells = cells;
        some.row_count = 0;
        for (size_t i = 0; cells != NULL && i < all->row_count; i++)
            if (part_of(&all->cells[i * all->column_count]) == part)
                memcpy(&cells[some.row_count++ * all->column_count],
                       &all->cells[i * all->column_count], width);
        if (some.row_count > 0 && headings[part] != NULL)
            say_heading(a, headings[part]);
        show_table(a, &some, false);
    }
}

static void
say_more(struct ask *a, uint64_t count)
{
    if (count > 0)
        say(a, language_sentence(a->arena, a->language, N_("and {n} more"),
                                 (struct language_word[]){LANGUAGE_OURS(
                                     "n", words_number(a->arena, a->language, count))},
                                 1));
}

int
report_list_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_reports reports;
    struct insight_part part = {.most = INSIGHT_REPORTS_MAX};
    int status = open_ask(&a, call, DATABASE_READ,
                          call->operands.count > 0 ? call->operands.items[0] : NULL);
    if (status != 0)
        return close_ask(&a, status);
    if (is_for_people(&a))
        part.most = LIST_MAX;
    if (!insight_reports(&a.insight, &a.filter, &part, &reports))
        return close_ask(&a, fail(&a));
    say_filter(&a);
    if (is_for_people(&a)) {
        show_list(&a, &reports.table);
        say_more(&a, part.total - reports.table.row_count);
    } else {
        show_table(&a, &reports.table, true);
    }
    return close_ask(&a, reports.table.row_count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN);
}

/* The file without its folder, cut where the line ends. */
static void
put_file(struct ask *a, struct text *t, struct sceau_slice path, size_t columns)
{
    struct text name = text_new(a->arena, SIZE_MAX);
    size_t slash = slice_find_last(path, '/');
    text_escaped(&name, slash + 1 < path.len ? slice_skip(path, slash + 1) : path);
    struct sceau_slice shown = text_done(&name); /* escaped: an octet is a column */
    bool is_whole = shown.len <= columns;
    text_slice(t, is_whole ? shown : slice_sub(shown, 0, columns - 1));
    if (!is_whole)
        text_octet(t, '~');
}

/* A line of the log for people: when, what became of it, which file; then why. */
static void
show_intake_line(struct ask *a, const struct table_cell *cells)
{
    enum {
        TIME,
        OUTCOME,
        NAME,
        PLACE,
        WHY,
        LINE
    };
    struct text t = text_new(a->arena, SIZE_MAX), why = text_new(a->arena, SIZE_MAX);
    int64_t seconds = cells[TIME].number;
    struct sceau_slice outcome = sceau_slice_from(word(a, cells[OUTCOME].text.ptr));
    date_format(&t, seconds);
    text_format(&t, " %02d:%02d  ", (int)(seconds / 3600 % 24),
                (int)(seconds / 60 % 60));
    text_slice(&t, outcome);
    text_string(&t, "  ");
    put_file(a, &t, cells[NAME].text, COLUMNS - 20 - language_columns(outcome));
    say(a, text_done(&t));
    if (cells[WHY].text.len == 0)
        return;
    text_slice(&why, insight_intake_why(a->arena, a->language, cells[WHY].text, true));
    if (cells[LINE].number > 0)
        text_format(&why, " (%s %lld)", word(a, N_("line")),
                    (long long)cells[LINE].number);
    say_wrapped(a, text_done(&why), 4);
}

/* What needs a look, line by line; what was accepted is a number. */
static void
show_intake(struct ask *a, const struct insight_intake *intake)
{
    const struct table *lines = &intake->lines, *sums = &intake->outcomes;
    for (size_t i = 0; i < lines->row_count; i++) {
        const struct table_cell *cells = &lines->cells[i * lines->column_count];
        if (!slice_eq(cells[1].text, SCEAU_SLICE("accepted")))
            show_intake_line(a, cells);
    }
    for (size_t i = 0; i < sums->row_count; i++) {
        const struct table_cell *cells = &sums->cells[i * sums->column_count];
        if (slice_eq(cells[0].text, SCEAU_SLICE("accepted")))
            say(a, language_sentence(
                       a->arena, a->language,
                       N_("Accepted: {count}. With --csv or --json each is a line."),
                       (struct language_word[]){LANGUAGE_OURS(
                           "count", words_number(a->arena, a->language,
                                                 (uint64_t)cells[1].number))},
                       1));
    }
}

int
report_intake_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_intake intake;
    struct insight_part part = {.most = INSIGHT_INTAKE_MAX};
    int status = open_ask(&a, call, DATABASE_READ, NULL);
    if (status != 0)
        return close_ask(&a, status);
    if (is_for_people(&a))
        part.most = LIST_MAX;
    if (!insight_intake(&a.insight, &a.filter, &part, &intake))
        return close_ask(&a, fail(&a));
    const struct table *lines = &intake.lines;
    if (is_for_people(&a))
        show_intake(&a, &intake);
    else
        show_table(&a, lines, true);
    for (size_t i = 0; i < lines->row_count; i++)
        if (slice_eq(lines->cells[i * lines->column_count + 1].text,
                     SCEAU_SLICE("refused")))
            status = CLI_EXIT_WARNING;
    return close_ask(&a, lines->row_count > 0 ? status : CLI_EXIT_UNKNOWN);
}
