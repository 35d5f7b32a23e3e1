/* DMARC: is the author domain proven, and what does its owner ask for when it is not?
 * (RFC 9989; RFC 7489 for the suffix list) */
#ifndef SCEAU_DMARC_H
#define SCEAU_DMARC_H

#include "sceau/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* RFC 9989 section 9.2. */
enum sceau_dmarc_result {
    SCEAU_DMARC_NONE,
    SCEAU_DMARC_PASS,
    SCEAU_DMARC_FAIL,
    SCEAU_DMARC_TEMPERROR,
    SCEAU_DMARC_PERMERROR,
};

/* What a domain owner may ask for, mildest first (section 4.7, dmarc-request). */
enum sceau_dmarc_policy {
    SCEAU_DMARC_POLICY_NONE,
    SCEAU_DMARC_POLICY_QUARANTINE,
    SCEAU_DMARC_POLICY_REJECT,
};

enum sceau_dmarc_tag {
    SCEAU_DMARC_TAG_P,
    SCEAU_DMARC_TAG_SP,
    SCEAU_DMARC_TAG_NP
};

enum sceau_dmarc_psd {
    SCEAU_DMARC_PSD_U,
    SCEAU_DMARC_PSD_N,
    SCEAU_DMARC_PSD_Y
};

enum sceau_dmarc_alignment {
    SCEAU_DMARC_RELAXED,
    SCEAU_DMARC_STRICT
};

enum sceau_dmarc_discovery {
    SCEAU_DMARC_TREEWALK, /* RFC 9989 section 4.10 */
    SCEAU_DMARC_PSL,      /* RFC 7489 section 3.2 */
    SCEAU_DMARC_HYBRID,   /* the tree walk decides; what the list would say is noted */
};

#define SCEAU_DMARC_WALK_MAX   8 /* queries of one tree walk, section 4.10 */
#define SCEAU_DMARC_RECORD_MAX ((size_t)16 * 1024)

/* fo= (section 4.7), or-ed. */
enum sceau_dmarc_fo {
    SCEAU_DMARC_FO_0 = 1,
    SCEAU_DMARC_FO_1 = 2,
    SCEAU_DMARC_FO_D = 4,
    SCEAU_DMARC_FO_S = 8,
};

/* A DMARC Policy Record as a receiver reads it: defaults filled in. */
struct sceau_dmarc_record {
    struct sceau_slice text;           /* as published, strings joined */
    bool has_p, has_sp, has_np;        /* present, valid and in force */
    enum sceau_dmarc_policy p, sp, np; /* after the defaults np -> sp -> p */
    bool acts_as_none; /* section 4.10.1: p missing or a policy invalid, rua usable */
    bool is_void;      /* the same without a usable rua: no DMARC */
    enum sceau_dmarc_alignment adkim, aspf;
    enum sceau_dmarc_psd psd;
    bool is_testing;               /* t=y */
    unsigned fo;                   /* enum sceau_dmarc_fo; FO_0 when there is no ruf */
    struct sceau_slice fo_text;    /* as published, "0" by default */
    const struct sceau_slice *rua; /* URIs, sizes (obsolete "!10m") removed */
    size_t rua_count;
    const struct sceau_slice *ruf;
    size_t ruf_count;
    bool secure; /* its answer was DNSSEC validated */
};

/** Parse the text of one TXT record.
 *
 * record  set on SCEAU_OK only; borrows text
 *
 * Returns SCEAU_OK; SCEAU_E_SYNTAX when it is no DMARC record (section 4.8: v= is not
 * first or not DMARC1, or a tag of the registry occurs twice); SCEAU_E_LIMIT when it is
 * longer than SCEAU_DMARC_RECORD_MAX or the arena is full. A bad tag is dropped for its
 * default. Linear in text.len. */
SCEAU_API
enum sceau_status sceau_dmarc_record_parse(struct sceau_arena *arena,
                                           struct sceau_slice text,
                                           struct sceau_dmarc_record *record,
                                           struct sceau_diag *diag);

/* A tag and its value, as a receiver reads the record. */
struct sceau_dmarc_tag_value {
    const char *name;
    struct sceau_slice value;
};

/** Every tag of the registry that has a value in this record, defaults filled in: what
 * `lookup dmarc` prints. rua and ruf are absent when there is no usable URI, the historic
 * tags (pct, rf, ri) always.
 *
 * Returns SCEAU_OK, or SCEAU_E_LIMIT when the arena is full. */
SCEAU_API
enum sceau_status sceau_dmarc_record_tags(struct sceau_arena *arena,
                                          const struct sceau_dmarc_record *record,
                                          const struct sceau_dmarc_tag_value **tags,
                                          size_t *count);

/* A domain that SPF or DKIM vouches for (or not). */
struct sceau_dmarc_identifier {
    struct sceau_slice domain; /* A-labels, lower case */
    bool is_pass;
    bool is_temperror; /* it might have passed: DNS trouble */
};

/* The suffix list for psl and hybrid. Loaded from text, shared by threads. */
struct sceau_psl;

/** Parse a public suffix list: the text of publicsuffix.org, or what psl-make-dafsa made of it,
 * which is there in a fortieth of the time and asked in three times as much (1.3 us). NULL when it
 * is none. */
SCEAU_API
struct sceau_psl *sceau_psl_new(struct sceau_slice text);
SCEAU_API
void sceau_psl_free(struct sceau_psl *psl);

/** The registrable domain (suffix plus one label) of `domain`, in its spelling (A-labels or
 * U-labels), lower case; empty when the domain is itself a suffix or no domain. Allocates
 * from `arena`. */
SCEAU_API
struct sceau_slice sceau_psl_organizational(const struct sceau_psl *psl,
                                            struct sceau_arena *arena,
                                            struct sceau_slice domain);

/** Does the list know an ending of `domain`, other than by its rule for what is not listed?
 * A-labels; false for a name of one label. */
SCEAU_API
bool sceau_psl_has_ending(const struct sceau_psl *psl, struct sceau_slice domain);

struct sceau_dmarc_query {
    struct sceau_slice author;                /* A-labels, lower case, no final dot */
    const struct sceau_dmarc_identifier *spf; /* MAIL FROM domains; one in practice */
    size_t spf_count;
    const struct sceau_dmarc_identifier *dkim;
    size_t dkim_count;
    enum sceau_dmarc_discovery discovery;
    const struct sceau_psl *psl; /* never NULL for psl and hybrid */
};

struct sceau_dmarc_outcome {
    enum sceau_dmarc_result result;
    const char *reason; /* static text: what decided; may be NULL */
    const struct sceau_dmarc_record *record;  /* the one in force; NULL when none */
    struct sceau_slice policy_domain;         /* where it was found; empty when none */
    struct sceau_slice organizational_domain; /* of the author; empty: not needed */
    enum sceau_dmarc_policy policy;           /* what applied_tag says, before t= */
    enum sceau_dmarc_tag applied_tag;
    enum sceau_dmarc_policy
        disposition;                /* asked for this message: after t=; none on pass */
    bool spf_aligned, dkim_aligned; /* a pass and aligned */
    size_t dkim_aligned_index;      /* which of query.dkim, when dkim_aligned */
    bool author_exists;             /* not NXDOMAIN (np=); true when not asked */
    bool discovery_differs;         /* hybrid: the list would have said otherwise */
    struct sceau_slice psl_organizational_domain; /* psl and hybrid */
    const struct sceau_slice
        *queries; /* `_dmarc` names asked to find the policy, in order */
    size_t query_count;
};

SCEAU_API
const char *sceau_dmarc_result_name(enum sceau_dmarc_result result);
SCEAU_API
const char *sceau_dmarc_policy_name(enum sceau_dmarc_policy policy);
SCEAU_API
const char *sceau_dmarc_tag_name(enum sceau_dmarc_tag tag);

/** Start the first questions of a check. */
SCEAU_API
void sceau_dmarc_prefetch(struct sceau_context *context, struct sceau_slice author);

/** Find the policy of the author domain and hold the identifiers against it. */
SCEAU_API
void sceau_dmarc_check(struct sceau_context *context,
                       const struct sceau_dmarc_query *query,
                       struct sceau_dmarc_outcome *outcome);

/** Are `a` and `b` aligned (section 4.4)? Both in any form that names a domain; what is
 * none is aligned with nothing. Relaxed asks DNS for both walks where two names could
 * share an organization. Returns SCEAU_OK, or SCEAU_E_SYSTEM when DNS could not tell. */
SCEAU_API
enum sceau_status sceau_dmarc_aligned(struct sceau_context *context,
                                      enum sceau_dmarc_discovery discovery,
                                      const struct sceau_psl *psl, struct sceau_slice a,
                                      struct sceau_slice b,
                                      enum sceau_dmarc_alignment mode,
                                      bool *is_aligned);

/** The Organizational Domain of `domain` (section 4.10.2; RFC 7489 section 3.2 for psl): at
 * most SCEAU_DMARC_WALK_MAX queries. A check leaves its outcome's empty when no alignment
 * needed it; this asks whatever it takes.
 *
 * Returns SCEAU_OK, SCEAU_E_SYNTAX (no domain), or SCEAU_E_SYSTEM when DNS could not tell. */
SCEAU_API
enum sceau_status sceau_dmarc_organizational_domain(
    struct sceau_context *context, enum sceau_dmarc_discovery discovery,
    const struct sceau_psl *psl, struct sceau_slice domain,
    struct sceau_slice *organizational);

/** Does `destination` (a URI's host) take reports about `domain` (where the policy was
 * found)? RFC 9990 section 4. Same Organizational Domain: yes without a question.
 *
 * accepts     set on SCEAU_OK
 * replacement URIs that the destination asks to use instead (same host only); may be NULL
 *
 * Returns SCEAU_OK, or SCEAU_E_SYSTEM when DNS could not tell (ask again later). */
SCEAU_API
enum sceau_status sceau_dmarc_external_accepts(
    struct sceau_context *context, struct sceau_slice domain,
    struct sceau_slice destination, bool *accepts,
    const struct sceau_dmarc_record **replacement, const char **reason);

#ifdef __cplusplus
}
#endif
#endif
