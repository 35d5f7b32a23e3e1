/* check_host() of RFC 7208, in its order: a domain becomes a record (4.3 to 4.6), its
 * mechanisms are tried one by one (4.6.2), its end is a redirect or the default (6.1, 4.7).
 * What a mechanism matches is mechanism.c's matter, but for include.
 *
 * An include is a frame on a stack, not a call: how deep it goes is the sender's choice.
 * Each turn of the loop evaluates one term of a finite record or opens a record at the
 * price of one of terms_max lookup terms, so it ends. */
#include "ahead.h"
#include "core/domain.h"
#include "core/trace.h"
#include "explain.h"
#include "mechanism.h"
#include "target.h"

/* ---- sections 4.3 to 4.6: from a domain to a record -------------------------------- */

/* Section 4.5. One record or none; two are an error whatever their order. */
static const struct sceau_dns_rr *
select_record(struct spf_evaluation *e, const struct sceau_dns_answer *answer)
{
    const struct sceau_dns_rr *selected = NULL;
    for (size_t i = 0; i < answer->count; i++) {
        if (!spf_record_has_version(answer->rrs[i].text))
            continue;
        if (selected != NULL) {
            spf_exception(e, SCEAU_SPF_PERMERROR, "more than one SPF record");
            return NULL;
        }
        selected = &answer->rrs[i];
    }
    if (selected == NULL)
        spf_exception(e, SCEAU_SPF_NONE,
                      answer->status == SCEAU_DNS_NXDOMAIN ? "the domain does not exist"
                                                           : "no SPF record");
    return selected;
}

/* Section 4.6: the whole record is read before any of it counts. */
static void
parse_record(struct spf_evaluation *e, struct sceau_slice text)
{
    struct sceau_diag diag;
    switch (spf_record_parse(e->context->arena, text, &e->frame->record, &diag)) {
    case SCEAU_OK:
        TRACE(e->context, N_("SPF record of {domain}: {record}"),
              TRACE_SLICE("domain", e->frame->domain), TRACE_SLICE("record", text));
        spf_ahead_terms(e);
        return;
    case SCEAU_E_SYNTAX:
        TRACE(e->context, N_("in the record at octet {octet}: expected {what}"),
              TRACE_NUMBER("octet", diag.offset), TRACE_PHRASE("what", diag.expected));
        spf_exception(e, SCEAU_SPF_PERMERROR, "the SPF record has a syntax error");
        return;
    case SCEAU_E_LIMIT:
    case SCEAU_E_SYSTEM: break;
    }
    spf_exception(e, SCEAU_SPF_TEMPERROR, "the message's memory is full");
}

/* For reports: they have to name each record that led to the result (RFC 6591 section 3.2.6). */
static void
remember_record(struct spf_evaluation *e, struct sceau_slice text)
{
    struct sceau_spf_outcome *o = e->outcome;
    if (e->seen == NULL)
        e->seen =
            sceau_arena_alloc(e->context->arena, SCEAU_SPF_SEEN_MAX * sizeof *e->seen);
    if (e->seen == NULL || o->seen_count == SCEAU_SPF_SEEN_MAX)
        return;
    e->seen[o->seen_count++] = (struct sceau_spf_seen){e->frame->domain, text};
    o->seen = e->seen;
}

/* Begin the evaluation of e->frame->domain: afterwards its record is there, or its result
 * is decided. */
static void
open_record(struct spf_evaluation *e)
{
    struct spf_frame *frame = e->frame;
    struct sceau_dns_answer answer;
    /* 4.3. A target-name that is no DNS name came as an empty one. */
    if (domain_labels(frame->domain) < 2) {
        spf_exception(e, SCEAU_SPF_NONE, "not a domain name of two labels or more");
        return;
    }
    /* 4.4. Type TXT only; the retired type 99 is never asked (3.1). */
    if (!spf_need_answer(e, frame->domain, SCEAU_DNS_TXT, &answer))
        return;
    const struct sceau_dns_rr *selected = select_record(e, &answer);
    if (selected == NULL)
        return;
    remember_record(e, selected->text);
    parse_record(e, selected->text);
}

/* ---- section 5.2: include ---------------------------------------------------------- */

/* 5.2, steps 1 and 2: the included domain is next. */
static enum spf_match
enter_include(struct spf_evaluation *e, const struct spf_term *term)
{
    struct sceau_slice domain;
    if (!spf_target_name(e, term->argument, &domain))
        return SPF_EXCEPTION;
    struct spf_frame *included = sceau_arena_alloc(e->context->arena, sizeof *included);
    if (included == NULL)
        return spf_exception(e, SCEAU_SPF_TEMPERROR, "the message's memory is full");
    included->parent = e->frame;
    included->domain = domain;
    e->frame = included;
    trace_enter(e->context);
    open_record(e);
    return SPF_INCLUDED;
}

/* ---- sections 4.6.2, 4.7 and 6.1: from terms to a result ------------------------------ */

/* Does this term let in so many that its pass says little? A 256th part of all addresses
 * and more: that is /8 in IPv4; in IPv6, where a provider gets a /32, /16. */
static bool
is_permissive(const struct spf_evaluation *e, const struct spf_term *term)
{
    switch ((enum spf_term_kind)term->kind) {
    case SPF_ALL: return true;
    case SPF_A:
    case SPF_MX:
    case SPF_IP4:
    case SPF_IP6:
        return e->query->ip.version == 6 ? term->ip6_prefix <= 16
                                         : term->ip4_prefix <= 8;
    case SPF_INCLUDE: return e->is_permissive; /* as the match in the included record */
    case SPF_PTR:
    case SPF_EXISTS:
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER: break;
    }
    return false;
}

/* A mechanism matched: its qualifier is the record's result (section 4.6.2). */
static void
decide(struct spf_evaluation *e, const struct spf_term *term)
{
    TRACE(e->context, N_("{term}: matches, {result}"), TRACE_SLICE("term", term->text),
          TRACE_NAME("result", sceau_spf_result_name(term->qualifier)));
    e->frame->is_decided = true;
    e->frame->result = term->qualifier;
    e->frame->decided_by = term;
    e->is_permissive = is_permissive(e, term);
}

/* 6.1: the record at the target takes this one's place, its exp= and all. */
static void
follow_redirect(struct spf_evaluation *e, const struct spf_term *redirect)
{
    struct spf_frame *frame = e->frame;
    struct sceau_slice domain;
    e->is_void = false;
    if (!spf_spend_term(e, redirect->text) ||
        !spf_target_name(e, redirect->argument, &domain))
        return;
    *frame = (struct spf_frame){.parent = frame->parent, .domain = domain};
    open_record(e);
    if (frame->is_decided && frame->result == SCEAU_SPF_NONE)
        spf_exception(e, SCEAU_SPF_PERMERROR,
                      "redirect= leads to a domain without an SPF record");
}

/* No mechanism matched: 6.1 with redirect=, else 4.7. */
static void
end_record(struct spf_evaluation *e)
{
    struct spf_frame *frame = e->frame;
    if (frame->record->redirect != NULL) {
        follow_redirect(e, frame->record->redirect);
        return;
    }
    trace_text(e->context, N_("no mechanism matched: neutral"));
    frame->is_decided = true;
    frame->result = SCEAU_SPF_NEUTRAL;
}

/* RFC 8616 section 4: a term with %{s} or %{l} matches nothing when the local part is not
 * ASCII, for it can make no DNS label. */
static bool
needs_ascii_sender(const struct spf_evaluation *e, const struct spf_term *term)
{
    return !e->identity.is_ascii &&
           (spf_macro_uses(term->argument, 's') || spf_macro_uses(term->argument, 'l'));
}

/* The next mechanism from left to right (section 4.6.2). */
static void
evaluate_next(struct spf_evaluation *e)
{
    struct spf_frame *frame = e->frame;
    if (frame->next == frame->record->count) {
        end_record(e);
        return;
    }
    const struct spf_term *term = &frame->record->terms[frame->next++];
    if (spf_term_is_modifier(term->kind)) /* section 4.6.3 */
        return;
    if (needs_ascii_sender(e, term)) {
        TRACE(e->context, N_("{term}: does not match, as the local part is not ASCII"),
              TRACE_SLICE("term", term->text));
        return;
    }
    e->is_void = false;
    if (spf_term_costs_lookup(term->kind) && !spf_spend_term(e, term->text))
        return;
    enum spf_match match =
        term->kind == SPF_INCLUDE ? enter_include(e, term) : spf_match_term(e, term);
    switch (match) {
    case SPF_NO_MATCH:
        TRACE(e->context, N_("{term}: does not match"),
              TRACE_SLICE("term", term->text));
        break;
    case SPF_MATCH: decide(e, term); break;
    case SPF_EXCEPTION:
    case SPF_INCLUDED: break;
    }
}

/* 5.2, steps 3 to 5: the included record is decided, and what that means to the record
 * which includes it stands in the table of that section. */
static void
leave_include(struct spf_evaluation *e)
{
    enum sceau_spf_result result = e->frame->result;
    e->frame = e->frame->parent;
    trace_leave(e->context);
    const struct spf_term *include = &e->frame->record->terms[e->frame->next - 1];
    switch (result) {
    case SCEAU_SPF_PASS: decide(e, include); break;
    case SCEAU_SPF_FAIL:
    case SCEAU_SPF_SOFTFAIL:
    case SCEAU_SPF_NEUTRAL:
        TRACE(e->context, N_("{term}: does not match, as the result there is {result}"),
              TRACE_SLICE("term", include->text),
              TRACE_NAME("result", sceau_spf_result_name(result)));
        break;
    case SCEAU_SPF_TEMPERROR:
    case SCEAU_SPF_PERMERROR: spf_exception(e, result, e->outcome->reason); break;
    case SCEAU_SPF_NONE:
        spf_exception(e, SCEAU_SPF_PERMERROR,
                      "include: leads to a domain without an SPF record");
        break;
    }
}

static void
check_host(struct spf_evaluation *e)
{
    open_record(e);
    for (;;) {
        if (!e->frame->is_decided)
            evaluate_next(e);
        else if (e->frame->parent != NULL)
            leave_include(e);
        else
            return;
    }
}

/* ---- the public face ------------------------------------------------------------------ */

/* What the topmost record came to. */
static void
finish(struct spf_evaluation *e)
{
    const struct spf_frame *top = e->frame;
    struct sceau_spf_outcome *outcome = e->outcome;
    outcome->result = top->result;
    outcome->secure = e->has_asked && e->is_secure;
    outcome->is_permissive = top->result == SCEAU_SPF_PASS && e->is_permissive;
    if (top->decided_by != NULL)
        outcome->mechanism = top->decided_by->text;
    else if (top->result == SCEAU_SPF_NEUTRAL)
        outcome->mechanism = SCEAU_SLICE("default"); /* section 9.1 */
    if (top->result == SCEAU_SPF_FAIL)
        outcome->explanation = spf_explain(e);
    TRACE(e->context,
          outcome->mechanism.len > 0 ? N_("SPF {result}, decided by {term}")
                                     : "SPF {result}",
          TRACE_NAME("result", sceau_spf_result_name(outcome->result)),
          TRACE_SLICE("term", outcome->mechanism));
}

void
sceau_spf_check(struct sceau_context *context, const struct sceau_spf_query *query,
                struct sceau_spf_outcome *outcome)
{
    struct spf_evaluation e;
    struct spf_frame top = {.parent = NULL};
    char ip[SCEAU_IP_TEXT];
    bool has_memory = spf_evaluation_init(&e, context, query, outcome);
    sceau_ip_format(&query->ip, ip);
    TRACE(context, N_("SPF of {identity} {sender} for the client {address}"),
          TRACE_NAME("identity",
                     query->identity == SCEAU_SPF_HELO ? "HELO" : "MAIL FROM"),
          TRACE_SLICE("sender", e.identity.sender), TRACE_NAME("address", ip));
    trace_enter(context);
    e.frame = &top;
    top.domain = e.identity.domain;
    if (!has_memory)
        spf_exception(&e, SCEAU_SPF_TEMPERROR, "the message's memory is full");
    else if (query->ip.version == 0)
        spf_exception(&e, SCEAU_SPF_NONE, "the client's address is not known");
    else if (top.domain.len == 0)
        spf_exception(&e, SCEAU_SPF_NONE, "not a domain name of two labels or more");
    else {
        outcome->domain = top.domain;
        check_host(&e);
    }
    finish(&e);
    trace_leave(context);
}

void
sceau_spf_prefetch(struct sceau_context *context, const struct sceau_spf_query *query)
{
    struct spf_identity identity;
    if (query->ip.version != 0 && spf_identity_init(&identity, context->arena, query) &&
        identity.domain.len > 0)
        sceau_dns_prefetch(context, identity.domain, SCEAU_DNS_TXT);
}

void
sceau_spf_look_ahead(struct sceau_context *context, const struct sceau_spf_query *query)
{
    struct sceau_context quiet = *context;
    struct sceau_spf_outcome outcome;
    struct spf_evaluation e;
    struct spf_frame top = {.parent = NULL};
    if (context->resolver->prefetch == NULL)
        return;
    quiet.trace = NULL; /* the check itself will tell it */
    bool has_memory = spf_evaluation_init(&e, &quiet, query, &outcome);
    e.frame = &top;
    top.domain = e.identity.domain;
    if (has_memory && query->ip.version != 0)
        open_record(&e);
}
