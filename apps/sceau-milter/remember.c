/* A verdict and a decision as the journal's record. The local part of the sender is left
 * out: nothing is kept of persons unless an option says so (O11). */
#include "remember.h"

#include "core/slice.h"

static void
remember_spf(const struct sceau_verdict *v, struct record_message *r)
{
    r->has_spf = v->has_spf;
    r->spf_mail_from_result = (uint8_t)v->spf_mail_from.result;
    r->spf_mail_from_domain = v->spf_mail_from.domain;
    r->spf_helo_result = (uint8_t)v->spf_helo.result;
    r->spf_helo_domain = v->spf_helo.domain;
}

static void
remember_signatures(const struct sceau_verdict *v, struct record_message *r)
{
    for (size_t i = 0; i < v->dkim_count && i < RECORD_SIGNATURES_MAX; i++) {
        const struct sceau_dkim_outcome *d = &v->dkim[i];
        r->signatures[r->signature_count++] = (struct record_signature){
            .result = (uint8_t)d->result,
            .algorithm = (uint8_t)d->algorithm,
            .domain = d->domain,
            .selector = d->selector,
        };
    }
}

static void
remember_dmarc(const struct sceau_dmarc_outcome *d, struct record_message *r)
{
    r->dmarc_result = (uint8_t)d->result;
    r->dmarc_policy = (uint8_t)d->policy;
    r->dmarc_asked = (uint8_t)d->disposition;
    r->applied_tag = (uint8_t)d->applied_tag;
    r->spf_aligned = d->spf_aligned;
    r->dkim_aligned = d->dkim_aligned;
    r->policy_domain = d->policy_domain;
    r->record = d->record != NULL ? d->record->text : SLICE_NONE;
}

void
remember_message(const struct milter_message *message, struct record_message *r)
{
    const struct sceau_verdict *v = message->verdict;
    const struct policy_decision *decision = message->decision;
    *r = (struct record_message){
        .queue_id = message->facts->queue_id,
        .client = message->facts->client,
        .recipients = message->facts->recipient_count,
        .helo = v->envelope.helo,
        .mail_from_domain = v->mail_from.domain,
        .author_domain = v->author.domain,
        .arc_result = (uint8_t)v->arc.result,
        .arc_instances = (uint8_t)v->arc.instances,
        .action = (uint8_t)decision->action,
        .override = (uint8_t)decision->override.type,
        .override_comment = decision->override.comment,
        .is_held = decision->hold,
    };
    remember_spf(v, r);
    remember_signatures(v, r);
    remember_dmarc(&v->dmarc, r);
}
