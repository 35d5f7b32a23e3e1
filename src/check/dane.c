/* dane.match: TLSA records against what the mail hosts show (RFC 6698, RFC 7672). Answers are
 * validated here (dnssec.c): a flag is not believed. */
#include "core/domain.h"
#include "smtp_facts.h"
#include "tlsa.h"

enum {
    TYPE_TLSA = 52,
    TLSA_RECORDS_MAX = 16,
};

static struct sceau_slice
tlsa_owner(struct check_subject *s, struct sceau_slice host)
{
    return domain_join(s->context->arena, SCEAU_SLICE("_25._tcp"), host);
}

static struct tlsa_chain
chain_of(const struct check_smtp_item *item)
{
    return (struct tlsa_chain){item->outcome->certificates,
                               item->outcome->certificate_count};
}

/* The best that the records come to. */
static enum tlsa_match
judge(struct check_subject *s, const struct check_smtp_item *item,
      const struct sceau_dns_answer *answer, bool is_ee_only)
{
    enum tlsa_match best = TLSA_UNUSABLE;
    struct tlsa_chain chain = chain_of(item);
    struct sceau_slice names[] = {item->host->name, s->name};
    for (size_t i = 0; i < answer->count && i < TLSA_RECORDS_MAX; i++) {
        struct tlsa record;
        struct sceau_diag diag;
        if (tlsa_parse(answer->rrs[i].rdata, &record, &diag) != SCEAU_OK ||
            (is_ee_only && record.usage != 3))
            continue;
        enum tlsa_match match = tlsa_judge(&record, &chain, names, 2, s->context->now);
        if (match == TLSA_MATCHES)
            return match;
        if (match != TLSA_UNUSABLE)
            best = match;
    }
    return best;
}

bool
check_dane_ee_fits(struct check_subject *s, const struct check_smtp_item *item)
{
    struct sceau_dns_answer answer;
    return check_secure_try(s, tlsa_owner(s, item->host->name), TYPE_TLSA, &answer) &&
           answer.status == SCEAU_DNS_OK && answer.secure &&
           judge(s, item, &answer, true) == TLSA_MATCHES;
}

/* What to publish for the certificate that is shown. */
static struct sceau_slice
fitting_line(struct check_subject *s, const struct check_smtp_item *item)
{
    uint8_t digest[TLSA_DIGEST];
    struct tlsa record;
    struct text t = text_new(s->context->arena, SIZE_MAX);
    if (item->outcome->certificate_count == 0 ||
        !tlsa_for(item->outcome->certificates[0], digest, &record))
        return SCEAU_SLICE("");
    text_slice(&t, tlsa_owner(s, item->host->name));
    text_string(&t, ". 3600 IN TLSA ");
    tlsa_present(&t, &record);
    return text_done(&t);
}

static void
tell_match(struct check_subject *s, const struct check_smtp_item *item,
           const struct sceau_dns_answer *answer)
{
    if (!item->outcome->has_tls) {
        check_unknown_because(s,
                              CHECK_SAY(s,
                                        N_("{host} [{address}] showed no certificate"),
                                        LANGUAGE_THEIRS("host", item->host->name),
                                        LANGUAGE_THEIRS("address", item->address)));
        return;
    }
    enum tlsa_match match = judge(s, item, answer, false);
    if (match == TLSA_MATCHES && answer->secure)
        return;
    struct check_finding *f = check_report(
        s,
        match == TLSA_MATCHES
            ? CHECK_SAY(s,
                        N_("the TLSA of {host} is in an unsigned zone: nobody uses it"),
                        LANGUAGE_THEIRS("host", item->host->name))
            : CHECK_SAY(s, N_("{host} [{address}]: the TLSA {sentence}"),
                        LANGUAGE_THEIRS("host", item->host->name),
                        LANGUAGE_THEIRS("address", item->address),
                        LANGUAGE_OURS("sentence",
                                      check_tell(s, tlsa_match_sentence(match)))));
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = fitting_line(s, item);
}

static void
dane_match(struct check_subject *s)
{
    if (!check_has_mail_hosts(s, check_mx(s)))
        return;
    const struct check_smtp *smtp = check_smtp(s);
    size_t told = s->reported, with_tlsa = 0;
    for (size_t i = 0; i < smtp->count; i++) {
        struct sceau_dns_answer answer;
        struct sceau_slice owner = tlsa_owner(s, smtp->items[i].host->name);
        if (!check_secure_ask(s, owner, TYPE_TLSA, &answer))
            return;
        if (answer.status == SCEAU_DNS_BOGUS)
            check_unknown(s, owner, TYPE_TLSA, &answer);
        if (answer.status != SCEAU_DNS_OK)
            continue;
        with_tlsa++;
        tell_match(s, &smtp->items[i], &answer);
    }
    if (with_tlsa == 0 && s->reported == told)
        check_skip(s, N_("no mail host has a TLSA record"));
}

static const struct check_rule rules[] = {
    {"dane.match", N_("TLSA records fit the certificates"), CHECK_DNS | CHECK_SMTP, 0,
     CHECK_PROBLEM, N_("Each MX with TLSA is in a signed zone and one record fits the chain that it shows (3 1 "
        "1 or 2 1 1); usages 0 and 1 are flagged."),
     N_("Senders that use DANE stop delivering when no record fits."),
     N_("Publish this record before the certificate is installed, and remove the old one "
        "after."),
     dane_match},
};

const struct check_family check_dane_family = CHECK_FAMILY(rules);
