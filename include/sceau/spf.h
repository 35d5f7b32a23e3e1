/* SPF: may this host use this domain in MAIL FROM or HELO? (RFC 7208) */
#ifndef SCEAU_SPF_H
#define SCEAU_SPF_H

#include "sceau/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 7208 section 2.6, in its order. */
enum sceau_spf_result {
    SCEAU_SPF_NONE,
    SCEAU_SPF_NEUTRAL,
    SCEAU_SPF_PASS,
    SCEAU_SPF_FAIL,
    SCEAU_SPF_SOFTFAIL,
    SCEAU_SPF_TEMPERROR,
    SCEAU_SPF_PERMERROR,
};

#define SCEAU_SPF_TERMS_MAX  10 /* terms that cost a lookup, section 4.6.4 */
#define SCEAU_SPF_VOID_MAX   2  /* void lookups, section 4.6.4 */
#define SCEAU_SPF_NAMES_MAX  10 /* names of one mx or ptr, section 4.6.4 */
#define SCEAU_SPF_RECORD_MAX ((size_t)16 * 1024)
#define SCEAU_SPF_MACRO_MAX  253 /* octets of an expanded domain-spec, section 7.3 */

enum sceau_spf_identity {
    SCEAU_SPF_MAIL_FROM, /* section 2.4; postmaster@HELO for the null path */
    SCEAU_SPF_HELO,      /* section 2.3 */
};

struct sceau_spf_query {
    struct sceau_ip ip;
    struct sceau_slice helo;   /* as the client said it */
    struct sceau_slice sender; /* addr-spec without angle brackets; empty: null path */
    enum sceau_spf_identity identity;
    struct sceau_slice receiver;            /* %{r}; empty gives "unknown" */
    struct sceau_slice default_explanation; /* when there is no exp=; may be empty */
    bool want_explanation; /* exp= costs a query: only when a reject uses it */
    unsigned terms_max;    /* 0: SCEAU_SPF_TERMS_MAX */
    unsigned void_max;     /* 0: SCEAU_SPF_VOID_MAX; UINT_MAX: none allowed */
};

/* A record that was read on the way. */
struct sceau_spf_seen {
    struct sceau_slice domain; /* where it stands */
    struct sceau_slice text;   /* as published, strings joined */
};

/* Those of a check: the first, and what its terms lead to. */
#define SCEAU_SPF_SEEN_MAX (SCEAU_SPF_TERMS_MAX + 1)

struct sceau_spf_outcome {
    enum sceau_spf_result result;
    enum sceau_spf_identity identity;
    struct sceau_slice domain; /* checked: A-labels, lower case; empty when none was */
    struct sceau_slice mechanism; /* that decided, as in the record: "ip4:192.0.2.0/24",
                                     * "default" for no match; else empty */
    struct sceau_slice explanation; /* fail only: printable ASCII */
    const char *reason;             /* none and errors: why, static text; else NULL */
    bool is_permissive;    /* a pass by +all or a vast network: /8 or less, IPv6 /16 */
    bool secure;           /* every answer used was DNSSEC validated */
    unsigned lookup_terms; /* spent of terms_max */
    unsigned void_lookups;
    const struct sceau_spf_seen
        *seen;         /* in the order of their reading, the topmost first */
    size_t seen_count; /* at most SCEAU_SPF_SEEN_MAX; more are not told */
};

/** "none", "neutral", … as in Authentication-Results. Static text. */
SCEAU_API
const char *sceau_spf_result_name(enum sceau_spf_result result);

/** check_host() of section 4 for one identity. Every way out is a result: running out
 * of arena is temperror. Costs at most terms_max lookup terms, each at most
 * 1 + SCEAU_SPF_NAMES_MAX queries. */
SCEAU_API
void sceau_spf_check(struct sceau_context *context, const struct sceau_spf_query *query,
                     struct sceau_spf_outcome *outcome);

/** Start the first question of that check. */
SCEAU_API
void sceau_spf_prefetch(struct sceau_context *context,
                        const struct sceau_spf_query *query);

/** Await that question's answer and start those of the record's terms. For a check that has
 * to wait for another one: its answers travel meanwhile. Nothing when the resolver cannot
 * ask ahead. */
SCEAU_API
void sceau_spf_look_ahead(struct sceau_context *context,
                          const struct sceau_spf_query *query);

#ifdef __cplusplus
}
#endif
#endif
