/* Sources as tables: the list, one opened, and those that fail by their cause. */
#include "insight.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- sources ---- */

static const struct table_column source_columns[] = {
    {"class",       TABLE_WORD,   N_("class"),       17},
    {"source",      TABLE_TEXT,   N_("source"),      0 },
    {"name",        TABLE_TEXT,   N_("name"),        20},
    {"addresses",   TABLE_NUMBER, N_("addresses"),   0 },
    {"country",     TABLE_TEXT,   N_("country"),     0 },
    {"messages",    TABLE_NUMBER, N_("messages"),    9 },
    {"dmarc",       TABLE_SHARE,  "DMARC",           6 },
    {"dkim",        TABLE_SHARE,  "DKIM",            6 },
    {"spf",         TABLE_SHARE,  "SPF",             6 },
    {"none",        TABLE_NUMBER, N_("delivered"),   0 },
    {"quarantined", TABLE_NUMBER, N_("quarantined"), 0 },
    {"rejected",    TABLE_NUMBER, N_("rejected"),    0 },
    {"first_seen",  TABLE_DAY,    N_("first seen"),  0 },
    {"last_seen",   TABLE_DAY,    N_("last seen"),   0 },
    {"new",         TABLE_FLAG,   N_("new"),         0 },
    {"marked",      TABLE_FLAG,   N_("marked"),      0 },
};

struct table
insight_sources_table(struct sceau_arena *arena,
                      const struct analysis_source *const *sources, size_t count)
{
    struct table_maker m =
        table_new(arena, "sources", source_columns, COUNT(source_columns));
    for (size_t i = 0; i < count; i++) {
        const struct analysis_source *s = sources[i];
        const struct analysis_counts *c = &s->counts;
        table_word(&m, analysis_class_text(s->class));
        table_text(&m, s->key);
        table_text(&m, s->name);
        table_number(&m, s->address_count);
        table_text(&m, s->country);
        table_number(&m, c->messages);
        table_share(&m, analysis_compliant(c), c->messages);
        table_share(&m, analysis_dkim(c), c->messages);
        table_share(&m, analysis_spf(c), c->messages);
        table_number(&m, c->dispositions[REPORT_DISPOSITION_NONE] +
                             c->dispositions[REPORT_DISPOSITION_PASS]);
        table_number(&m, c->dispositions[REPORT_DISPOSITION_QUARANTINE]);
        table_number(&m, c->dispositions[REPORT_DISPOSITION_REJECT]);
        table_day(&m, s->first_seen);
        table_day(&m, s->last_day);
        table_number(&m, s->is_new);
        table_number(&m, s->rule == ANALYSIS_RULE_MARK);
    }
    return table_done(&m);
}

static const struct table_column address_columns[] = {
    {"ip",         TABLE_TEXT,   N_("address"),    39},
    {"ptr",        TABLE_TEXT,   N_("name"),       10},
    {"asn",        TABLE_NUMBER, "AS",             0 },
    {"as_name",    TABLE_TEXT,   N_("network"),    0 },
    {"country",    TABLE_TEXT,   N_("country"),    0 },
    {"messages",   TABLE_NUMBER, N_("messages"),   9 },
    {"dmarc",      TABLE_SHARE,  "DMARC",          6 },
    {"dkim",       TABLE_SHARE,  "DKIM",           0 },
    {"spf",        TABLE_SHARE,  "SPF",            0 },
    {"first_seen", TABLE_DAY,    N_("first seen"), 0 },
    {"last_seen",  TABLE_DAY,    N_("last seen"),  0 },
};

struct table
insight_addresses_table(struct sceau_arena *arena, const struct analysis_source *source)
{
    struct table_maker m =
        table_new(arena, "addresses", address_columns, COUNT(address_columns));
    for (size_t i = 0; i < source->address_count; i++) {
        const struct analysis_address *a = &source->addresses[i];
        const struct analysis_counts *c = &a->counts;
        table_ip(&m, &a->ip);
        table_text(&m, a->ptr);
        if (a->asn != 0)
            table_number(&m, a->asn);
        else
            table_none(&m);
        table_text(&m, a->as_name);
        table_text(&m, a->country);
        table_number(&m, c->messages);
        table_share(&m, analysis_compliant(c), c->messages);
        table_share(&m, analysis_dkim(c), c->messages);
        table_share(&m, analysis_spf(c), c->messages);
        table_day(&m, a->first_seen);
        table_day(&m, a->last_day);
    }
    return table_done(&m);
}

static const struct table_column pair_columns[] = {
    {"ip",            TABLE_TEXT,   N_("address"),       0 },
    {"header_from",   TABLE_TEXT,   N_("From"),          16},
    {"envelope_from", TABLE_TEXT,   N_("envelope from"), 18},
    {"signer",        TABLE_TEXT,   N_("signer"),        16},
    {"selector",      TABLE_TEXT,   N_("selector"),      11},
    {"messages",      TABLE_NUMBER, N_("messages"),      9 },
};

struct table
insight_pairs_table(struct sceau_arena *arena, const struct insight_pair *pairs,
                    size_t count)
{
    struct table_maker m = table_new(arena, "pairs", pair_columns, COUNT(pair_columns));
    for (size_t i = 0; i < count; i++) {
        table_ip(&m, &pairs[i].ip);
        table_text(&m, pairs[i].header_from);
        table_text(&m, pairs[i].envelope_from);
        table_text(&m, pairs[i].signer);
        table_text(&m, pairs[i].selector);
        table_number(&m, pairs[i].messages);
    }
    return table_done(&m);
}

static const struct table_column heard_columns[] = {
    {"reporter", TABLE_TEXT,   N_("reporter"), 30},
    {"messages", TABLE_NUMBER, N_("messages"), 9 },
    {"aligned",  TABLE_NUMBER, N_("aligned"),  9 },
    {"fails",    TABLE_NUMBER, N_("fails"),    9 },
};

struct table
insight_heard_table(struct sceau_arena *arena, const struct insight_heard *reporters,
                    size_t count)
{
    struct table_maker m =
        table_new(arena, "heard", heard_columns, COUNT(heard_columns));
    for (size_t i = 0; i < count; i++) {
        table_text(&m, reporters[i].reporter);
        table_number(&m, reporters[i].messages);
        table_number(&m, reporters[i].compliant);
        table_number(&m, reporters[i].fails);
    }
    return table_done(&m);
}

/* ---- failures ---- */

static const struct table_column failure_columns[] = {
    {"cause",    TABLE_TEXT,   N_("cause"),    0 },
    {"text",     TABLE_WORD,   N_("cause"),    42},
    {"messages", TABLE_NUMBER, N_("messages"), 9 },
    {"class",    TABLE_WORD,   N_("class"),    0 },
    {"source",   TABLE_TEXT,   N_("source"),   0 },
    {"name",     TABLE_TEXT,   N_("name"),     20},
};

/* A line for each source of each group. */
struct table
insight_failures_table(struct sceau_arena *arena, const struct insight_failures *f)
{
    struct table_maker m =
        table_new(arena, "failures", failure_columns, COUNT(failure_columns));
    for (size_t i = 0; i < f->group_count; i++) {
        const struct analysis_failure_group *g = &f->groups[i];
        for (size_t n = 0; n < g->shown; n++) {
            const struct analysis_source *s = g->sources[n];
            table_word(&m, g->is_spoof ? "spoof" : analysis_cause_word(g->cause));
            table_word(&m, g->is_spoof ? N_("forged by strangers")
                                       : analysis_cause_text(g->cause));
            table_number(&m,
                         g->is_spoof ? s->counts.neither : s->counts.causes[g->cause]);
            table_word(&m, analysis_class_text(s->class));
            table_text(&m, s->key);
            table_text(&m, s->name);
        }
    }
    return table_done(&m);
}

static const struct table_column sample_columns[] = {
    {"received",        TABLE_TIME, N_("received"),     17},
    {"domain",          TABLE_TEXT, N_("domain"),       18},
    {"ip",              TABLE_TEXT, N_("address"),      15},
    {"auth_failure",    TABLE_TEXT, N_("failure"),      10},
    {"dkim_domain",     TABLE_TEXT, N_("signer"),       0 },
    {"dkim_selector",   TABLE_TEXT, N_("selector"),     0 },
    {"delivery_result", TABLE_TEXT, N_("delivered as"), 10},
    {"reporter",        TABLE_TEXT, N_("reporter"),     0 },
    {"header",          TABLE_TEXT, N_("header"),       0 },
};

struct table
insight_samples_table(struct sceau_arena *arena, const struct insight_failures *f)
{
    struct table_maker m =
        table_new(arena, "samples", sample_columns, COUNT(sample_columns));
    for (size_t i = 0; i < f->sample_count; i++) {
        const struct insight_sample *s = &f->samples[i];
        table_signed(&m, s->received);
        table_text(&m, s->domain);
        table_ip(&m, &s->ip);
        table_text(&m, s->auth_failure);
        table_text(&m, s->dkim_domain);
        table_text(&m, s->dkim_selector);
        table_text(&m, s->delivery_result);
        table_text(&m, s->reporter);
        table_text(&m, s->header);
    }
    return table_done(&m);
}
