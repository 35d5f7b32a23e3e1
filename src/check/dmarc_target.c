/* Which DMARC record is spoken of, and how it is spoken of. */
#include "core/domain.h"
#include "dmarc_edit.h"
#include "dmarc_rules.h"

#define DMARC_TTL 10800 /* of a line to paste, when there was none */

/* "dmarc" or "p=" somewhere in front says what it wants to be. */
bool
dmarc_is_near_miss(struct sceau_slice text)
{
    struct sceau_slice start = slice_trim(text);
    if (slice_starts_ci(start, SCEAU_SLICE("p=")) ||
        slice_starts_ci(start, SCEAU_SLICE("p =")))
        return true;
    for (size_t i = 0; i + 5 <= start.len && i < 40; i++) {
        if (slice_eq_ci(slice_sub(start, i, 5), SCEAU_SLICE("dmarc")))
            return true;
    }
    return false;
}

static const struct sceau_dns_rr *
near_miss(const struct check_texts *texts)
{
    for (size_t i = 0; i < texts->answer.count; i++) {
        if (dmarc_is_near_miss(texts->answer.rrs[i].text))
            return &texts->answer.rrs[i];
    }
    return NULL;
}

/* The record in force, as published. */
static const struct sceau_dns_rr *
published(struct check_subject *s, const struct check_dmarc *d)
{
    const struct check_texts *texts =
        d->is_own ? d->own : check_dmarc_texts(s, d->owner);
    return texts->count == 1 ? texts->rrs[0] : NULL;
}

bool
dmarc_policy_unknown(struct check_subject *s, const struct check_dmarc *d)
{
    if (d->walk.result != SCEAU_DMARC_TEMPERROR)
        return false;
    if (sceau_dns_is_trouble(d->own->answer.status))
        check_unknown(s, d->own->owner, SCEAU_DNS_TXT, &d->own->answer);
    else
        check_unknown_because(
            s, CHECK_SAY(s, N_("DNS could not tell the DMARC policy of {name}"),
                         LANGUAGE_THEIRS("name", s->name)));
    return true;
}

bool
dmarc_target_find(struct check_subject *s, struct dmarc_target *target)
{
    const struct check_dmarc *d = check_dmarc(s);
    *target = (struct dmarc_target){.owner = d->own->owner, .domain = s->name};
    if (dmarc_policy_unknown(s, d))
        return false;
    if (d->own->count == 1) {
        target->rr = d->own->rrs[0];
    } else if (d->own->count == 0 && near_miss(d->own) != NULL) {
        target->rr = near_miss(d->own);
        return true;
    } else if (d->walk.record != NULL) {
        target->owner = d->owner;
        target->domain = d->walk.policy_domain;
        target->rr = published(s, d);
    }
    target->is_in_force = d->walk.record != NULL && target->rr != NULL &&
                          slice_eq(target->domain, d->walk.policy_domain);
    if (target->is_in_force)
        target->record = *d->walk.record;
    if (target->rr == NULL)
        check_skip(s, N_("there is no DMARC record to look at"));
    return target->rr != NULL;
}

struct check_finding *
dmarc_report(struct check_subject *s, const struct dmarc_target *target,
             enum check_outcome outcome, struct sceau_slice sentence)
{
    return check_report_record(s, target->owner, SCEAU_DNS_TXT, target->rr, outcome,
                               sentence);
}

void
dmarc_mend(struct check_subject *s, struct check_finding *finding,
           const struct dmarc_target *target, struct sceau_slice text)
{
    uint32_t ttl = target->rr != NULL ? target->rr->ttl : DMARC_TTL;
    finding->zone_line = check_txt_line(s, target->owner, ttl, text);
}

struct sceau_slice
dmarc_with_rua(struct check_subject *s, const struct dmarc_target *target)
{
    struct sceau_dmarc_record record;
    struct sceau_arena *arena = s->context->arena;
    struct sceau_slice mended = dmarc_mended(arena, target->rr->text);
    bool has_address =
        sceau_dmarc_record_parse(arena, mended, &record, NULL) == SCEAU_OK &&
        record.rua_count > 0;
    struct sceau_slice organization = check_dmarc(s)->organizational_domain;
    struct sceau_slice address =
        check_format(s, "mailto:dmarc@%.*s",
                     SLICE_ARG(organization.len > 0 ? organization : target->domain));
    if (!has_address && address.len > 0)
        mended = dmarc_with(arena, target->rr->text, "rua", address.ptr);
    return mended;
}
