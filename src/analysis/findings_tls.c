/* Findings about encrypted sessions to us: certificates that end, and what receivers of TLS
 * reports met. */
#include "findings.h"

#define SECONDS_A_DAY 86400
#define SPARE_DAYS    14 /* before its end: time enough to do something */

/* ---- certificates ---- */

void
analysis_find_certificates(struct analysis_finder *finder,
                           const struct analysis_certificate *certificates,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct analysis_certificate *c = &certificates[i];
        int64_t spare = (c->not_after - c->not_before) / 6;
        if (spare > SPARE_DAYS * (int64_t)SECONDS_A_DAY)
            spare = SPARE_DAYS * (int64_t)SECONDS_A_DAY;
        if (finder->now < c->not_after - spare)
            continue;
        struct analysis_finding *f =
            analysis_finding_add(finder, ANALYSIS_FINDING_CERTIFICATE,
                                 finder->now >= c->not_after ? ANALYSIS_PROBLEM
                                                             : ANALYSIS_WARNING,
                                 c->domain, SLICE_NONE, c->host);
        analysis_finding_text(f, "mx", c->host);
        analysis_finding_day(finder, f, "until", (int)(c->not_after / SECONDS_A_DAY));
        analysis_finding_since(finder, f,
                               (int)((c->not_after - spare) / SECONDS_A_DAY));
    }
}

/* ---- encrypted sessions ---- */

#define TLS_FAILS_MIN     5
#define TLS_SHARE_MIN     10  /* thousandths */
#define TLS_SHARE_PROBLEM 200 /* the same */
#define TLS_EXPIRED_DAYS  3   /* a renewed one is forgotten then */

/* The sessions of a domain, over all who report. */
static void
sum_sessions(const struct analysis_tls_facts *facts, struct sceau_slice domain,
             uint64_t *sessions, uint64_t *fails)
{
    *sessions = *fails = 0;
    for (size_t i = 0; i < facts->policy_count; i++) {
        const struct analysis_tls *p = &facts->policies[i];
        if (!slice_eq(p->domain, domain))
            continue;
        *fails += p->failed;
        *sessions += p->failed + p->successful;
    }
}

static void
add_tls(struct analysis_finder *finder, const struct analysis_tls *t,
        struct sceau_slice extra, uint64_t fails, uint64_t sessions)
{
    struct analysis_finding *f =
        analysis_finding_add(finder, ANALYSIS_FINDING_TLS,
                             analysis_share(fails, sessions) >= TLS_SHARE_PROBLEM
                                 ? ANALYSIS_PROBLEM
                                 : ANALYSIS_WARNING,
                             t->domain, SLICE_NONE, extra);
    analysis_finding_number(finder, f, "fails", fails);
    analysis_finding_number(finder, f, "sessions", sessions);
    analysis_finding_text(f, "reason", t->result_type);
    analysis_finding_text(f, "mx", t->mx);
    analysis_finding_since(finder, f, t->first_day);
    if (f != NULL)
        f->weight = fails;
}

static bool
is_expired(const struct analysis_finder *finder, const struct analysis_tls *t)
{
    return slice_eq(t->result_type, SCEAU_SLICE("certificate-expired")) &&
           t->last_day >= (int)(finder->now / SECONDS_A_DAY) - TLS_EXPIRED_DAYS;
}

/* A domain's failures as a whole: of its lines, `at` is the largest. */
static void
many_fail(struct analysis_finder *finder, const struct analysis_tls_facts *facts,
          size_t at)
{
    uint64_t sessions, fails;
    sum_sessions(facts, facts->failures[at].domain, &sessions, &fails);
    if (fails < TLS_FAILS_MIN || analysis_share(fails, sessions) < TLS_SHARE_MIN ||
        is_expired(finder, &facts->failures[at]))
        return;
    add_tls(finder, &facts->failures[at], SLICE_NONE, fails, sessions);
}

/* One certificate, over all who met it. */
static void
one_expired(struct analysis_finder *finder, const struct analysis_tls_facts *facts,
            size_t at)
{
    struct analysis_tls t = facts->failures[at];
    uint64_t sessions, fails, met = 0;
    if (!is_expired(finder, &t))
        return;
    for (size_t i = 0; i < facts->failure_count; i++) {
        const struct analysis_tls *other = &facts->failures[i];
        if (!is_expired(finder, other) || !slice_eq(other->domain, t.domain) ||
            !slice_eq(other->mx, t.mx))
            continue;
        if (i < at)
            return; /* told */
        met += other->failed;
        t.first_day = other->first_day < t.first_day ? other->first_day : t.first_day;
    }
    sum_sessions(facts, t.domain, &sessions, &fails);
    add_tls(finder, &t, t.mx, met, sessions > met ? sessions : met);
}

void
analysis_find_tls(struct analysis_finder *finder,
                  const struct analysis_tls_facts *facts)
{
    for (size_t i = 0; i < facts->failure_count; i++) {
        bool is_first = true;
        for (size_t n = 0; n < i && is_first; n++)
            is_first = !slice_eq(facts->failures[n].domain, facts->failures[i].domain);
        if (is_first)
            many_fail(finder, facts, i);
        one_expired(finder, facts, i);
    }
}
