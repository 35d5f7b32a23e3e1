/* One row judged. The author domain is that of header_from, or the policy's where a report
 * leaves it out; two names share an organisation by the suffix list, for nobody asks DNS
 * while reports are read. */
#include "cause.h"

#include "core/domain.h"
#include "core/text.h"

static const struct cause_words {
    const char *word, *text;
} causes[ANALYSIS_CAUSES] = {
    [ANALYSIS_CAUSE_NONE] = {"none",         N_("something is aligned")                   },
    [ANALYSIS_CAUSE_UNSIGNED] = {"unsigned",     N_("not signed, and SPF does not pass")      },
    [ANALYSIS_CAUSE_BROKEN] = {"broken",       N_("its signature is broken")                },
    [ANALYSIS_CAUSE_OTHER_SIGNER] = {"other-signer", N_("signed by another domain")               },
    [ANALYSIS_CAUSE_OTHER_SPF] = {"other-spf",    N_("SPF passes for another domain")          },
    [ANALYSIS_CAUSE_STRICT] = {"strict",       N_("relaxed alignment where strict is asked")},
    [ANALYSIS_CAUSE_DNS] = {"dns",          N_("an error of DNS")                        },
    [ANALYSIS_CAUSE_NOTHING] = {"nothing",      N_("nothing authenticates it")               },
};

const char *
analysis_cause_word(enum analysis_cause cause)
{
    return causes[cause].word;
}

bool
analysis_cause_read(struct sceau_slice word, enum analysis_cause *cause)
{
    for (size_t i = 0; i < ANALYSIS_CAUSES; i++)
        if (slice_eq_ci(word, sceau_slice_from(causes[i].word))) {
            *cause = (enum analysis_cause)i;
            return true;
        }
    return false;
}

const char *
analysis_cause_text(enum analysis_cause cause)
{
    return causes[cause].text;
}

/* ---- alignment ---- */

enum closeness {
    FOREIGN,
    RELATED, /* one organisation */
    SAME,
};

struct author {
    struct sceau_arena *scratch;
    const struct sceau_psl *psl;
    struct analysis_pairs *pairs;
    struct sceau_slice domain, policy_domain;
    struct sceau_slice organization; /* empty: not asked for yet */
};

/* Where the answer about these two is kept, or would be; NULL: nowhere. Names as they are
 * written: another case is another name here. */
static struct analysis_pair *
place_of(const struct author *a, struct sceau_slice name)
{
    size_t len = a->domain.len + name.len;
    if (a->pairs == NULL || len > ANALYSIS_PAIR_MAX)
        return NULL;
    size_t mixed =
        (unsigned char)a->domain.ptr[0] * (size_t)31 + (unsigned char)name.ptr[0];
    return &a->pairs->items[(mixed * 31 + len) % ANALYSIS_PAIRS];
}

static bool
is_kept(const struct analysis_pair *p, const struct author *a, struct sceau_slice name)
{
    struct sceau_slice octets = {p->octets, p->len};
    return p->len == a->domain.len + name.len && p->domain_len == a->domain.len &&
           slice_eq(slice_sub(octets, 0, p->domain_len), a->domain) &&
           slice_eq(slice_skip(octets, p->domain_len), name);
}

static void
keep(struct analysis_pair *p, const struct author *a, struct sceau_slice name,
     bool is_shared)
{
    p->len = (uint8_t)(a->domain.len + name.len);
    p->domain_len = (uint8_t)a->domain.len;
    p->is_shared = is_shared;
    memcpy(p->octets, a->domain.ptr, a->domain.len);
    memcpy(p->octets + a->domain.len, name.ptr, name.len);
}

/* Both are not empty. */
static bool
ask_list(struct author *a, struct sceau_slice name)
{
    if (a->organization.len == 0)
        a->organization = sceau_psl_organizational(a->psl, a->scratch, a->domain);
    struct sceau_slice theirs = sceau_psl_organizational(a->psl, a->scratch, name);
    return theirs.len > 0 && slice_eq_ci(theirs, a->organization);
}

static bool
share_organization(struct author *a, struct sceau_slice name)
{
    if (a->psl == NULL)
        return domain_is_within(name, a->domain) || domain_is_within(a->domain, name) ||
               (domain_is_within(name, a->policy_domain) &&
                domain_is_within(a->domain, a->policy_domain));
    struct analysis_pair *pair = place_of(a, name);
    if (pair != NULL && is_kept(pair, a, name))
        return pair->is_shared;
    bool is_shared = ask_list(a, name);
    if (pair != NULL)
        keep(pair, a, name, is_shared);
    return is_shared;
}

/* An organisation's name has two labels at least, so most strangers are told apart here. */
static enum closeness
closeness_of(struct author *a, struct sceau_slice name)
{
    if (name.len == 0 || a->domain.len == 0)
        return FOREIGN;
    if (slice_eq_ci(name, a->domain))
        return SAME;
    if (domain_labels(name) < 2 ||
        !slice_eq_ci(domain_last_labels(name, 2), domain_last_labels(a->domain, 2)))
        return FOREIGN;
    return share_organization(a, name) ? RELATED : FOREIGN;
}

/* ---- results ---- */

/* What the results of one mechanism come to. */
struct findings {
    bool any;           /* a signature, or an SPF check with a result */
    bool passes_same;   /* a pass of the author domain itself */
    bool passes_shared; /* or of its organisation */
    bool passes_foreign;
    bool own_error; /* temperror or permerror of a name of the organisation */
    bool own_fails; /* any other result but none */
};

static void
note(struct findings *f, const struct report_auth *result, enum closeness closeness)
{
    bool is_error = result->result == REPORT_RESULT_TEMPERROR ||
                    result->result == REPORT_RESULT_PERMERROR;
    if (result->result == REPORT_RESULT_NONE || result->result == REPORT_RESULT_UNKNOWN)
        return;
    f->any = true;
    if (result->result == REPORT_RESULT_PASS) {
        f->passes_same = f->passes_same || closeness == SAME;
        f->passes_shared = f->passes_shared || closeness != FOREIGN;
        f->passes_foreign = f->passes_foreign || closeness == FOREIGN;
    } else if (closeness != FOREIGN) {
        f->own_error = f->own_error || is_error;
        f->own_fails = f->own_fails || !is_error;
    }
}

static struct findings
look_at(struct author *a, const struct report_auth *results, size_t count)
{
    struct findings f = {0};
    for (size_t i = 0; i < count; i++)
        note(&f, &results[i], closeness_of(a, results[i].domain));
    return f;
}

static bool
is_aligned(const struct findings *f, enum report_mode mode)
{
    return mode == REPORT_MODE_STRICT ? f->passes_same : f->passes_shared;
}

/* Does the evaluation deny the results? `may_deny`: they are all there. */
static bool
contradicts(enum report_aligned evaluated, const struct findings *f,
            enum report_mode mode, bool may_deny)
{
    if (evaluated == REPORT_ALIGNED_PASS)
        return may_deny && !is_aligned(f, mode);
    /* a report without modes may have had strict ones */
    bool is_certain =
        f->passes_same || (f->passes_shared && mode == REPORT_MODE_RELAXED);
    return evaluated == REPORT_ALIGNED_FAIL && is_certain;
}

/* The first that holds: what is nearest to a pass tells most. */
static enum analysis_cause
cause_of(const struct findings *dkim, const struct findings *spf,
         const struct report_policy *policy)
{
    if ((dkim->passes_shared && !dkim->passes_same &&
         policy->adkim == REPORT_MODE_STRICT) ||
        (spf->passes_shared && !spf->passes_same && policy->aspf == REPORT_MODE_STRICT))
        return ANALYSIS_CAUSE_STRICT;
    if (dkim->own_fails)
        return ANALYSIS_CAUSE_BROKEN;
    if (dkim->own_error || spf->own_error)
        return ANALYSIS_CAUSE_DNS;
    if (dkim->passes_foreign)
        return ANALYSIS_CAUSE_OTHER_SIGNER;
    if (spf->passes_foreign)
        return ANALYSIS_CAUSE_OTHER_SPF;
    return dkim->any || dkim->passes_shared || spf->passes_shared
               ? ANALYSIS_CAUSE_NOTHING
               : ANALYSIS_CAUSE_UNSIGNED;
}

static bool
was_passed_on(const struct report_record *r)
{
    for (size_t i = 0; i < r->reason_count; i++)
        switch (r->reasons[i].type) {
        case REPORT_REASON_FORWARDED:
        case REPORT_REASON_TRUSTED_FORWARDER:
        case REPORT_REASON_MAILING_LIST: return true;
        case REPORT_REASON_UNKNOWN:
        case REPORT_REASON_SAMPLED_OUT:
        case REPORT_REASON_LOCAL_POLICY:
        case REPORT_REASON_POLICY_TEST_MODE:
        case REPORT_REASON_OTHER: break;
        }
    return false;
}

/* As the reporter evaluated; where it did not, by the results. */
static bool
has_passed(enum report_aligned evaluated, bool recomputed)
{
    return evaluated == REPORT_ALIGNED_PASS ||
           (evaluated == REPORT_ALIGNED_UNKNOWN && recomputed);
}

void
analysis_judge(struct sceau_arena *scratch, const struct sceau_psl *psl,
               struct analysis_pairs *pairs, const struct report_policy *policy,
               const struct report_record *record, struct analysis_judgement *judgement)
{
    struct author a = {.scratch = scratch,
                       .psl = psl,
                       .pairs = pairs,
                       .policy_domain = policy->domain};
    a.domain =
        domain_is_ldh(record->header_from) ? record->header_from : policy->domain;
    struct findings dkim = look_at(&a, record->dkim_results, record->dkim_count);
    struct findings spf = look_at(&a, record->spf_results, record->spf_count);
    bool has_results = record->dkim_count + record->spf_count > 0;
    bool has_all_dkim = has_results && record->dkim_count < REPORT_DKIM_MAX;
    bool has_all_spf = record->spf_count > 0 && record->spf_count < REPORT_SPF_MAX;
    *judgement = (struct analysis_judgement){
        .dkim_aligned = is_aligned(&dkim, policy->adkim),
        .spf_aligned = is_aligned(&spf, policy->aspf),
    };
    if (a.domain.len > 0 &&
        (contradicts(record->dkim, &dkim, policy->adkim, has_all_dkim) ||
         contradicts(record->spf, &spf, policy->aspf, has_all_spf)))
        judgement->flags |= ANALYSIS_FLAG_CONTRADICTS;
    if (was_passed_on(record))
        judgement->flags |= ANALYSIS_FLAG_FORWARDED;
    if (!has_passed(record->dkim, judgement->dkim_aligned) &&
        !has_passed(record->spf, judgement->spf_aligned))
        judgement->cause = cause_of(&dkim, &spf, policy);
}
