/* The answers that commands, pages, digests and alerts give: rows of the store, put into
 * order by src/analysis. Every function reads the roll-ups alone, but for a source's
 * opened row, the failures' samples and a report in full.
 *
 * Each gives false when the store could not be read or the arena is full (then
 * insight_error says which); what it gave lives in the arena. Of a domain that nobody
 * reported on everything is empty. */
#ifndef INSIGHT_INSIGHT_H
#define INSIGHT_INSIGHT_H

#include "analysis/analysis.h"
#include "filter.h"
#include "store/database.h"
#include "table.h"

/* Embed it; one a request, from the same thread. */
struct insight {
    struct database *db;
    struct sceau_arena *arena; /* 64 MiB are enough for any page */
    int64_t now;
    const struct analysis_ours *ours; /* ours.h makes it; never NULL */
    const char *error;                /* after false */
    struct kept *kept;                /* kept.h; NULL: nothing is kept */
    int64_t version;                  /* with it: of the store and the minute */
    struct kept_hold *held;           /* what is taken from it */
};

const char *insight_error(const struct insight *in);

/* ---- days --------------------------------------------------------------------------- */

/* The bars of a domain: one entry for each day of the range. */
struct insight_day {
    int day;
    uint64_t both, one;                /* aligned: DKIM and SPF, only one */
    uint64_t fails_ours, fails_others; /* by the class of the source */
    bool is_spread; /* part of it comes from ranges of several days */
};

/* The policy as reporters saw it, from this day on. */
struct insight_policy {
    int day;
    enum report_disposition p, sp, np;
    enum report_mode adkim, aspf;
    enum report_testing testing;
    struct sceau_slice pct;
    uint64_t reports;
};

/* What happened on a day. */
enum insight_event_kind {
    INSIGHT_RECORD_CHANGED, /* what: name and type */
    INSIGHT_POLICY_SEEN,    /* what: "p=quarantine" */
    INSIGHT_KEY_FIRST,      /* what: selector */
    INSIGHT_KEY_LAST,
};
struct insight_event {
    int day;
    enum insight_event_kind kind;
    struct sceau_slice what;
};

/* ---- P1 Today ----------------------------------------------------------------------- */

struct insight_domain_line {
    struct sceau_slice domain;
    enum report_disposition policy; /* as reporters saw it last; 0: not known */
    uint64_t messages, compliant;   /* of the range */
    int compliance, before;         /* thousandths; of the range before; -1: nothing */
    size_t reporters_heard, reporters_expected; /* in the last 2 days; usual ones */
    enum analysis_answer readiness; /* as kept when findings were last made */
    uint64_t spark[ANALYSIS_SPARK_DAYS], spark_fails[ANALYSIS_SPARK_DAYS];
    int last_day;           /* with a report */
    int problems, warnings; /* findings */
};

struct insight_place {
    struct sceau_slice name, kind, last_error;
    int64_t last_run, last_mail;
    uint64_t count;
};

struct insight_today {
    const struct analysis_finding *findings;   /* not muted, the worst first */
    size_t finding_count, findings_left;       /* those behind the tenth */
    const struct insight_domain_line *domains; /* by name */
    size_t domain_count;
    const struct insight_place *places; /* where reports were looked for */
    size_t place_count;
    int64_t last_received; /* 0: no report is in the store */
    int64_t findings_made; /* when; 0: never */
};
bool insight_today(struct insight *in, const struct filter *f,
                   struct insight_today *today);

/* Every domain that was reported on, by name: for menus and type-ahead. */
bool insight_domains(struct insight *in, const struct sceau_slice **domains,
                     size_t *count);

/* Findings of a domain (empty: of all), the muted ones too when asked. */
bool insight_findings(struct insight *in, struct sceau_slice domain, bool with_muted,
                      const struct analysis_finding **findings, size_t *count);

/* ---- P2 Domain ---------------------------------------------------------------------- */

struct insight_domain {
    struct sceau_slice domain;
    struct analysis_counts counts;
    uint64_t rejected; /* quarantined and rejected */
    size_t source_count, new_count;
    const struct insight_day *days; /* every day of the range */
    size_t day_count;
    const struct insight_policy *policies; /* the oldest first */
    size_t policy_count;
    const struct insight_event *events; /* in order */
    size_t event_count;
    const struct analysis_finding *findings;
    size_t finding_count;
    const struct sceau_slice *subdomains; /* others reported under its policy */
    size_t subdomain_count;
};
bool insight_domain(struct insight *in, const struct filter *f,
                    struct insight_domain *domain);

/* ---- P3 Sources --------------------------------------------------------------------- */

struct insight_sources {
    const struct analysis_source *const
        *sources; /* by class as enumerated, then the largest */
    size_t count;
    struct analysis_counts counts;       /* of what is listed */
    uint64_t of_class[ANALYSIS_CLASSES]; /* messages, before class is chosen */
};
bool insight_sources(struct insight *in, const struct filter *f,
                     struct insight_sources *sources);

/* A row opened. */
struct insight_pair {
    struct sceau_ip ip;
    struct sceau_slice header_from, envelope_from, signer, selector;
    uint64_t messages;
};
struct insight_heard { /* by reporter */
    struct sceau_slice reporter;
    uint64_t messages, compliant, fails;
};
struct insight_source {
    const struct analysis_source *source; /* NULL: no such one in the range */
    const struct insight_pair *pairs;     /* the largest first, at most 200 */
    size_t pair_count;
    const struct insight_heard *reporters;
    size_t reporter_count;
    const struct insight_day *days;
    size_t day_count;
};
bool insight_source(struct insight *in, const struct filter *f,
                    struct insight_source *source);

/* ---- P4 Readiness ------------------------------------------------------------------- */

/* What the checker last said of a domain; is_known false: nothing is known. */
struct insight_check {
    bool is_known;
    unsigned problems, warnings;
    struct sceau_slice example;
};

/* Of 28 days; the filter gives the domain alone. `check` may be NULL: as kept in the store,
 * if at all. */
struct insight_readiness {
    struct analysis_readiness readiness;
    struct sceau_slice record; /* the DMARC record seen in DNS; empty: not known */
    struct sceau_slice next;   /* the one to publish; empty: none */
};
bool insight_readiness(struct insight *in, const struct filter *f,
                       const struct insight_check *check,
                       struct insight_readiness *readiness);

/* ---- P5 Failures -------------------------------------------------------------------- */

/* A failure report. */
struct insight_sample {
    int64_t received;
    struct sceau_slice domain, auth_failure, dkim_domain, dkim_selector,
        delivery_result, header, reporter;
    struct sceau_ip ip;
};
struct insight_failures {
    const struct analysis_failure_group *groups; /* the largest first, spoof last */
    size_t group_count;
    uint64_t fails, messages;
    const struct insight_sample *samples; /* the latest first, at most 50 */
    size_t sample_count;
};
bool insight_failures(struct insight *in, const struct filter *f,
                      struct insight_failures *failures);

/* ---- P6 Keys ------------------------------------------------------------------------ */

bool insight_keys(struct insight *in, const struct filter *f,
                  const struct analysis_key **keys, size_t *count);

/* Evidence for the end of a key (S5): was it used within `grace` seconds before now, by
 * what reporters saw pass or by what this host signed? Anybody can send signatures that
 * fail: those are no use. False when the store cannot be read. */
struct insight_key_evidence {
    int64_t last_reported, last_signed; /* times of the days' ends; 0: never */
    uint64_t reported, signed_here;     /* messages within the grace */
    size_t reporters; /* that reported on the domain at all within the grace */
    bool is_unused;   /* neither, and at least one reporter reported */
};
bool insight_key_used(struct insight *in, struct sceau_slice domain,
                      struct sceau_slice selector, int64_t grace,
                      struct insight_key_evidence *evidence);

/* ---- P7 Reports --------------------------------------------------------------------- */
/* One report and the list of them: store/query_intake.h. */

bool insight_reporters(struct insight *in, const struct filter *f,
                       const struct analysis_reporter **reporters, size_t *count);

/* ---- P8 TLS ------------------------------------------------------------------------- */

struct insight_tls_day {
    int day;
    uint64_t successful, failed;
};
struct insight_tls {
    uint64_t successful, failed;
    const struct insight_tls_day *days; /* every day of the range */
    size_t day_count;
    const struct analysis_tls *policies; /* by domain and type */
    size_t policy_count;
    const struct analysis_tls *failures; /* the largest first */
    size_t failure_count;
};
bool insight_tls(struct insight *in, const struct filter *f, struct insight_tls *tls);

/* ---- the same as tables ------------------------------------------------------------- */

struct table insight_domains_table(struct sceau_arena *arena,
                                   const struct insight_today *today);
struct table insight_findings_table(struct sceau_arena *arena, enum language language,
                                    const struct analysis_finding *findings,
                                    size_t count);
struct table insight_days_table(struct sceau_arena *arena,
                                const struct insight_day *days, size_t count);
struct table insight_policies_table(struct sceau_arena *arena,
                                    const struct insight_policy *policies,
                                    size_t count);
struct table insight_sources_table(struct sceau_arena *arena,
                                   const struct analysis_source *const *sources,
                                   size_t count);
struct table insight_addresses_table(struct sceau_arena *arena,
                                     const struct analysis_source *source);
struct table insight_pairs_table(struct sceau_arena *arena,
                                 const struct insight_pair *pairs, size_t count);
struct table insight_heard_table(struct sceau_arena *arena,
                                 const struct insight_heard *reporters, size_t count);
struct table insight_readiness_table(struct sceau_arena *arena, enum language language,
                                     const struct analysis_readiness *readiness);
struct table insight_what_if_table(struct sceau_arena *arena,
                                   const struct analysis_readiness *readiness);
struct table insight_failures_table(struct sceau_arena *arena,
                                    const struct insight_failures *failures);
struct table insight_samples_table(struct sceau_arena *arena,
                                   const struct insight_failures *failures);
struct table insight_keys_table(struct sceau_arena *arena,
                                const struct analysis_key *keys, size_t count);
struct table insight_reporters_table(struct sceau_arena *arena,
                                     const struct analysis_reporter *reporters,
                                     size_t count);
struct table insight_tls_table(struct sceau_arena *arena,
                               const struct insight_tls *tls);
struct table insight_tls_failures_table(struct sceau_arena *arena,
                                        const struct insight_tls *tls);

#endif
