/* Answers that are not given yet: empty. */
#include "insight.h"

#include "findings.h"
#include "ours.h"
#include "words.h"

const char *
insight_error(const struct insight *in)
{
    (void)in;
    return "";
}

bool
insight_today(struct insight *in, const struct filter *f, struct insight_today *today)
{
    (void)in;
    (void)f;
    (void)today;
    memset(today, 0, sizeof *today);
    return true;
}

bool
insight_domains(struct insight *in, const struct sceau_slice **domains, size_t *count)
{
    (void)in;
    (void)domains;
    (void)count;
    memset(domains, 0, sizeof *domains);
    memset(count, 0, sizeof *count);
    return true;
}

bool
insight_findings(struct insight *in, struct sceau_slice domain, bool with_muted,
                 const struct analysis_finding **findings, size_t *count)
{
    (void)in;
    (void)domain;
    (void)with_muted;
    (void)findings;
    (void)count;
    memset(findings, 0, sizeof *findings);
    memset(count, 0, sizeof *count);
    return true;
}

bool
insight_domain(struct insight *in, const struct filter *f,
               struct insight_domain *domain)
{
    (void)in;
    (void)f;
    (void)domain;
    memset(domain, 0, sizeof *domain);
    return true;
}

bool
insight_sources(struct insight *in, const struct filter *f,
                struct insight_sources *sources)
{
    (void)in;
    (void)f;
    (void)sources;
    memset(sources, 0, sizeof *sources);
    return true;
}

bool
insight_source(struct insight *in, const struct filter *f,
               struct insight_source *source)
{
    (void)in;
    (void)f;
    (void)source;
    memset(source, 0, sizeof *source);
    return true;
}

bool
insight_readiness(struct insight *in, const struct filter *f,
                  const struct insight_check *check,
                  struct insight_readiness *readiness)
{
    (void)in;
    (void)f;
    (void)check;
    (void)readiness;
    memset(readiness, 0, sizeof *readiness);
    return true;
}

bool
insight_failures(struct insight *in, const struct filter *f,
                 struct insight_failures *failures)
{
    (void)in;
    (void)f;
    (void)failures;
    memset(failures, 0, sizeof *failures);
    return true;
}

bool
insight_keys(struct insight *in, const struct filter *f,
             const struct analysis_key **keys, size_t *count)
{
    (void)in;
    (void)f;
    (void)keys;
    (void)count;
    memset(keys, 0, sizeof *keys);
    memset(count, 0, sizeof *count);
    return true;
}

bool
insight_key_used(struct insight *in, struct sceau_slice domain,
                 struct sceau_slice selector, int64_t grace,
                 struct insight_key_evidence *evidence)
{
    (void)in;
    (void)domain;
    (void)selector;
    (void)grace;
    (void)evidence;
    memset(evidence, 0, sizeof *evidence);
    return true;
}

bool
insight_reporters(struct insight *in, const struct filter *f,
                  const struct analysis_reporter **reporters, size_t *count)
{
    (void)in;
    (void)f;
    (void)reporters;
    (void)count;
    memset(reporters, 0, sizeof *reporters);
    memset(count, 0, sizeof *count);
    return true;
}

bool
insight_tls(struct insight *in, const struct filter *f, struct insight_tls *tls)
{
    (void)in;
    (void)f;
    (void)tls;
    memset(tls, 0, sizeof *tls);
    return true;
}

struct table
insight_domains_table(struct sceau_arena *arena, const struct insight_today *today)
{
    (void)arena;
    (void)today;
    return (struct table){0};
}

struct table
insight_findings_table(struct sceau_arena *arena, enum language language,
                       const struct analysis_finding *findings, size_t count)
{
    (void)arena;
    (void)language;
    (void)findings;
    (void)count;
    return (struct table){0};
}

struct table
insight_days_table(struct sceau_arena *arena, const struct insight_day *days,
                   size_t count)
{
    (void)arena;
    (void)days;
    (void)count;
    return (struct table){0};
}

struct table
insight_policies_table(struct sceau_arena *arena, const struct insight_policy *policies,
                       size_t count)
{
    (void)arena;
    (void)policies;
    (void)count;
    return (struct table){0};
}

struct table
insight_sources_table(struct sceau_arena *arena, const struct analysis_source *sources,
                      size_t count)
{
    (void)arena;
    (void)sources;
    (void)count;
    return (struct table){0};
}

struct table
insight_addresses_table(struct sceau_arena *arena, const struct analysis_source *source)
{
    (void)arena;
    (void)source;
    return (struct table){0};
}

struct table
insight_pairs_table(struct sceau_arena *arena, const struct insight_pair *pairs,
                    size_t count)
{
    (void)arena;
    (void)pairs;
    (void)count;
    return (struct table){0};
}

struct table
insight_heard_table(struct sceau_arena *arena, const struct insight_heard *reporters,
                    size_t count)
{
    (void)arena;
    (void)reporters;
    (void)count;
    return (struct table){0};
}

struct table
insight_readiness_table(struct sceau_arena *arena, enum language language,
                        const struct analysis_readiness *readiness)
{
    (void)arena;
    (void)language;
    (void)readiness;
    return (struct table){0};
}

struct table
insight_what_if_table(struct sceau_arena *arena,
                      const struct analysis_readiness *readiness)
{
    (void)arena;
    (void)readiness;
    return (struct table){0};
}

struct table
insight_failures_table(struct sceau_arena *arena,
                       const struct insight_failures *failures)
{
    (void)arena;
    (void)failures;
    return (struct table){0};
}

struct table
insight_samples_table(struct sceau_arena *arena,
                      const struct insight_failures *failures)
{
    (void)arena;
    (void)failures;
    return (struct table){0};
}

struct table
insight_keys_table(struct sceau_arena *arena, const struct analysis_key *keys,
                   size_t count)
{
    (void)arena;
    (void)keys;
    (void)count;
    return (struct table){0};
}

struct table
insight_reporters_table(struct sceau_arena *arena,
                        const struct analysis_reporter *reporters, size_t count)
{
    (void)arena;
    (void)reporters;
    (void)count;
    return (struct table){0};
}

struct table
insight_tls_table(struct sceau_arena *arena, const struct insight_tls *tls)
{
    (void)arena;
    (void)tls;
    return (struct table){0};
}

struct table
insight_tls_failures_table(struct sceau_arena *arena, const struct insight_tls *tls)
{
    (void)arena;
    (void)tls;
    return (struct table){0};
}

bool
findings_run(struct insight *in)
{
    (void)in;
    return true;
}

bool
findings_mute(struct insight *in, struct sceau_slice id, int64_t until,
              struct sceau_slice note, struct sceau_slice author)
{
    (void)in;
    (void)id;
    (void)until;
    (void)note;
    (void)author;
    return true;
}

bool
insight_mark(struct insight *in, struct sceau_slice domain, struct sceau_slice source,
             enum analysis_class class, struct sceau_slice note,
             struct sceau_slice author)
{
    (void)in;
    (void)domain;
    (void)source;
    (void)class;
    (void)note;
    (void)author;
    return true;
}

bool
insight_unmark(struct insight *in, struct sceau_slice domain, struct sceau_slice source)
{
    (void)in;
    (void)domain;
    (void)source;
    return true;
}

const struct analysis_ours *
ours_make(struct sceau_arena *arena, const struct sceau_config *config,
          struct database *db)
{
    (void)arena;
    (void)config;
    (void)db;
    return NULL;
}

struct words_finding
words_finding(struct sceau_arena *arena, enum language language,
              const struct analysis_finding *finding)
{
    (void)arena;
    (void)language;
    (void)finding;
    return (struct words_finding){0};
}

struct sceau_slice
words_class(struct sceau_arena *arena, enum language language,
            const struct analysis_source *source)
{
    (void)arena;
    (void)language;
    (void)source;
    return (struct sceau_slice){0};
}

struct sceau_slice
words_line(enum language language, enum analysis_line line)
{
    (void)language;
    (void)line;
    return (struct sceau_slice){0};
}

struct sceau_slice
words_line_found(struct sceau_arena *arena, enum language language,
                 enum analysis_line line, const struct analysis_readiness *readiness)
{
    (void)arena;
    (void)language;
    (void)line;
    (void)readiness;
    return (struct sceau_slice){0};
}

struct sceau_slice
words_readiness(struct sceau_arena *arena, enum language language,
                const struct analysis_readiness *readiness)
{
    (void)arena;
    (void)language;
    (void)readiness;
    return (struct sceau_slice){0};
}

struct sceau_slice
words_what_if(struct sceau_arena *arena, enum language language,
              const struct analysis_readiness *readiness)
{
    (void)arena;
    (void)language;
    (void)readiness;
    return (struct sceau_slice){0};
}

const char *
words_remedy(enum language language, enum analysis_cause cause)
{
    (void)language;
    (void)cause;
    return "";
}

struct sceau_slice
words_number(struct sceau_arena *arena, enum language language, uint64_t number)
{
    (void)arena;
    (void)language;
    (void)number;
    return (struct sceau_slice){0};
}

struct sceau_slice
words_share(struct sceau_arena *arena, enum language language, int thousandths)
{
    (void)arena;
    (void)language;
    (void)thousandths;
    return (struct sceau_slice){0};
}

struct sceau_slice
words_day(struct sceau_arena *arena, int day)
{
    (void)arena;
    (void)day;
    return (struct sceau_slice){0};
}
