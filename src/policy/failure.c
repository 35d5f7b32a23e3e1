#include "failure.h"

#include "core/domain.h"
#include "rule.h"

/* ---- may anything be told of it? ---- */

/* Loops (RFC 9991 section 5.1, RFC 3834 section 2): nothing is told of what a program wrote
 * as an answer, and of no report, whatever it is about. */
static bool
is_automatic(const struct sceau_header *header)
{
    const struct sceau_field *field;
    field = sceau_header_find(header, SCEAU_SLICE("Auto-Submitted"), 0);
    if (field != NULL && !slice_eq_ci(slice_trim(field->body), SCEAU_SLICE("no")))
        return true; /* "no" with a comment too: what is not told does no harm */
    for (size_t i = 0;
         (field = sceau_header_find(header, SCEAU_SLICE("Content-Type"), i)) != NULL;
         i++)
        if (slice_starts_ci(slice_trim(field->body), SCEAU_SLICE("multipart/report")) ||
            slice_starts_ci(slice_trim(field->body),
                            SCEAU_SLICE("message/feedback-report")))
            return true;
    field = sceau_header_find(header, SCEAU_SLICE("Subject"), 0);
    return sceau_header_find(header, SCEAU_SLICE("TLS-Report-Domain"), 0) != NULL ||
           (field != NULL && /* RFC 9990 section 3.5.2 */
            slice_starts_ci(slice_trim(field->body), SCEAU_SLICE("Report Domain:")));
}

/* What stands before "+" in a local part: a token comes behind it. */
static struct sceau_slice
base_of(struct sceau_slice local)
{
    return slice_sub(local, 0, slice_find(local, '+'));
}

/* Is it one of our report addresses, with a token behind "+" or without? These may have a "+"
 * of their own. */
static bool
is_own(const struct policy_failure_config *options, struct sceau_slice local,
       struct sceau_slice domain)
{
    for (size_t i = 0; i < options->own_addresses.count; i++) {
        struct sceau_slice own = options->own_addresses.items[i];
        size_t at = slice_find_last(own, '@');
        if (at < own.len &&
            slice_eq_ci(base_of(local), base_of(slice_sub(own, 0, at))) &&
            slice_eq_ci(domain, slice_skip(own, at + 1)))
            return true;
    }
    return false;
}

static bool
is_own_address(const struct policy_failure_config *options, struct sceau_slice address)
{
    size_t at = slice_find_last(address, '@');
    return at < address.len &&
           is_own(options, slice_sub(address, 0, at), slice_skip(address, at + 1));
}

static bool
concerns_reports(const struct policy_failure_config *options,
                 const struct policy_facts *facts, const struct sceau_verdict *v)
{
    for (size_t i = 0; i < facts->recipients_known; i++)
        if (is_own_address(options, facts->recipients[i]))
            return true;
    return !v->mail_from.is_valid || v->mail_from.is_null ||
           is_own(options, v->mail_from.local, v->mail_from.domain) ||
           is_own(options, v->author.local, v->author.domain);
}

/* Only strangers' mail, and what this host did to it for DMARC's sake (FEATURES G5). */
static bool
is_strangers(const struct policy_config *config, const struct policy_facts *facts,
             const struct sceau_verdict *v, const struct policy_decision *decision)
{
    bool is_refused_by_policy = v->dmarc.result == SCEAU_DMARC_FAIL &&
                                v->dmarc.disposition == SCEAU_DMARC_POLICY_REJECT;
    if (decision->is_shadow || decision->action == POLICY_TEMPFAIL ||
        (decision->action == POLICY_REJECT && !is_refused_by_policy))
        return false;
    return facts->client.version != 0 && facts->login.len == 0 &&
           facts->auth_type.len == 0 && !facts->is_submitted_here &&
           !policy_is_from_trusted(config, facts);
}

/* The record asks, and may: not one of a registry (RFC 9991 section 2). */
static bool
is_asked_for(const struct sceau_dmarc_outcome *d)
{
    return (d->result == SCEAU_DMARC_PASS || d->result == SCEAU_DMARC_FAIL) &&
           d->record != NULL && !d->record->is_void && d->record->ruf_count > 0 &&
           d->record->psd != SCEAU_DMARC_PSD_Y;
}

/* ---- what failed ---- */

static bool
has_failed(const struct sceau_dkim_outcome *d)
{
    switch (d->result) {
    case SCEAU_DKIM_FAIL:
    case SCEAU_DKIM_POLICY:
    case SCEAU_DKIM_NEUTRAL:
    case SCEAU_DKIM_PERMERROR: return true;
    case SCEAU_DKIM_NONE:
    case SCEAU_DKIM_PASS:
    case SCEAU_DKIM_TEMPERROR: break;
    }
    return false;
}

/* Could this domain be aligned? Told from names alone, without a question to DNS: it says which
 * signature a report names, and nothing else. */
static bool
is_near(const struct sceau_verdict *v, struct sceau_slice domain)
{
    const struct sceau_dmarc_outcome *d = &v->dmarc;
    struct sceau_slice top =
        d->organizational_domain.len > 0 ? d->organizational_domain : d->policy_domain;
    return domain.len > 0 &&
           (slice_eq_ci(domain, v->author.domain) ||
            (d->record->adkim == SCEAU_DMARC_RELAXED && domain_is_within(domain, top)));
}

static const struct sceau_dkim_outcome *
find_failed(const struct sceau_verdict *v)
{
    const struct sceau_dkim_outcome *first = NULL;
    for (size_t i = 0; i < v->dkim_count; i++) {
        const struct sceau_dkim_outcome *d = &v->dkim[i];
        if (!has_failed(d))
            continue;
        if (is_near(v, d->domain))
            return d;
        first = first != NULL ? first : d;
    }
    return first;
}

static enum policy_failure_fault
fault_of(const struct sceau_dkim_outcome *d)
{
    struct sceau_slice reason = sceau_slice_from(d->reason != NULL ? d->reason : "");
    if (slice_eq(reason, SCEAU_SLICE("body hash mismatch")))
        return POLICY_FAULT_BODY_HASH;
    if (slice_starts_ci(reason, SCEAU_SLICE("the key is revoked")))
        return POLICY_FAULT_REVOKED;
    return POLICY_FAULT_SIGNATURE;
}

/* fo=s: "failed SPF evaluation". None and neutral say nothing against the message. */
static bool
has_failed_spf(const struct sceau_verdict *v)
{
    return v->has_spf && (v->spf_mail_from.result == SCEAU_SPF_FAIL ||
                          v->spf_mail_from.result == SCEAU_SPF_SOFTFAIL ||
                          v->spf_mail_from.result == SCEAU_SPF_PERMERROR);
}

/* A mechanism that came to no result may have been fine. */
static bool
is_open(const struct sceau_verdict *v)
{
    bool is_dkim_open = false;
    for (size_t i = 0; i < v->dkim_count; i++)
        is_dkim_open = is_dkim_open || v->dkim[i].result == SCEAU_DKIM_TEMPERROR;
    return (is_dkim_open && !v->dmarc.dkim_aligned) ||
           (v->has_spf && v->spf_mail_from.result == SCEAU_SPF_TEMPERROR);
}

/* ---- the report ---- */

enum way_of_dkim {
    DKIM_ALIGNED,
    DKIM_ABSENT,    /* or of others alone */
    DKIM_SIGNATURE, /* with a fault: DKIM_SIGNATURE + enum policy_failure_fault */
};

static uint8_t
cause_of(enum policy_failure_kind kind, const struct sceau_verdict *v,
         const struct policy_failure *f)
{
    unsigned dkim = v->dmarc.dkim_aligned  ? DKIM_ALIGNED
                    : f->signature == NULL ? DKIM_ABSENT
                                           : DKIM_SIGNATURE + (unsigned)f->fault;
    unsigned spf = v->dmarc.spf_aligned ? 7 : (unsigned)v->spf_mail_from.result % 7;
    if (kind == POLICY_FAILURE_DKIM)
        spf = 0;
    else if (kind == POLICY_FAILURE_SPF)
        dkim = 0;
    return (uint8_t)(((unsigned)kind << 6) | (dkim << 3) | spf);
}

size_t
policy_failures(const struct policy_config *config,
                const struct policy_failure_config *options,
                const struct policy_facts *facts, const struct sceau_verdict *verdict,
                const struct policy_decision *decision,
                struct policy_failure failures[POLICY_FAILURES_MAX])
{
    const struct sceau_dmarc_outcome *d = &verdict->dmarc;
    size_t count = 0;
    if (!is_asked_for(d) || is_open(verdict) ||
        !is_strangers(config, facts, verdict, decision) ||
        concerns_reports(options, facts, verdict) || is_automatic(verdict->header))
        return 0;
    const struct sceau_dkim_outcome *failed = find_failed(verdict);
    const unsigned fo = d->record->fo;
    const bool kinds[] = {
        [POLICY_FAILURE_DMARC] =
            ((fo & SCEAU_DMARC_FO_0) != 0 && !d->dkim_aligned && !d->spf_aligned) ||
            ((fo & SCEAU_DMARC_FO_1) != 0 && (!d->dkim_aligned || !d->spf_aligned)),
        [POLICY_FAILURE_DKIM] = (fo & SCEAU_DMARC_FO_D) != 0 && failed != NULL,
        [POLICY_FAILURE_SPF] = (fo & SCEAU_DMARC_FO_S) != 0 && has_failed_spf(verdict),
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!kinds[i])
            continue;
        struct policy_failure *f = &failures[count++];
        *f = (struct policy_failure){.kind = (enum policy_failure_kind)i};
        if (failed != NULL && i != POLICY_FAILURE_SPF) {
            f->signature = failed;
            f->fault = fault_of(failed);
        }
        f->cause = cause_of(f->kind, verdict, f);
        if (i == POLICY_FAILURE_DMARC)
            break;
    }
    return count;
}
