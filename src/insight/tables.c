/* The answers as tables: for each a list of columns, and a function that fills its rows. */
#include "insight.h"
#include "report/report.h"
#include "report/words.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- domains ---- */

static const struct table_column domain_columns[] = {
    {"domain",             TABLE_TEXT,   N_("domain"),      20},
    {"policy",             TABLE_TEXT,   N_("policy"),      10},
    {"messages",           TABLE_NUMBER, N_("messages"),    9 },
    {"compliance",         TABLE_SHARE,  N_("aligned"),     7 },
    {"compliance_before",  TABLE_SHARE,  N_("before"),      7 },
    {"fails",              TABLE_NUMBER, N_("fails"),       7 },
    {"reporters",          TABLE_NUMBER, N_("reporters"),   0 },
    {"reporters_expected", TABLE_NUMBER, N_("expected"),    0 },
    {"ready",              TABLE_WORD,   N_("ready"),       5 },
    {"last_day",           TABLE_DAY,    N_("last report"), 0 },
};

static void
add_share(struct table_maker *m, int thousandths)
{
    if (thousandths < 0)
        table_none(m);
    else
        table_signed(m, thousandths);
}

static const char *
answer_word(enum analysis_answer answer)
{
    switch (answer) {
    case ANALYSIS_NO_DATA: return N_("no data");
    case ANALYSIS_MET: return N_("yes");
    case ANALYSIS_NOT_MET: return N_("no");
    }
    return "";
}

struct table
insight_domains_table(struct sceau_arena *arena, const struct insight_today *today)
{
    struct table_maker m =
        table_new(arena, "domains", domain_columns, COUNT(domain_columns));
    for (size_t i = 0; i < today->domain_count; i++) {
        const struct insight_domain_line *d = &today->domains[i];
        table_text(&m, d->domain);
        table_text(&m, sceau_slice_from(word_name(WORDS_POLICY, d->policy)));
        table_number(&m, d->messages);
        add_share(&m, d->compliance);
        add_share(&m, d->before);
        table_number(&m, d->messages - d->compliant);
        table_number(&m, d->reporters_heard);
        table_number(&m, d->reporters_expected);
        table_word(&m, answer_word(d->readiness));
        table_day(&m, d->last_day);
    }
    return table_done(&m);
}

/* ---- findings ---- */

static const struct table_column finding_columns[] = {
    {"severity", TABLE_WORD, N_("severity"), 8 },
    {"domain",   TABLE_TEXT, N_("domain"),   0 },
    {"rule",     TABLE_TEXT, N_("rule"),     0 },
    {"source",   TABLE_TEXT, N_("source"),   0 },
    {"text",     TABLE_TEXT, N_("finding"),  50},
    {"remedy",   TABLE_TEXT, N_("remedy"),   0 },
    {"evidence", TABLE_TEXT, N_("evidence"), 0 },
    {"since",    TABLE_DAY,  N_("since"),    0 },
    {"first",    TABLE_TIME, N_("found"),    0 },
    {"last",     TABLE_TIME, N_("last"),     0 },
    {"muted",    TABLE_FLAG, N_("muted"),    0 },
    {"id",       TABLE_TEXT, N_("id"),       16},
};

static const char *
severity_word(enum analysis_severity severity)
{
    switch (severity) {
    case ANALYSIS_INFO: return N_("info");
    case ANALYSIS_WARNING: return N_("warning");
    case ANALYSIS_PROBLEM: return N_("problem");
    }
    return "";
}

struct table
insight_findings_table(struct sceau_arena *arena, enum language language,
                       const struct analysis_finding *findings, size_t count)
{
    struct table_maker m =
        table_new(arena, "findings", finding_columns, COUNT(finding_columns));
    for (size_t i = 0; i < count; i++) {
        const struct analysis_finding *f = &findings[i];
        struct words_finding words = words_finding(arena, language, f);
        table_word(&m, severity_word(f->severity));
        table_text(&m, f->domain);
        table_word(&m, analysis_finding_word(f->rule));
        table_text(&m, f->source);
        table_text(&m, words.what);
        table_text(&m, words.remedy);
        table_text(&m, words.evidence);
        table_day(&m, (int)(f->since / 86400));
        table_signed(&m, f->first);
        table_signed(&m, f->last);
        table_number(&m, f->is_muted);
        table_text(&m, f->id);
    }
    return table_done(&m);
}

/* ---- days and policies ---- */

static const struct table_column day_columns[] = {
    {"day",          TABLE_DAY,    N_("day"),          10},
    {"both",         TABLE_NUMBER, N_("both"),         9 },
    {"one",          TABLE_NUMBER, N_("one of them"),  12},
    {"fails_ours",   TABLE_NUMBER, N_("fails yours"),  12},
    {"fails_others", TABLE_NUMBER, N_("fails others"), 13},
    {"spread",       TABLE_FLAG,   N_("spread"),       0 },
};

struct table
insight_days_table(struct sceau_arena *arena, const struct insight_day *days,
                   size_t count)
{
    struct table_maker m = table_new(arena, "days", day_columns, COUNT(day_columns));
    for (size_t i = 0; i < count; i++) {
        table_signed(&m, days[i].day);
        table_number(&m, days[i].both);
        table_number(&m, days[i].one);
        table_number(&m, days[i].fails_ours);
        table_number(&m, days[i].fails_others);
        table_number(&m, days[i].is_spread);
    }
    return table_done(&m);
}

static const struct table_column policy_columns[] = {
    {"since",   TABLE_DAY,    N_("since"),   10},
    {"p",       TABLE_TEXT,   "p",           10},
    {"sp",      TABLE_TEXT,   "sp",          10},
    {"np",      TABLE_TEXT,   "np",          10},
    {"adkim",   TABLE_TEXT,   "adkim",       5 },
    {"aspf",    TABLE_TEXT,   "aspf",        5 },
    {"testing", TABLE_TEXT,   "t",           2 },
    {"pct",     TABLE_TEXT,   "pct",         4 },
    {"reports", TABLE_NUMBER, N_("reports"), 7 },
};

struct table
insight_policies_table(struct sceau_arena *arena, const struct insight_policy *policies,
                       size_t count)
{
    struct table_maker m =
        table_new(arena, "policies", policy_columns, COUNT(policy_columns));
    for (size_t i = 0; i < count; i++) {
        const struct insight_policy *p = &policies[i];
        table_signed(&m, p->day);
        table_word(&m, word_name(WORDS_POLICY, p->p));
        table_word(&m, word_name(WORDS_POLICY, p->sp));
        table_word(&m, word_name(WORDS_POLICY, p->np));
        table_word(&m, word_name(WORDS_MODE, p->adkim));
        table_word(&m, word_name(WORDS_MODE, p->aspf));
        table_word(&m, word_name(WORDS_TESTING, p->testing));
        table_text(&m, p->pct);
        table_number(&m, p->reports);
    }
    return table_done(&m);
}

/* ---- readiness ---- */

static const struct table_column line_columns[] = {
    {"line",   TABLE_TEXT,   N_("line"),     4 },
    {"met",    TABLE_WORD,   N_("met"),      7 },
    {"asks",   TABLE_TEXT,   N_("asks for"), 0 },
    {"found",  TABLE_TEXT,   N_("found"),    60},
    {"first",  TABLE_NUMBER, N_("first"),    0 },
    {"second", TABLE_NUMBER, N_("second"),   0 },
};

struct table
insight_readiness_table(struct sceau_arena *arena, enum language language,
                        const struct analysis_readiness *r)
{
    static const char letters[] = "abcdef";
    struct table_maker m =
        table_new(arena, "readiness", line_columns, COUNT(line_columns));
    for (size_t i = 0; i < ANALYSIS_LINES; i++) {
        enum analysis_line line = (enum analysis_line)i;
        table_text(&m, (struct sceau_slice){&letters[i], 1});
        table_word(&m, answer_word(r->lines[i].answer));
        table_text(&m, words_line(language, line));
        table_text(&m, words_line_found(arena, language, line, r));
        table_number(&m, r->lines[i].numbers[0]);
        table_number(&m, r->lines[i].numbers[1]);
    }
    return table_done(&m);
}

static const struct table_column loser_columns[] = {
    {"class",    TABLE_WORD,   N_("class"),    17},
    {"source",   TABLE_TEXT,   N_("source"),   0 },
    {"name",     TABLE_TEXT,   N_("name"),     30},
    {"lost",     TABLE_NUMBER, N_("lost"),     9 },
    {"messages", TABLE_NUMBER, N_("messages"), 9 },
};

struct table
insight_what_if_table(struct sceau_arena *arena, const struct analysis_readiness *r)
{
    struct table_maker m =
        table_new(arena, "what_if", loser_columns, COUNT(loser_columns));
    for (size_t i = 0; i < r->loser_count; i++) {
        const struct analysis_source *s = r->losers[i];
        table_word(&m, analysis_class_text(s->class));
        table_text(&m, s->key);
        table_text(&m, s->name);
        table_number(&m, s->counts.neither);
        table_number(&m, s->counts.messages);
    }
    return table_done(&m);
}

/* ---- keys ---- */

static const struct table_column key_columns[] = {
    {"signer",         TABLE_TEXT,   N_("signer"),         22},
    {"selector",       TABLE_TEXT,   N_("selector"),       12},
    {"state",          TABLE_TEXT,   N_("state"),          8 },
    {"pass",           TABLE_NUMBER, N_("pass"),           9 },
    {"fail",           TABLE_NUMBER, N_("fail"),           7 },
    {"signed_here",    TABLE_NUMBER, N_("signed here"),    0 },
    {"first_seen",     TABLE_DAY,    N_("first seen"),     0 },
    {"last_seen",      TABLE_DAY,    N_("last seen"),      10},
    {"reporters",      TABLE_NUMBER, N_("reporters"),      0 },
    {"safe_to_remove", TABLE_FLAG,   N_("safe to remove"), 0 },
    {"safe_from",      TABLE_DAY,    N_("safe from"),      0 },
};

struct table
insight_keys_table(struct sceau_arena *arena, const struct analysis_key *keys,
                   size_t count)
{
    struct table_maker m = table_new(arena, "keys", key_columns, COUNT(key_columns));
    for (size_t i = 0; i < count; i++) {
        const struct analysis_key *k = &keys[i];
        table_text(&m, k->signer);
        table_text(&m, k->selector);
        table_text(&m, k->state);
        table_number(&m, k->pass);
        table_number(&m, k->fail);
        table_number(&m, k->signed_here);
        table_day(&m, k->first_day);
        table_day(&m, k->last_day);
        table_number(&m, k->reporters);
        table_number(&m, k->is_safe_to_remove);
        table_day(&m, k->safe_day);
    }
    return table_done(&m);
}

/* ---- reporters ---- */

static const struct table_column reporter_columns[] = {
    {"reporter",       TABLE_TEXT,   N_("reporter"),       24},
    {"messages",       TABLE_NUMBER, N_("messages"),       9 },
    {"fails",          TABLE_NUMBER, N_("fails"),          7 },
    {"reports",        TABLE_NUMBER, N_("reports"),        7 },
    {"delay_seconds",  TABLE_NUMBER, N_("delay, seconds"), 0 },
    {"gaps",           TABLE_NUMBER, N_("gaps"),           4 },
    {"silent_days",    TABLE_NUMBER, N_("silent days"),    11},
    {"usual",          TABLE_FLAG,   N_("usual"),          0 },
    {"contradictions", TABLE_NUMBER, N_("contradictions"), 0 },
    {"repairs",        TABLE_NUMBER, N_("repairs"),        0 },
    {"duplicates",     TABLE_NUMBER, N_("duplicates"),     0 },
    {"ignored",        TABLE_FLAG,   N_("ignored"),        0 },
    {"first_seen",     TABLE_DAY,    N_("first seen"),     0 },
    {"last_seen",      TABLE_DAY,    N_("last seen"),      0 },
};

struct table
insight_reporters_table(struct sceau_arena *arena,
                        const struct analysis_reporter *reporters, size_t count)
{
    struct table_maker m =
        table_new(arena, "reporters", reporter_columns, COUNT(reporter_columns));
    for (size_t i = 0; i < count; i++) {
        const struct analysis_reporter *r = &reporters[i];
        table_text(&m, r->name);
        table_number(&m, r->messages);
        table_number(&m, r->fails);
        table_number(&m, r->reports);
        table_signed(&m, r->delay);
        table_number(&m, r->gaps);
        table_number(&m, r->silent_days);
        table_number(&m, r->is_usual);
        table_number(&m, r->contradictions);
        table_number(&m, r->repairs);
        table_number(&m, r->duplicates);
        table_number(&m, r->is_ignored);
        table_day(&m, r->first_day);
        table_day(&m, r->last_day);
    }
    return table_done(&m);
}

/* ---- TLS ---- */

static const struct table_column tls_columns[] = {
    {"domain",       TABLE_TEXT,   N_("domain"),     18},
    {"policy_type",  TABLE_CODE,   N_("policy"),     9 },
    {"organization", TABLE_TEXT,   N_("sender"),     20},
    {"mx",           TABLE_TEXT,   "MX",             0 },
    {"result_type",  TABLE_CODE,   N_("reason"),     0 },
    {"successful",   TABLE_NUMBER, N_("successful"), 10},
    {"failed",       TABLE_NUMBER, N_("failed"),     15},
    {"first_day",    TABLE_DAY,    N_("first seen"), 0 },
    {"last_day",     TABLE_DAY,    N_("last seen"),  0 },
};

static const struct table_column tls_failure_columns[] = {
    {"domain",       TABLE_TEXT,   N_("domain"),     12},
    {"policy_type",  TABLE_CODE,   N_("policy"),     0 },
    {"organization", TABLE_TEXT,   N_("sender"),     10},
    {"mx",           TABLE_TEXT,   "MX",             14},
    {"result_type",  TABLE_CODE,   N_("reason"),     28},
    {"successful",   TABLE_NUMBER, N_("successful"), 0 },
    {"failed",       TABLE_NUMBER, N_("failed"),     8 },
    {"first_day",    TABLE_DAY,    N_("first seen"), 0 },
    {"last_day",     TABLE_DAY,    N_("last seen"),  0 },
};

static struct table
tls_table(struct sceau_arena *arena, const char *name,
          const struct table_column *columns, const struct analysis_tls *lines,
          size_t count)
{
    struct table_maker m = table_new(arena, name, columns, COUNT(tls_columns));
    for (size_t i = 0; i < count; i++) {
        table_text(&m, lines[i].domain);
        table_code(&m, lines[i].policy_type,
                   report_tls_policy_text(lines[i].policy_type));
        table_text(&m, lines[i].organization);
        table_text(&m, lines[i].mx);
        table_code(&m, lines[i].result_type,
                   report_tls_result_text(lines[i].result_type));
        table_number(&m, lines[i].successful);
        table_number(&m, lines[i].failed);
        table_day(&m, lines[i].first_day);
        table_day(&m, lines[i].last_day);
    }
    return table_done(&m);
}

struct table
insight_tls_table(struct sceau_arena *arena, const struct insight_tls *tls)
{
    return tls_table(arena, "tls", tls_columns, tls->policies, tls->policy_count);
}

struct table
insight_tls_failures_table(struct sceau_arena *arena, const struct insight_tls *tls)
{
    return tls_table(arena, "tls_failures", tls_failure_columns, tls->failures,
                     tls->failure_count);
}
