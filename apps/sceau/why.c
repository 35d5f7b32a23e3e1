/* Why a message has its verdict, in one sentence. The evidence that decided comes first,
 * then what the domain owner asks. Steps in full are the trace's (`--explain`). */
#include "why.h"

#include "core/text.h"

static void
say_signature(struct text *t, const struct sceau_dkim_outcome *d)
{
    text_string(t, "DKIM ");
    text_escaped(t, d->domain.len > 0 ? d->domain : SCEAU_SLICE("(no domain)"));
    text_format(t, " %s", sceau_dkim_result_name(d->result));
    if (d->reason != NULL)
        text_format(t, " (%s)", d->reason);
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

/* All that was tried: none of it is an aligned pass. */
static void
say_tried(struct text *t, const struct sceau_verdict *v)
{
    size_t shown = v->dkim_count < 3 ? v->dkim_count : 3;
    if (v->has_spf)
        say_spf(t, v);
    else
        text_string(t, "SPF not checked (no client address)");
    for (size_t i = 0; i < shown; i++) {
        text_string(t, "; ");
        say_signature(t, &v->dkim[i]);
    }
    if (v->dkim_count > shown)
        text_format(t, "; %zu more signatures", v->dkim_count - shown);
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
        text_format(&t, "no single author domain: %s",
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
        text_string(&t, " publishes no usable DMARC record; ");
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
