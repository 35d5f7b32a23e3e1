/* Why a message has its verdict, in one sentence. The evidence that decided comes first,
 * then what the domain owner asks. Steps in full are the trace's (`--explain`). */
#include "why.h"

#include "core/text.h"

enum {
    SIGNATURES_SHOWN = 3
};

/* One name is the other, or lies under it. */
static bool
are_kin(struct sceau_slice a, struct sceau_slice b)
{
    struct sceau_slice upper = a.len < b.len ? a : b, lower = a.len < b.len ? b : a;
    return slice_ends_ci(lower, upper) &&
           (lower.len == upper.len || lower.ptr[lower.len - upper.len - 1] == '.');
}

/* Why a pass did not count. Without a policy nobody asked DNS which names are one
 * organization, so then it is said of names that have nothing in common only. */
static void
say_unaligned(struct text *t, const struct sceau_verdict *v, struct sceau_slice domain,
              bool is_strict, const char *strict_tag)
{
    bool is_kin = are_kin(domain, v->author.domain);
    if (v->dmarc.result != SCEAU_DMARC_FAIL && is_kin)
        return;
    text_string(t, ", not aligned with ");
    text_escaped(t, v->author.domain);
    if (is_kin && is_strict)
        text_format(t, " (%s=s: it must be the same name)", strict_tag);
}

/* What a reason of the library means on the way a mail takes. */
static const char *
meaning_of(const char *reason)
{
    static const struct {
        const char *reason, *meaning;
    } meanings[] = {
        {"body hash mismatch", "the body was changed after signing"               },
        {"signature mismatch", "a signed field was changed, or the key is another"},
    };
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strcmp(meanings[i].reason, reason) == 0)
            return meanings[i].meaning;
    }
    return NULL;
}

static void
say_signature(struct text *t, const struct sceau_verdict *v,
              const struct sceau_dkim_outcome *d)
{
    const struct sceau_dmarc_record *record = v->dmarc.record;
    text_string(t, "DKIM ");
    text_escaped(t, d->domain.len > 0 ? d->domain : SCEAU_SLICE("(no domain)"));
    text_format(t, " %s", sceau_dkim_result_name(d->result));
    if (d->result == SCEAU_DKIM_PASS)
        say_unaligned(t, v, d->domain,
                      record != NULL && record->adkim == SCEAU_DMARC_STRICT, "adkim");
    if (d->reason == NULL)
        return;
    text_format(t, " (%s", d->reason);
    if (meaning_of(d->reason) != NULL)
        text_format(t, ": %s", meaning_of(d->reason));
    if (d->bits == 0 && d->selector.len > 0) { /* no key was had: where it was sought */
        text_string(t, ", selector ");
        text_escaped(t, d->selector);
    }
    text_octet(t, ')');
}

static void
say_spf(struct text *t, const struct sceau_verdict *v)
{
    const struct sceau_spf_outcome *s = &v->spf_mail_from;
    text_format(t, "SPF %s", sceau_spf_result_name(s->result));
    if (s->domain.len > 0) {
        text_string(t, " for ");
        text_escaped(t, s->domain);
    }
    if (s->mechanism.len > 0) {
        text_string(t, " by ");
        text_escaped(t, s->mechanism);
    } else if (s->reason != NULL) {
        text_format(t, " (%s)", s->reason);
    }
}

static void
say_aligned(struct text *t, const struct sceau_verdict *v)
{
    if (v->dmarc.dkim_aligned) {
        const struct sceau_dkim_outcome *d = &v->dkim[v->dmarc.dkim_aligned_index];
        text_string(t, "signed by ");
        text_escaped(t, d->domain);
        text_string(t, " (selector ");
        text_escaped(t, d->selector);
        text_format(t, ", %s", sceau_dkim_algorithm_name(d->algorithm));
        text_format(t, ", %u bits), aligned", d->bits);
    }
    if (v->dmarc.spf_aligned) {
        text_string(t, v->dmarc.dkim_aligned ? "; " : "");
        say_spf(t, v);
        text_string(t, ", aligned");
    }
}

/* The same words were said of an earlier signature: a list that signs twice. */
static bool
is_repeated(const struct sceau_verdict *v, size_t index)
{
    const struct sceau_dkim_outcome *d = &v->dkim[index];
    for (size_t i = 0; i < index; i++) {
        const struct sceau_dkim_outcome *e = &v->dkim[i];
        if (e->result == d->result && e->reason == d->reason &&
            slice_eq(e->domain, d->domain) && (e->bits > 0) == (d->bits > 0) &&
            (d->bits > 0 || slice_eq(e->selector, d->selector)))
            return true;
    }
    return false;
}

/* All that was tried: none of it is an aligned pass. */
static void
say_tried(struct text *t, const struct sceau_verdict *v)
{
    const struct sceau_dmarc_record *record = v->dmarc.record;
    size_t count = 0;
    if (v->has_spf)
        say_spf(t, v);
    else
        text_string(t, "SPF not checked (no client address)");
    if (v->has_spf && v->spf_mail_from.result == SCEAU_SPF_PASS)
        say_unaligned(t, v, v->spf_mail_from.domain,
                      record != NULL && record->aspf == SCEAU_DMARC_STRICT, "aspf");
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (is_repeated(v, i) || count++ >= SIGNATURES_SHOWN)
            continue;
        text_string(t, "; ");
        say_signature(t, v, &v->dkim[i]);
    }
    if (count > SIGNATURES_SHOWN)
        text_format(t, "; %zu more", count - SIGNATURES_SHOWN);
    if (v->dkim_count == 0)
        text_string(t, "; no DKIM signature");
}

static void
say_policy(struct text *t, const struct sceau_dmarc_outcome *d)
{
    text_string(t, "; ");
    text_escaped(t, d->policy_domain);
    text_format(t, " publishes %s=%s", sceau_dmarc_tag_name(d->applied_tag),
                sceau_dmarc_policy_name(d->policy));
    if (d->record != NULL && d->record->is_testing)
        text_format(t, " in test mode (t=y), so %s",
                    sceau_dmarc_policy_name(d->disposition));
}

struct sceau_slice
verdict_why(struct sceau_arena *arena, const struct sceau_verdict *v)
{
    const struct sceau_dmarc_outcome *d = &v->dmarc;
    struct text t = text_new(arena, SIZE_MAX);
    if (v->author.status != SCEAU_AUTHOR_ONE) {
        /* of a syntax error the reason says what should stand there */
        text_format(&t, "no single author domain: %s%s",
                    v->author.status == SCEAU_AUTHOR_SYNTAX
                        ? "From is malformed, wanted "
                          "is "
                        : "",
                    v->author.reason != NULL ? v->author.reason : "unknown");
        return text_done(&t);
    }
    switch (d->result) {
    case SCEAU_DMARC_PASS: say_aligned(&t, v); break;
    case SCEAU_DMARC_FAIL:
        text_string(&t, "nothing aligned passes: ");
        say_tried(&t, v);
        break;
    case SCEAU_DMARC_NONE:
        text_escaped(&t, v->author.domain);
        text_format(&t, " has no DMARC policy (%s); ",
                    d->reason != NULL ? d->reason : "no usable record");
        say_tried(&t, v);
        break;
    case SCEAU_DMARC_TEMPERROR:
    case SCEAU_DMARC_PERMERROR:
        text_format(&t, "%s; ",
                    d->reason != NULL ? d->reason : "DMARC cannot be judged");
        say_tried(&t, v);
        break;
    }
    if (d->record != NULL &&
        (d->result == SCEAU_DMARC_PASS || d->result == SCEAU_DMARC_FAIL))
        say_policy(&t, d);
    if (d->result == SCEAU_DMARC_FAIL && v->arc.result == SCEAU_ARC_PASS)
        text_string(&t,
                    "; an ARC chain is intact, but counts only from a trusted sealer");
    return text_done(&t);
}
