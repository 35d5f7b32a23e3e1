/* One message's DMARC verdict (RFC 9989 section 5.3): find the policy (5.3.2,
 * discover.c), hold the identifiers against the author domain (5.3.4, align.c), decide
 * (5.3.5), and tell what the owner asks for (4.10.1, 4.7). Whether anybody does as
 * asked is not decided in this library. */
#include "align.h"
#include "core/domain.h"
#include "core/text.h"
#include "core/trace.h"
#include "discover.h"

/* ---- the identifiers ------------------------------------------------------------- */

/* What SPF or DKIM contributes. */
struct contribution {
    bool is_aligned; /* one passed and is aligned */
    size_t index;    /* which */
    bool has_pass;   /* one passed, aligned or not */
    bool is_open;    /* one might have counted: DNS left it open */
};

static const char *
identifier_text(const struct sceau_dmarc_identifier *identifier)
{
    if (identifier->is_pass)
        return N_("passed");
    return identifier->is_temperror ? N_("DNS trouble, it might have passed")
                                    : N_("did not pass: does not count");
}

/* An identifier that passed with the author's very name needs no walk: look for it
 * first. */
static bool
find_identical(const struct dmarc_author *author, const char *mechanism,
               const struct sceau_dmarc_identifier *identifiers, size_t count,
               struct contribution *found)
{
    for (size_t i = 0; i < count; i++) {
        if (identifiers[i].is_pass &&
            slice_eq_ci(identifiers[i].domain, author->domain)) {
            TRACE(author->method->lookups->context,
                  N_("{mechanism} passed for {domain}, the author domain itself: "
                     "aligned"),
                  TRACE_NAME("mechanism", mechanism),
                  TRACE_SLICE("domain", identifiers[i].domain));
            *found =
                (struct contribution){.is_aligned = true, .index = i, .has_pass = true};
            return true;
        }
    }
    return false;
}

/* Hold one identifier against the author domain. One whose check ended in temperror
 * neither passed nor failed; it keeps the verdict open only if it would have counted
 * (section 5.3.6: queries "required to perform DMARC validation"). Else a forger could
 * turn every fail into a temperror by a signature of a domain whose DNS he keeps
 * silent. */
static void
consider(struct dmarc_author *author, const struct sceau_dmarc_identifier *identifier,
         enum sceau_dmarc_alignment mode, struct contribution *found)
{
    found->has_pass |= identifier->is_pass;
    if ((!identifier->is_pass && !identifier->is_temperror) ||
        identifier->domain.len == 0)
        return;
    switch (dmarc_align(author, identifier->domain, mode)) {
    case DMARC_NOT_ALIGNED: break;
    case DMARC_ALIGNED:
        found->is_aligned = identifier->is_pass;
        found->is_open |= !identifier->is_pass;
        break;
    case DMARC_ALIGNMENT_OPEN: found->is_open = true; break;
    }
}

/* Section 5.3.4 for all identifiers of one mechanism; the first that counts is enough.
 */
static struct contribution
contribution_of(struct dmarc_author *author, const char *mechanism,
                const struct sceau_dmarc_identifier *identifiers, size_t count,
                enum sceau_dmarc_alignment mode)
{
    struct sceau_context *context = author->method->lookups->context;
    struct contribution found = {0};
    if (find_identical(author, mechanism, identifiers, count, &found))
        return found;
    for (size_t i = 0; i < count && !found.is_aligned; i++) {
        TRACE(context, N_("{mechanism} for {domain}: {what}"),
              TRACE_NAME("mechanism", mechanism),
              TRACE_SLICE("domain", identifiers[i].domain),
              TRACE_PHRASE("what", identifier_text(&identifiers[i])));
        trace_enter(context);
        consider(author, &identifiers[i], mode, &found);
        trace_leave(context);
        found.index = i;
    }
    return found;
}

/* ---- the policy ------------------------------------------------------------------ */

/* Does the author domain exist (section 3.2.13)? Only NXDOMAIN says no; a name without
 * addresses exists. Type A is asked: the servers that answer NXDOMAIN for types they do
 * not know (RFC 4074 section 4.2) know that one.
 *
 * Returns false when DNS could not tell. */
static bool
find_author_exists(struct sceau_context *context, struct sceau_slice author,
                   bool *author_exists)
{
    struct sceau_dns_answer answer;
    sceau_dns_lookup(context, author, SCEAU_DNS_A, &answer);
    *author_exists = answer.status != SCEAU_DNS_NXDOMAIN;
    return !sceau_dns_is_trouble(answer.status);
}

/* Section 4.10.1: p for the domain of the record itself; below it np or sp, then sp,
 * then p. Returns false when the choice needed an answer that DNS did not give. */
static bool
select_policy(struct sceau_context *context, struct sceau_slice author,
              struct sceau_dmarc_outcome *outcome)
{
    const struct sceau_dmarc_record *record = outcome->record;
    bool is_inherited = !slice_eq_ci(author, outcome->policy_domain);
    bool is_known = true;
    outcome->author_exists = true;
    outcome->applied_tag = SCEAU_DMARC_TAG_P;
    if (is_inherited && record->has_sp)
        outcome->applied_tag = SCEAU_DMARC_TAG_SP;
    if (is_inherited && record->has_np) {
        is_known = find_author_exists(context, author, &outcome->author_exists);
        if (!outcome->author_exists)
            outcome->applied_tag = SCEAU_DMARC_TAG_NP;
    }
    switch (outcome->applied_tag) {
    case SCEAU_DMARC_TAG_P: outcome->policy = record->p; break;
    case SCEAU_DMARC_TAG_SP: outcome->policy = record->sp; break;
    case SCEAU_DMARC_TAG_NP: outcome->policy = record->np; break;
    }
    TRACE(context,
          !is_inherited ? N_("{name} has its own record; the record asks for "
                             "{tag}={policy}")
          : outcome->author_exists
              ? N_("{name} is below the domain of the record; the record asks for "
                   "{tag}={policy}")
              : N_("{name} does not exist (NXDOMAIN); the record asks for "
                   "{tag}={policy}"),
          TRACE_SLICE("name", author),
          TRACE_NAME("tag", sceau_dmarc_tag_name(outcome->applied_tag)),
          TRACE_NAME("policy", sceau_dmarc_policy_name(outcome->policy)));
    return is_known || record->np == outcome->policy;
}

/* Section 4.7, t=y: one level below what the record says. */
static enum sceau_dmarc_policy
lowered(enum sceau_dmarc_policy policy)
{
    switch (policy) {
    case SCEAU_DMARC_POLICY_NONE:
    case SCEAU_DMARC_POLICY_QUARANTINE: return SCEAU_DMARC_POLICY_NONE;
    case SCEAU_DMARC_POLICY_REJECT: return SCEAU_DMARC_POLICY_QUARANTINE;
    }
    return SCEAU_DMARC_POLICY_NONE;
}

/* ---- the verdict ----------------------------------------------------------------- */

static const char *
pass_reason(const struct contribution *spf, const struct contribution *dkim)
{
    if (spf->is_aligned && dkim->is_aligned)
        return N_("SPF and DKIM passed, aligned");
    return spf->is_aligned ? N_("SPF passed, aligned") : N_("DKIM passed, aligned");
}

/* Sections 5.3.5 and 5.3.6: an aligned pass stands whatever else DNS left open; without
 * one an open question is neither pass nor fail. */
static void
decide(const struct contribution *spf, const struct contribution *dkim,
       const struct dmarc_name *open, bool is_policy_known,
       struct sceau_dmarc_outcome *outcome)
{
    if (spf->is_aligned || dkim->is_aligned) {
        outcome->result = SCEAU_DMARC_PASS;
        outcome->reason = pass_reason(spf, dkim);
    } else if (spf->is_open || dkim->is_open) {
        outcome->result = open != NULL ? dmarc_error_of(open) : SCEAU_DMARC_TEMPERROR;
        outcome->reason = open != NULL ? N_("DNS could not tell what is aligned")
                                       : N_("an aligned check ended in DNS trouble");
    } else if (!is_policy_known) {
        outcome->result = SCEAU_DMARC_TEMPERROR;
        outcome->reason =
            N_("DNS could not tell whether the author domain exists (np)");
    } else {
        outcome->result = SCEAU_DMARC_FAIL;
        outcome->reason = spf->has_pass || dkim->has_pass
                              ? N_("what passed is not aligned with the author domain")
                              : N_("neither SPF nor DKIM passed");
    }
}

/* What the owner asks for, of a message with this result. */
static enum sceau_dmarc_policy
disposition_of(const struct sceau_dmarc_outcome *outcome)
{
    if (outcome->result != SCEAU_DMARC_FAIL)
        return SCEAU_DMARC_POLICY_NONE;
    return outcome->record->is_testing ? lowered(outcome->policy) : outcome->policy;
}

static void
trace_verdict(struct sceau_context *context, const struct sceau_dmarc_outcome *outcome)
{
    TRACE(context, N_("DMARC {result}: {reason}"),
          TRACE_NAME("result", sceau_dmarc_result_name(outcome->result)),
          TRACE_PHRASE("reason", outcome->reason));
    if (outcome->result == SCEAU_DMARC_FAIL)
        TRACE(context,
              outcome->disposition != outcome->policy
                  ? N_("the owner asks for {policy} (lowered by t=y)")
                  : N_("the owner asks for {policy}"),
              TRACE_NAME("policy", sceau_dmarc_policy_name(outcome->disposition)));
}

/* The queries live as long as the outcome. */
static void
keep_queries(struct sceau_context *context, const struct dmarc_policy *policy,
             struct sceau_dmarc_outcome *outcome)
{
    size_t size = policy->query_count * sizeof *policy->queries;
    struct sceau_slice *queries = sceau_arena_alloc(context->arena, size);
    if (queries == NULL)
        return;
    memcpy(queries, policy->queries, size);
    outcome->queries = queries;
    outcome->query_count = policy->query_count;
}

/* The whole of it by one method. */
static void
judge(struct dmarc_method method, const struct sceau_dmarc_query *query,
      struct sceau_dmarc_outcome *outcome)
{
    struct sceau_context *context = method.lookups->context;
    struct dmarc_policy policy;
    *outcome = (struct sceau_dmarc_outcome){.author_exists = true};
    dmarc_discover(&method, query->author, &policy);
    keep_queries(context, &policy, outcome);
    outcome->reason = policy.reason;
    outcome->result = policy.result;
    outcome->organizational_domain = policy.organizational_domain;
    if (policy.source == NULL)
        return;
    outcome->record = policy.source->record;
    outcome->policy_domain = policy.source->domain;

    struct dmarc_author author = {.method = &method,
                                  .domain = query->author,
                                  .organizational = policy.organizational_domain};
    struct contribution spf = contribution_of(&author, "SPF", query->spf,
                                              query->spf_count, outcome->record->aspf);
    struct contribution dkim =
        contribution_of(&author, "DKIM", query->dkim, query->dkim_count,
                        outcome->record->adkim);
    outcome->spf_aligned = spf.is_aligned;
    outcome->dkim_aligned = dkim.is_aligned;
    outcome->dkim_aligned_index = dkim.is_aligned ? dkim.index : 0;
    outcome->organizational_domain = author.organizational;

    bool is_policy_known = select_policy(context, query->author, outcome);
    decide(&spf, &dkim, author.open, is_policy_known, outcome);
    outcome->disposition = disposition_of(outcome);
    trace_verdict(context, outcome);
}

/* Hybrid: would the suffix list have led to another verdict, another record or another
 * organization? */
static bool
differs(const struct sceau_dmarc_outcome *walk, const struct sceau_dmarc_outcome *list)
{
    bool know_both =
        walk->organizational_domain.len > 0 && list->organizational_domain.len > 0;
    return walk->result != list->result || walk->disposition != list->disposition ||
           walk->spf_aligned != list->spf_aligned ||
           walk->dkim_aligned != list->dkim_aligned ||
           !slice_eq_ci(walk->policy_domain, list->policy_domain) ||
           (know_both &&
            !slice_eq_ci(walk->organizational_domain, list->organizational_domain));
}

static void
compare_with_list(struct dmarc_lookups *lookups, const struct sceau_dmarc_query *query,
                  struct sceau_dmarc_outcome *outcome)
{
    struct sceau_context *context = lookups->context;
    struct sceau_dmarc_outcome by_list;
    trace_text(context, N_("for comparison, by the public suffix list:"));
    trace_enter(context);
    judge(dmarc_method_for(lookups, SCEAU_DMARC_PSL, query->psl), query, &by_list);
    trace_leave(context);
    outcome->psl_organizational_domain = by_list.organizational_domain;
    outcome->discovery_differs = differs(outcome, &by_list);
    trace_text(context, outcome->discovery_differs
                            ? N_("the list leads elsewhere; the walk decides")
                            : N_("the list leads to the same verdict"));
}

void
sceau_dmarc_prefetch(struct sceau_context *context, struct sceau_slice author)
{
    struct sceau_slice query =
        domain_join(context->arena, SCEAU_SLICE("_dmarc"), author);
    if (query.ptr != NULL)
        sceau_dns_prefetch(context, query, SCEAU_DNS_TXT);
}

void
sceau_dmarc_check(struct sceau_context *context, const struct sceau_dmarc_query *query,
                  struct sceau_dmarc_outcome *outcome)
{
    struct dmarc_lookups lookups = {.context = context};
    if (!domain_is_askable(query->author)) {
        *outcome = (struct sceau_dmarc_outcome){.result = SCEAU_DMARC_PERMERROR,
                                                .reason = N_("no author domain"),
                                                .author_exists = true};
        return;
    }
    TRACE(context, N_("DMARC for the author domain {domain}"),
          TRACE_SLICE("domain", query->author));
    trace_enter(context);
    judge(dmarc_method_for(&lookups, query->discovery, query->psl), query, outcome);
    switch (query->discovery) {
    case SCEAU_DMARC_TREEWALK: break;
    case SCEAU_DMARC_PSL:
        outcome->psl_organizational_domain = outcome->organizational_domain;
        break;
    case SCEAU_DMARC_HYBRID: compare_with_list(&lookups, query, outcome); break;
    }
    trace_leave(context);
}
