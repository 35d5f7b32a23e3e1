/* The verdicts in the order in which each needs those before it (RFC 9989 section 5.3):
 * the signatures, the chain, SPF, then DMARC over what they proved. The reverse name comes
 * last: nothing rests on it. */
#include "verify/judge.h"

#include "core/text.h"
#include "core/trace.h"
#include "verify/iprev.h"

/* The ceiling of the arena is a limit like any other (rule R4): a message that needs more
 * gets an error, and asking again would not change it. */
#define OVER_MEMORY N_("the message needs more memory than one message may take")

static const struct sceau_dkim_outcome dkim_over_memory = {
    .result = SCEAU_DKIM_PERMERROR,
    .reason = OVER_MEMORY,
    .timestamp = -1,
    .expiration = -1,
    .body_length = -1,
};

static void
judge_dkim(struct sceau_verify *v)
{
    struct sceau_verdict *verdict = &v->verdict;
    trace_text(&v->context, "DKIM (RFC 6376):");
    trace_enter(&v->context);
    if (!v->is_over_memory)
        verdict->dkim_count = sceau_dkim_finish(&v->context, v->dkim, &verdict->dkim);
    else {
        verdict->dkim = &dkim_over_memory;
        verdict->dkim_count = 1;
        TRACE(&v->context, N_("dkim=permerror: {reason}"),
              TRACE_PHRASE("reason", OVER_MEMORY));
    }
    if (verdict->dkim_count == 0)
        trace_text(&v->context, N_("no signature: none"));
    trace_leave(&v->context);
}

static void
judge_arc(struct sceau_verify *v)
{
    trace_text(&v->context, "ARC (RFC 8617):");
    trace_enter(&v->context);
    if (!v->is_over_memory)
        sceau_arc_finish(&v->context, v->arc, &v->verdict.arc);
    else {
        v->verdict.arc.result = SCEAU_ARC_FAIL;
        v->verdict.arc.reason = OVER_MEMORY;
        TRACE(&v->context, N_("arc=fail: {reason}"),
              TRACE_PHRASE("reason", OVER_MEMORY));
    }
    trace_leave(&v->context);
}

/* Both identities are evaluated and shown; DMARC takes MAIL FROM alone. */
static void
judge_spf(struct sceau_verify *v)
{
    struct sceau_context *context = &v->context;
    struct sceau_verdict *verdict = &v->verdict;
    if (!verdict->has_spf) {
        trace_text(context, N_("SPF: the client's address or MAIL FROM is not known: "
                               "nothing to ask"));
        return;
    }
    if (verdict->mail_from.is_valid)
        sceau_spf_check(context, &v->spf_mail_from, &verdict->spf_mail_from);
    else {
        verdict->spf_mail_from.reason = N_("MAIL FROM is no address");
        trace_text(context, N_("SPF of MAIL FROM: none, for it is no address"));
    }
    sceau_spf_check(context, &v->spf_helo, &verdict->spf_helo);
    trace_text(context, N_("What HELO came to is told but does not count for DMARC "
                           "(RFC 9989 section 4.4.2)"));
}

/* Every signature is handed on, in the order of the outcomes, so that
 * dkim_aligned_index means the same in both. NULL when the arena is full. */
static const struct sceau_dmarc_identifier *
dkim_identifiers(struct sceau_verify *v)
{
    const struct sceau_verdict *verdict = &v->verdict;
    struct sceau_dmarc_identifier *identifiers =
        sceau_arena_alloc(v->context.arena,
                          (verdict->dkim_count + 1) * sizeof *identifiers);
    for (size_t i = 0; identifiers != NULL && i < verdict->dkim_count; i++)
        identifiers[i] = (struct sceau_dmarc_identifier){
            .domain = verdict->dkim[i].domain,
            .is_pass = verdict->dkim[i].result == SCEAU_DKIM_PASS,
            .is_temperror = verdict->dkim[i].result == SCEAU_DKIM_TEMPERROR,
        };
    return identifiers;
}

static void
judge_dmarc(struct sceau_verify *v)
{
    struct sceau_verdict *verdict = &v->verdict;
    const struct sceau_dmarc_identifier spf = {
        .domain = verdict->spf_mail_from.domain,
        .is_pass = verdict->spf_mail_from.result == SCEAU_SPF_PASS,
        .is_temperror = verdict->spf_mail_from.result == SCEAU_SPF_TEMPERROR,
    };
    const struct sceau_dmarc_query query = {
        .author = verdict->author.domain,
        .spf = &spf,
        .spf_count = verdict->has_spf ? 1 : 0,
        .dkim = dkim_identifiers(v),
        .dkim_count = verdict->dkim_count,
        .discovery = v->options->discovery,
        .psl = v->options->psl,
    };
    verdict->dmarc.result = SCEAU_DMARC_PERMERROR;
    if (verdict->author.status != SCEAU_AUTHOR_ONE) {
        /* Section 5.3.1 ends here without a word for it; rule R5 calls it permerror, so
         * that it is never taken for "the domain has no policy". */
        verdict->dmarc.reason = verdict->author.reason;
        TRACE(&v->context,
              N_("DMARC permerror: not exactly one author domain: {reason}"),
              TRACE_PHRASE("reason", verdict->author.reason));
    } else if (v->is_over_memory || query.dkim == NULL) {
        verdict->dmarc.reason = OVER_MEMORY;
        TRACE(&v->context, N_("DMARC permerror: {reason}"),
              TRACE_PHRASE("reason", OVER_MEMORY));
    } else
        sceau_dmarc_check(&v->context, &query, &verdict->dmarc);
}

static void
judge_iprev(struct sceau_verify *v)
{
    struct sceau_verdict *verdict = &v->verdict;
    if (!v->options->want_iprev || verdict->envelope.ip.version == 0)
        return;
    trace_text(&v->context, N_("Reverse name of the client (RFC 8601 section 3):"));
    trace_enter(&v->context);
    verdict->iprev =
        iprev_check(&v->context, &verdict->envelope.ip, &verdict->iprev_name);
    TRACE(&v->context, "iprev={result}",
          TRACE_NAME("result", sceau_iprev_result_name(verdict->iprev)));
    trace_leave(&v->context);
}

/* Of the time for a message's DNS: what the keys leave to SPF, and SPF to DMARC. The signers
 * and MAIL FROM are the sender's choice. A forger whose servers are slow would else spend all
 * of it, and the author's policy would end in temperror, which is let through at last. */
enum {
    SPF_RESERVE_MS = 3000,
    DMARC_RESERVE_MS = 4000,
    LOOK_AHEAD_MS = 100
};

/* Whose answers have come by now, most likely, and lead to more questions: those travel while
 * others are judged. Nobody's slow servers get more than a moment of it. */
static void
look_ahead(struct sceau_verify *v)
{
    uint32_t budget_ms = v->dns.budget_ms;
    if (v->context.resolver->prefetch == NULL || budget_ms < LOOK_AHEAD_MS)
        return;
    v->dns.reserve_ms = budget_ms - LOOK_AHEAD_MS;
    if (v->verdict.has_spf)
        sceau_spf_look_ahead(&v->context, &v->spf_helo);
    if (v->options->want_iprev && v->verdict.envelope.ip.version != 0)
        iprev_look_ahead(&v->context, &v->verdict.envelope.ip);
}

void
judge_message(struct sceau_verify *v)
{
    v->dns.reserve_ms = SPF_RESERVE_MS + DMARC_RESERVE_MS;
    judge_dkim(v);
    judge_arc(v);
    look_ahead(v);
    v->dns.reserve_ms = DMARC_RESERVE_MS;
    judge_spf(v);
    v->dns.reserve_ms = 0;
    judge_dmarc(v);
    judge_iprev(v);
}
