/* What needs a look, from what is known of a domain: rules with their numbers. Sentences
 * are made where they are shown. */
#ifndef ANALYSIS_FINDINGS_H
#define ANALYSIS_FINDINGS_H

#include "analysis.h"

/* Of a policy domain, in the 28 days that end with to_day: the last of each spark. */
struct analysis_domain_facts {
    struct sceau_slice domain;
    int to_day;
    int known_since; /* 0: not known */
    int last_day;    /* with a report */
    enum report_disposition policy;
    struct analysis_source *const *sources;
    size_t source_count;
    const struct analysis_readiness *readiness; /* may be NULL */
};

#define ANALYSIS_ALARM_MESSAGES 20 /* that fail, before anybody is woken */
#define ANALYSIS_ALARM_FACTOR   3  /* times what is usual */

/* Findings grow in the arena. */
struct analysis_finder {
    struct sceau_arena *arena;
    int64_t now;
    struct analysis_finding *items;
    size_t count, capacity;
    bool is_full;
};

/* One more, with its id; fill in what is behind it. A place to write to even when the
 * arena is full. `extra` is what else makes it another finding; may be empty. */
struct analysis_finding *analysis_finding_add(struct analysis_finder *finder,
                                              enum analysis_finding_rule rule,
                                              enum analysis_severity severity,
                                              struct sceau_slice domain,
                                              struct sceau_slice source,
                                              struct sceau_slice extra);
void analysis_finding_text(struct analysis_finding *f, const char *name,
                           struct sceau_slice value);
void analysis_finding_number(struct analysis_finder *finder, struct analysis_finding *f,
                             const char *name, uint64_t number);
void analysis_finding_day(struct analysis_finder *finder, struct analysis_finding *f,
                          const char *name, int day);
/* Since when the data says so: the argument "since", and the finding's own. */
void analysis_finding_since(struct analysis_finder *finder, struct analysis_finding *f,
                            int day);

/* All that the sources of a domain give rise to. */
void analysis_find(struct analysis_finder *finder,
                   const struct analysis_domain_facts *facts);

/* Keys that reach the end of their lifetime within 14 days while the record of none of their
 * type is seen yet. */
void analysis_find_keys(struct analysis_finder *finder,
                        const struct analysis_ours *ours);

/* Certificates in the last sixth of their time, 14 days at most. */
void analysis_find_certificates(struct analysis_finder *finder,
                                const struct analysis_certificate *certificates,
                                size_t count);

/* What receivers told of sessions in the last 7 days: policies' own sums, and failures,
 * the largest first. */
struct analysis_tls_facts {
    const struct analysis_tls *policies;
    size_t policy_count;
    const struct analysis_tls *failures;
    size_t failure_count;
};

/* Domains of which 1 % of the sessions fail, 5 at least, by the largest reason; and each
 * certificate that somebody found expired in the last 3 days, however few met it: with
 * MTA-STS or DANE they cannot deliver, and all of them come to that host. */
void analysis_find_tls(struct analysis_finder *finder,
                       const struct analysis_tls_facts *facts);

/* Reporters of all domains together: silent ones, and those that contradict themselves. */
void analysis_find_reporters(struct analysis_finder *finder,
                             const struct analysis_reporter *reporters, size_t count);

#endif
