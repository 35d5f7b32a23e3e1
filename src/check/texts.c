/* Facts about TXT records: the SPF and DMARC texts at a name. */
#include "dmarc/record.h"
#include "facts.h"
#include "factstate.h"
#include "spf/record.h"

static const struct check_texts no_texts = {.answer.status = SCEAU_DNS_LIMIT};

static const struct check_texts *
texts_at(struct check_subject *s, struct sceau_slice owner,
         bool (*is_kind)(struct sceau_slice text))
{
    struct check_texts *texts = check_alloc(s, sizeof *texts);
    if (texts == NULL || owner.ptr == NULL)
        return &no_texts;
    *texts = (struct check_texts){.owner = owner,
                                  .answer = check_ask(s, owner, SCEAU_DNS_TXT)};
    if (texts->answer.count == 0)
        return texts;
    const struct sceau_dns_rr **rrs =
        check_alloc(s, texts->answer.count * sizeof(struct sceau_dns_rr *));
    for (size_t i = 0; rrs != NULL && i < texts->answer.count; i++) {
        if (is_kind(texts->answer.rrs[i].text))
            rrs[texts->count++] = &texts->answer.rrs[i];
    }
    texts->rrs = rrs;
    return texts;
}

const struct check_texts *
check_spf_texts(struct check_subject *s, struct sceau_slice owner)
{
    return texts_at(s, owner, spf_record_has_version);
}

const struct check_texts *
check_dmarc_texts(struct check_subject *s, struct sceau_slice owner)
{
    return texts_at(s, owner, dmarc_record_is_dmarc1);
}

static const struct check_spf no_spf = {.texts = &no_texts};

const struct check_spf *
check_spf(struct check_subject *s)
{
    struct check_facts *facts = check_facts(s);
    if (facts->spf != NULL)
        return facts->spf;
    struct check_spf *spf = check_alloc(s, sizeof *spf);
    if (spf == NULL)
        return &no_spf;
    spf->texts = check_spf_texts(s, s->name);
    if (spf->texts->count == 1)
        spf->text = spf->texts->rrs[0]->text;
    facts->spf = spf;
    return spf;
}
