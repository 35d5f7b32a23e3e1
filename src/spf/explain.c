/* exp= (RFC 7208 section 6.2). The topmost record is asked: an included one was left when
 * its include was decided, and a redirect has put its own record in that place; so the rule
 * about whose exp= counts needs no code. */
#include "explain.h"

#include "core/trace.h"
#include "target.h"

/* The explain-string at the target-name of exp=, or {NULL, 0}. */
static struct sceau_slice
explain_string(struct spf_evaluation *e, const struct spf_term *exp)
{
    struct sceau_dns_answer answer;
    struct sceau_slice name;
    if (!spf_target_name(e, exp->argument, &name) || name.len == 0 ||
        !spf_ask(e, name, SCEAU_DNS_TXT, &answer))
        return SLICE_NONE;
    if (answer.status != SCEAU_DNS_OK || answer.count != 1)
        return SLICE_NONE;
    return answer.rrs[0].text;
}

struct sceau_slice
spf_explain(struct spf_evaluation *e)
{
    const struct spf_term *exp = e->frame->record->exp;
    struct sceau_slice usual = e->query->default_explanation;
    struct spf_macro_values values;
    if (exp == NULL || !e->query->want_explanation)
        return usual;
    e->is_explaining = true;
    TRACE(e->context, N_("{term}: the domain explains"),
          TRACE_SLICE("term", exp->text));
    struct sceau_slice text = explain_string(e, exp);
    if (text.ptr == NULL || !spf_macro_values_init(e, text, &values))
        return usual;
    struct sceau_slice said = spf_explanation_expand(e->context->arena, text, &values);
    if (said.ptr != NULL)
        TRACE(e->context, N_("explanation: {text}"), TRACE_SLICE("text", said));
    else
        trace_text(e->context, N_("explanation: not usable"));
    return said.ptr != NULL ? said : usual;
}
